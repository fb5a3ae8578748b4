"""The ``workbench`` command.

In: words from a shell. Out: tables, files and pages, messages on standard error, an exit code.
Never: an analysis of its own, or a traceback for what a user or a file got wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; see `workbench.cli.program.run`.

    Parameters
    ----------
    words : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit code.
    """
    from workbench.cli.program import run

    return run(words)
