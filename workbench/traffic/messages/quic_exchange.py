"""A QUIC connection's first datagrams read together: whose hello it is, and what answered it.

A ClientHello may fill several Initial packets in any order. Fake Initials sent before the genuine
one have connection ids, and so keys, of their own: each id has its own CRYPTO stream here, and the
one that a server answered is the connection's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.traffic.messages.fields import kept
from workbench.traffic.messages.hello import ClientHello, hello_of_handshake
from workbench.traffic.messages.quic import (
    QuicPacket,
    can_open,
    open_initial,
    quic_packets,
    version_text,
)
from workbench.traffic.messages.quic_frames import CryptoStream
from workbench.traffic.messages.quic_keys import retry_is_genuine
from workbench.traffic.messages.server import ServerHello, server_hello_of_handshake

MOST_OPENED = 64
"""Initial packets tried for each direction; a handshake has a handful."""
MOST_IDS = 8
"""Connection ids for which keys are made."""


@dataclass(slots=True)
class Side:
    """Streams of the two directions under the keys of one connection id.

    Parameters
    ----------
    version : int
        Of the client's first packet under it.
    client, server : CryptoStream
        What each said.
    answered : bool
        Whether a packet of the server was opened with these keys.
    largest : list of int
        Largest packet number of client and server.
    """

    version: int
    client: CryptoStream = field(default_factory=CryptoStream)
    server: CryptoStream = field(default_factory=CryptoStream)
    answered: bool = False
    largest: list[int] = field(default_factory=lambda: [-1, -1])


class QuicExchange:
    """What two ends of a QUIC connection say before their encryption is theirs alone."""

    def __init__(self) -> None:
        self._sides: dict[bytes, Side] = {}
        self._opened = [0, 0]
        self._notes: list[str] = []
        self.packets = 0
        self.versions_offered: tuple[int, ...] = ()
        self.retry_token = b""
        self.client_id = b""
        self.server_id = b""
        self.close_code = -1
        self.close_reason = ""

    def add(self, datagram: bytes, *, client: bool) -> tuple[QuicPacket, ...]:
        """Take one datagram.

        Parameters
        ----------
        datagram : bytes
            UDP payload.
        client : bool
            Whether the client sent it.

        Returns
        -------
        tuple of QuicPacket
            Headers of the packets in it.
        """
        packets = quic_packets(datagram)
        for packet in packets:
            self.packets += 1
            if packet.type == "initial":
                self._initial(datagram, packet, client=client)
            elif packet.type == "retry" and not client:
                self._retry(datagram, packet)
            elif packet.type == "version negotiation" and not client:
                self.versions_offered = self.versions_offered or packet.versions
            elif packet.type == "unknown" and packet.version and not self._notes:
                self._notes.append(f"version {version_text(packet.version)} cannot be opened here")
        return packets

    def _initial(self, datagram: bytes, packet: QuicPacket, *, client: bool) -> None:
        """Open an Initial packet with the keys of an id known, or its own, and take its frames."""
        way = 0 if client else 1
        if not packet.complete:
            self._notes += packet.problems
            return
        if self._opened[way] >= MOST_OPENED:
            return
        self._opened[way] += 1
        for name in self._candidates(packet, client=client):
            side = self._sides.get(name)
            largest = side.largest[way] if side else -1
            found = open_initial(datagram, packet, name, client=client, largest=largest)
            if found is None:
                continue
            side = self._sides.setdefault(name, Side(packet.version))
            side.largest[way] = max(largest, found.number)
            side.answered |= not client
            stream = side.client if client else side.server
            for piece in found.frames.crypto:
                stream.add(piece.offset, piece.data)
            self._notes += found.frames.problems
            if found.frames.close_code >= 0:
                self.close_code = found.frames.close_code
                self.close_reason = found.frames.close_reason
            if client:
                self.client_id = packet.scid
            else:
                self.server_id = packet.scid
            return
        who = "client" if client else "server"
        why = "" if can_open(packet.version) else f", version {version_text(packet.version)}"
        self._notes.append(f"an Initial packet of the {who} cannot be opened{why}")

    def _candidates(self, packet: QuicPacket, *, client: bool) -> list[bytes]:
        """Return the connection ids whose keys may fit: known ones, the client's own as well."""
        known = sorted(self._sides, key=lambda name: (name != packet.dcid, -len(name)))
        if client and packet.dcid not in self._sides and len(known) < MOST_IDS:
            known.append(packet.dcid)
        return known

    def _retry(self, datagram: bytes, packet: QuicPacket) -> None:
        """Take a Retry packet; the client's next Initial has keys from its source id."""
        whole = datagram[packet.offset : packet.end]
        told = [retry_is_genuine(whole, packet.version, name) for name in self._sides]
        if told and not any(verdict is not False for verdict in told):
            self._notes.append("a Retry packet that answers no Initial seen")
            return
        self.retry_token = packet.token

    @property
    def connection_id(self) -> bytes:
        """Id from which the keys come: the one answered, else one with a whole hello, else any."""
        best = b""
        for name, side in self._sides.items():
            if side.answered:
                return name
            if not best or hello_whole(side):
                best = name
        return best

    @property
    def version(self) -> int:
        """Version of the connection; 0 where no Initial was opened."""
        side = self._sides.get(self.connection_id)
        return side.version if side else 0

    @property
    def hello(self) -> ClientHello | None:
        """The connection's ClientHello, as far as it is there; offsets in the CRYPTO stream."""
        side = self._sides.get(self.connection_id)
        return hello_of_handshake(side.client.data) if side else None

    @property
    def hellos(self) -> tuple[tuple[bytes, ClientHello], ...]:
        """Every ClientHello with its connection id, in the order seen: fakes among them."""
        found = [(name, hello_of_handshake(side.client.data)) for name, side in self._sides.items()]
        return tuple((name, hello) for name, hello in found if hello is not None)

    @property
    def server_hello(self) -> ServerHello | None:
        """The connection's ServerHello, as far as it is there."""
        side = self._sides.get(self.connection_id)
        return server_hello_of_handshake(side.server.data) if side else None

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, and what contradicts itself."""
        found = list(dict.fromkeys(self._notes))
        side = self._sides.get(self.connection_id)
        if side:
            found += side.client.problems
        if max(self._opened) >= MOST_OPENED:
            found.append(f"more than {MOST_OPENED} Initial packets: the rest was not opened")
        return kept(found)


def hello_whole(side: Side) -> bool:
    """Return whether a side's ClientHello is complete."""
    hello = hello_of_handshake(side.client.data)
    return hello is not None and hello.complete


def quic_exchange(client: list[bytes], server: list[bytes] | None = None) -> QuicExchange:
    """Read the first datagrams of a connection.

    Parameters
    ----------
    client : list of bytes
        Datagrams of the client in the order sent.
    server : list of bytes, optional
        Datagrams of the server.

    Returns
    -------
    QuicExchange

    Examples
    --------
    >>> quic_exchange([bytes.fromhex("c3 00000001 00 00 00 00")]).problems
    ('an Initial packet of the client cannot be opened',)
    """
    exchange = QuicExchange()
    for datagram in client:
        exchange.add(datagram, client=True)
    for datagram in server or []:
        exchange.add(datagram, client=False)
    return exchange
