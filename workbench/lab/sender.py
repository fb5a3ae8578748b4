"""Applies a strategy to connections of real clients as packet tools do: a queue, a raw socket.

The client's packets wait in a kernel queue; what the composer makes of them goes out through a raw
socket whose mark keeps it out of the queue, and the original passes, is changed, or is dropped.
Nothing here works outside a network namespace that a laboratory made.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from workbench.errors import WorkbenchError
from workbench.evasion.compose import Ends, Sent
from workbench.evasion.compose.headers import ACK, SYN
from workbench.evasion.strategy import NONE, Strategy
from workbench.lab.flows import Flow
from workbench.lab.namespaces import Lab, host_here
from workbench.lab.queue import ACCEPT, DROP, Queue, Verdict
from workbench.lab.translating import read_packet
from workbench.units import NS_PER_SECOND

QUEUE_NUMBER = 200
MARK = 0x4000_0000
MOST_FLOWS = 1024
LONGEST_PAUSE_NS = NS_PER_SECOND
SYNACK = SYN | ACK
PASSED = {"original", "syn", "handshake", "junk", "retransmission"}
"""Roles in which a packet of the kernel's goes on itself, changed or not."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one packet that waits in the queue.

    Parameters
    ----------
    verdict : {ACCEPT, DROP} or bytes
        For the packet itself, after the others are out.
    emitted : tuple of Sent
        What goes out before it.
    """

    verdict: Verdict
    emitted: tuple[Sent, ...] = ()


@dataclass(slots=True)
class Desync:
    """Decides about the packets of all connections of a client; opens no socket.

    Parameters
    ----------
    strategy : Strategy
        What is done to requests.
    seed : int
        Of all that is drawn.
    files : mapping of str to bytes
        Contents of the payload files that the strategy names.
    """

    strategy: Strategy = NONE
    seed: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict)
    _flows: OrderedDict[Ends, Flow] = field(default_factory=OrderedDict)

    def decide(self, data: bytes) -> Decision:
        """Return what becomes of a packet.

        Parameters
        ----------
        data : bytes
            From its IP header on: the client's own, or a SYN+ACK that comes to it.

        Returns
        -------
        Decision
            Packets that the composer cannot describe pass as they are.
        """
        packet = read_packet(data) if self.strategy else None
        if packet is None:
            return Decision(ACCEPT)
        if packet.flags & SYNACK == SYNACK:
            return self._coming(packet, data)
        sent = self._flow(packet.ends).out(packet)
        if not sent or sent[-1].role not in PASSED:
            return Decision(DROP, tuple(sent))
        last = sent[-1].datagram()
        return Decision(ACCEPT if last == data else last, tuple(sent[:-1]))

    def _coming(self, packet: Sent, data: bytes) -> Decision:
        """Learn from a server's SYN+ACK."""
        flow = self._flows.get(packet.ends.turned())
        shown = data if flow is None else flow.answered(packet).datagram()
        return Decision(ACCEPT if shown == data else shown)

    def _flow(self, ends: Ends) -> Flow:
        """Return the connection between two ends; the longest unused ones are forgotten."""
        flow = self._flows.pop(ends, None) or Flow(self.strategy, self.seed, self.files)
        self._flows[ends] = flow
        if len(self._flows) > MOST_FLOWS:
            self._flows.popitem(last=False)
        return flow


class Emitter:
    """Sends whole IP packets, marked so that they pass the queue; one for each namespace.

    Raises
    ------
    WorkbenchError
        In a namespace that is not a laboratory's.
    """

    def __init__(self) -> None:
        refuse_outside()
        self._sockets = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
            6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
        }
        for one in self._sockets.values():
            one.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        self.refused: list[str] = []

    def send(self, packets: Sequence[Sent]) -> None:
        """Send packets in order, with the pauses between them that were asked for.

        Parameters
        ----------
        packets : sequence of Sent
            What the system refuses, such as a packet above the MTU, is noted in `refused`.
        """
        for number, packet in enumerate(packets):
            if number and packet.pause_ns > NS_PER_SECOND // 1000:
                time.sleep(min(packet.pause_ns, LONGEST_PAUSE_NS) / NS_PER_SECOND)
            target = str(ipaddress.ip_address(packet.ends.destination))
            try:
                self._sockets[packet.ends.version].sendto(packet.datagram(), (target, 0))
            except OSError as error:
                self.refused.append(f"{packet.role}: {errno.errorcode.get(error.errno or 0)}")

    def close(self) -> None:
        """Close the sockets."""
        for one in self._sockets.values():
            one.close()


def refuse_outside() -> None:
    """Raise unless this thread is in a namespace that a laboratory made.

    Raises
    ------
    WorkbenchError
        In the machine's own namespace, and in any other that is not a laboratory's.

    Examples
    --------
    >>> refuse_outside()
    Traceback (most recent call last):
    workbench.errors.WorkbenchError: packets are sent only between hosts that a laboratory made, ...
    """
    if host_here() is None:
        raise WorkbenchError(
            "packets are sent only between hosts that a laboratory made, and this is none of them."
        )


class Sender:
    """The packet tool of a laboratory's client, from entering the context to leaving it.

    Parameters
    ----------
    lab : Lab
        The laboratory, which is up.
    host : str
        Whose packets are treated.
    ports : sequence of int
        Of servers.
    """

    def __init__(self, lab: Lab, host: str = "client", ports: Sequence[int] = (80, 443)) -> None:
        self._lab, self._host = lab, host
        self._rules = _rules(ports)
        self._desync, self._on = Desync(), False
        self._ended = threading.Event()
        self._failed: BaseException | None = None

    def use(
        self, strategy: Strategy, *, seed: int = 0, files: Mapping[str, bytes] | None = None
    ) -> None:
        """Treat connections that begin from now on in another way.

        Parameters
        ----------
        strategy : Strategy
            What is done; `NONE` leaves everything as it is.
        seed : int
            Of all that is drawn.
        files : mapping of str to bytes, optional
            Contents of payload files.

        Raises
        ------
        WorkbenchError
            When an earlier connection has met a fault.
        """
        self.check()
        self._desync = Desync(strategy, seed, files or {})
        self._switch(on=bool(strategy))

    def check(self) -> None:
        """Raise what went wrong with a packet, if anything did.

        Raises
        ------
        WorkbenchError
            A trial whose packets were not treated as asked for is worth nothing.
        """
        if self._failed is not None:
            reason = f"{type(self._failed).__name__}: {self._failed}"
            self._failed = None
            raise WorkbenchError(f"a packet could not be treated as asked for ({reason}).")

    def __enter__(self) -> Self:
        with self._lab.entered(self._host):
            self._emitter = Emitter()
            self._queue = Queue(QUEUE_NUMBER)
        self._thread = threading.Thread(target=self._serve, daemon=True, name="sender")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._switch(on=False)
        self._ended.set()
        self._thread.join(2)
        self._queue.close()
        self._emitter.close()

    def _switch(self, *, on: bool) -> None:
        """Add or delete the rules that send packets to the queue; without a strategy none wait."""
        if on == self._on:
            return
        self._on = on
        for version in (4, 6):
            for chain, *words in self._rules:
                command = ("-t", "mangle", "-A" if on else "-D", chain, *words)
                self._lab.firewall(self._host, *command, version=version)

    def _serve(self) -> None:
        self._queue.run(self._treat, stopped=self._ended.is_set)

    def _treat(self, data: bytes) -> Verdict:
        """Return the verdict for a packet, everything else being sent."""
        try:
            decision = self._desync.decide(data)
            self._emitter.send(decision.emitted)
        except Exception as error:  # noqa: BLE001 (the thread must live; `check` raises it)
            self._failed = error
            return DROP
        return decision.verdict


def _rules(ports: Sequence[int]) -> list[tuple[str, ...]]:
    """Return chain and words of the rules that send packets to the queue."""
    listed = ",".join(map(str, ports))
    unmarked = ("-m", "mark", "!", "--mark", f"{MARK:#x}/{MARK:#x}")
    queued = ("-j", "NFQUEUE", "--queue-num", str(QUEUE_NUMBER))
    going = [
        ("POSTROUTING", "-p", protocol, "-m", "multiport", "--dports", listed, *unmarked, *queued)
        for protocol in ("tcp", "udp")
    ]
    answers = ("-p", "tcp", "--tcp-flags", "SYN,ACK", "SYN,ACK", "-m", "multiport")
    return [*going, ("INPUT", *answers, "--sports", listed, *queued)]
