"""Bytes to read from: files, pipes, file objects, and what is compressed inside them.

Everything is read with positioned reads. A mapped file that another process cuts short ends this
one with a bus error; a positioned read comes back short, and that is a problem to report.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias

from workbench.capture.compression import BROKEN, Compression, decompressed, sniff
from workbench.capture.pipes import await_writer, open_without_waiting
from workbench.capture.problems import ProblemList
from workbench.errors import CaptureError, LimitError, OutputError
from workbench.settings import private_cache_dir, settings

PathLike: TypeAlias = str | os.PathLike[str]
Readable: TypeAlias = PathLike | IO[bytes]
Handle: TypeAlias = IO[bytes] | bytes

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
        handle: Handle,
        *,
        compression: str = "",
        path: Path | None = None,
        raw_size: int | None = None,
        raw_digest: str | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self.compression = compression
        self._opened: Handle | None = handle
        self._open: Callable[[], Handle] | None = None
        self._digest = raw_digest
        self.size = len(handle) if isinstance(handle, bytes) else os.fstat(handle.fileno()).st_size
        self.raw_size = self.size if raw_size is None else raw_size

    @classmethod
    def deferred(
        cls, raw: Source, opener: Callable[[], Handle], *, size: int, compression: str
    ) -> Source:
        """Return a source whose bytes are made when they are first asked for.

        Parameters
        ----------
        raw
            The file as it lies on disk.
        opener
            Makes the bytes.
        size
            How many they will be.
        compression
            What the opener undoes.
        """
        source = cls(
            raw.name,
            b"",
            compression=compression,
            path=raw.path,
            raw_size=raw.size,
            raw_digest=raw.sha256(),
        )
        source._opened, source._open, source.size = None, opener, size
        return source

    @property
    def file_name(self) -> str:
        """Name without the folders."""
        return self.name if self.name == "-" else Path(self.name).name

    @property
    def handle(self) -> Handle:
        """The owner of the bytes.

        Raises
        ------
        CaptureError
            After closing.
        """
        if self._opened is None:
            if self._open is None:
                raise CaptureError.unreadable(self.name, "it was closed")
            self._opened = self._open()
        return self._opened

    def read_at(self, offset: int, size: int) -> bytes:
        """Read up to `size` bytes at `offset`; fewer where the file ends, or now ends.

        Raises
        ------
        CaptureError
            When the system cannot read the file.
        """
        handle = self.handle
        if isinstance(handle, bytes):
            return handle[offset : offset + size]
        parts = []
        descriptor = handle.fileno()
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
        handle = self.handle
        if isinstance(handle, bytes) or not hasattr(os, "preadv"):
            data = self.read_at(offset, len(view))
            view[: len(data)] = data
            return len(data)
        done = 0
        try:
            while done < len(view):
                count = os.preadv(handle.fileno(), [view[done:]], offset + done)
                if count == 0:
                    break
                done += count
        except OSError as error:
            raise CaptureError.unreadable(self.name, error) from error
        return done

    def current_size(self) -> int:
        """Return the size as it is now; a file that is still written grows."""
        handle = self.handle
        return len(handle) if isinstance(handle, bytes) else os.fstat(handle.fileno()).st_size

    def sha256(self) -> str:
        """Return the digest of the file as it lies on disk (of the stream as it came)."""
        if self._digest is None:
            digest = hashlib.sha256()
            for chunk in self.chunks():
                digest.update(chunk)
            self._digest = digest.hexdigest()
        return self._digest

    def chunks(self) -> Iterator[bytes]:
        """Read everything, a MiB at a time."""
        offset = 0
        while chunk := self.read_at(offset, CHUNK):
            offset += len(chunk)
            yield chunk

    def close(self) -> None:
        """Let go of the file; what is asked for later is an error."""
        if self._opened is not None and not isinstance(self._opened, bytes):
            self._opened.close()
        self._opened = self._open = None

    def __del__(self) -> None:
        # Captures come and go in a notebook without being closed: that is no warning's business.
        opened = getattr(self, "_opened", None)
        if opened is not None and not isinstance(opened, bytes):
            opened.close()


def open_source(given: Readable, problems: ProblemList) -> Source:
    """Open a path, `-` for standard input, or a binary file object, and undo compression.

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
    raw = open_raw(given)
    with closed_on_error(raw):
        return unpacked_source(raw, problems)


@contextmanager
def closed_on_error(source: Source) -> Iterator[None]:
    """Let go of a source when what is done with it fails."""
    try:
        yield
    except BaseException:
        source.close()
        raise


def open_raw(given: Readable) -> Source:
    """Open what `open_source` opens, compressed as it is; raises the same errors."""
    if isinstance(given, str) and given == "-":
        return _from_stream("-", sys.stdin.buffer)
    if isinstance(given, str | os.PathLike):
        return _from_path(Path(given))
    name = getattr(given, "name", None)
    return _from_stream(name if isinstance(name, str) else "stream", given)


def _from_path(path: Path) -> Source:
    name = os.fspath(path)
    try:
        # The source owns it from here on.
        handle = open(path, "rb", opener=open_without_waiting)  # noqa: SIM115
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
        with handle:
            if stat.S_ISFIFO(mode):
                await_writer(name, handle.fileno())
            os.set_blocking(handle.fileno(), True)
            return _from_stream(name, handle)
    return _not_empty(Source(name, handle, path=path))


def _from_stream(name: str, stream: IO[bytes]) -> Source:
    """Keep a stream that cannot be read twice."""
    if not callable(getattr(stream, "read", None)):
        raise CaptureError.unreadable(stream, "give a path or a binary file object")
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
    return _not_empty(Source(name, handle, raw_digest=digest.hexdigest()))


def _not_empty(source: Source) -> Source:
    if source.size == 0:
        source.close()
        raise CaptureError.empty(source.name)
    return source


def unpacked_source(source: Source, problems: ProblemList) -> Source:
    """Undo compression, also nested a few times, within the bound of the settings.

    Parameters
    ----------
    source
        A file as it lies on disk; closed when another takes its place.
    problems
        Gets what is wrong with the compressed stream.

    Returns
    -------
    Source
        The same one if nothing is compressed.

    Raises
    ------
    CaptureError, LimitError
        As `open_source`.
    """
    names: list[str] = []
    raw_size, digest = source.size, None
    for _ in range(MAX_NESTING):
        compression = sniff(source.read_at(0, 16))
        if compression is None:
            return source
        names.append(compression.value)
        handle = _spooled(source.name, _unpacked(source, compression, problems))
        digest = digest or source.sha256()
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
            raise CaptureError.damaged(
                source.name, 0, f"nothing can be unpacked from its {names[-1]}"
            )
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
        for chunk in decompressed(source.chunks(), compression):
            done += len(chunk)
            yield chunk
    except EOFError:
        problems.add(0, done, "compression-cut-short", f"the {compression.value} stream ends early")
    except BROKEN as error:
        reason = f"the {compression.value} stream is broken: {error}"
        problems.add(0, done, "compression-broken", reason)


def _spool_folder() -> Path | None:
    """Return where large streams are kept: the cache folder, or the system's where it is no use."""
    try:
        return private_cache_dir()
    except OutputError:
        return None


def _spooled(name: str, chunks: Iterator[bytes]) -> Handle:
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
            handle = tempfile.TemporaryFile(dir=_spool_folder(), prefix="capture-")  # noqa: SIM115
            handle.write(memory.getvalue())
            memory = io.BytesIO()
        (handle or memory).write(chunk)
    if handle is None:
        return memory.getvalue()
    handle.flush()
    return handle
