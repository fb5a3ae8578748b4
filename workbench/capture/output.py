"""Files that are there whole or not at all, written piece by piece, compressed by their suffix."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TypeAlias, cast

from workbench.errors import OutputError

PathLike: TypeAlias = str | os.PathLike[str]

COMPRESSED = (".gz", ".zst")
"""Suffixes behind that of the format which ask for compression."""
BUFFER = 1 << 18


def suffixes(path: PathLike) -> tuple[str, str]:
    """Split the ending of a name into that of the format and that of the compression.

    Parameters
    ----------
    path : path-like
        Name of a file to be written.

    Returns
    -------
    format : str
        Such as `.pcap`, lower case, empty for none.
    compression : str
        `.gz`, `.zst` or empty.

    Examples
    --------
    >>> suffixes("visit.pcap.GZ"), suffixes("visit.csv"), suffixes("visit")
    (('.pcap', '.gz'), ('.csv', ''), ('', ''))
    """
    name = Path(path)
    compression = name.suffix.lower()
    if compression not in COMPRESSED:
        return compression, ""
    return Path(name.stem).suffix.lower(), compression


@contextmanager
def whole_file(path: PathLike, *, compress: bool = True) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name once all of it is written.

    It is written beside its place and then renamed. A symbolic link stays one, and what it points
    at is replaced. Pipes and devices are written to directly, as is standard output for `-`.

    Parameters
    ----------
    path : path-like
        Where.
    compress : bool
        Whether `.gz` and `.zst` at its end mean anything.

    Yields
    ------
    binary file object
        What is written to it is in the file when the block ends without an error; after an error
        the file is as it was before.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    if "\0" in os.fspath(path):
        raise OutputError.cannot_write(path, "no name can hold a zero byte")
    if os.fspath(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    compression = suffixes(path)[1] if compress else ""
    with _guarded(path), _placed(Path(path)) as handle, ExitStack() as stack:
        yield _compressed(handle, compression, stack)


@contextmanager
def _guarded(path: PathLike) -> Iterator[None]:
    """Turn what the system says into an error that names the path."""
    try:
        yield
    except (BrokenPipeError, OutputError):
        # That nobody reads a pipe any more is no failure to write.
        raise
    except OSError as error:
        raise OutputError.cannot_write(path, error) from error


@contextmanager
def _placed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the place of `path`, and move it there at the end."""
    target = path.resolve()
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and stat.S_ISDIR(mode):
        raise OutputError.cannot_write(path, "it is a folder")
    if mode is not None and not stat.S_ISREG(mode):
        with target.open("wb", buffering=BUFFER) as device:
            yield device
        return
    part = target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.part")
    # Exclusive, so that nobody's link is followed; the umask decides who may read it.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(part, flags, 0o666), "wb", buffering=BUFFER) as handle:
            yield handle
        if mode is not None:
            part.chmod(stat.S_IMODE(mode))
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink()


def _compressed(handle: IO[bytes], compression: str, stack: ExitStack) -> IO[bytes]:
    """Put compression before a file; it ends with the stack."""
    if compression == ".gz":
        import gzip

        # No name and no time: the same packets give the same file.
        return cast(
            "IO[bytes]",
            stack.enter_context(
                gzip.GzipFile(filename="", mode="wb", fileobj=handle, mtime=0, compresslevel=6)
            ),
        )
    if compression == ".zst":
        import zstandard

        writer = zstandard.ZstdCompressor(level=3, write_checksum=True)
        return cast("IO[bytes]", stack.enter_context(writer.stream_writer(handle, closefd=False)))
    return handle
