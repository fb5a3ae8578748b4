"""What is written is read back the same: by us, and by tshark."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.merging import merge_packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import read_packets, stream_source
from workbench.capture.sources import open_source
from workbench.capture.writing import FORMATS, chosen_format, write_capture, write_packets
from workbench.errors import OutputError, ParameterError, WorkbenchError

ROOT = Path(__file__).resolve().parents[2]
NANO = build.START_NS + 123_456_789
FRAMES = [build.tcp4(b"hello"), build.udp4(b"x" * 1_200), build.tcp6(), b"\xff" * 14]
SAME = (
    "time", "captured", "wire", "ip_version", "ttl", "protocol", "source_port", "destination_port",
    "seq", "ack", "tcp_flags", "window", "fragment", "payload_length", "checksum", "problem",
)  # fmt: skip


def made(step_ns: int = 1_001):
    """Return packets with nanoseconds in their times."""
    records = [
        build.record(frame, NANO + number * step_ns, nano=True)
        for number, frame in enumerate(FRAMES)
    ]
    return build.read(build.pcap_header(nano=True) + b"".join(records))


def again(path):
    """Read a file whole into memory."""
    return build.read(Path(path).read_bytes())


def assert_same(one, other, names=SAME) -> None:
    assert len(one) == len(other)
    for name in names:
        assert np.array_equal(one.columns[name], other.columns[name]), name
    assert [one.data(row) for row in range(len(one))] == [
        other.data(row) for row in range(len(other))
    ]


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "a.pcap.gz", "a.pcapng.zst", "a.CAP"])
def test_what_is_written_is_read_back_to_the_nanosecond(tmp_path, name) -> None:
    packets = made()
    assert write_capture(packets, tmp_path / name) == tmp_path / name
    assert_same(packets, again(tmp_path / name))


def test_a_pcap_file_has_nanoseconds_unless_microseconds_are_asked_for(tmp_path) -> None:
    packets = made()
    write_capture(packets, tmp_path / "n.pcap")
    write_capture(packets, tmp_path / "u.pcap", "pcap-us")
    assert again(tmp_path / "n.pcap").containers == ("nsecpcap",)
    cut = again(tmp_path / "u.pcap")
    assert cut.containers == ("pcap",)
    assert np.array_equal(cut.columns["time"], packets.columns["time"] // 1000 * 1000)


@given(
    sizes=st.lists(st.integers(0, 70), max_size=12),
    times=st.data(),
    extra=st.integers(0, 100),
    style=st.sampled_from(["pcap", "pcapng"]),
)
def test_any_lengths_and_times_survive(tmp_path_factory, sizes, times, extra, style) -> None:
    top = 2**32 * 10**9 - 1 if style == "pcap" else 4_000_000_000 * 10**9
    # A record of no bytes in the second 0 is what unwritten parts of a file look like.
    moments = [times.draw(st.integers(10**9, top)) for _ in sizes]
    records = [
        build.record(bytes(range(size)), moment, nano=True, wire=size + extra)
        for size, moment in zip(sizes, moments, strict=True)
    ]
    packets = build.read(build.pcap_header(nano=True) + b"".join(records))
    path = tmp_path_factory.mktemp("any") / f"a.{style}"
    write_capture(packets, path)
    assert_same(packets, again(path), ("time", "captured", "wire"))
    assert again(path).problems.counts == packets.problems.counts


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_pieces_of_a_stream_make_the_same_file_as_the_whole(tmp_path, rows) -> None:
    data = build.section() + build.interface(resolution=9, name="eth0")
    data += build.enhanced(FRAMES[0], NANO) + build.interface(build.RAW, name="tun0")
    data += build.enhanced(FRAMES[1][14:], NANO // 1000, interface=1)
    data += build.enhanced(FRAMES[2], NANO + 5)
    source = open_source(io.BytesIO(data), ProblemList())
    write_packets(stream_source(source, ProblemList(), rows), tmp_path / "stream.pcapng")
    whole = build.read(data)
    write_capture(whole, tmp_path / "whole.pcapng")
    assert_same(whole, again(tmp_path / "stream.pcapng"), (*SAME, "interface"))
    assert_same(whole, again(tmp_path / "whole.pcapng"), (*SAME, "interface"))


def test_a_selection_is_written_in_its_own_order(tmp_path) -> None:
    packets = made()
    write_capture(packets.take([3, 0]), tmp_path / "a.pcap")
    found = again(tmp_path / "a.pcap")
    assert [found.data(row) for row in range(2)] == [FRAMES[3], FRAMES[0]]


def test_no_packets_make_an_empty_capture(tmp_path) -> None:
    for name in ("a.pcap", "a.pcapng"):
        write_capture(made().take(np.empty(0, "i8")), tmp_path / name)
        assert len(again(tmp_path / name)) == 0


def test_a_file_may_be_written_over_the_one_it_was_read_from(tmp_path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(build.pcap(FRAMES))
    packets = read_packets(path)
    write_capture(packets.take([1]), path)
    packets.close()
    assert len(again(path)) == 1


def test_a_capture_that_became_shorter_leaves_no_file(tmp_path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(build.pcap(FRAMES))
    packets = read_packets(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(WorkbenchError, match="changed while it was in use"):
        write_capture(packets, tmp_path / "b.pcap")
    packets.close()
    assert not (tmp_path / "b.pcap").exists()


def test_secrets_comments_and_other_blocks_are_not_written(tmp_path) -> None:
    secret = b"CLIENT_RANDOM " + b"ab" * 32
    data = build.section() + build.interface(resolution=9)
    data += build.block(10, b"\x4b\x53\x4c\x54" + len(secret).to_bytes(4, "little") + secret)
    data += build.enhanced(FRAMES[0], NANO, options=build.option(1, b"note") + bytes(4))
    write_capture(build.read(data), tmp_path / "a.pcapng")
    written = (tmp_path / "a.pcapng").read_bytes()
    assert FRAMES[0] in written
    assert secret[:20] not in written
    assert b"note" not in written


@pytest.mark.parametrize(
    ("path", "given_format", "expected"),
    [
        ("a.pcap", None, "pcap"),
        ("a.cap.gz", None, "pcap"),
        ("a.PcapNG.zst", None, "pcapng"),
        ("a.txt", "pcapng", "pcapng"),
        ("-", "pcap-us", "pcap-us"),
    ],
)
def test_the_format_is_that_asked_for_or_that_of_the_suffix(path, given_format, expected) -> None:
    assert chosen_format(path, given_format) == expected


@pytest.mark.parametrize("path", ["a", "a.gz", "a.parquet", ""])
def test_a_suffix_without_a_format_lists_those_there_are(path) -> None:
    with pytest.raises(OutputError, match=r"\.pcap, \.cap, \.pcapng"):
        chosen_format(path, None)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ParameterError, match="Did you mean pcapng"):
        chosen_format("a.pcap", "pcapg")


# tshark


def said_by_tshark(program: str, path: Path) -> list[str]:
    """Return number, time, lengths and protocols of each frame."""
    fields = ["frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.protocols"]
    wanted = [word for field in fields for word in ("-e", field)]
    command = [program, "-n", "-r", str(path), "-T", "fields", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", ["dns.pcap", "ordinary.pcapng", "refused.pcap"])
@pytest.mark.parametrize("style", ["pcap", "pcapng"])
def test_tshark_reads_the_same_frames_times_and_lengths(tool, tmp_path, name, style) -> None:
    program = tool("tshark")
    packets = read_packets(ROOT / "data" / name)
    path = write_capture(packets, tmp_path / f"a.{style}")
    packets.close()
    before = said_by_tshark(program, ROOT / "data" / name)
    assert len(before) == len(packets) > 0
    assert said_by_tshark(program, path) == before


def test_tshark_reads_every_made_up_length_and_the_names(tool, tmp_path) -> None:
    program = tool("tshark")
    data = build.section() + build.interface(resolution=9, name="wlan\u00e4")
    data += build.interface(build.RAW, snap=0)
    for size in range(9):
        data += build.enhanced(FRAMES[0][: 60 - size], NANO + size, wire=60 + size)
    data += build.enhanced(FRAMES[1][14:], NANO // 1000, interface=1) + build.simple(FRAMES[2])
    path = write_capture(build.read(data), tmp_path / "a.pcapng", comment="why", application="me")
    wanted = ["frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_name"]
    command = [program, "-n", "-r", str(path), "-T", "fields"]
    command += [word for name in wanted for word in ("-e", name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[3] == ["1700000000.123456792", "63", "57", "wlan\u00e4"]
    assert rows[9][0] == "1700000000.123456000"
    assert rows[10][0] in ("", "0.000000000")
    assert rows[10][1:3] == [str(len(FRAMES[2]))] * 2
    assert len(rows) == 11


def test_capinfos_agrees_about_counts_and_format(tool, tmp_path) -> None:
    program = tool("capinfos")
    write_capture(made(), tmp_path / "a.pcapng", comment="a comment\nof two lines")
    command = [program, "-M", "-c", "-t", "-k", str(tmp_path / "a.pcapng")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "pcapng" in done.stdout
    assert "a comment" in done.stdout
    assert done.stdout.split("Number of packets:")[1].split()[0] == str(len(FRAMES))


def refusal(packets, target) -> str:
    """Write packets; return why they cannot be, nothing if they can."""
    try:
        write_capture(packets, target)
    except OutputError as error:
        return error.message
    return ""


@pytest.mark.slow
def test_every_known_capture_survives_or_is_refused_with_a_reason(shared, tmp_path) -> None:
    refused = 0
    written = 0
    # Every third of the small ones: all of them take minutes on a slow machine.
    every = [path for path in sorted((shared / "captures").rglob("*.pcap*")) if path.is_file()]
    for path in [path for path in every if path.stat().st_size < 60_000][::3]:
        try:
            packets = again(path)
        except WorkbenchError:
            continue
        for style in ("pcap", "pcapng"):
            target = tmp_path / f"a.{style}"
            reason = refusal(packets, target)
            refused += bool(reason)
            written += not reason
            if reason:
                assert "frame" in reason or "without packets" in reason
            else:
                assert_same(packets, again(target), ("time", "captured", "wire", "ttl", "seq"))
    assert written > 100
    assert refused < 20


def test_merged_captures_are_written_from_all_of_their_files(tmp_path) -> None:
    merged = merge_packets([made(), made()], [0, 7])
    assert (merged.columns["time"] != NO_TIME).all()
    for style in FORMATS[::2]:
        write_capture(merged, tmp_path / f"a.{style}")
        assert_same(merged, again(tmp_path / f"a.{style}"))
