"""Decoded captures kept for the next time: uncompressed Arrow files, mapped into memory.

An entry is named after the digest of the capture file's whole content and after what decoded it, so
a changed file or a changed decoder never meets an old table. What is kept is what costs more to
make than to look up: compressed captures, and those of middle size that are decoded without
compiled code. A large plain file is decoded as fast as its digest is computed. Every entry can be
deleted at any time.
"""

from __future__ import annotations

import json
import mmap
import os
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.capture import schema
from workbench.capture.addresses import Addresses
from workbench.capture.compression import sniff
from workbench.capture.formats import Interface
from workbench.capture.fragments import Datagrams
from workbench.capture.packets import Packets
from workbench.capture.problems import Problem, ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import Source, unpacked_source
from workbench.capture.store import DTYPES
from workbench.errors import OutputError, WorkbenchError
from workbench.settings import private_cache_dir, settings

FORMAT = 1
WORTH_COMPRESSED = 64 << 10
"""Compressed captures from this size on are kept."""
WORTH_PLAIN = 1 << 20
"""Plain captures from this size on are kept, as long as they are decoded without compiled code."""
SUFFIX = ".arrow"


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept table."""

    path: Path
    size_bytes: int
    used_ns: int


def read_raw(raw: Source, problems: ProblemList) -> Packets:
    """Return the packets of an open file, from the cache if they are in it.

    Parameters
    ----------
    raw
        A file as it lies on disk, compressed or not.
    problems
        Gets what is wrong with it.

    Returns
    -------
    Packets
        As `workbench.capture.reader.decode_source` makes them.

    Raises
    ------
    CaptureError, LimitError
        As that does. What goes wrong with the cache is no error: the capture is read without it.
    """
    compression = sniff(raw.read_at(0, 16))
    if not _worth_keeping(raw.size, compression is not None):
        return decode_source(unpacked_source(raw, problems), problems)
    path = _entry_path(raw.sha256())
    kept = None if path is None else _load(path, raw, problems)
    if kept is not None:
        return kept
    packets = decode_source(unpacked_source(raw, problems), problems)
    if path is not None:
        _save(path, packets)
    return packets


def _worth_keeping(size: int, compressed: bool) -> bool:
    if compressed:
        return size >= WORTH_COMPRESSED
    return size >= WORTH_PLAIN and not settings().compiles(size)


def _folder() -> Path:
    return private_cache_dir() / "tables"


def _entry_path(digest: str) -> Path | None:
    from workbench import __version__

    try:
        return _folder() / f"{digest}-{__version__}-{schema.VERSION}.{FORMAT}{SUFFIX}"
    except OutputError:
        return None


def _save(path: Path, packets: Packets) -> None:
    """Write an entry, whole or not at all; a full disk only means that nothing is kept."""
    import pyarrow as pa

    about = {
        "interfaces": [asdict(interface) for interface in packets.interfaces],
        "containers": packets.containers,
        "compression": packets.sources[0].compression,
        "size": packets.sources[0].size,
        "problems": [asdict(problem) for problem in packets.problems.listed],
        "counts": dict(packets.problems.counts),
        "addresses": packets.addresses.keys.reshape(-1).tolist(),
        "datagram_rows": packets.datagrams.rows.tolist(),
        "datagram_starts": packets.datagrams.starts.tolist(),
    }
    table = pa.table(packets.columns).replace_schema_metadata(
        {b"workbench": json.dumps(about).encode(), b"datagrams": packets.datagrams.data}
    )
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as handle:
            try:
                with pa.ipc.new_file(handle, table.schema) as writer:
                    writer.write_table(table.combine_chunks())
                handle.flush()
                Path(handle.name).replace(path)
            except BaseException:
                Path(handle.name).unlink(missing_ok=True)
                raise
        prune()
    except (OSError, pa.ArrowException):
        return


def _load(path: Path, raw: Source, problems: ProblemList) -> Packets | None:
    """Read an entry; None when there is none, or it cannot be what was written."""
    import pyarrow as pa

    try:
        with path.open("rb") as handle:
            os.utime(path)
            mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_COPY)
        whole = pa.py_buffer(mapped)
        table = pa.ipc.open_file(pa.BufferReader(whole)).read_all()
        about = json.loads(table.schema.metadata[b"workbench"])
        columns = {name: _column(table, name, whole, mapped) for name in DTYPES}
        datagrams = Datagrams(
            np.array(about["datagram_rows"], "i8"),
            np.array(about["datagram_starts"], "i8"),
            table.schema.metadata[b"datagrams"],
        )
        problems.listed += [Problem(**each) for each in about["problems"]]
        problems.counts.update(Counter(about["counts"]))
        return Packets(
            sources=(_deferred(raw, about["size"], about["compression"]),),
            interfaces=tuple(Interface(**each) for each in about["interfaces"]),
            columns=columns,
            addresses=Addresses(np.array(about["addresses"], "i8").reshape(-1, 4)),
            datagrams=datagrams,
            problems=problems,
            containers=tuple(about["containers"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
        return None


def _column(table: Any, name: str, whole: Any, mapped: mmap.mmap) -> Any:
    """Return a column as an array over the mapped file; what is written stays in memory."""
    chunks = table.column(name).chunks
    if not chunks:
        return np.empty(0, DTYPES[name])
    data = chunks[0].buffers()[1]
    offset = data.address - whole.address
    return np.frombuffer(mapped, DTYPES[name], len(chunks[0]), offset)


def _deferred(raw: Source, size: int, compression: str) -> Source:
    """Return a source that unpacks the file when its bytes are first asked for."""
    if not compression:
        return raw

    def unpack() -> IO[bytes] | bytes:
        return unpacked_source(raw, ProblemList()).handle

    return Source.deferred(raw, unpack, size=size, compression=compression)


def entries() -> list[Entry]:
    """Return what is kept, the longest unused first.

    Returns
    -------
    list of Entry
        Empty when there is no cache folder, or it cannot be used.
    """
    try:
        found = [(path, path.stat()) for path in _folder().glob(f"*{SUFFIX}")]
    except (OSError, WorkbenchError):
        return []
    kept = [Entry(path, facts.st_size, facts.st_mtime_ns) for path, facts in found]
    return sorted(kept, key=lambda entry: entry.used_ns)


def prune(limit_bytes: int | None = None) -> int:
    """Delete the longest unused tables until the rest fit; return how many bytes went.

    Parameters
    ----------
    limit_bytes
        Most bytes to keep; that of the settings by default.
    """
    limit = settings().max_cache_bytes if limit_bytes is None else limit_bytes
    every = entries()
    over = sum(entry.size_bytes for entry in every) - limit
    gone = 0
    for entry in every:
        if gone >= over:
            break
        entry.path.unlink(missing_ok=True)
        gone += entry.size_bytes
    return gone


def clear() -> int:
    """Delete every table and what interrupted runs left; return how many bytes went."""
    try:
        for part in _folder().glob("*.part"):
            part.unlink(missing_ok=True)
    except (OSError, WorkbenchError):
        return 0
    return prune(0)
