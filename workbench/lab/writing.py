"""A request written through an ordinary socket, in pieces and with options as a tool does it.

The kernel makes the packets, and repeats by itself what was lost on purpose (domain reference 2.5).
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.evasion.compose import PathFacts
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.compose.sockets import SocketTool, Write
from workbench.evasion.markers import request_facts
from workbench.evasion.strategy import Strategy

TCP_MD5SIG, MD5_KEY = 14, b"workbench"
MD5SIG_STRUCT = struct.Struct("=128sBBHI80s")
UNTOUCHED_BY_NODELAY = {"greentunnel"}
"""Tools that leave Nagle's algorithm on, so that later pieces are joined (RFC 9293 3.7.4)."""


class _Planner(SocketTool):
    """The composer's socket tool, asked for its writes in place of their packets."""

    __slots__ = ()

    def plan(self, request: bytes) -> tuple[bytes, list[Write]]:
        """Return the bytes of the stream, and which of them each write covers."""
        facts = request_facts(request)
        data, facts, cuts = self._stream(request, facts)
        return data, self._writes(data, facts, cuts)


def plan(
    strategy: Strategy,
    request: bytes,
    *,
    seed: int = 0,
    files: Mapping[str, bytes] | None = None,
) -> tuple[bytes, list[Write]]:
    r"""Return how a program that owns the socket writes a request.

    Parameters
    ----------
    strategy : Strategy
        What the program does.
    request : bytes
        What the client gave to it.
    seed : int
        Of what is drawn.
    files : mapping of str to bytes, optional
        Contents of payload files.

    Returns
    -------
    tuple of bytes and list of Write
        The stream, which may have other records or an other head, and its writes in order.

    Examples
    --------
    >>> from workbench.evasion.parsing import parse
    >>> data, writes = plan(parse("tpws --split-pos=2"), b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n")
    >>> [(one.start, one.stop) for one in writes]
    [(0, 2), (2, 31)]
    """
    random = dice(seed)
    path = PathFacts()
    fakes = Fakes(strategy.tool or "nfqws", random, files or {}, seed)
    return _Planner(strategy, path, Kernel(path), random, fakes).plan(request)


@dataclass(slots=True)
class Writer:
    """Performs writes on a connected socket.

    Parameters
    ----------
    connection : socket.socket
        TCP, connected.
    """

    connection: socket.socket

    def prepare(self, strategy: Strategy) -> None:
        """Set what holds for the whole connection.

        Parameters
        ----------
        strategy : Strategy
            Its tool decides about Nagle's algorithm.
        """
        wait = strategy.tool not in UNTOUCHED_BY_NODELAY
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(wait))

    def perform(self, data: bytes, writes: list[Write]) -> None:
        """Write a request.

        Parameters
        ----------
        data : bytes
            The stream.
        writes : list of Write
            Which of its bytes each write covers, and what is set for it.

        Raises
        ------
        WorkbenchError
            Where the kernel lacks what a write needs.
        """
        usual = self._ttl()
        for write in writes:
            if write.ttl:
                self._set_ttl(write.ttl)
            try:
                self._one(write, data[write.start : write.stop])
            finally:
                if write.ttl:
                    self._set_ttl(usual)

    def _one(self, write: Write, piece: bytes) -> None:
        """Do one write."""
        if write.fake is not None:
            self._swapped(write, piece)
        elif write.urgent is not None:
            self.connection.send(piece + bytes([write.urgent]), socket.MSG_OOB)
        else:
            self.connection.sendall(piece)

    def _swapped(self, write: Write, piece: bytes) -> None:
        """Send fake bytes from pages that hold the genuine ones when the kernel sends them again.

        The socket holds a reference to the pages, not a copy of them (sendfile(2)).
        """
        if sys.platform != "linux":
            raise WorkbenchError("bytes under way can be swapped on Linux only.")
        pages = os.memfd_create("piece")
        try:
            os.write(pages, write.fake or b"")
            if write.md5:
                self._sign(key=MD5_KEY)
            os.sendfile(self.connection.fileno(), pages, 0, len(piece))
            os.pwrite(pages, piece, 0)
            if write.md5:
                self._sign(key=b"")
        finally:
            os.close(pages)

    def _sign(self, key: bytes) -> None:
        """Turn the MD5 option (RFC 2385) on with a key, off without one."""
        name = self.connection.getpeername()
        four = self.connection.family == socket.AF_INET
        packed = socket.inet_pton(self.connection.family, name[0])
        head = struct.pack("=HH", self.connection.family, 0)
        address = head + (packed if four else bytes(4) + packed)
        option = MD5SIG_STRUCT.pack(address, 0, 0, len(key), 0, key)
        try:
            self.connection.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, option)
        except OSError as error:
            raise WorkbenchError(f"this kernel signs no segments ({error.strerror}).") from error

    def _level(self) -> tuple[int, int]:
        """Return level and name of the socket's TTL."""
        if self.connection.family == socket.AF_INET:
            return socket.IPPROTO_IP, socket.IP_TTL
        return socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS

    def _ttl(self) -> int:
        """Return the TTL of the socket."""
        return self.connection.getsockopt(*self._level())

    def _set_ttl(self, value: int) -> None:
        """Set the TTL of the socket."""
        self.connection.setsockopt(*self._level(), value)
