"""Fakes before a datagram, and datagrams longer than they say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.evasion.datagrams import destination, first_datagrams, is_initial, quic_tail
from workbench.evasion.seen import Seen

HEAD = b"\xc3\0\0\0\1\x08"
MS = 1_000_000


def initial(cid: bytes = b"abcdefgh", size: int = 1200, fill: bytes = b"\x55") -> bytes:
    """An Initial that fills its datagram; none of it is encrypted."""
    head = HEAD + cid + b"\0\0"
    rest = size - len(head) - 2
    return head + (0x4000 | rest).to_bytes(2, "big") + fill * rest


def sent(*datagrams: bytes, step: int = 10_000) -> list[Seen]:
    return [Seen(at + 1, at * step, 0, len(one), data=one) for at, one in enumerate(datagrams)]


def test_repeated_fakes_before_the_initial() -> None:
    fake = b"\x40" + bytes(619)
    found = first_datagrams(sent(fake, fake, fake, initial()))
    assert [len(group) for group in found.fakes] == [3]
    assert found.quic


def test_a_copied_initial_of_another_connection() -> None:
    copied = initial(b"copycopy")
    assert len(first_datagrams(sent(copied, initial())).fakes) == 1
    assert len(first_datagrams(sent(copied, copied, initial())).fakes[0]) == 2
    assert first_datagrams(sent(copied, initial(), step=50 * MS)).fakes == ()


def test_ordinary_clients() -> None:
    assert first_datagrams(sent(initial())).fakes == ()
    assert first_datagrams(sent(initial(fill=b"a"), initial(fill=b"b"))).fakes == ()
    other = b"\xcf\xba\xba\xba\xba\x08" + bytes(1194)
    assert first_datagrams(sent(other, initial())).fakes == ()
    assert first_datagrams([]).request is None
    assert first_datagrams(sent(b"a query", b"another")).fakes == ()


def test_marked_datagrams_of_any_protocol() -> None:
    low, bad = Seen(1, 0, 0, 9, data=b"low fakes", ttl=3), Seen(2, 1, 0, 3, data=b"bad", hard=True)
    found = first_datagrams([low, bad, Seen(3, 2, 0, 4, data=b"true")])
    assert len(found.fakes) == 2
    assert found.request is not None
    assert found.request.data == b"true"


def test_what_stands_behind_the_last_packet() -> None:
    assert quic_tail(initial()) == 0
    assert quic_tail(initial() + bytes(2)) == 2
    assert quic_tail(initial()[:-3]) == -3
    assert quic_tail(initial(size=600) + bytes(600)) == 0
    assert quic_tail(initial(size=600) + bytes(603)) == 3
    assert quic_tail(b"\x40" + bytes(619)) == 0
    assert (is_initial(initial()), is_initial(initial()[:1000])) == (True, False)
    assert destination(initial()) == b"abcdefgh"


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_datagrams(datagrams: list[bytes]) -> None:
    found = first_datagrams(sent(*datagrams))
    assert len(found.fakes) <= len(datagrams)
    for one in datagrams:
        assert isinstance(quic_tail(one), int)
