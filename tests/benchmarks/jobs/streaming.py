"""The packet table of a capture piece by piece, core columns; writes the number of packets."""

from __future__ import annotations

import sys


def main(path: str) -> None:
    """Make every piece and read every value of it."""
    import workbench as wb
    from tests.benchmarks.jobs.touch import touch
    from workbench.capture.schema import CORE, FLOW

    rows = 0
    for table in wb.read(path, cache=False).batches([name for name in CORE if name not in FLOW]):
        touch(table)
        rows += len(table)
    sys.stdout.write(f"{rows}\n")


if __name__ == "__main__":
    main(sys.argv[1])
