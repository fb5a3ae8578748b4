"""Everything that is compiled, used once: both formats, every column, connections."""

from __future__ import annotations

import sys


def main(paths: list[str]) -> None:
    """Read each capture whole."""
    import workbench as wb

    for path in paths:
        capture = wb.read(path, cache=False)
        sys.stdout.write(f"{len(capture.packets)} {len(capture.connections)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
