from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing.zapret import (
    bound,
    flags,
    fooling,
    last,
    overlap,
    payload,
    position,
    positions,
    profiles,
    scope,
    switched,
    ttls,
    window,
)
from workbench.evasion.strategy import Fooling, Payload, Position, Ttl

BARE = (-1, 3, 20)


def test_the_last_use_of_an_option_counts():
    assert last([("a", "1"), ("a", "2")], "a") == "2"
    assert last([("a", None)], "a") == ""
    assert last([], "a") is None


@pytest.mark.parametrize(("given", "on"), [(None, True), ("1", True), ("0", False)])
def test_switches(given, on):
    assert switched([("x", given)], "x") is on
    assert switched([], "x", default=True) is True


@pytest.mark.parametrize("text", ["0", "70000", "midhost", "tls:host", "", "host+99999"])
def test_positions_are_zapret_s(text):
    with pytest.raises(ParameterError):
        position("split-pos", text)


def test_positions_add_up_over_repeated_options():
    options = [("p", "1,midsld"), ("p", "-10")]
    assert positions(options, "p") == (Position("", 1), Position("midsld"), Position("", -10))
    with pytest.raises(ParameterError, match="64"):
        positions([("p", ",".join(["1"] * 65))], "p")


def test_no_overlap():
    assert overlap([("o", "0")], "o") is None
    assert overlap([("o", "midsld-1")], "o") == Position("midsld", -1)


@pytest.mark.parametrize(("text", "packet"), [("3", "n3"), ("d02", "d2"), ("s1", "s1")])
def test_packets(text, packet):
    assert bound([("b", text)], "b") == packet


def test_a_packet_that_is_none():
    assert bound([], "b") == ""
    with pytest.raises(ParameterError, match="n3, d1 or s100"):
        bound([("b", "x3")], "b")


def test_windows_have_a_scale_or_not():
    assert window("wssize", "1:6", 0) == (1, 6)
    assert window("wssize", "1", 0) == (1, 0)
    with pytest.raises(ParameterError):
        window("wssize", "70000", 0)


@pytest.mark.parametrize(
    ("text", "bits"), [("FIN,syn", 3), ("0x11", 17), ("push", 8), ("AECN", 256)]
)
def test_flags(text, bits):
    assert flags([("f", text)], "f") == bits


def test_unknown_flags_list_the_known():
    with pytest.raises(ParameterError, match="FIN, SYN, RST"):
        flags([("f", "FUN")], "f")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (Ttl(), None)),
        ({"ttl": "3"}, (Ttl.fixed(3), None)),
        ({"ttl6": "4"}, (Ttl(), Ttl.fixed(4))),
        ({"autottl": None}, (Ttl.auto(-1), None)),
        ({"autottl": "-2", "ttl": "1"}, (Ttl.auto(-2, fallback=1), None)),
        ({"autottl": "+5:3-64"}, (Ttl.auto(5, 3, 64), None)),
        ({"autottl": "2:4"}, (Ttl.auto(-2, 4, 20), None)),
        ({"autottl": "-"}, (Ttl(), None)),
        ({"ttl": "3", "autottl6": "-3"}, (Ttl.fixed(3), Ttl.auto(-3, fallback=3))),
    ],
)
def test_ttls(options, expected):
    typed = [(f"d-{name}", argument) for name, argument in options.items()]
    assert ttls(typed, "d", BARE) == expected


@pytest.mark.parametrize("text", ["x", "-128", "1:9-3", "1:0-999", "1:2:3"])
def test_bad_autottl(text):
    with pytest.raises(ParameterError):
        ttls([("d-autottl", text)], "d", BARE)


def test_foolings():
    typed = [("d-fooling", "badseq,none"), ("d-badseq-increment", "0xFFFFFFFF")]
    assert fooling(typed, "d") == Fooling(frozenset({"badseq"}), badseq_increment=-1)
    assert fooling([("d-tcp-flags-set", "FIN")], "d").kinds == {"flags"}
    with pytest.raises(ParameterError, match="md5sig"):
        fooling([("d-fooling", "md5")], "d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0x1603", Payload("bytes", "tls", data=b"\x16\x03")),
        ("a b.bin", Payload("file", "tls", "a b.bin")),
        ("@a.bin", Payload("file", "tls", "a.bin")),
        ("+10@a.bin", Payload("file", "tls", "a.bin", offset=10)),
        ("/etc/passwd", Payload("file", "tls", "/etc/passwd")),
    ],
)
def test_payloads_are_named_not_opened(text, expected):
    assert payload("x", text, "tls") == expected


@pytest.mark.parametrize("text", ["", "@", "+10@", "+x@a", "0x1"])
def test_payloads_that_name_nothing(text):
    with pytest.raises(ParameterError):
        payload("x", text, "tls")


def test_scopes():
    made = scope(
        [("filter-tcp", "443"), ("filter-l7", "tls,http"), ("hostlist-domains", "a.test,b.test"),
         ("hostlist-domains", "c.test"), ("ipset", "x.txt"), ("filter-l3", "ipv6")]
    )  # fmt: skip
    assert made.tcp == "443"
    assert made.l7 == ("tls", "http")
    assert made.hosts == ("a.test", "b.test", "c.test")
    assert made.lists == ("ipset=x.txt",)
    assert made.l3 == "ipv6"


def test_skipped_profiles_are_left_out():
    options = [("a", "1"), ("new", None), ("skip", None), ("b", "2"), ("new", None), ("c", "3")]
    assert profiles(options) == [[("a", "1")], [("c", "3")]]
