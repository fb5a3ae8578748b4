"""What tells copies of a packet apart."""

from __future__ import annotations

from workbench.evasion.seen import AT_ONCE_NS, Seen


def seen(offset: int, data: bytes, time_ns: int = 0, length: int | None = None) -> Seen:
    return Seen(1, time_ns, offset, len(data) if length is None else length, data=data)


def test_bytes_differ_only_where_both_have_some() -> None:
    assert seen(0, b"abcd").differs(seen(2, b"xd"))
    assert not seen(0, b"abcd").differs(seen(2, b"cd"))
    assert not seen(0, b"abcd").differs(seen(4, b"zz"))
    assert not seen(0, b"ab", length=8).differs(seen(4, b"zz"))


def test_a_single_byte_is_uniform_only_as_zero() -> None:
    assert seen(0, b"\0").uniform
    assert not seen(0, b"\x16").uniform
    assert seen(0, b"aaaa").uniform
    assert not seen(0, b"").uniform


def test_ranges_and_times() -> None:
    assert seen(2, b"cd").within(seen(0, b"abcd"))
    assert not seen(0, b"abcd").within(seen(2, b"cd"))
    assert seen(0, b"a").at_once(seen(0, b"a", AT_ONCE_NS))
    assert not seen(0, b"a").at_once(seen(0, b"a", AT_ONCE_NS + 1))
    assert seen(0, b"a").same(seen(0, b"a", 9))
    assert not seen(0, b"a").same(seen(1, b"a"))
