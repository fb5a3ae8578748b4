"""Where a report comes from."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbench import __version__
from workbench.publishing import origin


@dataclass(frozen=True)
class File:
    """A capture file."""

    name: str
    size_bytes: int = 2048
    sha256: str = "ab" * 32


def test_all_that_is_needed_to_make_it_again() -> None:
    home = Path.home()
    lines = origin.provenance([File("a.pcap")], {"capture": f"{home}/a.pcap", "focus": ""})
    assert lines["a.pcap"] == f"2.0 KiB, 2,048 bytes, sha256 {'ab' * 32}"
    assert lines["Parameters"] == "capture = '~/a.pcap', focus = ''"
    assert lines["Versions"].startswith(f"workbench {__version__}, python 3.")
    assert lines["Made"].endswith("Z")
    assert str(home) not in "".join(lines.values())


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(origin, "version", missing)
    assert origin.versions()["numpy"] == "not installed"
