"""A packet table that was exported as Parquet, read again with pandas."""

from __future__ import annotations

import sys


def main(path: str) -> None:
    """Read the table and every value of it."""
    import pandas as pd

    from tests.benchmarks.jobs.touch import touch

    table = pd.read_parquet(path)
    touch(table)
    sys.stdout.write(f"{len(table)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
