"""The connection table of a capture: NFStream with its defaults, a process for each core."""

from __future__ import annotations

import sys

from nfstream import NFStreamer


def main(path: str) -> None:
    """Make the table and read every value of it."""
    table = NFStreamer(source=path).to_pandas()
    from tests.benchmarks.jobs.touch import touch

    touch(table)
    sys.stdout.write(f"{int(table['bidirectional_packets'].sum())}\n")


if __name__ == "__main__":
    main(sys.argv[1])
