"""Files appear whole or not at all, whatever goes wrong while they are written."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import threading
from pathlib import Path

import pytest
import zstandard

from workbench.capture.output import suffixes, whole_file
from workbench.errors import OutputError


def break_off(path, error) -> None:
    with whole_file(path) as file:
        file.write(b"half of the n")
        raise error


def write(path, data=b"new", **options) -> None:
    with whole_file(path, **options) as file:
        file.write(data)


def test_a_file_is_written_and_nothing_is_left_beside_it(tmp_path) -> None:
    write(tmp_path / "a.pcap")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pcap"]
    assert (tmp_path / "a.pcap").read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_an_older_file_survives_whatever_goes_wrong(tmp_path, error) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(b"old")
    expected = OutputError if error is OSError else error
    with pytest.raises(expected):
        break_off(path, error)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_nobody_sees_a_part_of_it(tmp_path) -> None:
    path = tmp_path / "a.pcap"
    with whole_file(path) as file:
        file.write(b"x" * 1_000_000)
        assert not path.exists()
    assert path.stat().st_size == 1_000_000


def test_a_link_stays_one_and_what_it_points_at_is_replaced(tmp_path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.pcap").write_bytes(b"old")
    (tmp_path / "link.pcap").symlink_to(tmp_path / "real" / "a.pcap")
    write(tmp_path / "link.pcap")
    assert (tmp_path / "link.pcap").is_symlink()
    assert (tmp_path / "real" / "a.pcap").read_bytes() == b"new"


def test_a_replaced_file_keeps_its_mode_and_a_new_one_follows_the_umask(tmp_path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write(path)
    before = os.umask(0o027)
    try:
        write(tmp_path / "b.pcap")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "b.pcap").stat().st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    write(path)
    reader.join()
    assert read == [b"new"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_standard_output_is_written_to_and_stays_open(capfdbinary) -> None:
    write("-")
    sys.stdout.write("more\n")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"newmore\n"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("", "it is a folder"),
        ("missing/a.pcap", "No such file or directory"),
        ("a\0b", "no name can hold a zero byte"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_place_that_takes_no_file_is_one_clear_error(tmp_path, place, reason) -> None:
    with pytest.raises(OutputError, match=reason):
        write(f"{tmp_path}/{place}" if place else tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_clear_error() -> None:
    with pytest.raises(OutputError, match="No space left"):
        write("/dev/full", b"x" * 1_000_000)


def test_the_name_of_a_hostile_file_is_escaped_in_the_error(tmp_path) -> None:
    with pytest.raises(OutputError) as caught:
        write(tmp_path / "no" / "evil\x1b[2J\u202e.pcap")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("compress", [True, False])
def test_the_suffix_asks_for_compression_where_that_is_allowed(tmp_path, compress) -> None:
    data = b"packet" * 10_000
    for ending in (".gz", ".zst"):
        write(tmp_path / f"a{ending}", data, compress=compress)
    raw = (tmp_path / "a.gz").read_bytes(), (tmp_path / "a.zst").read_bytes()
    if not compress:
        assert raw == (data, data)
        return
    assert gzip.decompress(raw[0]) == data
    assert zstandard.ZstdDecompressor().decompressobj().decompress(raw[1]) == data


def test_compressed_files_say_nothing_about_when_and_where_they_were_made(tmp_path) -> None:
    for name in ("a.gz", "b.gz"):
        write(tmp_path / name, b"same")
    one, other = ((tmp_path / name).read_bytes() for name in ("a.gz", "b.gz"))
    assert one == other
    assert b"a.gz" not in one


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pcap", (".pcap", "")),
        ("A.PCAPNG.GZ", (".pcapng", ".gz")),
        ("a.tar.pcap.zst", (".pcap", ".zst")),
        ("a.gz", ("", ".gz")),
        (".pcap", ("", "")),
        ("a", ("", "")),
        ("dir.gz/a.csv", (".csv", "")),
    ],
)
def test_endings_are_read_from_the_back(name, expected) -> None:
    assert suffixes(name) == expected
