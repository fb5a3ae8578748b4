"""A kernel packet queue (NFQUEUE) in plain Python: packets out, verdicts in, over netlink.

The messages are those of ``linux/netfilter/nfnetlink_queue.h``; nothing has to be compiled for it.
The queue belongs to the network namespace in which the object is made, and only packets that a rule
of that namespace sends to it arrive: ``iptables -j NFQUEUE --queue-num N``. Make the queue before
the rule: a packet without a queue is dropped, unless the rule says ``--queue-bypass``.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

from workbench.errors import ParameterError, WorkbenchError

ACCEPT: Final = 1
DROP: Final = 0
Verdict = Literal[0, 1] | bytes
Callback = Callable[[bytes], Verdict]

NETLINK_NETFILTER, SOL_NETLINK, NO_LOST_MESSAGES_ERROR = 12, 270, 5
SUBSYSTEM = 3 << 8
MESSAGE_PACKET, MESSAGE_VERDICT, MESSAGE_CONFIG = SUBSYSTEM, SUBSYSTEM | 1, SUBSYSTEM | 2
MESSAGE_ERROR, REQUEST, ACKNOWLEDGE = 2, 1, 4
BIND, COPY_PACKET = 1, 2
CONFIG_COMMAND, CONFIG_PARAMETERS, CONFIG_LENGTH = 1, 2, 3
ATTRIBUTE_HEADER, ATTRIBUTE_VERDICT, ATTRIBUTE_MARK, ATTRIBUTE_PAYLOAD = 1, 2, 3, 10
TYPE_MASK = 0x3FFF
HEADER, ATTRIBUTE = struct.Struct("=IHHIIBBxx"), struct.Struct("=HH")
QUEUES, LONGEST_PACKET, LENGTH = 1 << 16, 0xFFFF, 4096
RECEIVE_BYTES, BUFFER_BYTES = 1 << 17, 4 << 20
ANSWER_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Queued:
    """A packet that waits for its verdict.

    Parameters
    ----------
    number : int
        What the kernel calls it; a verdict names it.
    data : bytes
        The packet from its IP header on.
    hook : int
        The netfilter hook that queued it (2 is FORWARD, 4 is POSTROUTING).
    mark : int
        Its mark, 0 where it has none.
    """

    number: int
    data: bytes
    hook: int
    mark: int


def attribute(kind: int, value: bytes) -> bytes:
    r"""Return one netlink attribute, padded to four bytes.

    Parameters
    ----------
    kind : int
        Its type.
    value : bytes
        Its value.

    Returns
    -------
    bytes
        Length, type, value and padding (``linux/netlink.h``).

    Examples
    --------
    >>> attribute(1, b"abc")[4:]
    b'abc\x00'
    """
    return ATTRIBUTE.pack(4 + len(value), kind) + value + bytes(-len(value) % 4)


def attributes(data: bytes) -> dict[int, bytes]:
    """Read netlink attributes up to the first one whose length cannot be true.

    Parameters
    ----------
    data : bytes
        Attributes, one after the other.

    Returns
    -------
    dict
        Values by type; flags in the type are left out.

    Examples
    --------
    >>> attributes(attribute(1, b"abc") + attribute(3, b""))
    {1: b'abc', 3: b''}
    """
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, at)
        if length < 4 or at + length > len(data):
            break
        found[kind & TYPE_MASK] = data[at + 4 : at + length]
        at += length + -length % 4
    return found


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    r"""Split what a netlink socket gave into messages.

    Parameters
    ----------
    data : bytes
        One datagram of the socket.

    Yields
    ------
    tuple of int and bytes
        The type of a message and what follows its header of 16 bytes.

    Examples
    --------
    >>> list(messages(bytes.fromhex("14000000020000000000000000000000") + bytes(4)))
    [(2, b'\x00\x00\x00\x00')]
    """
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if length < 16 or at + length > len(data):
            break
        yield kind, data[at + 16 : at + length]
        at += length + -length % 4


def read_packet(body: bytes) -> Queued | None:
    """Read the body of a packet message.

    Parameters
    ----------
    body : bytes
        What follows the netlink header.

    Returns
    -------
    Queued or None
        The packet, or None where the message lacks its number.

    Examples
    --------
    >>> read_packet(bytes(4) + attribute(1, bytes([0, 0, 0, 9, 8, 0, 4]))).number
    9
    """
    found = attributes(body[4:])
    header = found.get(ATTRIBUTE_HEADER, b"")
    if len(header) < 7:
        return None
    mark = found.get(ATTRIBUTE_MARK, b"")
    return Queued(
        int.from_bytes(header[:4], "big"),
        found.get(ATTRIBUTE_PAYLOAD, b""),
        header[6],
        int.from_bytes(mark[:4], "big"),
    )


class Queue:
    """One packet queue of the namespace that this process is in.

    Parameters
    ----------
    number : int
        The queue's number, 0 to 65535.
    length : int
        How many packets may wait; what comes beyond is dropped by the kernel.

    Raises
    ------
    ParameterError
        For a number that is none.
    WorkbenchError
        Where the kernel refuses, as it does when another process holds the queue.
    """

    def __init__(self, number: int, *, length: int = LENGTH) -> None:
        if not 0 <= number < QUEUES:
            raise ParameterError.out_of_range("number", number, 0, QUEUES - 1)
        self.number = number
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        except OSError as error:
            raise WorkbenchError(f"this kernel has no packet queues ({error.strerror}).") from error
        try:
            self._open(length)
        except BaseException:
            self._socket.close()
            raise

    def _open(self, length: int) -> None:
        self._socket.setsockopt(SOL_NETLINK, NO_LOST_MESSAGES_ERROR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.bind((0, 0))
        self._configure(attribute(CONFIG_COMMAND, struct.pack("!BxH", BIND, 0)))
        copied = struct.pack("!IB", LONGEST_PACKET, COPY_PACKET)
        self._configure(attribute(CONFIG_PARAMETERS, copied))
        self._configure(attribute(CONFIG_LENGTH, struct.pack("!I", length)))
        self._socket.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the queue back; packets that still wait are dropped by the kernel."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the socket's descriptor, for `select`.

        Returns
        -------
        int
            The descriptor.
        """
        return self._socket.fileno()

    def receive(self) -> list[Queued]:
        """Take the packets that have arrived, without waiting.

        Returns
        -------
        list of Queued
            The packets; empty when there are none now.
        """
        try:
            data = self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return []
        read = (read_packet(body) for kind, body in messages(data) if kind == MESSAGE_PACKET)
        return [packet for packet in read if packet is not None]

    def decide(self, packet: Queued, verdict: Verdict, *, mark: int | None = None) -> None:
        """Let a packet go on, drop it, or have other bytes go on in its place.

        Parameters
        ----------
        packet : Queued
            A packet that `receive` gave; each is decided once.
        verdict : {ACCEPT, DROP} or bytes
            The decision, or the whole packet that replaces it.
        mark : int, optional
            The mark it goes on with.
        """
        decision = ACCEPT if isinstance(verdict, bytes) else verdict
        body = attribute(ATTRIBUTE_VERDICT, struct.pack("!II", decision, packet.number))
        if isinstance(verdict, bytes):
            body += attribute(ATTRIBUTE_PAYLOAD, verdict)
        if mark is not None:
            body += attribute(ATTRIBUTE_MARK, struct.pack("!I", mark))
        self._socket.send(self._message(MESSAGE_VERDICT, REQUEST, body))

    def run(
        self,
        callback: Callback,
        *,
        stopped: Callable[[], bool] = lambda: False,
        check_every_s: float = 0.2,
    ) -> None:
        """Decide every packet by a function until told to stop.

        Parameters
        ----------
        callback : callable
            Gets a packet from its IP header on; returns `ACCEPT`, `DROP` or other bytes.
        stopped : callable
            Asked between packets whether to return.
        check_every_s : float
            How long to wait for packets before asking again.
        """
        while not stopped():
            if select.select([self], [], [], check_every_s)[0]:
                for packet in self.receive():
                    self.decide(packet, callback(packet.data))

    def _message(self, kind: int, flags: int, body: bytes) -> bytes:
        head = HEADER.pack(20 + len(body), kind, flags, 0, 0, 0, 0)
        # The last two bytes of the header name the queue, in network order.
        return head[:-2] + self.number.to_bytes(2, "big") + body

    def _configure(self, body: bytes) -> None:
        self._socket.settimeout(ANSWER_TIMEOUT_S)
        self._socket.send(self._message(MESSAGE_CONFIG, REQUEST | ACKNOWLEDGE, body))
        end = time.monotonic() + ANSWER_TIMEOUT_S
        while time.monotonic() < end:
            for kind, answer in messages(self._socket.recv(RECEIVE_BYTES)):
                if kind == MESSAGE_ERROR:
                    return self._judge(-int.from_bytes(answer[:4], sys.byteorder, signed=True))
        raise WorkbenchError(f"the kernel did not answer for packet queue {self.number}.")

    def _judge(self, code: int) -> None:
        if code:
            raise WorkbenchError(
                f"packet queue {self.number} was refused ({os.strerror(code)}); it needs a network "
                "namespace of its own and a number that no other process holds."
            )
