"""What the composer has to know of the path and of the two hosts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import ParameterError
from workbench.evasion.compose.packet import Ends
from workbench.units import NS_PER_SECOND

MS = NS_PER_SECOND // 1000
ETHERNET_MTU = 1500


@dataclass(frozen=True, slots=True)
class PathFacts:
    """The client, the server and what lies between them.

    Parameters
    ----------
    client, server : str
        Addresses, both IPv4 or both IPv6.
    client_port, server_port : int
        Ports.
    client_isn, server_isn : int
        Initial sequence numbers.
    ttl, server_ttl : int
        TTL with which each host sends.
    hops : int
        Routers between them: a packet sent with TTL `hops` dies at the last of them.
    mtu : int
        Of the client's interface.
    mss : int, optional
        What the client's SYN says; by default what the MTU leaves.
    timestamps : bool
        Whether both ends use TCP timestamps (Windows clients do not, by default).
    client_clock, server_clock : int
        Their timestamp values, in milliseconds, when the SYN leaves.
    window, window_scale : int
        Receive window in bytes that the client offers, and its shift count.
    initial_window : int
        Segments that may be under way before the first ACK (RFC 6928).
    ip_id : int
        IPv4 identification of the SYN; the kernel counts on from it.
    rtt_ns : int
        Round trip; a server answers after it.
    think_ns : int
        Between the end of the handshake and the request.
    retransmission_ns : int
        Until the kernel sends a lost part again (a tail loss probe, or the timer of RFC 6298).
    start_ns : int
        When the SYN leaves, since 1970.
    windows : bool
        Whether the client's kernel is Windows: it sends again everything from the first loss.

    Examples
    --------
    >>> PathFacts(hops=4).guessed_hops
    4
    """

    client: str = "192.0.2.10"
    server: str = "198.51.100.20"
    client_port: int = 40000
    server_port: int = 443
    client_isn: int = 1_000_000_000
    server_isn: int = 2_000_000_000
    ttl: int = 64
    server_ttl: int = 64
    hops: int = 12
    mtu: int = ETHERNET_MTU
    mss: int | None = None
    timestamps: bool = True
    client_clock: int = 1_700_000_000
    server_clock: int = 900_000_000
    window: int = 64240
    window_scale: int = 10
    initial_window: int = 10
    ip_id: int = 0x3FFE
    rtt_ns: int = 60 * MS
    think_ns: int = MS
    retransmission_ns: int = 204 * MS
    start_ns: int = 1_700_000_000 * NS_PER_SECOND
    windows: bool = False

    def __post_init__(self) -> None:
        Ends.of(self.client, self.client_port, self.server, self.server_port)
        if (":" in self.client) != (":" in self.server):
            raise ParameterError.not_understood("server", self.server, f"a fellow of {self.client}")
        for name in ("ttl", "server_ttl"):
            _within(name, getattr(self, name), 1, 255)
        _within("hops", self.hops, 0, 254)
        _within("mtu", self.mtu, 576, 65535)
        _within("ip_id", self.ip_id, 0, 65535)

    def but(self, **changes: Any) -> PathFacts:
        """Return the same facts with other values."""
        return replace(self, **changes)

    @property
    def ends(self) -> Ends:
        """The client's direction."""
        return Ends.of(self.client, self.client_port, self.server, self.server_port)

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.ends.version

    @property
    def offered_mss(self) -> int:
        """What the client's SYN offers."""
        return self.mss or self.mtu - (40 if self.version == 4 else 60)

    @property
    def segment_size(self) -> int:
        """Largest payload of a data segment of the client's kernel."""
        return self.offered_mss - (12 if self.timestamps else 0)

    @property
    def arriving_ttl(self) -> int:
        """TTL of the server's packets when they reach the client."""
        return max(self.server_ttl - self.hops, 0)

    @property
    def guessed_hops(self) -> int | None:
        """Hops that zapret guesses from the server's TTL, None for no guess (reference 3.2)."""
        seen = self.arriving_ttl
        for low, high in ((224, 255), (97, 128), (33, 64)):
            if low <= seen < high:
                return high - seen
        return None


def _within(name: str, value: int, low: int, high: int) -> None:
    """Raise when a value lies outside its range."""
    if not low <= value <= high:
        raise ParameterError.out_of_range(name, value, low, high)
