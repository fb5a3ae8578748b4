"""The proxy speaks SOCKS 5, writes requests as asked, and carries everything else."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from tests.evasion.compose.stage import HELLO, LONG
from workbench.errors import WorkbenchError
from workbench.lab.proxy import Proxy, asked_for, carry, reply, whole_request

LIMIT_S = 10


def connected():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        one = socket.create_connection(listening.getsockname())
        other, _ = listening.accept()
    for end in (one, other):
        end.settimeout(LIMIT_S)
    return one, other


@pytest.fixture
def ends():
    one, other = connected()
    with one, other:
        yield one, other


def question(kind: int, address: bytes, command: int = 1) -> bytes:
    return b"\x05\x01\x00" + bytes([5, command, 0, kind]) + address + struct.pack(">H", 443)


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (question(1, bytes([10, 77, 5, 11])), (socket.AF_INET, ("10.77.5.11", 443))),
        (question(4, bytes(15) + b"\x01"), (socket.AF_INET6, ("::1", 443))),
    ],
)
def test_a_client_says_where_to(words, target, ends) -> None:
    client, proxy = ends
    client.sendall(words)
    assert asked_for(proxy) == target
    assert client.recv(2) == b"\x05\x00"


@pytest.mark.parametrize(
    "words",
    [
        b"\x04\x01\x00\x50",
        b"GET / HTTP/1.1\r\n\r\n" + bytes(80),
        question(3, b"\x05x.com"),
        question(1, bytes(4), command=2),
    ],
)
def test_other_requests_are_refused(words, ends) -> None:
    client, proxy = ends
    client.sendall(words)
    with pytest.raises(WorkbenchError):
        asked_for(proxy)


def test_a_client_that_leaves(ends) -> None:
    client, proxy = ends
    client.sendall(b"\x05")
    client.close()
    with pytest.raises(ConnectionError):
        asked_for(proxy)


def test_a_reply_is_ten_bytes() -> None:
    assert reply(0) == bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])


def test_a_long_hello_is_waited_for(ends) -> None:
    client, proxy = ends
    client.sendall(LONG[:700])
    later = threading.Timer(0.05, client.sendall, (LONG[700:],))
    later.start()
    assert whole_request(proxy) == LONG
    later.join()


@pytest.mark.parametrize("data", [HELLO, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03"])
def test_a_request_ends_with_itself_or_its_client(data, ends) -> None:
    client, proxy = ends
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    assert whole_request(proxy) == data


def carried():
    """Return a client and a server with something between them that carries."""
    client, near = connected()
    far, server = connected()

    def work() -> None:
        with near, far:
            carry(near, far)

    thread = threading.Thread(target=work)
    thread.start()
    return client, server, thread


def test_bytes_are_carried_both_ways_until_the_server_ends() -> None:
    client, server, thread = carried()
    with client, server:
        client.sendall(b"question")
        assert server.recv(8) == b"question"
        client.shutdown(socket.SHUT_WR)
        assert server.recv(8) == b""
        server.sendall(b"answer")
        server.close()
        assert client.recv(6) == b"answer"
        assert client.recv(1) == b""
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_a_reset_is_carried_as_a_reset() -> None:
    client, server, thread = carried()
    with client:
        client.sendall(b"question")
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    thread.join(LIMIT_S)


class Outside:
    """Something that is no laboratory."""

    def entered(self, _host):
        import contextlib

        return contextlib.nullcontext()


def test_it_refuses_to_listen_outside_a_laboratory() -> None:
    with pytest.raises(WorkbenchError, match="laboratory"), Proxy(Outside()):  # type: ignore[arg-type]
        pass


def test_addresses() -> None:
    proxy = Proxy(Outside(), port=1234)  # type: ignore[arg-type]
    assert (proxy.address(4), proxy.address(6)) == ("127.0.0.1:1234", "[::1]:1234")
