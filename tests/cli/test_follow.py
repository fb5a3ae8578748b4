"""``workbench connections --follow``: what both sides said, safe to print."""

from __future__ import annotations

import pytest

from tests.capture import build
from tests.cli.running import DATA, run
from tests.hostile import ATTACKS
from tests.traffic.test_connections import ACK, BACK, PSH, THERE, handshake, segment
from workbench.cli.follow import hex_lines, turns
from workbench.traffic.streams import Piece, reassemble

FILE = DATA / "http.pcap"
PUSH = PSH | ACK


def test_a_conversation_reads_in_turns(capsys) -> None:
    done = run(capsys, "connections", FILE, "--follow", 1)
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0] == "connection 1: 10.77.1.2 port 45376 to 10.77.2.10 port 80, www.example.org"
    assert lines[2].startswith("client, ")
    assert lines[3] == "  GET / HTTP/1.1"
    assert "  HTTP/1.1 200 OK" in lines


def test_json_has_the_bytes(capsys) -> None:
    first, second = run(capsys, "connections", FILE, "--follow", 1, "--json").objects[:2]
    assert bytes.fromhex(first["data"]).startswith(b"GET / HTTP/1.1\r\n")
    assert (first["direction"], second["direction"]) == (0, 1)
    assert first["length"] == len(first["data"]) // 2


def capture(tmp_path, *frames: bytes):
    path = tmp_path / "made.pcap"
    path.write_bytes(build.pcap([*handshake(), *frames]))
    return path


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_said_steers_the_terminal(capsys, tmp_path, text: str) -> None:
    said = text.encode("utf-8", "surrogatepass")
    path = capture(tmp_path, segment(THERE, said, seq=101, ack=501, flags=PUSH))
    out = run(capsys, "connections", path, "--follow", 0).out
    assert all(char == "\n" or char.isprintable() for char in out)
    assert f"client: {len(said):,} bytes\n" in out


def test_what_is_fake_is_left_out_unless_all_is_asked_for(capsys, tmp_path) -> None:
    frames = [
        segment(THERE, b"GET /fake", seq=101, ack=501, flags=PUSH, ttl=2),
        segment(THERE, b"GET /real", seq=101, ack=501, flags=PUSH),
        segment(BACK, b"HTTP/1.1 200 OK", seq=501, ack=110, flags=PUSH, ttl=57),
    ]
    path = capture(tmp_path, *frames)
    assert "  GET /real\n" in run(capsys, "connections", path, "--follow", 0).out
    out = run(capsys, "connections", path, "--follow", 0, "--policy", "first").out
    assert "  GET /fake\n" in out
    assert "0 to 9 differ: frame 4 taken, frame 5 not" in out


def test_gaps_and_limits_are_told(capsys, tmp_path) -> None:
    path = capture(tmp_path, segment(THERE, b"x" * 50, seq=111, ack=501, flags=PUSH))
    out = run(capsys, "connections", path, "--follow", 0, "--limit", 20).out
    assert "missing: 0 to 10" in out
    assert "client: 50 bytes, the first 20 shown" in out
    assert "  " + "x" * 20 + "\n" in out


def test_a_connection_that_is_not_there_is_an_error(capsys) -> None:
    done = run(capsys, "connections", FILE, "--follow", 99)
    assert done.code == 2
    assert "connection" in done.err


def test_binary_is_shown_in_hex() -> None:
    assert list(hex_lines(bytes(range(17)), 0)) == [
        "  00000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f   ................",
        "  00000010  10                                                .",
    ]


def test_turns_follow_time_and_begin_anew_behind_a_gap() -> None:
    client = reassemble([Piece(0, b"ab", 1, 10), Piece(2, b"cd", 2, 20), Piece(9, b"z", 5, 50)])
    server = reassemble([Piece(0, b"AB", 3, 30)])
    found = [(turn.side, turn.offset, turn.data, turn.frames) for turn in turns([client, server])]
    assert found == [(0, 0, b"abcd", (1, 2)), (1, 0, b"AB", (3,)), (0, 9, b"z", (5,))]
