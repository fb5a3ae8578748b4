"""Read network captures into tables, and report on them.

    import workbench as wb

    capture = wb.read("visit.pcapng")
    capture.packets          one row a captured frame
    capture.connections      one row a conversation
    capture.problems         what could not be read, and why

The map, each part importing only from those after it:

==============  ====================================================================
``cli``         the ``workbench`` command
``api``         what a person holds: ``read``, ``merge``, ``Capture``, ``compare``
``publishing``  notebooks with parameters, run and turned into one HTML page
``views``       tables and figures; they compute nothing
``comparison``  two sides of anything: pairs, differences, verdict
``evasion``     strategies: what clients do to their own packets
``traffic``     packet table to connections
``capture``     files to packet table, and back
``settings``    limits and places, from the environment
``units``       text for times, sizes and foreign names
``errors``      every error raised on purpose
==============  ====================================================================

Importing this package is cheap: the names below are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.api import Capture, Comparison, compare, merge, read

__version__ = "0.1.0"

__all__ = ["Capture", "Comparison", "__version__", "compare", "merge", "read"]

_FROM_API = frozenset({"Capture", "Comparison", "compare", "merge", "read"})


def __getattr__(name: str) -> object:
    if name not in _FROM_API:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module("workbench.api"), name)
    # Stored, so that the next look-up does not come here again.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | _FROM_API)
