"""``workbench version``: what is installed, for people and for programs."""

from __future__ import annotations

import platform

import numpy as np

import workbench
from tests.cli.running import run
from workbench.cli import version


def test_versions_are_listed(capsys) -> None:
    done = run(capsys, "version")
    found = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert found["workbench"] == workbench.__version__
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert {"pandas", "numba"} <= set(found)


def test_json_is_one_object(capsys) -> None:
    (found,) = run(capsys, "version", "--json").objects
    assert found == version.versions()


def test_what_is_missing_is_said(monkeypatch) -> None:
    monkeypatch.setattr(version, "PACKAGES", ("no-such-package",))
    assert version.versions()["no-such-package"] == "not installed"
