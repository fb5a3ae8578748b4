"""The recorded sets are whole, small, and true: each capture shows what its manifest says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import workbench as wb
from tests.evasion.compose import observed
from tests.evasion.truth import judge
from tests.lab.recorded import compare
from workbench.errors import OutputError, ParameterError, WorkbenchError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import Strategy
from workbench.lab import fixtures
from workbench.lab.fixtures import SETS, Case, record
from workbench.lab.tables import Trial
from workbench.lab.topology import VANTAGES
from workbench.lab.trials import Job

DATA = Path(__file__).resolve().parents[2] / "data"
KEPT = ("x.com", "interference")
ENTRIES = [
    (name, entry)
    for name in KEPT
    for entry in json.loads((DATA / name / fixtures.NAME).read_text())["cases"]
]
NAMES = [f"{name}-{entry['case']}" for name, entry in ENTRIES]
X_COM = {entry["case"]: entry for name, entry in ENTRIES if name == "x.com"}


@pytest.mark.parametrize("name", KEPT)
def test_a_set_is_whole_and_small(name) -> None:
    manifest = json.loads((DATA / name / fixtures.NAME).read_text())
    listed = {file["file"] for entry in manifest["cases"] for file in entry["files"].values()}
    found = {path.name for path in (DATA / name).iterdir()}
    assert found == listed | {fixtures.NAME}
    assert [entry["case"] for entry in manifest["cases"]] == [case.name for case in SETS[name]]
    assert sum(path.stat().st_size for path in (DATA / name).iterdir()) < 500_000
    assert manifest["topology"].startswith("middlebox_hop = 2")
    assert {"curl", "nginx", "tcpdump"} <= set(manifest["programs"])


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=NAMES)
def test_captures_are_those_that_were_recorded(name, entry) -> None:
    assert tuple(entry["files"]) == VANTAGES
    for file in entry["files"].values():
        data = (DATA / name / file["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert len(data) == file["size_bytes"]


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=NAMES)
def test_the_client_sent_what_the_manifest_says(name, entry) -> None:
    file = DATA / name / entry["files"]["client"]["file"]
    found = [one for one in wb.read(file, cache=False).strategies()["descriptor"] if one]
    if not entry["applied"]:
        assert found == []
        return
    strategy = parse(entry["command"])
    assert Strategy.from_json(json.dumps(entry["descriptor"])) == strategy
    assert judge((strategy,), found[0], whole=True).verdict == "exact"
    row = {"ip_version": "4", "proto": "tls", "client": "curl", "domain": "x.com",
           "command": entry["command"]}  # fmt: skip
    compared = compare(file, strategy, row, entry["seed"])
    assert compared.recorded[: len(compared.composed)] == compared.composed


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=NAMES)
def test_the_outcome_is_on_the_wire(name, entry) -> None:
    seen = observed.packets(DATA / name / entry["files"]["client"]["file"])
    client = observed.first_flow(seen)[0].source
    coming = [one.tcp for one in seen if one.tcp and one.source != client]
    payload = sum(len(one.data) for one in coming)
    resets = [one for one in coming if one.flags & 4]
    if entry["outcome"] == "success":
        assert payload > entry["body_bytes"]
        assert not resets
    elif entry["outcome"] == "reset":
        assert resets
    elif entry["outcome"] == "partial":
        assert 0 < entry["body_bytes"] < payload < 65_536
    else:
        assert (entry["outcome"], resets) == ("timeout", [])
        # A server that believes the fakes acknowledges and answers what was never asked.
        assert bool(payload) is (entry["case"] == "ttl-too-high")


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=NAMES)
def test_there_is_one_connection(name, entry) -> None:
    for file in entry["files"].values():
        segments = [one.tcp for one in observed.packets(DATA / name / file["file"]) if one.tcp]
        assert len({frozenset((one.sport, one.dport)) for one in segments}) == 1


def test_the_reference_gets_through_and_a_plain_request_does_not() -> None:
    assert X_COM["reference"]["outcome"] == "success"
    assert X_COM["not-applied"]["outcome"] == "timeout"
    assert X_COM["forward-order"]["outcome"] == "timeout"
    assert X_COM["ttl-too-high"]["outcome"] in {"timeout", "tls-error"}
    assert X_COM["allowed-name"]["outcome"] == X_COM["no-middlebox"]["outcome"] == "success"


def test_candidates_differ_in_one_thing() -> None:
    leaf = {}
    for entry in X_COM.values():
        if entry["differs_from"] and entry["applied"]:
            paths = {one["path"].rpartition("]")[2].split(".", 1)[-1]
                     for one in entry["differences"]}  # fmt: skip
            leaf[entry["case"]] = paths
    assert leaf == {
        "forward-order": {"kind"}, "no-fake": {""}, "fake-names-blocked": {"payloads"},
        "ttl-too-low": {"ttl"}, "ttl-only": {"fooling.kinds"}, "ttl-too-high": {"ttl"},
    }  # fmt: skip
    assert X_COM["not-applied"]["differences"] == []


def dead(name: str, vantage: str) -> int:
    """Return how many client packets of a case are bad or low at a vantage."""
    file = DATA / "x.com" / X_COM[name]["files"][vantage]["file"]
    flow = observed.first_flow(observed.packets(file))
    usual = flow[0].ttl
    return sum(one.ttl < usual for one in flow)


def test_fakes_die_where_their_ttl_says() -> None:
    assert [dead("reference", vantage) for vantage in VANTAGES] == [5, 5, 5, 0]
    assert [dead("ttl-too-low", vantage) for vantage in VANTAGES] == [5, 0, 0, 0]
    assert dead("ttl-too-high", "server") == 0


def test_nothing_but_the_laboratory_is_in_it() -> None:
    for name, entry in ENTRIES:
        for file in entry["files"].values():
            for one in observed.packets(DATA / name / file["file"]):
                assert one.source[:2] == b"\x0a\x4d"
                assert one.destination[:2] == b"\x0a\x4d"


class Answering:
    """A laboratory that writes empty captures and always says the same."""

    def __init__(self, folder: Path, word: str) -> None:
        self.folder, self.word = folder, word

    def __call__(self, job: Job) -> Trial:
        for vantage in VANTAGES:
            (self.folder / f"{job.captures}-{vantage}.pcap").write_bytes(b"none")
        return job.done(self.word)


@pytest.fixture
def answering(monkeypatch):
    """Have every laboratory answer with a word."""
    from contextlib import contextmanager

    def use(word: str) -> None:
        @contextmanager
        def made(_topology, _count, folder):
            yield (Answering(folder, word),)

        monkeypatch.setattr(fixtures, "laboratories", made)
        monkeypatch.setitem(fixtures.SETS, "x.com", (Case("one", "a case", expected=("success",)),))

    return use


def test_a_set_is_published_with_its_manifest(answering, tmp_path) -> None:
    answering("success")
    made = record("x.com", tmp_path)
    assert made == tmp_path / "x.com" / "manifest.json"
    entry = json.loads(made.read_text())["cases"][0]
    assert (entry["outcome"], entry["applied"], entry["descriptor"]) == ("success", False, None)
    assert len(list(made.parent.iterdir())) == 1 + len(VANTAGES)


def test_a_case_that_does_not_come_out_is_an_error(answering, tmp_path) -> None:
    answering("timeout")
    with pytest.raises(WorkbenchError, match="one did not end with success"):
        record("x.com", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_set_and_a_blocked_output(answering, tmp_path) -> None:
    with pytest.raises(ParameterError, match="ordinary"):
        record("y.com", tmp_path)
    answering("success")
    (tmp_path / "x.com").write_text("in the way")
    with pytest.raises(OutputError, match="cannot"):
        record("x.com", tmp_path)


def test_names_of_cases_are_their_own() -> None:
    for cases in SETS.values():
        names = [case.name for case in cases]
        assert len(set(names)) == len(names)
        assert all(case.other in {"", *names} for case in cases)
