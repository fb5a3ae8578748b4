"""What values stand on."""

from __future__ import annotations

from tests.evasion.sequences import examined, found
from workbench.evasion.notes import Notes


def test_frames_are_told_once_and_count() -> None:
    notes = Notes()
    notes.add("phase1", [4, 4, 5], against=1, rivals=["dup"], note="why")
    one = notes.found["phase1"]
    assert (one.frames, one.support, one.against, one.rivals, one.note) == (
        (4, 5), 2, 1, ("dup",), "why")  # fmt: skip
    notes.add("tool", [])
    assert notes.found["tool"].support == 1


def test_a_ttl_has_the_distance_as_rival() -> None:
    evidence = found("nfqws --dpi-desync=fake --dpi-desync-ttl=9").evidence["phase1.ttl"]
    assert evidence.rivals == ("auto -3",)
    far = found("nfqws --dpi-desync=fake --dpi-desync-ttl=30").evidence["phase1.ttl"]
    assert far.rivals == ()


def test_fooling_that_does_nothing_is_said() -> None:
    strategy = found("nfqws --dpi-desync=fake --dpi-desync-fooling=badseq "
                     "--dpi-desync-badseq-increment=0")  # fmt: skip
    assert strategy.evidence["phase1.fooling"].rivals == ("badack",)


def test_every_cut_lists_its_readings() -> None:
    one = examined("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2,midsld")
    readings = one.strategy.evidence["phase2.positions.1"].rivals
    assert {"134", "host+7", "-383"} <= set(readings)
    assert one.cuts == (2, 134)
