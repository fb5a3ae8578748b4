"""The content security policy and the stored library."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import MissingExtraError
from workbench.publishing import policy


def test_nothing_is_allowed_but_what_is_listed() -> None:
    text = policy.policy(["a()"], ["b{}"])
    rules = dict(rule.strip().split(" ", 1) for rule in text.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == policy.source_hash("a()")
    assert policy.source_hash("b{}") in rules["style-src-elem"]
    assert rules["img-src"] == "data:"
    assert "unsafe-eval" not in text
    assert "unsafe-inline" not in rules["script-src"] + rules["style-src-elem"]
    assert policy.policy([], []).startswith("default-src 'none'; script-src 'none';")


def test_hashes_are_those_of_the_text() -> None:
    digest = base64.b64encode(hashlib.sha256("é".encode()).digest()).decode()
    assert policy.source_hash("é") == f"'sha256-{digest}'"


def test_the_library_unpacks_to_what_was_packed() -> None:
    packed = policy.plotly_packed()
    assert gzip.decompress(base64.b64decode(packed)).decode() == policy.plotly_source()
    assert len(packed) < 2_200_000


def test_the_library_is_the_release_that_makes_the_figures() -> None:
    from plotly.offline import get_plotlyjs_version

    assert f"plotly.js v{get_plotlyjs_version()}" in policy.plotly_source()[:200]


def test_a_missing_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_: Any) -> Path:
        return tmp_path

    policy.plotly_source.cache_clear()
    monkeypatch.setattr(policy, "files", nowhere)
    with pytest.raises(MissingExtraError, match="pip install"):
        policy.plotly_source()
    monkeypatch.undo()
    assert policy.plotly_source()
