"""Whatever is given ends as bytes one can seek in, or as one clear error."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import random
import sys
import threading
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from tests.capture import build
from workbench.capture import sources
from workbench.capture.problems import ProblemList
from workbench.capture.sources import Source, open_raw, open_source
from workbench.errors import CaptureError, LimitError

DATA = build.pcap([build.tcp4(bytes([number]) * 50, seq=number) for number in range(40)])


def opened(given) -> tuple[Source, ProblemList]:
    problems = ProblemList()
    return open_source(given, problems), problems


def whole(source: Source) -> bytes:
    return b"".join(source.chunks())


def written(folder: Path, data: bytes, name: str = "some.pcap") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_path_as_text_or_object(tmp_path: Path) -> None:
    path = written(tmp_path, DATA)
    for given in (path, str(path)):
        source, problems = opened(given)
        assert whole(source) == DATA
        assert (source.name, source.file_name, source.path) == (str(path), "some.pcap", path)
        assert (source.size, source.raw_size, source.compression) == (len(DATA), len(DATA), "")
        assert not problems.counts


def test_a_file_object_is_read_from_where_it_stands_and_not_closed() -> None:
    stream = io.BytesIO(b"before" + DATA)
    stream.seek(6)
    source, _ = opened(stream)
    assert whole(source) == DATA
    assert (source.name, source.path) == ("stream", None)
    assert not stream.closed


def test_standard_input(monkeypatch) -> None:
    class Standard:
        buffer = io.BytesIO(DATA)

    monkeypatch.setattr(sys, "stdin", Standard())
    source, _ = opened("-")
    assert whole(source) == DATA
    assert source.file_name == "-"


def test_a_named_pipe_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keeper = os.open(path, os.O_RDWR)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(whole(open_raw(path))))
    writer = threading.Thread(target=path.write_bytes, args=(DATA * 50,))
    try:
        reader.start()
        writer.start()
        # More than a pipe holds: writing ends only when it is read.
        writer.join()
    finally:
        os.close(keeper)
    reader.join()
    assert found == [DATA * 50]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none.pcap", "does not exist"),
        (lambda folder: folder, "is a folder"),
        (lambda folder: written(folder, b""), "is empty"),
        (lambda folder: str(folder / "a\0b"), "cannot be read"),
        (lambda folder: io.BytesIO(), "is empty"),
        (lambda folder: io.StringIO("text"), "binary mode"),
        (lambda folder: written(folder, gzip.compress(b"")), "nothing can be unpacked"),
        (lambda folder: written(folder, b"\x1f\x8b\x08\x00"), "nothing can be unpacked"),
    ],
    ids=["missing", "folder", "empty", "bad name", "empty stream", "text", "gzip", "cut gzip"],
)
def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path, make, message) -> None:
    with pytest.raises(CaptureError, match=message):
        opened(make(tmp_path))


def test_a_file_open_for_text_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"plain text")
    with path.open(encoding="utf-8") as stream, pytest.raises(CaptureError, match="binary mode"):
        opened(stream)


def test_a_closed_file_object_is_refused() -> None:
    stream = io.BytesIO(DATA)
    stream.close()
    with pytest.raises(CaptureError, match="closed file"):
        opened(stream)


PACK = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
}


@pytest.mark.parametrize("names", ["gzip", "xz", "zstd", "lz4", "gzip+xz", "lz4+gzip+zstd"])
def test_compression_is_undone_however_it_is_nested(tmp_path: Path, names: str) -> None:
    packed = DATA
    for name in reversed(names.split("+")):
        packed = PACK[name](packed)
    source, problems = opened(written(tmp_path, packed))
    assert whole(source) == DATA
    assert source.compression == names
    assert (source.size, source.raw_size) == (len(DATA), len(packed))
    assert source.sha256() == hashlib.sha256(packed).hexdigest()
    assert not problems.counts
    assert opened(io.BytesIO(packed))[0].sha256() == source.sha256()


def test_nesting_has_an_end() -> None:
    packed = DATA
    for _ in range(sources.MAX_NESTING + 1):
        packed = gzip.compress(packed)
    with pytest.raises(CaptureError, match="more than 3 times: gzip\\+gzip\\+gzip"):
        opened(io.BytesIO(packed))


def test_a_stream_cut_short_is_read_as_far_as_it_goes() -> None:
    source, problems = opened(io.BytesIO(gzip.compress(DATA)[:-4]))
    assert whole(source) == DATA
    [problem] = problems.listed
    assert (problem.kind, problem.offset) == ("compression-cut-short", len(DATA))


@pytest.mark.parametrize("size", [40, 700, 3 << 20])
def test_a_broken_stream_is_read_as_far_as_it_goes(size) -> None:
    data = random.Random(1).randbytes(size)
    packed = bytearray(gzip.compress(data))
    packed[-8] ^= 0xFF
    source, problems = opened(io.BytesIO(bytes(packed)))
    assert whole(source) == data
    [problem] = problems.listed
    assert (problem.kind, problem.offset) == ("compression-broken", source.size)


@pytest.mark.parametrize("in_memory", [100, 1 << 20])
def test_unpacking_is_bounded(monkeypatch, in_memory) -> None:
    monkeypatch.setattr(sources, "IN_MEMORY", in_memory)
    packed = gzip.compress(bytes(3 << 20))
    monkeypatch.setenv("WORKBENCH_MAX_DECOMPRESSED_BYTES", "2 MiB")
    with pytest.raises(LimitError, match="set WORKBENCH_MAX_DECOMPRESSED_BYTES"):
        opened(io.BytesIO(packed))
    monkeypatch.setenv("WORKBENCH_MAX_DECOMPRESSED_BYTES", "3 MiB")
    assert opened(io.BytesIO(packed))[0].size == 3 << 20


def test_many_bytes_go_to_a_file_without_a_name(monkeypatch) -> None:
    monkeypatch.setattr(sources, "IN_MEMORY", 100)
    source, _ = opened(io.BytesIO(gzip.compress(DATA)))
    assert not isinstance(source.handle, bytes)
    assert whole(source) == DATA
    source.close()


@pytest.fixture(params=["file", "memory"])
def either(request, tmp_path: Path) -> Source:
    return opened(written(tmp_path, DATA) if request.param == "file" else io.BytesIO(DATA))[0]


def test_reading_past_the_end_comes_back_short(either: Source) -> None:
    end = len(DATA)
    assert either.read_at(10, 20) == DATA[10:30]
    assert either.read_at(end - 3, 100) == DATA[-3:]
    assert either.read_at(end, 10) == either.read_at(end + 1000, 10) == b""
    assert either.read_at(5, 0) == b""


def test_reading_into_a_buffer_says_how_much_came(either: Source) -> None:
    buffer = bytearray(b"\xee" * 64)
    assert either.read_into(10, buffer) == 64
    assert bytes(buffer) == DATA[10:74]
    assert either.read_into(len(DATA) - 5, buffer) == 5
    assert bytes(buffer) == DATA[-5:] + DATA[15:74]
    assert either.read_into(len(DATA) + 9, buffer) == 0


def test_the_digest_is_that_of_the_bytes(either: Source) -> None:
    assert either.sha256() == hashlib.sha256(DATA).hexdigest()


def test_after_closing_nothing_is_read(either: Source) -> None:
    either.close()
    either.close()
    with pytest.raises(CaptureError, match="it was closed"):
        either.read_at(0, 1)


def test_a_file_that_grows_shows_its_size_now(tmp_path: Path) -> None:
    path = written(tmp_path, DATA)
    source, _ = opened(path)
    with path.open("ab") as more:
        more.write(b"more")
    assert (source.size, source.current_size()) == (len(DATA), len(DATA) + 4)


def test_a_deferred_source_is_opened_when_it_is_first_read(tmp_path: Path) -> None:
    calls: list[int] = []

    def opener() -> bytes:
        calls.append(1)
        return DATA

    raw = open_raw(written(tmp_path, gzip.compress(DATA), "some.pcap.gz"))
    source = Source.deferred(raw, opener, size=len(DATA), compression="gzip")
    assert (source.size, source.raw_size, calls) == (len(DATA), raw.size, [])
    assert source.sha256() == raw.sha256()
    assert source.read_at(0, 4) + source.read_at(4, 4) == DATA[:8]
    assert calls == [1]
