"""The files that are measured: made from real captures when first needed, kept in a work folder.

    python -m tests.benchmarks.inputs FOLDER [quick]

makes them. The benchmarks run that as a process of its own: a child's peak memory begins with what
its parent held, so the parent stays small, and nothing large is imported here before it is needed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.base import Piece
    from tests.benchmarks.replicas import Template

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data"
FOLDERS = (ROOT.parent / "shared" / "captures", SAMPLES)
SMALL = SAMPLES / "ordinary.pcapng"
SLOW_PACKETS = 20_000
"""Packets for tools that take minutes for more."""


def default_folder() -> Path:
    """Return the folder for inputs where none is given."""
    general = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(general) if general else Path.home() / ".cache") / "workbench-benchmarks"


@dataclass(frozen=True)
class Inputs:
    """Files in a work folder.

    Attributes
    ----------
    folder
        Where they are.
    quick
        Whether a tenth of the packets does.
    """

    folder: Path
    quick: bool = False

    @property
    def packets(self) -> int:
        """Packets of the ordinary input."""
        return 100_000 if self.quick else 1_000_000

    @cached_property
    def mixed(self) -> Path:
        """Mixed sizes."""
        return self._replicated("mixed", self.packets)

    @cached_property
    def mixed_tenfold(self) -> Path:
        """Mixed sizes, ten times as many packets."""
        return self._replicated("mixed", 10 * self.packets)

    @cached_property
    def mixed_few(self) -> Path:
        """Mixed sizes, for slow tools."""
        return self._replicated("mixed", SLOW_PACKETS)

    @cached_property
    def bulk(self) -> Path:
        """Large packets, every checksum right."""
        return self._replicated("bulk", self.packets)

    @cached_property
    def gzipped(self) -> Path:
        """The mixed input through gzip."""
        return self._converted(".gz", ["gzip", "-6", "-c"])

    @cached_property
    def zstandard(self) -> Path:
        """The mixed input through zstd."""
        return self._converted(".zst", ["zstd", "-3", "-q", "-c"])

    @cached_property
    def parquet(self) -> Path:
        """The core columns of the mixed input, exported."""
        path = self.mixed.with_suffix(".parquet")
        if not path.exists():
            import workbench as wb
            from workbench.capture.schema import CORE, FLOW

            names = [name for name in CORE if name not in FLOW]
            wb.read(self.mixed, cache=False).to_parquet(path, names)
        return path

    @cached_property
    def pcapng(self) -> Path | None:
        """The mixed input as pcapng; None without editcap."""
        path = self.mixed.with_suffix(".pcapng")
        if not path.exists():
            if shutil.which("editcap") is None:
                return None
            part = path.with_suffix(".part")
            subprocess.run(["editcap", "-F", "pcapng", self.mixed, part], check=True)
            part.replace(path)
        return path

    def _replicated(self, kind: str, packets: int) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{kind}-{packets}-{self._version}.pcap"
        if not path.exists():
            from tests.benchmarks.replicas import write_replicas

            write_replicas(self.template(kind), path, packets)
        return path

    def _converted(self, suffix: str, command: list[str]) -> Path:
        path = self.mixed.with_name(self.mixed.name + suffix)
        if not path.exists():
            part = path.with_suffix(".part")
            with self.mixed.open("rb") as source, part.open("wb") as target:
                subprocess.run(command, stdin=source, stdout=target, check=True)
            part.replace(path)
        return path

    @cached_property
    def _version(self) -> str:
        """Return a digest of what decides what an input holds."""
        digest = hashlib.sha256()
        for module in ("base", "headers", "replicas"):
            digest.update((Path(__file__).parent / f"{module}.py").read_bytes())
        for folder in FOLDERS:
            for path in sorted(folder.rglob("*.pcap*")):
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size}".encode())
        return digest.hexdigest()[:8]

    @cached_property
    def _pieces(self) -> list[Piece]:
        from tests.benchmarks.base import captures, pieces

        return pieces(captures(FOLDERS))

    def template(self, kind: str) -> Template:
        """Return what the mixed or the bulk inputs are replicas of."""
        from tests.benchmarks import base

        if kind == "bulk":
            return base.template_of(base.bulk(self._pieces, base.BULK_MEAN))
        return base.template_of(base.towards_mean(self._pieces, base.MIXED_MEAN))

    def build(self) -> None:
        """Make everything that is not there yet."""
        for path in (self.mixed, self.mixed_tenfold, self.bulk):
            self.facts(path)
        for other in (self.mixed_few, self.gzipped, self.zstandard, self.pcapng, self.parquet):
            if other is not None:
                other.stat()

    def facts(self, path: Path) -> dict[str, int]:
        """Return packets, connections, addresses and shares of an input, counted once and kept."""
        kept = path.with_name(path.name + ".json")
        if not kept.exists():
            kept.write_text(json.dumps(_counted(path)), encoding="utf-8")
        counted: dict[str, int] = json.loads(kept.read_text(encoding="utf-8"))
        return counted


def _counted(path: Path) -> dict[str, int]:
    import numpy as np

    import workbench as wb

    capture = wb.read(path, cache=False)
    table = capture.table(["ip_version", "source", "captured_length", "checksum"])
    verdicts = table["checksum"].value_counts()
    return {
        "packets": len(table),
        "connections": len(capture.connections),
        "addresses": len(table["source"].cat.categories),
        "captured_bytes": int(table["captured_length"].sum()),
        "ipv6": int(np.count_nonzero(table["ip_version"] == 6)),
        "good": int(verdicts.get("good", 0)),
        "bad": int(verdicts.get("bad", 0)) + int(verdicts.get("partial", 0)),
        "file_bytes": path.stat().st_size,
    }


if __name__ == "__main__":
    Inputs(Path(sys.argv[1]), quick="quick" in sys.argv[2:]).build()
