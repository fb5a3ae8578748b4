"""A local SOCKS 5 proxy that writes requests as the socket tools do (RFC 1928, no authentication).

It listens on loopback inside a laboratory's namespace, and ends with it.
"""

from __future__ import annotations

import ipaddress
import select
import socket
import struct
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from workbench.errors import WorkbenchError
from workbench.evasion.strategy import NONE, Strategy
from workbench.lab.namespaces import Lab
from workbench.lab.sender import MARK, refuse_outside
from workbench.lab.writing import Writer, plan
from workbench.traffic.messages.hello import client_hello

PORT = 1080
LIMIT_S = 30.0
MOST = 64
PIECE = 65536
REQUEST_LIMIT = 16_384
REFUSED, DONE = 5, 0
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """The socket tool of a laboratory's client, from entering the context to leaving it.

    Parameters
    ----------
    lab : Lab
        The laboratory, which is up.
    host : str
        In whose namespace it listens.
    port : int
        On loopback.
    """

    def __init__(self, lab: Lab, host: str = "client", port: int = PORT) -> None:
        self._lab, self._host, self._port = lab, host, port
        self._strategy, self._seed = NONE, 0
        self._files: Mapping[str, bytes] = {}
        self._slots = threading.BoundedSemaphore(MOST)
        self._failed: BaseException | None = None

    def address(self, version: int = 4) -> str:
        """Return where clients find it.

        Parameters
        ----------
        version : {4, 6}
            The IP version that they are limited to.
        """
        return f"127.0.0.1:{self._port}" if version == 4 else f"[::1]:{self._port}"

    def use(
        self, strategy: Strategy, *, seed: int = 0, files: Mapping[str, bytes] | None = None
    ) -> None:
        """Write the requests of connections that begin from now on in another way.

        Parameters
        ----------
        strategy : Strategy
            What is done.
        seed : int
            Of what is drawn.
        files : mapping of str to bytes, optional
            Contents of payload files.

        Raises
        ------
        WorkbenchError
            When an earlier connection has met a fault.
        """
        self.check()
        self._strategy, self._seed, self._files = strategy, seed, files or {}

    def check(self) -> None:
        """Raise what went wrong with a request, if anything did.

        Raises
        ------
        WorkbenchError
            Where a request was not written as asked for.
        """
        if self._failed is not None:
            reason, self._failed = self._failed, None
            raise WorkbenchError(f"a request could not be written as asked for ({reason}).")

    def __enter__(self) -> Self:
        with self._lab.entered(self._host):
            refuse_outside()
            self._listening = [
                socket.create_server(("127.0.0.1", self._port)),
                socket.create_server(("::1", self._port), family=socket.AF_INET6),
            ]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="proxy")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(2)
        for one in self._listening:
            one.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            for ready in select.select(self._listening, [], [], 0.2)[0]:
                client, _ = ready.accept()
                if not self._slots.acquire(blocking=False):
                    client.close()
                    continue
                threading.Thread(target=self._guarded, args=(client,), daemon=True).start()

    def _guarded(self, client: socket.socket) -> None:
        """Serve one client; what fails is kept for `check` unless the network did it."""
        try:
            with client, self._lab.entered(self._host):
                client.settimeout(LIMIT_S)
                self._serve_one(client)
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 (a thread's fault is raised by `check`)
            self._failed = error
        finally:
            self._slots.release()

    def _serve_one(self, client: socket.socket) -> None:
        """Connect as asked, write the request, carry everything else."""
        strategy, seed, files = self._strategy, self._seed, self._files
        family, target = asked_for(client)
        with socket.socket(family, socket.SOCK_STREAM) as server:
            server.settimeout(LIMIT_S)
            # Segments that wait in a packet queue would make the kernel join later writes.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
            if strategy.mss:
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, strategy.mss)
            try:
                server.connect(target)
            except OSError:
                client.sendall(reply(REFUSED))
                return
            client.sendall(reply(DONE))
            request = whole_request(client)
            writer = Writer(server)
            writer.prepare(strategy)
            writer.perform(*plan(strategy, request, seed=seed, files=files))
            carry(client, server)


def reply(code: int) -> bytes:
    """Return the proxy's answer to a request (RFC 1928 6), with no address to speak of."""
    return struct.pack(">BBBBIH", 5, code, 0, 1, 0, 0)


def asked_for(client: socket.socket) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Return where a client wants to go.

    Parameters
    ----------
    client : socket.socket
        At its beginning.

    Returns
    -------
    tuple
        Address family, and address with port.

    Raises
    ------
    WorkbenchError
        For anything but a request to connect to an address without authentication.
    """
    version, count = _exactly(client, 2)
    _exactly(client, count)
    if version != 5:
        raise WorkbenchError("the client does not speak SOCKS 5.")
    client.sendall(b"\x05\x00")
    _, command, _, kind = _exactly(client, 4)
    sizes = {1: 4, 4: 16}
    if command != 1 or kind not in sizes:
        raise WorkbenchError("the proxy connects to addresses only: look names up before.")
    address = str(ipaddress.ip_address(_exactly(client, sizes[kind])))
    (port,) = struct.unpack(">H", _exactly(client, 2))
    return socket.AF_INET if kind == 1 else socket.AF_INET6, (address, port)


def _exactly(client: socket.socket, size: int) -> bytes:
    """Return a number of bytes from a socket."""
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        if not piece:
            raise ConnectionAbortedError
        data += piece
    return data


def whole_request(client: socket.socket) -> bytes:
    """Return a client's first message; a ClientHello is waited for until it is whole.

    Parameters
    ----------
    client : socket.socket
        Behind the proxy's own words.

    Returns
    -------
    bytes
        At most 16 kB.
    """
    data = b""
    while len(data) < REQUEST_LIMIT:
        piece = client.recv(REQUEST_LIMIT - len(data))
        data += piece
        hello = client_hello(data) if data[:1] == b"\x16" else None
        if not piece or hello is None or hello.complete:
            break
    return data


def carry(client: socket.socket, server: socket.socket) -> None:
    """Carry bytes both ways until the server has nothing more to say.

    Parameters
    ----------
    client, server : socket.socket
        Connected. A connection that is reset on one side is reset on the other too.
    """
    client.settimeout(None)
    server.settimeout(None)
    turned = {client: server, server: client}
    while select.select(list(turned), [], [], LIMIT_S)[0]:
        for source in select.select(list(turned), [], [], 0)[0]:
            try:
                data = source.recv(PIECE)
                if data:
                    turned[source].sendall(data)
            except ConnectionError:
                # Closing with a linger time of zero sends RST (socket(7)).
                for one in (client, server):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                return
            if not data and source is server:
                return
            if not data:
                turned.pop(source).shutdown(socket.SHUT_WR)
