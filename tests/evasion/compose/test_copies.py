"""Copies of ordinary packets, and changes to them."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, volley, words
from workbench.evasion.compose import compose
from workbench.evasion.strategy import Dup, Fooling, Orig, Position, Split, Strategy, Ttl


def composed(**parts):
    return compose(Strategy(tool="nfqws", **parts), HELLO)


def test_plain_copies_are_the_kernels_bytes() -> None:
    sent = volley(composed(dup=Dup(2, ttl=Ttl.fixed(3), start="n3", cutoff="n4")))
    assert words(sent) == "D D O"
    first, second, original = sent
    assert first.but(pause_ns=0) == second.but(pause_ns=0)
    assert first.but(ttl=64, role="original").transport() == original.transport()
    assert (first.ttl, first.ip_id) == (3, original.ip_id)


def test_copies_of_a_syn_leave_remains() -> None:
    sent = composed(dup=Dup(1, ttl=Ttl.fixed(3), cutoff="n2"))
    assert [packet.role for packet in sent[:3]] == ["dup", "syn", "junk"]
    assert (sent[0].ttl, sent[1].ttl, sent[2].protocol) == (3, 64, 255)


def test_fooled_copies_are_written_anew() -> None:
    dup = Dup(2, fooling=Fooling.of("md5sig"), start="d1", cutoff="d2", replace=True)
    first, second = volley(composed(dup=dup))
    assert first.option_layout == (19, 8)
    assert first.frame() == second.frame()
    assert first.payload == HELLO


@pytest.mark.parametrize(("mode", "numbers"), [("seq", [0, 1, 2]), ("zero", [0, -0x4000, -0x4000])])
def test_numbers_of_copies(mode, numbers) -> None:
    sent = volley(composed(dup=Dup(3, ip_id=mode, start="d1")))
    assert [packet.ip_id - 0x4000 for packet in sent[:3]] == numbers


def test_what_is_cut_is_not_copied() -> None:
    split = Split("multisplit", (Position("", 2),))
    sent = volley(composed(dup=Dup(2, start="d1"), phase2=split))
    assert words(sent) == "R1 R2"


def test_genuine_packets_are_changed_and_parts_inherit() -> None:
    orig = Orig(Ttl.fixed(5), start="s1", cutoff="d2", flags_set=0x100)
    split = Split("multidisorder", (Position("midsld"),))
    sent = composed(orig=orig, phase2=split)
    assert [packet.ttl for packet in sent] == [64, 5, 5, 5]
    assert all(packet.flags & 0x100 for packet in sent[1:])
