"""Exit codes and errors: one line for what a user got wrong, no traceback, no noise."""

from __future__ import annotations

import gzip
import json
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.capture import build
from tests.cli.running import DATA, PROGRAM, ROOT, run, spawn
from workbench.cli import packets, program
from workbench.cli.program import parser

COMMANDS = ("packets", "connections", "explore", "export", "cache", "version")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help_with_examples(capsys, command) -> None:
    done = run(capsys, *([command] if command else []), "--help")
    assert done.code == 0
    assert done.err == ""
    assert "examples:" in done.out
    assert f"workbench {command}".strip() in done.out.split("examples:")[1]
    assert all(len(line) <= 110 for line in done.out.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_the_help_are_understood(command) -> None:
    done = spawn(command, "--help", COLUMNS="80")
    lines = [line.strip() for line in done.out.split("examples:")[1].splitlines()]
    calls = [line[line.index("workbench ") :] for line in lines if f"workbench {command}" in line]
    assert len(calls) >= 2
    for call in calls:
        bare = call.split(" | ")[0].split(" > ")[0].split("   ")[0]
        parser().parse_args(shlex.split(bare)[1:])


def bad_files(folder):
    """Make files that are no captures, and name what is said about each."""
    (folder / "empty.pcap").write_bytes(b"")
    (folder / "text.pcap").write_bytes(b"this is no capture at all")
    (folder / "short.pcap").write_bytes(build.pcap_header()[:10])
    (folder / "old.pcap").write_bytes(build.pcap_header(version=(1, 0)))
    (folder / "junk.pcap.gz").write_bytes(b"\x1f\x8b\x08\0junk")
    (folder / "text.gz").write_bytes(gzip.compress(b"no capture in here either"))
    (folder / "folder").mkdir()
    (folder / "evil\x1b[2J\n\u202e.pcap").write_bytes(b"evil")


BAD = {
    "empty.pcap": "is empty",
    "text.pcap": "is no capture",
    "short.pcap": "is damaged",
    "old.pcap": "version 1.0 is not supported",
    "junk.pcap.gz": "is damaged",
    "text.gz": "is no capture",
    "folder": "is a folder",
    "missing.pcap": "does not exist",
    "evil\x1b[2J\n\u202e.pcap": "is no capture",
    "x" * 300: "cannot be read",
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["packets", "connections", "explore", "export"])
def test_bad_input_is_one_line_and_no_traceback(capsys, tmp_path, command, name) -> None:
    bad_files(tmp_path)
    output = {"export": [tmp_path / "out.csv"], "explore": ["--output", tmp_path / "out.html"]}
    done = run(capsys, command, tmp_path / name, *output.get(command, []))
    assert done.code == 2
    assert done.out == ""
    lines = [line for line in done.err.splitlines() if line.startswith("workbench: ")]
    assert len(lines) == 1
    assert "Traceback" not in done.err
    if command != "explore":
        assert done.err.count("\n") == 1
        assert BAD[name] in done.err
    assert "\x1b" not in done.err
    assert "\u202e" not in done.err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", ["packets", "connections"])
@pytest.mark.parametrize("name", ["missing.pcap", "text.pcap"])
def test_bad_input_in_a_process_of_its_own(tmp_path, command, name) -> None:
    bad_files(tmp_path)
    done = spawn(command, tmp_path / name)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("workbench: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("stdin", [b"", b"junk", build.pcap_header()[:9]])
def test_bad_standard_input(stdin) -> None:
    done = spawn("packets", "-", stdin=stdin)
    assert done.code == 2
    assert done.err.startswith("workbench: '-' ")
    assert done.err.count("\n") == 1


def test_a_file_without_permission() -> None:
    # Whoever may read everything becomes someone else, once all that is needed is loaded.
    code = (
        "import os, sys\n"
        "from workbench.cli import main\n"
        "main(['packets', 'data/dns.pcap', '--limit', '1'])\n"
        "os.geteuid() or os.setuid(65534)\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "closed.pcap")
        path.write_bytes(build.pcap([build.tcp4()]))
        path.chmod(0)
        done = subprocess.run(
            [PROGRAM[0], "-c", code, "packets", str(path)],
            capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "closed.pcap' cannot be read (Permission denied)" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "arguments are required: COMMAND; see workbench --help"),
        (["packet"], "invalid choice: 'packet'"),
        (["packets"], "required: FILE; see workbench packets --help"),
        (["packets", "a", "--limt", "3"], "unrecognized arguments: --limt 3"),
        (["packets", "a", "--lim", "3"], "unrecognized arguments"),
        (["packets", "a", "--limit", "-1"], "limit"),
        (["packets", "a", "--limit", "\x1b[2J"], "is no number of rows"),
        (["packets", "a", "--json", "--csv"], "not allowed with argument"),
        (["packets", "a", "--log-format", "xml"], "invalid choice: 'xml'"),
        (["packets", "-", "-"], "standard input only once"),
        (["export", "a"], "required: OUT"),
        (["cache", "wipe"], "invalid choice: 'wipe'"),
    ],
)
def test_wrong_words_are_one_line(capsys, words, text) -> None:
    done = run(capsys, *words)
    assert done.code == 2
    assert done.out == ""
    assert text in done.err
    assert done.err.startswith("workbench: ")
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err


@pytest.mark.parametrize("form", [["--limit", "0"], ["--json"], ["--csv"]])
def test_a_reader_that_leaves_is_no_error(form) -> None:
    words = [*PROGRAM, "packets", "data/large-transfer.pcap", "--columns", "all", *form]
    script = f"{shlex.join(words)} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True
    )
    assert done.stdout.splitlines()[-1] == str(program.READER_LEFT)
    assert done.stderr == ""


def test_an_interruption_is_quiet() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "packets", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin is not None
    # More than a pipe holds: once it is written, the program is reading.
    process.stdin.write(build.pcap([bytes(1_000)] * 4_000))
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (program.INTERRUPTED, b"", b"")


def test_debugging_shows_where_an_error_arose() -> None:
    done = spawn("packets", "missing.pcap", WORKBENCH_DEBUG="1")
    assert done.code == 2
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("workbench: 'missing.pcap' does not exist")


def test_messages_can_be_json(capsys) -> None:
    done = run(capsys, "packets", "missing.pcap", "--log-format", "json")
    entry = json.loads(done.err)
    assert entry["level"] == "error"
    assert entry["message"].startswith("'missing.pcap' does not exist")
    assert run(capsys, "packets", "missing.pcap").err.startswith("workbench: ")


def test_a_fault_of_ours_is_one_line_too(capsys, monkeypatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("why\x1b")

    monkeypatch.setattr(packets, "run", broken)
    done = run(capsys, "packets", "a")
    assert done.code == program.INTERNAL
    assert r"fault of workbench (ZeroDivisionError: why\x1b)" in done.err
    assert done.err.count("\n") == 1


def test_too_little_memory_is_said(capsys, monkeypatch) -> None:
    def hungry(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(packets, "run", hungry)
    done = run(capsys, "packets", "a")
    assert done.code == 2
    assert "not enough memory" in done.err


def test_wrong_settings_are_one_line() -> None:
    done = spawn("packets", DATA / "dns.pcap", WORKBENCH_MAX_PROBLEMS="many")
    assert done.code == 2
    assert "WORKBENCH_MAX_PROBLEMS" in done.err
    assert done.err.count("\n") == 1


def test_a_terminal_without_letters_gets_escapes() -> None:
    done = spawn("packets", DATA / "dns.pcap", "--limit", "1", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.code == 0
    assert "\\u2026 34 more packets" in done.out


def test_the_pipe_stays_usable_for_the_caller(capsys) -> None:
    assert run(capsys, "version").code == 0
    sys.stdout.write("still here\n")
    assert capsys.readouterr().out == "still here\n"
