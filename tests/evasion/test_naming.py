"""Phases 1 and 2 as the descriptor has them."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import PAGE
from tests.evasion.sequences import found
from workbench.evasion.strategy import Position
from workbench.evasion.values import Ttl


def test_several_payloads_of_one_fake() -> None:
    strategy = found("nfqws --dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-fake-tls=0x00000000 "
                     "--dpi-desync-fake-tls=! --dpi-desync-repeats=2")  # fmt: skip
    (fake,) = strategy.phase1
    assert [str(one) for one in fake.payloads] == ["tls 0x00000000", "tls default"]
    assert (fake.repeats, fake.advance_seq, fake.ttl) == (2, False, Ttl.fixed(3))


def test_payloads_that_follow_each_other() -> None:
    (fake,) = found("nfqws --dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-fake-tls=0x1603 "
                    "--dpi-desync-fake-tls=!+2 --dpi-desync-fake-tcp-mod=seq").phase1  # fmt: skip
    assert fake.advance_seq


def test_one_fake_for_each_fooling() -> None:
    fakes = found("goodbyedpi -9").phase1
    assert [str(fake.fooling) for fake in fakes] == ["badsum", "badseq"]


@pytest.mark.parametrize("kind", ["rst", "rstack"])
def test_resets(kind: str) -> None:
    (fake,) = found(f"nfqws --dpi-desync={kind} --dpi-desync-ttl=4").phase1
    assert (fake.kind, fake.ttl, fake.payloads) == (kind, Ttl.fixed(4), ())


def test_header_fields_written_over() -> None:
    text = "[TCP:flags:PA]-duplicate(tamper{IP:len:replace:64},)-|"
    (fake,) = found(f"geneva --strategy '{text}'").phase1
    assert [str(one) for one in fake.tampers] == ["IP:len:replace:64"]
    assert not fake.fooling
    text = (
        "[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{TCP:chksum:corrupt},),)-|"
    )
    (fake,) = found(f"geneva --strategy '{text}'").phase1
    assert [str(one) for one in fake.tampers] == ["TCP:dataofs:replace:10"]
    assert str(fake.fooling) == "badsum"


def test_overlaps_and_their_filling() -> None:
    command = "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=10 --dpi-desync-split-seqovl=4"
    split = found(f"{command} --dpi-desync-split-seqovl-pattern=0xAA").phase2
    assert split is not None
    assert (split.seqovl, split.seqovl_pattern and split.seqovl_pattern.data) == (
        Position("", 4), b"\xaa")  # fmt: skip


def test_the_name_in_place_of_the_host() -> None:
    command = "nfqws --dpi-desync=hostfakesplit --dpi-desync-ttl=3"
    drawn = found(command).phase2
    given = found(f"{command} --dpi-desync-hostfakesplit-mod=host=www.an-example.abcd").phase2
    cut = found(f"{command} --dpi-desync-hostfakesplit-midhost=midsld").phase2
    assert drawn is not None
    assert given is not None
    assert cut is not None
    assert (drawn.kind, drawn.host_fake) == ("hostfakesplit", "")
    assert given.host_fake.endswith("example.abcd")
    assert cut.midhost == Position("midsld")


def test_markers_of_http() -> None:
    split = found(
        "nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=method+2,midsld", PAGE
    ).phase2
    assert split is not None
    assert [str(one) for one in split.positions] == ["2", "midsld"]
