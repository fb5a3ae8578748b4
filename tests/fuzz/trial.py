"""One hostile input, read in every way there is."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Sequence
from time import monotonic

from tests.fuzz.compare import check, decoded, unequal
from workbench.capture.engine import Engine
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source, stream_source
from workbench.capture.sources import open_source
from workbench.errors import WorkbenchError

SECONDS = 20.0
"""Longest that one small input may take; a slow machine reads it in a hundredth of that."""
BYTES = 64 << 20
"""Most memory that one small input may need."""
PROBLEMS = 200


def read(data: bytes, engine: Engine) -> Packets | str:
    """Return what was read, or the words of the error that is allowed."""
    problems = ProblemList(PROBLEMS)
    try:
        source = open_source(io.BytesIO(data), problems)
        return decode_source(source, problems, engine)
    except WorkbenchError as error:
        return str(error)


def attempt(data: bytes, engines: Sequence[Engine]) -> Packets | str:
    """Read an input with each engine; raise AssertionError for anything that must not happen."""
    begun = monotonic()
    results = [read(data, engine) for engine in engines]
    first = results[0]
    if isinstance(first, str):
        assert all(result == first for result in results), results
        return first
    check(first, first.sources[0].size)
    reference = decoded(first, engines[0])
    for result, engine in zip(results[1:], engines[1:], strict=True):
        assert isinstance(result, Packets), result
        assert unequal(reference, decoded(result, engine)) == []
    _check_stream(data, first)
    took = monotonic() - begun
    assert took < SECONDS, f"took {took:.1f} s"
    return first


def _check_stream(data: bytes, whole: Packets) -> None:
    """Piece by piece there are as many packets, and as many problems."""
    problems = ProblemList(PROBLEMS)
    pieces = list(stream_source(open_source(io.BytesIO(data), problems), problems, rows=7))
    assert sum(map(len, pieces)) == len(whole)
    found = sum((piece.problems.counts for piece in pieces), start=type(problems.counts)())
    assert found == whole.problems.counts


def attempt_in_bounds(data: bytes, engines: Sequence[Engine]) -> Packets | str:
    """Do the same, and look at the memory that the first engine takes."""
    tracemalloc.start()
    try:
        attempt(data, engines[:1])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < BYTES + 60 * len(data), f"took {peak:,} bytes"
    return attempt(data, engines)
