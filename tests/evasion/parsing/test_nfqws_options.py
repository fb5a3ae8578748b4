from __future__ import annotations

from workbench.evasion.parsing.nfqws_options import FAKE_OPTIONS, PHASE0, PHASE1, PHASE2, TABLE


def test_no_mode_is_in_two_phases():
    every = [*PHASE0, *PHASE1, *PHASE2]
    assert len(every) == len(set(every)) == 17


def test_every_fake_payload_has_an_option_and_a_protocol_of_its_own():
    assert set(FAKE_OPTIONS) <= set(TABLE.long)
    assert len(set(FAKE_OPTIONS.values())) == len(FAKE_OPTIONS)


def test_options_of_desync_are_complete():
    assert sum(name.startswith("dpi-desync") for name in TABLE.long) == 43
