"""Bytes to read from: files, pipes, file objects, and what is compressed inside them.

Everything is read with positioned reads. A mapped file that another process cuts short ends this one
with a bus error; a positioned read comes back short, and that is a problem to report.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeAlias

from workbench.capture.compression import Compression, decompressed, sniff
from workbench.capture.problems import ProblemList
from workbench.errors import CaptureError, LimitError
from workbench.settings import private_cache_dir, settings

PathLike: TypeAlias = str | os.PathLike[str]
Readable: TypeAlias = PathLike | IO[bytes]

CHUNK = 1 << 20
IN_MEMORY = 32 << 20
"""Streams up to this size stay in memory; larger ones go to an unnamed temporary file."""
MAX_NESTING = 3


class Source:
    """Random access to the decompressed bytes of one capture.

    Parameters
    ----------
    name
        What people call it: a path as it was given, `-` for standard input.
    handle
        File descriptor owner, or bytes.
    compression
        Name of the compression that was undone, outermost first, `""` for none.
    path
        Path of the file, None for a stream.
    """

    def __init__(
        self,
        name: str,
        handle: IO[bytes] | bytes,
        *,
        compression: str = "",
        path: Path | None = None,
        raw_size: int | None = None,
        raw_digest: str | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self.compression = compression
        self._handle = handle
        self._digest = raw_digest
        self.size = len(handle) if isinstance(handle, bytes) else os.fstat(handle.fileno()).st_size
        self.raw_size = self.size if raw_size is None else raw_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Read up to `size` bytes at `offset`; fewer where the file ends, or now ends.

        Raises
        ------
        CaptureError
            When the system cannot read the file.
        """
        if isinstance(self._handle, bytes):
            return self._handle[offset : offset + size]
        parts = []
        descriptor = self._handle.fileno()
        try:
            while size > 0:
                part = os.pread(descriptor, size, offset)
                if not part:
                    break
                parts.append(part)
                offset += len(part)
                size -= len(part)
        except OSError as error:
            raise CaptureError.unreadable(self.name, error) from error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_into(self, offset: int, buffer: Any) -> int:
        """Read at `offset` into a writable buffer; return how many bytes came.

        Raises
        ------
        CaptureError
            When the system cannot read the file.
        """
        view = memoryview(buffer).cast("B")
        if isinstance(self._handle, bytes) or not hasattr(os, "preadv"):
            data = self.read_at(offset, len(view))
            view[: len(data)] = data
            return len(data)
        done = 0
        try:
            while done < len(view):
                count = os.preadv(self._handle.fileno(), [view[done:]], offset + done)
                if count == 0:
                    break
                done += count
        except OSError as error:
            raise CaptureError.unreadable(self.name, error) from error
        return done

    def current_size(self) -> int:
        """Return the size as it is now; a file that is still written grows."""
        if isinstance(self._handle, bytes):
            return len(self._handle)
        return os.fstat(self._handle.fileno()).st_size

    def sha256(self) -> str:
        """Return the digest of the file as it lies on disk (of the stream as it came)."""
        if self._digest is None:
            digest = hashlib.sha256()
            for chunk in self._raw_chunks():
                digest.update(chunk)
            self._digest = digest.hexdigest()
        return self._digest

    def _raw_chunks(self) -> Iterator[bytes]:
        offset = 0
        while chunk := self.read_at(offset, CHUNK):
            offset += len(chunk)
            yield chunk

    def close(self) -> None:
        """Let go of the file."""
        if not isinstance(self._handle, bytes):
            self._handle.close()


def open_source(given: Readable, problems: ProblemList) -> Source:
    """Open a path, `-` for standard input, or a binary file object.

    Parameters
    ----------
    given
        What to read. A file object is read from its current position to its end and not closed.
    problems
        Gets what is wrong with a compressed stream that ends early or breaks.

    Returns
    -------
    Source
        Decompressed and seekable, whatever was given.

    Raises
    ------
    CaptureError
        For a missing file, a folder, no permission, an empty file, or nothing readable in it.
    LimitError
        When it unpacks to more than the settings allow.
    """
    if isinstance(given, str) and given == "-":
        return _from_stream("-", sys.stdin.buffer, problems)
    if isinstance(given, str | os.PathLike):
        return _from_path(Path(given), problems)
    name = getattr(given, "name", None)
    return _from_stream(name if isinstance(name, str) else "stream", given, problems)


def _from_path(path: Path, problems: ProblemList) -> Source:
    name = os.fspath(path)
    try:
        handle = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115 (the source owns it)
    except FileNotFoundError as error:
        raise CaptureError.missing(name) from error
    except IsADirectoryError as error:
        raise CaptureError.directory(name) from error
    except (OSError, ValueError) as error:
        raise CaptureError.unreadable(name, error) from error
    mode = os.fstat(handle.fileno()).st_mode
    if stat.S_ISDIR(mode):
        handle.close()
        raise CaptureError.directory(name)
    if not stat.S_ISREG(mode):
        os.set_blocking(handle.fileno(), True)
        with handle:
            return _from_stream(name, handle, problems)
    return _decompressed_source(Source(name, handle, path=path), problems)


def _open_without_waiting(path: str, flags: int) -> int:
    """Open without waiting for the other end of a named pipe to appear."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))


def _from_stream(name: str, stream: IO[bytes], problems: ProblemList) -> Source:
    """Keep a stream that cannot be read twice."""
    digest = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        while True:
            try:
                chunk: Any = stream.read(CHUNK)
            except (OSError, ValueError) as error:
                raise CaptureError.unreadable(name, error) from error
            if not chunk:
                return
            if not isinstance(chunk, bytes | bytearray | memoryview):
                raise CaptureError.unreadable(name, "it gives text; open it in binary mode")
            digest.update(chunk)
            yield bytes(chunk)

    handle = _spooled(name, chunks())
    kept = Source(name, handle)
    return _decompressed_source(
        Source(name, handle, raw_size=kept.size, raw_digest=digest.hexdigest()), problems
    )


def _decompressed_source(source: Source, problems: ProblemList) -> Source:
    """Undo compression, also nested a few times, within the bound of the settings."""
    if source.size == 0:
        source.close()
        raise CaptureError.empty(source.name)
    names: list[str] = []
    raw_size, digest = source.size, source._digest
    outer = source
    for _ in range(MAX_NESTING):
        compression = sniff(source.read_at(0, 16))
        if compression is None:
            return source
        names.append(compression.value)
        handle = _spooled(source.name, _unpacked(source, compression, problems))
        if digest is None:
            digest = outer.sha256()
        source.close()
        source = Source(
            source.name,
            handle,
            compression="+".join(names),
            path=source.path,
            raw_size=raw_size,
            raw_digest=digest,
        )
        if source.size == 0:
            source.close()
            raise CaptureError.damaged(source.name, 0, f"nothing can be unpacked from its {names[-1]}")
    if sniff(source.read_at(0, 16)) is not None:
        source.close()
        raise CaptureError.damaged(
            source.name, 0, f"compressed more than {MAX_NESTING} times: {'+'.join(names)}"
        )
    return source


def _unpacked(source: Source, compression: Compression, problems: ProblemList) -> Iterator[bytes]:
    """Unpack chunk by chunk; what breaks ends the stream and is noted."""
    done = 0
    try:
        for chunk in decompressed(source._raw_chunks(), compression):
            done += len(chunk)
            yield chunk
    except EOFError:
        problems.add(0, done, "compression-cut-short", f"the {compression.value} stream ends early")
    except _broken_stream_errors() as error:
        reason = f"the {compression.value} stream is broken: {error}"
        problems.add(0, done, "compression-broken", reason)


def _broken_stream_errors() -> tuple[type[BaseException], ...]:
    import lzma
    import zlib

    return (zlib.error, lzma.LZMAError, RuntimeError, ValueError, OSError)


def _spooled(name: str, chunks: Iterator[bytes]) -> IO[bytes] | bytes:
    """Collect chunks in memory, or in an unnamed file when they are many; bounded."""
    limit = settings().max_decompressed_bytes
    memory = io.BytesIO()
    handle: IO[bytes] | None = None
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            if handle is not None:
                handle.close()
            raise LimitError.exceeded(
                f"what {name!r} unpacks to", f"{limit:,} bytes", "WORKBENCH_MAX_DECOMPRESSED_BYTES"
            )
        if handle is None and size > IN_MEMORY:
            handle = tempfile.TemporaryFile(dir=private_cache_dir(), prefix="capture-")
            handle.write(memory.getvalue())
            memory = io.BytesIO()
        (handle or memory).write(chunk)
    if handle is None:
        return memory.getvalue()
    handle.flush()
    return handle
