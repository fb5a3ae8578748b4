"""What is declared, what is pinned and what is imported agree."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
PIN_LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = dict(line.split("==") for line in PIN_LINES)

# Needed although nothing imports them: run as programs, or asked for by what is imported.
UNIMPORTED = {
    "anywidget": "plotly.graph_objects.FigureWidget needs it",
    "ipykernel": "the kernel that notebooks run in",
    "ipywidgets": "notebooks that are explored live",
    "jupyterlab": "where notebooks are opened",
    "nbclient": "papermill's client is one of its own, with our limits set",
}


def requirements(*extras: str) -> list[Requirement]:
    """Return what is declared: the core, and the extras named."""
    declared = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    return [Requirement(line) for line in declared]


def names(*extras: str) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements(*extras)}


def imported(paths: Iterable[Path]) -> dict[str, str]:
    """Return each outside module that is imported anywhere in the files, with one place."""
    own = {"workbench", "conftest", "tests", "tools", "making", "programs", "__future__"}
    found: dict[str, str] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            come_from = [node.module] if isinstance(node, ast.ImportFrom) else []
            for module in come_from or [alias.name for alias in node.names]:
                top = (module or "").partition(".")[0]
                if top not in sys.stdlib_module_names | own:
                    found[top] = f"{path.name}:{node.lineno}"
    return found


def undeclared(paths: Iterable[Path], *extras: str) -> list[str]:
    """Return the imports in the files that no declared distribution brings."""
    providers, declared = packages_distributions(), names(*extras)
    return [
        f"{module} ({place})"
        for module, place in sorted(imported(paths).items())
        if not declared & {canonicalize_name(name) for name in providers.get(module, [module])}
    ]


def test_environment_yml_has_exactly_the_agreed_form() -> None:
    found = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert found == {
        "name": "workbench",
        "channels": ["conda-forge"],
        "dependencies": ["python=3.11", "pip", {"pip": ["-e .[test,dev,lab,sql]"]}],
    }


def test_every_way_to_install_names_every_extra() -> None:
    everything = f".[{','.join(EXTRAS)}]"
    for name in ("environment.yml", "tools/setup.sh"):
        assert everything in (ROOT / name).read_text(encoding="utf-8"), name


def test_constraints_are_bare_pins_each_once_in_order() -> None:
    for line in PIN_LINES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.]*", line), line
    assert list(PINS) == sorted(set(PINS), key=lambda name: f"{name}==")
    assert len(PINS) == len(PIN_LINES)


@pytest.mark.parametrize("requirement", requirements(*EXTRAS), ids=str)
def test_each_declared_dependency_is_pinned_within_its_range(requirement: Requirement) -> None:
    pin = PINS[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(Version(pin))
    assert any(part.operator == ">=" for part in requirement.specifier), "no lowest version"


def test_what_the_dependencies_need_in_turn_is_pinned_too() -> None:
    waiting = [(requirement.name, requirement.extras) for requirement in requirements(*EXTRAS)]
    seen: set[str] = set()
    while waiting:
        name, extras = waiting.pop()
        if canonicalize_name(name) in seen and not extras:
            continue
        seen.add(canonicalize_name(name))
        try:
            needed = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        for line in map(Requirement, needed):
            marker = line.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in (extras or {""})):
                waiting.append((line.name, line.extras))
    # The installer itself is no dependency of ours.
    assert sorted(seen - set(PINS) - {"pip"}) == []
    assert len(seen) > 100


def test_the_package_imports_only_what_it_declares() -> None:
    every = set((ROOT / "workbench").rglob("*.py"))
    laboratory = set((ROOT / "workbench" / "lab").rglob("*.py"))
    assert undeclared(sorted(every - laboratory), "sql") == []
    assert undeclared(sorted(laboratory), "lab") == []


def test_tests_tools_and_sample_makers_import_only_what_is_declared() -> None:
    assert undeclared((ROOT / "tests").rglob("*.py"), *EXTRAS) == []
    assert undeclared((ROOT / "tools").rglob("*.py"), "dev", "test") == []
    assert undeclared((ROOT / "data").rglob("*.py"), "lab") == []


def test_every_core_dependency_is_used_or_its_reason_known() -> None:
    providers = packages_distributions()
    used = {
        canonicalize_name(name)
        for module in imported((ROOT / "workbench").rglob("*.py"))
        for name in providers.get(module, [])
    }
    assert sorted(names() - used - set(UNIMPORTED)) == []
    assert set(UNIMPORTED) <= names()


def test_an_import_that_nobody_declared_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("import os\nimport numpy.linalg\nfrom hypothesis import given\nimport nope\n")
    assert undeclared([module]) == ["hypothesis (module.py:3)", "nope (module.py:4)"]
    assert undeclared([module], "test") == ["nope (module.py:4)"]
