"""Numbers that tables name: every code has one name, and no two have the same."""

from __future__ import annotations

import pytest

from workbench.capture import codes


def constants(first: str, last: str) -> list[int]:
    """Return the module's constants from one to another, in the order they are written in."""
    names = [name for name in vars(codes) if name.isupper()]
    return [vars(codes)[name] for name in names[names.index(first) : names.index(last) + 1]]


def test_problem_codes_count_up_and_each_has_a_name() -> None:
    assert constants("OK", "TRANSPORT_TOO_SHORT") == list(range(len(codes.PROBLEM_NAMES)))
    assert len(set(codes.PROBLEM_NAMES)) == len(codes.PROBLEM_NAMES)
    assert codes.PROBLEM_NAMES[codes.OK] == ""
    assert codes.PROBLEM_NAMES[codes.BAD_UDP_LENGTH] == "bad-udp-length"


def test_every_problem_has_a_reason_and_no_reason_is_left_over() -> None:
    assert set(codes.PROBLEM_REASONS) == set(codes.PROBLEM_NAMES) - {""}
    assert len(set(codes.PROBLEM_REASONS.values())) == len(codes.PROBLEM_REASONS)


def test_problems_fit_the_column_they_are_kept_in() -> None:
    assert len(codes.PROBLEM_NAMES) < 128
    assert len(codes.CHECKSUM_NAMES) < 128


def test_checksum_verdicts_have_their_names() -> None:
    found = [codes.CHECKSUM_NAMES[code] for code in constants("NOT_APPLICABLE", "UNVERIFIED")]
    assert found == ["", "good", "bad", "partial", "unverified"]


def test_encapsulations_fit_five_bits_and_are_all_named_differently() -> None:
    every = constants("VLAN", "MORE")
    assert sorted(every) == sorted(codes.ENCAPSULATION_NAMES)
    assert len(set(every)) == len(every)
    assert all(0 < code < 32 for code in every)
    assert len(set(codes.ENCAPSULATION_NAMES.values())) == len(every)
    assert not any("+" in name for name in codes.ENCAPSULATION_NAMES.values())


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0, ""),
        (codes.GRE, "gre"),
        ((codes.GRE << 5) | codes.MPLS, "gre+mpls"),
        ((codes.VLAN << 10) | (codes.VLAN << 5) | codes.MORE, "vlan+vlan+more"),
        (30, "unknown-30"),
        ((30 << 5) | codes.VLAN, "unknown-30+vlan"),
    ],
)
def test_packed_encapsulations_read_from_the_outside_in(code, name) -> None:
    assert codes.encapsulation_name(code) == name


def test_every_protocol_number_has_a_name_of_its_own() -> None:
    names = codes.protocol_names()
    assert len(names) == len(set(names)) == 257
    assert [names[number] for number in (0, 1, 17, 58, 132)] == [
        "hopopt", "icmp", "udp", "icmpv6", "sctp",
    ]  # fmt: skip
    assert names[codes.ARP] == "arp"
    assert names[255] == "ip-255"
    assert codes.PROTOCOL_ABSENT == -1
