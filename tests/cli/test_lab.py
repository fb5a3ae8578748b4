"""``workbench lab``: words become trials, tables are summed up, mistakes are one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import run
from workbench.cli import lab
from workbench.errors import InputError, ParameterError
from workbench.lab import commands, crew, fixtures
from workbench.lab.tables import Trial

SPLIT = "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2"
ROWS = [
    Trial("split", "ndpi", "x.com", word, repetition=number)
    for number, word in enumerate(("success", "success", "timeout"))
]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "line.jsonl"
    path.write_text("".join(f"{one.line()}\n" for one in ROWS))
    return path


@pytest.fixture
def asked(monkeypatch):
    """Keep what `lab trial` asks for, and answer with rows."""
    kept: dict[str, Any] = {}

    def answer(matrix, path, **options):
        kept.update(matrix=matrix, path=path, **options)
        return ROWS

    monkeypatch.setattr(crew, "run_matrix", answer)
    return kept


def test_a_table_from_elsewhere_is_summed_up(capsys, table) -> None:
    (row,) = run(capsys, "lab", "trial", "--from", str(table), "--json").objects
    assert (row["trials"], row["successes"], row["outcomes"]) == (3, 2, "success 2, timeout 1")
    assert (row["share"], row["low"], row["high"]) == (0.667, 0.208, 0.939)
    done = run(capsys, "lab", "trial", "--from", str(table))
    assert "success 2, timeout 1" in done.out


def test_words_become_a_matrix(capsys, asked, tmp_path) -> None:
    payload, listed = tmp_path / "fake.bin", tmp_path / "list.txt"
    payload.write_bytes(b"\x16\x03")
    listed.write_text(f"# some\n\nother={SPLIT}\n")
    words = ("--strategy", f"my own-1={SPLIT}", "--strategy", SPLIT, "--strategies", str(listed),
             "--middlebox", "none,ndpi-drop", "--domain", "x.com, youtube.com", "-6",
             "--payload", f"a.bin={payload}", "--repetitions", "2", "--output",
             str(tmp_path / "t.jsonl"), "--workers", "1")  # fmt: skip
    assert run(capsys, "lab", "trial", *words).code == 0
    matrix = asked["matrix"]
    assert matrix.strategies == {"my own-1": SPLIT, SPLIT: SPLIT, "other": SPLIT}
    assert (list(matrix.middleboxes), list(matrix.domains)) == (
        ["", "ndpi-drop"], ["x.com", "youtube.com"]
    )  # fmt: skip
    assert (matrix.ip_version, matrix.repetitions, matrix.files) == (6, 2, {"a.bin": "1603"})
    assert (asked["workers"], asked["path"]) == (1, tmp_path / "t.jsonl")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--strategy"),
        (("--strategy", "nfqws --no-such"), "--no-such"),
        (("--strategy", SPLIT, "--middlebox", "wall"), "wall"),
        (("--strategy", SPLIT, "--repetitions", "0"), "repetitions"),
        (("--strategy", SPLIT, "--payload", "a=/no/such/file"), "No such file"),
        (("--strategies", "/no/such/list"), "list of commands"),
        (("--from", "/no/such/table"), "No such file"),
        (("--strategy", SPLIT, "--topology", "/no/such.toml"), "no/such.toml"),
    ],
)
def test_mistakes_are_one_line(words, said, capsys, asked) -> None:
    done = run(capsys, "lab", "trial", *words)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert asked == {}


def test_an_unknown_set_is_refused_with_the_known_ones(capsys, tmp_path) -> None:
    done = run(capsys, "lab", "record", "y.com", "--output", str(tmp_path))
    assert done.code == 2
    assert "x.com, ordinary, interference" in done.err


def test_recording_says_each_case_and_the_manifest(capsys, monkeypatch) -> None:
    def record(name, output, *, topology, progress):
        progress(fixtures.X_COM[0], Trial("", "", "x.com", "success"))
        return output / name / "manifest.json"

    monkeypatch.setattr(fixtures, "record", record)
    done = run(capsys, "lab", "record", "x.com")
    assert done.out == "data/x.com/manifest.json\n"
    assert done.err == "workbench: reference: success\n"


def test_laboratories_that_stay(capsys, monkeypatch) -> None:
    state = commands.State("1-a", 1, ("client", "server"), "none", ("web",), Path(), Path())
    kept: dict[str, Any] = {}

    def up(_topology, **options):
        kept.update(options)
        return state

    monkeypatch.setattr(commands, "up", up)
    monkeypatch.setattr(commands, "status", lambda: [state])
    monkeypatch.setattr(commands, "down", lambda name: [name or "1-a"])
    monkeypatch.setattr(commands, "run", lambda host, words, **options: len(words))
    assert run(capsys, "lab", "up", "--life", "10m", "--serve", "web,dns").out == "1-a\n"
    assert (kept["life_s"], kept["kinds"], kept["middlebox"].name) == (600, ["web", "dns"], "none")
    (row,) = run(capsys, "lab", "status", "--json").objects
    assert row == {"name": "1-a", "middlebox": "none", "serves": "web", "hosts": "client,server"}
    assert run(capsys, "lab", "down").out == "1-a\n"
    with pytest.raises(SystemExit) as ended:
        run(capsys, "lab", "run", "client", "--", "curl", "--silent", "x.com")
    assert ended.value.code == 3


def test_nothing_is_up(capsys, monkeypatch) -> None:
    monkeypatch.setattr(commands, "status", list)
    assert run(capsys, "lab", "status").out == "no laboratory is up\n"
    assert run(capsys, "lab", "status", "--json").out == ""


def test_large_payloads_are_refused(tmp_path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(70_000))
    with pytest.raises(InputError, match="65535"):
        lab._payloads([f"a={path}"])
    with pytest.raises(ParameterError, match="strategy"):
        lab._strategies([], None)
