"""Messages are one line each, say no secrets to machines, and never fail."""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest

from tests.frames import problem_table
from tests.hostile import ATTACKS
from workbench.cli import messages
from workbench.cli.messages import Progress, use_log_format, warn, warn_of_problems


@pytest.fixture(autouse=True)
def _as_text():
    use_log_format("text")
    yield
    use_log_format("text")


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("style", ["text", "json"])
def test_hostile_text_stays_on_its_line(capsys, style, text) -> None:
    use_log_format(style)
    warn(text)
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line[:-1].isprintable()


def test_json_has_time_level_and_message_without_home_or_secrets(capsys, monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    use_log_format("json")
    warn("'/home/ann/a.pcap' token=abc is bad", "warning")
    entry = json.loads(capsys.readouterr().err)
    assert entry["level"] == "warning"
    assert entry["message"] == "'~/a.pcap' token=[removed] is bad"
    assert entry["time"].endswith("Z")


def test_nobody_to_hear_is_no_error(monkeypatch) -> None:
    class Deaf(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError

    monkeypatch.setattr("sys.stderr", Deaf())
    warn("anything")


def test_problems_are_counted_by_kind_and_the_first_is_told(capsys) -> None:
    counts = Counter({"truncated": 1_200, "cut-short": 1})
    listed = problem_table([(3, 400, "truncated", "only a part")])
    warn_of_problems("a.pcap", counts, listed)
    assert capsys.readouterr().err == (
        "workbench: a.pcap: 1,201 problems (1,200 truncated, 1 cut-short);"
        " first at frame 3, byte 400: only a part\n"
    )


def test_problems_without_a_place(capsys) -> None:
    listed = problem_table([(0, -1, "unknown-link-type", "why")])
    warn_of_problems("a", Counter({"unknown-link-type": 1}), listed)
    assert capsys.readouterr().err == "workbench: a: 1 problem (1 unknown-link-type); first: why\n"


def test_no_problems_are_not_mentioned(capsys) -> None:
    warn_of_problems("a", Counter(), problem_table())
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_when_work_is_long(monkeypatch) -> None:
    moments = iter([0.0, 0.1, 2.5, 2.6, 3.5])
    monkeypatch.setattr("time.monotonic", lambda: next(moments, 9.0))
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    progress = Progress("wrote")
    progress.show(10)
    assert stream.getvalue() == ""
    progress.show(2_000)
    assert "wrote 2,000 packets" in stream.getvalue()
    progress.end()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_progress_is_silent_where_nobody_watches(monkeypatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(messages, "PATIENCE_S", -1.0)
    progress = Progress("wrote")
    progress.show(10)
    progress.end()
    assert stream.getvalue() == ""
