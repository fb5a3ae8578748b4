"""Whole files to columns with all threads, in a warm process; writes wall seconds as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from workbench.capture.reader import read_packets


def main(path: str, rounds: int) -> None:
    """Read the file and have `cat` read it, in turns."""
    read_packets(path).close()
    pairs = []
    for _ in range(rounds):
        began = time.perf_counter()
        read_packets(path).close()
        between = time.perf_counter()
        subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True)
        pairs.append((between - began, time.perf_counter() - between))
    sys.stdout.write(json.dumps(pairs))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
