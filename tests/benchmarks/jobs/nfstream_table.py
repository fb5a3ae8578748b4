"""The connection table of a capture: NFStream with its defaults, a process for each core."""

from __future__ import annotations

import os
import sys
import tempfile

from nfstream import NFStreamer


def main(path: str) -> None:
    """Make the table and read every value of it."""
    from tests.benchmarks.jobs.touch import touch

    # It keeps what it has found so far in a file of the current folder.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        table = NFStreamer(source=path).to_pandas()
    touch(table)
    sys.stdout.write(f"{int(table['bidirectional_packets'].sum())}\n")


if __name__ == "__main__":
    main(sys.argv[1])
