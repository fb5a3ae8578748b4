"""The connection table of a capture, names and fingerprints too: the workbench."""

from __future__ import annotations

import sys


def main(path: str) -> None:
    """Make the table and read every value of it."""
    import workbench as wb

    table = wb.read(path, cache=False).connections
    from tests.benchmarks.jobs.touch import touch

    touch(table)
    sys.stdout.write(f"{int(table['packets'].sum())}\n")


if __name__ == "__main__":
    main(sys.argv[1])
