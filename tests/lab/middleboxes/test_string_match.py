"""The kernel's string match: its rules, its counters, and what it does in the laboratory."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.lab.middleboxes.settings import Setting
from workbench.lab.middleboxes.string_match import counts, rules

LISTING = """Chain FORWARD (policy ACCEPT 9 packets, 900 bytes)
    pkts      bytes target     prot opt in     out     source               destination
       5     2845 DROP       6    --  near   *       0.0.0.0/0            0.0.0.0/0            \
 tcp dpt:443 STRING match  "x.com" ALGO name bm
       0        0 DROP       6    --  near   *       0.0.0.0/0            0.0.0.0/0            \
 tcp dpt:80 STRING match  "Host: x.com" ALGO name bm
       1        0 DROP       6    --  near   *       0.0.0.0/0            0.0.0.0/0            \
 tcp dpt:80 STRING match  "Host: y.com" ALGO name bm
"""


def test_each_name_is_matched_on_both_ports_and_only_from_the_client() -> None:
    made = rules(Setting(blocked=("x.com", "y.com"), action="reset"))
    assert len(made) == 4
    assert all(rule[:2] == ("-i", "near") for rule in made)
    assert {rule[rule.index("--string") + 1] for rule in made} == {
        "x.com", "Host: x.com", "y.com", "Host: y.com",
    }  # fmt: skip
    assert all(rule[-1] == "tcp-reset" for rule in made)


def test_counters_are_read() -> None:
    assert [verdict.name for verdict in counts(LISTING, "drop")] == ["x.com"] * 5 + ["y.com"]
    assert counts("", "drop") == []


@pytest.mark.parametrize(("preset", "outcome"), [("xt-drop", "timeout"), ("xt-reset", "reset")])
def test_a_name_blocks_in_the_laboratory(preset, outcome, within) -> None:
    found = within("blocking", preset)
    assert found["x.com 4"] == found["x.com 6"] == [outcome, 0]
    assert found["example.org 4"][0] == found["example.org 6"][0] == "success"
    assert [name for name, _ in found["verdicts"]] == [f"x.com {preset[3:]}"]
    assert found["after"] == "success"
    assert "STRING" not in found["rules"]


def test_its_reset_is_the_recorded_one(within) -> None:
    files = within("blocking", "xt-reset")["files"]
    packets = wb.read(files["client"]).packets
    resets = packets[(packets["tcp_flags"] & 4 != 0) & (packets["source"] == "10.77.5.11")]
    # One RST of hop 2, without an acknowledgement, and with no identification.
    assert resets[["ttl", "ip_id", "tcp_flags"]].to_numpy().tolist() == [[63, 0, 4]]
