"""The extensions of a hello, whole, cut and contradicting themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples
from workbench.traffic.messages import extensions

listed = st.lists(st.tuples(st.integers(0, 65_535), st.binary(max_size=20)), max_size=8)
anything = st.binary(max_size=60)


@given(listed)
def test_extensions_come_back_in_order_with_their_places(parts) -> None:
    data = b"".join(samples.extension(kind, body) for kind, body in parts)
    problems: list[str] = []
    found, places = extensions.walk_extensions(data, 0, len(data), problems)
    assert list(found) == parts
    assert [data[at : at + len(body)] for at, (_, body) in zip(places, parts, strict=True)] == [
        body for _, body in parts
    ]
    assert problems == []


@given(listed, st.data())
def test_a_cut_keeps_whole_extensions_and_says_what_is_missing(parts, data) -> None:
    raw = b"".join(samples.extension(kind, body) for kind, body in parts)
    cut = data.draw(st.integers(0, len(raw)))
    problems: list[str] = []
    found, _ = extensions.walk_extensions(raw[:cut], 0, len(raw), problems)
    assert list(found[:-1]) == parts[: max(len(found) - 1, 0)]
    used = sum(4 + len(body) for _, body in parts[: len(found)])
    assert bool(problems) == (used != cut)


@given(anything, st.integers(0, 70), st.integers(0, 70))
def test_any_bytes_are_walked_without_an_exception(data, start, end) -> None:
    found, places = extensions.walk_extensions(data, start, end, [])
    assert len(found) == len(places) <= len(data) // 4 + 1


@given(anything)
def test_bodies_of_any_bytes_are_read_without_an_exception(body) -> None:
    problems: list[str] = []
    name = extensions.read_server_name(body, problems)
    assert name.offset == -1 or body[name.offset :].startswith(name.raw)
    assert len(extensions.read_protocols(body, problems)) <= len(body)
    assert len(extensions.read_key_shares(body, problems)) <= len(body) // 4
    assert len(extensions.read_numbers(body, problems, counted_by=2, what="x")) <= len(body) // 2


def test_the_first_host_name_counts() -> None:
    other = b"\1" + samples.counted(b"other kind")
    body = samples.counted(other + b"\0" + samples.counted(b"a.org") + b"\0\0\1b")
    name = extensions.read_server_name(body, [])
    assert (name.raw, name.offset) == (b"a.org", 18)


def test_names_that_are_not_whole_are_not_given() -> None:
    problems: list[str] = []
    body = samples.server_name(b"a.org")[4:]
    assert extensions.read_server_name(body[:7], problems) == extensions.Name(b"", 5)
    assert extensions.read_server_name(body[:5], problems) == extensions.Name(b"", -1)
    assert problems == [
        "server name cut after 2 of 5 bytes",
        "server name cut after 0 of 5 bytes",
    ]
    assert extensions.read_server_name(b"\0\0", problems) == extensions.Name()
    assert problems[-1] == "server name extension without a host name"


def test_contradictions_are_noted() -> None:
    problems: list[str] = []
    extensions.read_server_name(b"\0\x09\0\0\3a.b", problems)
    extensions.read_protocols(b"\0\3\x05h2", problems)
    extensions.read_key_shares(samples.key_shares((29, bytes(32)))[4:-1], problems)
    extensions.read_numbers(b"\0\3\0\x1d\0", problems, counted_by=2, what="groups")
    assert problems == [
        "server name list and extension differ in length",
        "ALPN cut after 0 names",
        "key shares cut after 1",
        "list of groups is cut or of odd length",
    ]


def test_each_type_sent_twice_is_named_once() -> None:
    sent = tuple((kind, b"") for kind in (5, 0, 5, 7, 0, 5))
    assert extensions.duplicates(sent) == (0, 5)
