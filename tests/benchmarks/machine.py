"""What a table of results says about where it was measured: nothing that names the machine."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from workbench.settings import available_cpus

PACKAGES = ("numpy", "pandas", "numba", "pyarrow", "dpkt", "scapy")


def facts() -> dict[str, str]:
    """Return facts of this machine by name."""
    return {
        "processor": processor(),
        "cores": str(available_cpus()),
        "memory": memory(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        **{name: found for name in PACKAGES if (found := _version(name))},
        **({"tshark": found} if (found := tshark()) else {}),
    }


def processor() -> str:
    """Return the processor's model."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def memory() -> str:
    """Return how much memory there is."""
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def load() -> str:
    """Return how many processes wanted to run over the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def tshark() -> str:
    """Return the version of tshark, empty without it."""
    if shutil.which("tshark") is None:
        return ""
    text = subprocess.run(
        ["tshark", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+\.\d+\.\d+)", text)
    return found[1] if found else ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
