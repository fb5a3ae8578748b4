"""The widget between page and desk."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.widgets.explorer import Explorer


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the list of all that widgets send."""
    messages: list[Any] = []
    monkeypatch.setattr(Explorer, "send", lambda _, content, buffers=None: messages.append(content))
    return messages


def test_questions_are_answered_under_their_name(sent: list[Any]) -> None:
    explorer = Explorer(wb.read("data/dns.pcap"))
    explorer._asked(explorer, {"ask": "hello", "id": "v:1"}, [])
    assert sent[0]["to"] == "v:1"
    assert sent[0]["answer"]["name"] == "dns.pcap"


def test_what_no_page_would_send_is_answered_too(sent: list[Any]) -> None:
    explorer = Explorer(wb.read("data/dns.pcap"))
    explorer._asked(explorer, ["no", "question"], [])
    assert sent == [{"to": None, "answer": explorer.desk.answer({})}]


def test_a_failure_nobody_foresaw_is_shown_and_logged(
    sent: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    explorer = Explorer(wb.read("data/dns.pcap"))

    def broken(_: object) -> dict[str, Any]:
        raise ZeroDivisionError("by\x1b nothing")

    monkeypatch.setattr(explorer.desk, "answer", broken)
    explorer._asked(explorer, {"ask": "rows", "id": "v:2"}, [])
    assert sent[0]["answer"] == {"error": "ZeroDivisionError: by\\x1b nothing"}
    assert "question 'rows' failed" in caplog.text


def test_what_is_seen_first_comes_with_it() -> None:
    explorer = Explorer(wb.read("data/dns.pcap"), 2)
    assert set(explorer.opening) == {"hello", "timeline", "rows", "connection"}
    assert explorer.connection == 2


def test_it_has_words_for_where_there_are_no_widgets() -> None:
    bundle = Explorer(wb.read("data/dns.pcap"))._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "dns.pcap; run the cell again" in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data
