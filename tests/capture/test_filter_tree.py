"""Conditions are joined without nesting, and written with no more parentheses than needed."""

from __future__ import annotations

import ipaddress

import pytest

from workbench.capture.filter_tree import (
    And,
    Compare,
    Not,
    Or,
    Present,
    Range,
    both,
    either,
    fields_of,
    written,
)

A, B, C = Present("time"), Present("mss"), Present("md5")


def test_joining_flattens_and_one_part_stays_itself() -> None:
    assert both([A, both([B, C])]) == And((A, B, C))
    assert either([either([A, B]), C]) == Or((A, B, C))
    assert both([A]) == either([A]) == A
    assert both([A, either([B, C])]) == And((A, Or((B, C))))


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Compare("source", "==", (ipaddress.ip_network("10.0.0.0/8"),)), "source == 10.0.0.0/8"),
        (Compare("source", "!=", (ipaddress.ip_network("::1"),)), "source != ::1"),
        (Compare("tcp_flags", "has", (18,)), "tcp_flags syn,ack"),
        (Compare("tcp_flags", "==", (0,)), "tcp_flags == 0"),
        (Compare("tcp_flags", "&", (0x202,)), "tcp_flags & 514"),
        (Compare("time", ">", (1,)), "time > 1970-01-01T00:00:00.000000001Z"),
        (Compare("ttl", "==", (1, Range(3, 5))), "ttl == 1,3..5"),
        (Compare("md5", "==", (0,)), "md5 == false"),
        (Compare("direction", "==", (1,)), "direction == server"),
        (Compare("options", "==", ("mss,ts",)), 'options == "mss,ts"'),
        (Compare("encapsulation", "==", ("",)), 'encapsulation == ""'),
        (Compare("encapsulation", "has", ("vlan",)), "encapsulation vlan"),
        (Not(And((A, B))), "not (time and mss)"),
        (And((Or((A, B)), C)), "(time or mss) and md5"),
        (Or((And((A, B)), C)), "time and mss or md5"),
    ],
)
def test_writing(node, text) -> None:
    assert written(node) == text


def test_fields_are_found_everywhere() -> None:
    node = both([A, Not(either([B, Compare("ttl", "<", (3,))]))])
    assert list(fields_of(node)) == ["time", "mss", "ttl"]
