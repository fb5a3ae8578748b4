"""``workbench cache``: what is kept for the next time."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from workbench.cli.arguments import Commands, add_command

KERNELS = "kernels"

_DESCRIPTION = """\
List what is kept to be quicker the next time: decoded tables of captures, and compiled decoders.
Everything in the cache is made again when it is needed; clearing it loses nothing but time.
"""
_EPILOG = """\
examples:
  workbench cache                list entries and sizes
  workbench cache --json         JSON Lines: one object an entry
  workbench cache clear          delete them all

The folder is that of WORKBENCH_CACHE_DIR, else XDG_CACHE_HOME/workbench, else ~/.cache/workbench.
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing in the cache."""

    kind: str
    name: str
    size_bytes: int
    used_ns: int


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "cache", "list or clear the cache", _DESCRIPTION, _EPILOG)
    command.add_argument(
        "action", nargs="?", choices=("list", "clear"), default="list", help="default: list"
    )
    command.add_argument("--json", action="store_true", help="JSON Lines: one object an entry")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """List or clear the cache.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    OutputError
        When the folder cannot be used.
    """
    from workbench.settings import settings
    from workbench.units import format_bytes, format_time_ns, printable

    found = kept()
    size = sum(each.size_bytes for each in found)
    if arguments.action == "clear":
        clear()
        left = sum(each.size_bytes for each in kept())
        answer = {"freed_bytes": size - left, "left_bytes": left}
        text = f"{format_bytes(size - left)} freed\n"
        sys.stdout.write(f"{json.dumps(answer)}\n" if arguments.json else text)
        return
    for each in found:
        if arguments.json:
            facts = {"kind": each.kind, "name": each.name, "size_bytes": each.size_bytes}
            sys.stdout.write(f"{json.dumps(facts | {'used': format_time_ns(each.used_ns)})}\n")
        else:
            used = format_time_ns(each.used_ns)[:19]
            name = printable(each.name, 90)
            sys.stdout.write(
                f"{each.kind:<8} {format_bytes(each.size_bytes):>10}  {used}  {name}\n"
            )
    if not arguments.json:
        folder = printable(str(settings().cache_dir), 500)
        noun = "entry" if len(found) == 1 else "entries"
        sys.stdout.write(f"{len(found)} {noun}, {format_bytes(size)} in {folder}\n")


def kept() -> list[Kept]:
    """Return what is in the cache, tables first, the longest unused first.

    Returns
    -------
    list of Kept
        Empty where there is no cache.
    """
    from workbench.capture.cache import entries

    tables = [
        Kept("table", entry.path.name, entry.size_bytes, entry.used_ns) for entry in entries()
    ]
    return [*tables, *_kernels()]


def _kernels() -> list[Kept]:
    """Return the folders of compiled decoders."""
    found = []
    for folder in _kernel_folders():
        facts = [path.stat() for path in folder.rglob("*") if path.is_file()]
        used = max((each.st_mtime_ns for each in facts), default=folder.stat().st_mtime_ns)
        size = sum(each.st_size for each in facts)
        found.append(Kept("kernels", folder.name, size, used))
    return sorted(found, key=lambda each: each.used_ns)


def _kernel_folders() -> list[Path]:
    """Return the folders below that of the kernels; links are left alone."""
    from workbench.settings import settings

    home = settings().cache_dir / KERNELS
    if home.is_symlink() or not home.is_dir():
        return []
    return [path for path in home.iterdir() if path.is_dir() and not path.is_symlink()]


def clear() -> None:
    """Delete what is kept, and nothing else that may be in the folder.

    Raises
    ------
    OutputError
        When the folder is not private to the user, or cannot be changed.
    """
    import shutil

    from workbench.capture import cache
    from workbench.errors import OutputError
    from workbench.settings import private_cache_dir

    private_cache_dir()
    cache.clear()
    for folder in _kernel_folders():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise OutputError.cannot_write(folder, error) from error
