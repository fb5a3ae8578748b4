"""A capture file that is open and looked at, but not decoded."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.capture.cache import read_raw
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import check_format, decode_source, stream_source
from workbench.capture.sources import Readable, Source, closed_on_error, open_raw, unpacked_source
from workbench.settings import settings


class OpenedFile:
    """One capture file.

    Parameters
    ----------
    given
        A path, `-` for standard input, or a binary file object.
    cache
        Look for its decoded table among the kept ones, and keep it.

    Raises
    ------
    CaptureError
        When it cannot be opened, or begins like no capture. What a compressed file holds shows only
        when it is decoded.
    """

    def __init__(self, given: Readable, *, cache: bool) -> None:
        self._raw = open_raw(given)
        self._cache = cache
        self._unpacked: Source | None = None
        self._found = ProblemList(settings().max_problems)
        with closed_on_error(self._raw):
            check_format(self._raw)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The file, as it lies on disk."""
        return (self._raw,)

    def decode(self) -> Packets:
        """Decode all of it.

        Raises
        ------
        CaptureError, LimitError
            As `workbench.capture.reader.decode_source`.
        """
        if self._cache and self._unpacked is None:
            return read_raw(self._raw, ProblemList(settings().max_problems))
        return decode_source(self._source(), self._found.copy())

    def stream(self, rows: int) -> Iterator[Packets]:
        """Decode it piece by piece, from the beginning.

        Parameters
        ----------
        rows
            Most packets of a piece.

        Raises
        ------
        CaptureError, LimitError
            As `workbench.capture.reader.stream_source`.
        """
        return stream_source(self._source(), self._found.copy(), rows)

    def _source(self) -> Source:
        """Return its decompressed bytes, unpacked once."""
        if self._unpacked is None:
            self._unpacked = unpacked_source(self._raw, self._found)
        return self._unpacked

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()
        if self._unpacked is not None:
            self._unpacked.close()
