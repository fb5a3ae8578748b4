"""The kernel of a report."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import workbench
from workbench.publishing import kernel


def test_the_kernel_is_this_interpreter_whatever_is_installed() -> None:
    spec = kernel.OwnKernelManager(kernel_name="anything").kernel_spec
    assert spec.argv[0] == sys.executable
    assert spec.language == "python"


def test_a_checkout_is_found_by_its_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    home = str(Path(workbench.__file__).parents[1])
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert kernel._same_package() == {"PYTHONPATH": home}
    monkeypatch.setenv("PYTHONPATH", "/more")
    assert kernel._same_package() == {"PYTHONPATH": f"{home}:/more"}


def test_an_installed_package_is_left_to_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbench, "__file__", "/v/site-packages/workbench/__init__.py")
    assert kernel._same_package() == {}
