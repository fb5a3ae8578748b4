"""What a person holds: connections, messages, streams."""

from __future__ import annotations

import pytest

import workbench as wb
from tests.api.test_packets import ORDINARY
from workbench.errors import ParameterError

HTTP = ORDINARY.with_name("http.pcap")


def test_connections_are_found_once() -> None:
    capture = wb.read(ORDINARY)
    assert capture.connections is capture.connections
    assert capture.connections["packets"].sum() == (capture.packets["connection"] >= 0).sum()


def test_a_stream_is_what_both_sides_said() -> None:
    capture = wb.read(HTTP)
    assert capture.stream(1).data.startswith(b"GET / HTTP/1.1\r\n")
    assert capture.stream(1, 1).data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert capture.stream(1, policy="windows").data == capture.stream(1).data
    assert capture.stream(1).complete


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((99,), "connection"), ((1, 2), "direction"), ((1, 0, "sideways"), "policy")],
)
def test_what_is_not_there_is_refused(arguments: tuple, word: str) -> None:
    with pytest.raises(ParameterError, match=word):
        wb.read(HTTP).stream(*arguments)


def test_segments_are_those_of_the_connection() -> None:
    capture = wb.read(HTTP)
    segments = capture.segments(1)
    assert len(segments) == capture.connections["packets"][1] == len(capture.conversation(1))
    assert set(segments["standing"]) == {"genuine"}
    assert (
        segments["length"].sum()
        == capture.connections.loc[1, ["payload_client", "payload_server"]].sum()
    )


def test_messages_belong_to_connections_of_the_capture() -> None:
    capture = wb.read(ORDINARY)
    asked = set(capture.messages.loc[capture.messages["name"] == "ClientHello", "connection"])
    kinds = capture.connections["request_kind"]
    assert asked == set(capture.connections.index[kinds == "tls"])


@pytest.mark.parametrize(
    ("name", "place"), [("lossy.pcapng", "client"), ("lossy-server.pcapng", "server")]
)
def test_the_vantage_is_that_of_the_recording(name: str, place: str) -> None:
    assert wb.read(ORDINARY.with_name(name)).vantage.place == place


def test_without_a_handshake_nobody_knows_where_it_was() -> None:
    assert wb.read(ORDINARY.with_name("quic.pcapng")).vantage.place == "unknown"
