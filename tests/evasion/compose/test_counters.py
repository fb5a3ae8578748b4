"""Which packets and connections are touched."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import FACTS, HELLO, INITIAL, PATH, PATH6
from workbench.errors import ParameterError
from workbench.evasion.compose.counters import Counters, applies, parse_limit
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.markers import request_facts
from workbench.evasion.strategy import Scope


def seen(start: str, cutoff: str) -> list[bool]:
    kernel, counters = Kernel(PATH), Counters(PATH.client_isn)
    found = []
    for packet in (kernel.syn(), kernel.handshake(), *kernel.write(HELLO), *kernel.write(b"x")):
        counters.feed(packet)
        found.append(counters.within("name", start, cutoff))
    return found


@pytest.mark.parametrize(
    ("start", "cutoff", "touched"),
    [
        ("", "", "1111"), ("n3", "", "0011"), ("", "n3", "1100"), ("d1", "", "0011"),
        ("s1", "d2", "0110"), ("", "s2", "1110"), ("n3", "n4", "0010"), ("n9", "", "0000"),
        ("s1", "d1", "0100"),
    ],
)  # fmt: skip
def test_limits(start, cutoff, touched) -> None:
    assert seen(start, cutoff) == [sign == "1" for sign in touched]


@pytest.mark.parametrize(
    ("text", "limit"), [("n3", ("n", 3)), ("7", ("n", 7)), ("s100", ("s", 100))]
)
def test_a_limit_is_read(text, limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "x3", "n", "n-1", "3n"])
def test_an_odd_limit_is_refused(text) -> None:
    with pytest.raises(ParameterError):
        parse_limit(text)


@pytest.mark.parametrize(
    ("scope", "name", "found"),
    [
        (Scope(), "x.com", True),
        (Scope(hosts=("x.com",)), "x.com", True),
        (Scope(hosts=("x.com",)), "www.X.com", True),
        (Scope(hosts=("x.com",)), "ax.com", False),
        (Scope(not_hosts=("x.com",)), "a.x.com", False),
        (Scope(tcp="80,443"), "x.com", True),
        (Scope(tcp="80"), "x.com", False),
        (Scope(tcp="~80"), "x.com", True),
        (Scope(tcp="400-500"), "x.com", True),
        (Scope(tcp="*"), "x.com", True),
        (Scope(tcp="odd"), "x.com", False),
        (Scope(l7=("http",)), "x.com", False),
        (Scope(l7=("tls", "http")), "x.com", True),
        (Scope(l3="ipv6"), "x.com", False),
        (Scope(udp="1"), "x.com", True),
    ],
)
def test_a_profile_is_for_some_connections(scope, name, found) -> None:
    assert applies(scope, FACTS, name, PATH) is found


def test_a_profile_for_datagrams() -> None:
    assert applies(Scope(udp="443", l3="ipv6"), request_facts(INITIAL), "", PATH6)
    assert not applies(Scope(udp="80"), request_facts(INITIAL), "", PATH6)
