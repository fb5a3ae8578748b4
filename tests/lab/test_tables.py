"""Trial tables are read as they were written, and nothing in them is believed unchecked."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError, ParameterError, WorkbenchError
from workbench.lab import tables
from workbench.lab.tables import NAMES, Trial, read_trials, summary, trial_table
from workbench.statistics.intervals import wilson

TRIALS = [
    Trial("fake", "ndpi", "x.com", "success", repetition=n, first_byte_ns=40 + n) for n in range(3)
] + [
    Trial("fake", "ndpi", "x.com", "timeout", repetition=3),
    Trial("", "ndpi", "x.com", "reset", control="no strategy"),
    Trial("", "ndpi", "example.org", "http-404", control="allowed name", ip_version=6),
]
TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=20)


def lines(trials) -> str:
    return "".join(f"{one.line()}\n" for one in trials)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "trials.jsonl"
    path.write_text(lines(TRIALS))
    return path


def test_what_was_written_is_read(table) -> None:
    assert read_trials(table) == TRIALS


def test_a_table_from_elsewhere(tmp_path) -> None:
    path = tmp_path / "line.csv"
    path.write_text(
        "when,strategy,domain,outcome,total_ns,repetition\n"
        "monday,--dpi-desync=fake,x.com,success,120000000,\n"
        'monday,"--dpi-desync=fake,multisplit",x.com,timeout,,2\n'
    )
    first, second = read_trials(path)
    assert (first.strategy, first.total_ns, first.repetition) == ("--dpi-desync=fake", 120000000, 0)
    assert (second.strategy, second.repetition) == ("--dpi-desync=fake,multisplit", 2)
    assert first.middlebox == second.middlebox == ""


def test_csv_and_json_say_the_same(tmp_path, table) -> None:
    path = tmp_path / "trials.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, NAMES)
        writer.writeheader()
        writer.writerows(json.loads(one.line()) for one in TRIALS)
    assert read_trials(path) == read_trials(table)


def test_a_last_line_that_was_cut_is_left_out(table) -> None:
    whole, found = table.read_text(), []
    for cut in range(1, len(TRIALS[-1].line()) + 1):
        table.write_text(whole[:-cut])
        found = read_trials(table)
        assert found in (TRIALS[:-1], TRIALS)
    assert found == TRIALS[:-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": "fine"}, "outcome"),
        ({"outcome": None}, "outcome"),
        ({"domain": ""}, "domain"),
        ({"control": "maybe"}, "control"),
        ({"repetition": 1.5}, "whole number"),
        ({"repetition": -1}, "repetition"),
        ({"total_ns": True}, "whole number"),
        ({"total_ns": 1 << 70}, "total_ns"),
        ({"ip_version": 5}, "ip_version"),
        ({"strategy": ["fake"]}, "text"),
        ({"strategy": "x" * 5000}, "characters"),
    ],
)
def test_rows_that_cannot_be_believed_are_named(change, words, table) -> None:
    row = json.loads(TRIALS[0].line()) | change
    table.write_text(lines(TRIALS[:2]) + json.dumps(row) + "\n")
    with pytest.raises(InputError, match=r"line 3: .*" + words):
        read_trials(table)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", b"{\n", "line 1 is no JSON"),
        ("a.jsonl", b"[1]\n", "line 1: a row is an object"),
        ("a.jsonl", b"\xff\xfe\n", "UTF-8"),
        ("a.jsonl", b"[" * 60_000 + b"\n", "line 1"),
        ("a.jsonl", b"1" * 70_000, "longer"),
        ("a.csv", b"strategy,domain\nfake,x.com\n", "no column 'outcome'"),
        ("a.csv", b"", "no column"),
        ("a.csv", b'strategy,domain,outcome\nfake,"x.com,success\n', "no CSV"),
    ],
)
def test_files_that_are_no_tables(name, content, words, tmp_path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_trials(path)


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_trials(tmp_path / "none.jsonl")


def test_too_many_rows(table, monkeypatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    with pytest.raises(InputError, match="more than 3 rows"):
        read_trials(table)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@given(content=st.binary(max_size=300), name=st.sampled_from(["t.csv", "t.jsonl"]))
def test_hostile_files_raise_only_our_errors(folder, content, name) -> None:
    path = folder / name
    path.write_bytes(b"strategy,domain,outcome\n" + content if name == "t.csv" else content)
    try:
        found = read_trials(path)
    except WorkbenchError:
        return
    assert all(isinstance(one, Trial) for one in found)


@given(TEXT, TEXT, TEXT.filter(bool))
def test_names_come_back(strategy, middlebox, domain) -> None:
    one = Trial(strategy, middlebox, domain, "success")
    back = Trial.of(json.loads(one.line()))
    assert back == one
    assert back.key == one.key


def test_keys_tell_trials_apart() -> None:
    assert len({one.key for one in TRIALS}) == len(TRIALS)


def test_names_with_control_characters_are_escaped() -> None:
    row = {"strategy": "\x1b[2J", "domain": "x.com", "outcome": "success"}
    assert Trial.of(row).strategy.isprintable()


def test_a_table_has_a_column_for_each_field() -> None:
    table = trial_table(TRIALS)
    assert tuple(table.columns) == NAMES
    assert table["outcome"].tolist() == [one.outcome for one in TRIALS]
    assert len(trial_table([])) == 0


def test_a_summary_counts_with_intervals() -> None:
    table = summary(TRIALS)
    assert table["control"].tolist() == ["", "no strategy", "allowed name"]
    row = table.iloc[0]
    assert row[["successes", "trials", "outcomes"]].tolist() == [3, 4, "success 3, timeout 1"]
    assert (row["low"], row["high"]) == tuple(map(float, wilson(3, 4)))
    assert row["first_byte_ns"] == 41
    assert table["first_byte_ns"].tolist()[1:] == [-1, -1]


def test_a_summary_by_other_columns() -> None:
    table = summary(TRIALS, by=("middlebox",))
    assert table["trials"].tolist() == [4, 1, 1]
    assert len(summary([])) == 0
    with pytest.raises(ParameterError, match="by"):
        summary(TRIALS, by=("colour",))
