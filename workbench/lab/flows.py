"""One connection of a real client on its way through a packet tool: which packets become which.

The kernel makes packets as the composer's own kernel does, so the composer's tools take them. What
they need to know of the connection is learned from its packets: initial sequence numbers, the TTL
of the server, and the whole request, for which the packets of a long one are held back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from workbench.evasion.compose import PathFacts, Sent
from workbench.evasion.compose.client import Client
from workbench.evasion.compose.headers import NOP, SCALE, SYN, UDP, walk_options
from workbench.evasion.compose.nfqws import REASSEMBLY_LIMIT
from workbench.evasion.strategy import Strategy
from workbench.traffic.messages.hello import client_hello

REMEMBERED = 16
"""Packets before the request that a tool may have counted."""
BASIC = PathFacts(hops=0)
HALF = 1 << 31


class Hook(Client):
    """A tool of the composer's, given packets of another kernel than the composer's own."""

    def out(self, packet: Sent) -> list[Sent]:
        """Return what leaves the host in place of a packet, in order.

        Parameters
        ----------
        packet : Sent
            As the kernel built it.
        """
        return self._hook(packet)

    @property
    def writes(self) -> bool:
        """Whether the tool owns the socket, so that packets pass unchanged."""
        return self._writes


def owns_socket(strategy: Strategy) -> bool:
    """Tell whether a strategy is applied by a program that owns the socket, not to packets.

    Parameters
    ----------
    strategy : Strategy
        Any.

    Returns
    -------
    bool
        Whether a proxy applies it.

    Examples
    --------
    >>> from workbench.evasion.parsing import parse
    >>> owns_socket(parse("ciadpi -r1+s")), owns_socket(parse("nfqws --dpi-desync=fake"))
    (True, False)
    """
    return bool(strategy) and Hook(strategy, b"", BASIC).writes


@dataclass(slots=True)
class Flow:
    """What a packet tool knows of one connection.

    Parameters
    ----------
    strategy : Strategy
        What the tool does.
    seed : int
        Of everything that is drawn.
    files : mapping of str to bytes
        Contents of payload files.
    """

    strategy: Strategy
    seed: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict)
    _path: PathFacts = BASIC
    _hook: Hook | None = None
    _opened: bool = False
    _asked: int = 0
    _before: list[Sent] = field(default_factory=list)
    _held: list[Sent] = field(default_factory=list)

    def answered(self, packet: Sent) -> Sent:
        """Learn from the server's SYN+ACK, and return it as the client's kernel is to see it.

        Parameters
        ----------
        packet : Sent
            The server's; its TTL gives the distance.
        """
        self._path = self._path.but(server_isn=packet.seq, server_ttl=packet.ttl)
        if self._hook is not None and not self._asked:
            self._hook = None
        window = self.strategy.window
        if window is None or window.kind != "inbound" or not window.size:
            return packet
        options = packet.options if window.scale is None else _without_scale(packet.options)
        return packet.but(window=window.size, options=options)

    def out(self, packet: Sent) -> list[Sent]:
        """Return what leaves the host in place of one of the kernel's packets.

        Parameters
        ----------
        packet : Sent
            As `workbench.lab.translating.read_packet` gives it.

        Returns
        -------
        list of Sent
            In order; empty while the packet is held back.
        """
        if packet.protocol == UDP:
            packet = packet.but(offset=0)
            return self._hook_for(packet, packet.payload).out(packet)
        if packet.flags & SYN:
            self._begin(packet)
        elif not self._opened:
            return [packet]
        if packet.payload:
            return self._data(packet)
        if not self._asked and len(self._before) < REMEMBERED:
            self._before.append(packet)
        return self._hook_for(packet, b"").out(packet)

    def _begin(self, packet: Sent) -> None:
        """Start again with a SYN; a repeated one changes nothing."""
        if self._opened and packet.seq == self._path.client_isn:
            return
        self._path = self._path.but(client_isn=packet.seq)
        self._opened, self._asked, self._hook = True, 0, None
        self._before, self._held = [], []

    def _data(self, packet: Sent) -> list[Sent]:
        """Return what becomes of a segment with data."""
        at = (packet.seq - self._path.client_isn - 1) & 0xFFFFFFFF
        packet = packet.but(offset=at if at < HALF else None)
        if not self._asked:
            return self._first_data(packet)
        whole = packet.offset == 0 and packet.length >= self._asked
        if packet.offset is None or packet.offset >= self._asked or whole:
            return self._hook_for(packet, b"").out(packet)
        return self._piece_again(packet)

    def _first_data(self, packet: Sent) -> list[Sent]:
        """Hold the packets of a request until it is whole, then send them all."""
        expected = sum(one.length for one in self._held)
        if packet.offset != expected:
            return self._give_up(packet)
        self._held.append(packet)
        request = b"".join(one.payload for one in self._held)
        if self._waits(request):
            return []
        held, self._held = self._held, []
        self._asked = len(request)
        self._hook = None
        hook = self._hook_for(held[0], request)
        return [one for each in held for one in hook.out(each)]

    def _waits(self, request: bytes) -> bool:
        """Tell whether the tool waits for the rest of a ClientHello, as nfqws does."""
        if self.strategy.tool not in {"", "nfqws", "nfqws2"} or request[:1] != b"\x16":
            return False
        hello = client_hello(request)
        return hello is not None and not hello.complete and len(request) < REASSEMBLY_LIMIT

    def _give_up(self, packet: Sent) -> list[Sent]:
        """Let everything go as it is: the kernel repeats what was held back."""
        held, self._held = self._held, []
        self._asked = sum(one.length for one in held) or packet.length
        return [*held, packet]

    def _piece_again(self, packet: Sent) -> list[Sent]:
        """Return what becomes of a repeated piece: a tool puts a request together only once."""
        hook = self._fresh(packet, packet.payload)
        if packet.offset:
            return [packet]
        return hook.out(packet)

    def _hook_for(self, packet: Sent, request: bytes) -> Hook:
        """Return the connection's tool; a new one has counted what went before."""
        if self._hook is None:
            self._hook = self._fresh(packet, request)
        return self._hook

    def _fresh(self, packet: Sent, request: bytes) -> Hook:
        """Return a tool that has counted what went before."""
        hook = Hook(self.strategy, request, self._facts(packet), seed=self.seed, files=self.files)
        for one in self._before:
            if one is not packet:
                hook.out(one)
        return hook

    def _facts(self, packet: Sent) -> PathFacts:
        """Return what is known of the path."""
        ends = packet.ends
        return self._path.but(
            ttl=packet.ttl,
            client=str(ip_address(ends.source)),
            server=str(ip_address(ends.destination)),
            client_port=ends.source_port,
            server_port=ends.destination_port,
        )


def _without_scale(options: bytes) -> bytes:
    """Return options in whose place of the window scale nothing stands."""
    for kind, body in walk_options(options):
        if kind == SCALE:
            scale = bytes([SCALE, 2 + len(body)]) + body
            return options.replace(scale, NOP * len(scale), 1)
    return options
