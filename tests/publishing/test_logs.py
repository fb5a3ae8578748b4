"""Log lines for people and for machines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from workbench.errors import ParameterError
from workbench.publishing.logs import configure_logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the package's logger as it was."""
    logger = logging.getLogger("workbench")
    state = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.level, logger.propagate = state


def test_text_is_visible_and_without_secrets() -> None:
    stream = io.StringIO()
    logger = configure_logs("text", stream=stream)
    logger.info("read \x1b[2J%s", "token=abc")
    logger.warning("slow")
    logger.debug("unseen")
    assert stream.getvalue() == "read \\x1b[2Jtoken=[removed]\nwarning: slow\n"


def test_json_is_one_object_a_line() -> None:
    stream = io.StringIO()
    logger = configure_logs("json", stream=stream)
    logger.info("line\nbreak", extra={"packets": 3, "path": "password=x"})
    logger.error("failed", exc_info=ValueError("no"))
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"] == "line\nbreak"
    assert (first["level"], first["logger"], first["packets"]) == ("info", "workbench", 3)
    assert first["path"] == "password=[removed]"
    assert first["time"].endswith("Z")
    assert "ValueError: no" in second["exception"]


def test_tracebacks_are_shown_line_by_line() -> None:
    stream = io.StringIO()
    logger = configure_logs(debug=True, stream=stream)
    logger.debug("details", exc_info=ValueError("no\x07"))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "details"
    assert lines[-1] == "ValueError: no\\x07"


def test_configuring_again_replaces_and_unknown_styles_are_refused() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs(stream=first)
    configure_logs(stream=second).info("once")
    assert (first.getvalue(), second.getvalue()) == ("", "once\n")
    with pytest.raises(ParameterError, match="json"):
        configure_logs("xml")  # type: ignore[arg-type]
