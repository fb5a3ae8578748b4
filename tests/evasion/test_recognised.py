"""What recognition hands on."""

from __future__ import annotations

from tests.evasion.sequences import examined
from workbench.evasion.recognised import Beside


def test_facts_go_with_the_strategy() -> None:
    one = examined("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=midsld")
    assert (one.number, one.kind, one.cuts, one.hops) == (0, "tls", (134,), 12)
    assert one.facts.host == (127, 142)
    assert Beside() == Beside((), ())
