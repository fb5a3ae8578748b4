"""The packet table of a capture, core columns: the workbench."""

from __future__ import annotations

import sys


def main(path: str, cache: str = "") -> None:
    """Make the table and read every value of it; a second argument allows the cache."""
    import workbench as wb
    from workbench.capture.schema import CORE, FLOW

    table = wb.read(path, cache=bool(cache)).table([name for name in CORE if name not in FLOW])
    from tests.benchmarks.jobs.touch import touch

    touch(table)
    sys.stdout.write(f"{len(table)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
