"""ICMP errors and the packets that they quote."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from tests.traffic.talk import Talk, part
from tests.traffic.truth import cases, read
from workbench.traffic.quotes import COLUMNS, Quote, find_quotes, quote_table, quoted_rows
from workbench.traffic.segments import classify

ROUTER, ROUTER6 = "10.9.9.3", "fd00::9"


def error(talk: Talk, number: int, *, kind: int = 11, code: int = 0, keep: int = 28) -> bytes:
    """Return an error that quotes a packet of a conversation, as a router with TTL 61 sends it."""
    packet = talk.records[number][1][14:]
    if talk.six:
        body = bytes([3, code, 0, 0]) + bytes(4) + packet[: keep + 20]
        return build.ethernet(build.ipv6(body, 58, ROUTER6, "fd00::1", hops=61), 0x86DD)
    body = bytes([kind, code, 0, 0]) + bytes(4) + packet[:keep]
    return build.ethernet(build.ipv4(body, 1, ROUTER, "10.0.0.1", ttl=61))


def quotes(talk: Talk) -> list[Quote]:
    return find_quotes(talk.conversations())


@pytest.mark.parametrize("six", [False, True])
def test_a_fake_that_expired(six: bool) -> None:
    talk = Talk(six=six).handshake().send(0, b"fake", ttl=3).send(0, part(0, 9))
    talk.raw(error(talk, 3), 25)
    (found,) = quotes(talk)
    assert (found.kind, found.quoted, found.hop, found.connection) == ("time-exceeded", 3, 3, 0)
    assert found.rule == ("seq" if six else "ip-id+seq")


def test_the_classes_take_quotes_as_evidence() -> None:
    talk = Talk(server_ttl=64).handshake().send(0, b"fake", ttl=3).send(0, part(0, 9))
    every = talk.raw(error(talk, 3), 25).conversations()
    found = classify(every[0], quoted_rows(find_quotes(every)))
    assert "quoted" in found.reasons(3)
    assert "quoted" not in found.reasons(4)


def test_a_number_that_a_tool_used_twice_is_that_of_the_lower_ttl() -> None:
    talk = Talk().handshake().send(0, b"fake", ttl=3, ip_id=7).send(0, part(0, 9), ip_id=7)
    (found,) = quotes(talk.raw(error(talk, 3), 25))
    assert (found.quoted, found.hop) == (3, 3)


def test_large_captures_are_decoded_only_where_a_quotation_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workbench.traffic.quotes.WHOLE", 0)
    talk = Talk().handshake().send(0, b"fake", ttl=3).send(0, b"fake", ttl=4)
    every = talk.raw(error(talk, 3), 25).conversations()
    (found,) = find_quotes(every)
    assert (found.quoted, found.rule) == (3, "ip-id+seq")
    assert not every.connections.packets.extra


def test_an_ip_id_that_was_changed_on_the_way() -> None:
    talk = Talk().handshake().send(0, b"fake", ttl=3)
    frame = bytearray(error(talk, 3))
    frame[14 + 28 + 4] ^= 0xFF
    assert quotes(talk.raw(bytes(frame), 25))[0].rule == "seq"


def test_a_packet_of_the_server_can_be_quoted_too() -> None:
    talk = Talk().handshake().send(1, b"reply", ttl=7)
    (found,) = quotes(talk.raw(error(talk, 3), 25))
    assert (found.quoted, found.hop) == (3, 7)


def test_datagrams_are_tied_by_ip_id_or_by_ports() -> None:
    def datagram(number: int) -> bytes:
        return build.ethernet(build.ipv4(build.udp(b"ask"), 17, ttl=2, identification=number))

    talk = Talk().raw(datagram(5), 0).raw(datagram(6), 1)
    talk.raw(error(talk, 0, kind=3, code=3), 2).raw(error(talk, 1), 3)
    unreachable, exceeded = quotes(talk)
    assert (unreachable.kind, unreachable.code, unreachable.quoted) == ("unreachable", 3, 0)
    assert (unreachable.rule, unreachable.hop) == ("ip-id", -1)
    assert (exceeded.quoted, exceeded.hop) == (1, 2)
    changed = bytearray(error(talk, 0))
    changed[14 + 28 + 4] ^= 0xFF
    assert quotes(Talk().raw(datagram(5), 0).raw(bytes(changed), 1))[0].rule == "ports"


def test_what_was_not_captured_is_not_found() -> None:
    talk = Talk().handshake().send(0, b"fake", ttl=3)
    frame = error(talk, 3)
    del talk.records[3]
    (found,) = quotes(talk.raw(frame, 25))
    assert (found.quoted, found.rule, found.hop) == (-1, "", -1)
    (foreign,) = quotes(Talk().raw(frame, 1))
    assert (foreign.connection, foreign.protocol) == (-1, 6)


def test_other_messages_quote_nothing() -> None:
    echo = build.ethernet(build.ipv4(bytes([8, 0, 0, 0]) + bytes(60), 1))
    assert quotes(Talk().handshake().raw(echo, 30)) == []
    assert quotes(Talk().handshake()) == []


@pytest.mark.parametrize("keep", range(0, 28, 3))
def test_quotations_cut_short(keep: int) -> None:
    talk = Talk().handshake().send(0, b"fake", ttl=3)
    for found in quotes(talk.raw(error(talk, 3, keep=keep), 25)):
        assert found.quoted == -1 or found.rule == "ip-id"
        assert found.protocol == (6 if keep >= 24 else -1)


@given(st.binary(max_size=120), st.booleans())
def test_whatever_is_quoted_raises_nothing(body: bytes, six: bool) -> None:
    head = bytes([3 if six else 11, 0, 0, 0]) + bytes(4) + body
    if six:
        frame = build.ethernet(build.ipv6(head, 58), 0x86DD)
    else:
        frame = build.ethernet(build.ipv4(head, 1))
    assert len(quotes(Talk().handshake().raw(frame, 30))) == 1


def test_ipv6_extension_headers_are_walked() -> None:
    talk = Talk(six=True).handshake().send(0, b"fake", ttl=3)
    packet = talk.records[3][1][14:]
    longer = packet[:6] + b"\x00" + packet[7:40] + b"\x06\x00\x01\x04" + bytes(4) + packet[40:]
    body = struct.pack(">BBHI", 3, 0, 0, 0) + longer
    frame = build.ethernet(build.ipv6(body, 58, ROUTER6, "fd00::1"), 0x86DD)
    assert quotes(talk.raw(frame, 25))[0].quoted == 3


def test_the_table_has_its_columns() -> None:
    talk = Talk().handshake().send(0, b"fake", ttl=3)
    every = talk.raw(error(talk, 3), 25).conversations()
    table = quote_table(every.connections.packets, find_quotes(every))
    assert tuple(table.columns) == tuple(COLUMNS)
    assert table.iloc[0].to_dict() == {
        "frame": 5, "kind": "time-exceeded", "code": 0, "router": ROUTER, "quoted_frame": 4,
        "rule": "ip-id+seq", "hop": 3, "connection": 0,
    }  # fmt: skip


def test_routers_of_the_lab_are_at_their_hop(shared: Path) -> None:
    """The router at hop N has the address 10.77.N.2 or fd77:N::2."""
    found = 0
    for case in cases(shared):
        if case["vantage"] != "client" or case["set"] == "cooked-any":
            continue
        every = read(shared / "captures/desync" / case["file"])
        addresses = every.connections.packets.addresses.texts
        for quote in find_quotes(every):
            if quote.kind == "time-exceeded" and quote.quoted >= 0:
                parts = addresses[quote.router].replace(":", ".").split(".")
                assert quote.hop == int(parts[2] if parts[0] == "10" else parts[1]), case["file"]
                found += 1
    assert found > 500
