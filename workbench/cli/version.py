"""``workbench version``: what is installed."""

from __future__ import annotations

import argparse
import json
import platform
import sys

from workbench.cli.arguments import Commands, add_command

PACKAGES = ("numpy", "pandas", "numba", "pyarrow")

_DESCRIPTION = "Print the versions of workbench, Python and the packages that decide results."
_EPILOG = """\
examples:
  workbench version
  workbench version --json      one JSON object
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "version", "print versions", _DESCRIPTION, _EPILOG)
    command.add_argument("--json", action="store_true", help="one JSON object in one line")
    command.set_defaults(run=run)


def versions() -> dict[str, str]:
    """Return versions by name; nothing is imported for it.

    Returns
    -------
    dict of str to str
        `not installed` for what is not.
    """
    from importlib.metadata import PackageNotFoundError, version

    import workbench

    found = {"workbench": workbench.__version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def run(arguments: argparse.Namespace) -> None:
    """Print the versions.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.
    """
    found = versions()
    if arguments.json:
        sys.stdout.write(f"{json.dumps(found)}\n")
        return
    sys.stdout.write("".join(f"{name:<10} {number}\n" for name, number in found.items()))
