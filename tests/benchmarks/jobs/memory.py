"""Memory of a packet table with core columns; writes JSON: rows, peak before and after, arrays."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def status(field: str) -> int:
    """Return a field of this process' status in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def main(path: str) -> None:
    """Make the table, read every value of it, and say what that took."""
    import workbench as wb
    from tests.benchmarks.jobs.touch import touch
    from workbench.capture.schema import CORE, FLOW

    capture = wb.read(path, cache=False)
    table = capture.table([name for name in CORE if name not in FLOW])
    peak = status("VmHWM")
    held = status("RssAnon")
    touch(table)
    sizes = table.memory_usage(index=False, deep=False)
    found = {"rows": len(table), "peak": peak, "held": held, "table": int(sizes.sum())}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
