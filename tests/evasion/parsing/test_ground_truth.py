"""Every command line that a recorded case was made with is read, and says what the case says."""

from __future__ import annotations

import csv

import pytest

from workbench.evasion.parsing import parse_profiles

#: What the recordings call a thing, and what it is called here. Tools that write to a socket have
#: names of their own for it; the recordings name a family.
FAMILIES = {
    "split": {"multisplit", "multidisorder", "socket-split"},
    "disorder": {"multidisorder", "socket-disorder"},
    "fake": {"fake", "socket-fake"},
    "udp-fake": {"fake"},
    "syn-fake": {"synack"},
    "rst": {"rst", "rstack"},
    "ipfrag": {"ipfrag2"},
    "disorder_fake": {"fakeddisorder"},
    "mod-http": {"hostspell", "domcase"},
    "window": {"inbound-window"},
    "drop-sack": {"socket-disorder"},
}
#: A recording of several profiles is named by what both do.
SEVERAL = "per-domain:fake|multisplit"


def _cases(shared):
    with (shared / "captures" / "desync" / "manifest.csv").open(encoding="utf-8") as held:
        return {row["command"]: row for row in csv.DictReader(held) if row["command"]}


def test_every_recorded_command_is_read(shared):
    cases = _cases(shared)
    assert len(cases) == 182
    for command, row in cases.items():
        found = parse_profiles(command)
        names = {name for one in found for name in one.names()}
        said = {"fake", "multisplit"} if row["strategies"] == SEVERAL else {
            *row["strategies"].split("+")
        }  # fmt: skip
        for name in said:
            assert names & FAMILIES.get(name, {name}), (command, name, names)


def test_parameters_of_recorded_commands_are_the_case_s(shared):
    for command, row in _cases(shared).items():
        found = parse_profiles(command)
        if row["tool"] != "nfqws" or len(found) != 1:
            continue
        (only,) = found
        if "--dpi-desync-ttl=" in command:
            hops = int(command.split("--dpi-desync-ttl=")[1].split()[0])
            ttls = [fake.ttl for fake in only.phase1] + [opening.ttl for opening in only.phase0]
            ttls += [only.phase2.ttl] if only.phase2 else []
            assert all(ttl.value == hops for ttl in ttls), command


@pytest.mark.parametrize("column", ["options"])
def test_every_option_of_the_laboratory_s_labels_is_read(shared, column):
    with (shared / "captures" / "expected" / "lab_labels.csv").open(encoding="utf-8") as held:
        rows = [row for row in csv.DictReader(held) if row["tool"] != "none"]
    assert rows
    for row in rows:
        tool = {"ciadpi": "byedpi"}.get(row["tool"], row["tool"])
        assert all(parse_profiles(row[column], tool)), row[column]
