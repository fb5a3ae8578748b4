"""The command's package loads nothing before it runs, and runs through its one function."""

from __future__ import annotations

from tests.cli.running import DATA, spawn
from tests.test_import import HEAVY, modules_after
from workbench import cli


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_after("import workbench.cli") & HEAVY == set()


def loaded_by(*words: object) -> set[str]:
    """Return the heavy modules that a run loads; what it prints is left out."""
    statement = (
        "import contextlib, io\n"
        "from workbench.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()): main({[str(word) for word in words]})"
    )
    return modules_after(statement) & HEAVY


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by("packets", "--help") == set()
    assert loaded_by("--help") == set()
    assert loaded_by("version") == set()


def test_a_table_of_packets_loads_no_more_than_it_needs() -> None:
    loaded = loaded_by("packets", DATA / "dns.pcap")
    # pandas itself looks for pyarrow.
    assert loaded == {"numpy", "pandas", "pyarrow"}


def test_the_one_function_runs_the_command() -> None:
    assert cli.__all__ == ["main"]
    assert spawn("version").out.startswith("workbench ")
