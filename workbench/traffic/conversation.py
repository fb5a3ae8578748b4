"""The packets of one connection as arrays, with sequence numbers turned into stream offsets.

In: packets and their connections. Out: one `Conversation` for each connection, cheap enough to make
for every one of them. Nothing here judges a packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.capture.extras import extra_columns
from workbench.capture.fragments import MORE_FRAGMENTS, OFFSET
from workbench.capture.packets import Packets
from workbench.errors import ParameterError
from workbench.traffic.connections import Connections
from workbench.traffic.numbering import NO_SYN, Origin, find_origins, stream_offsets

Array = np.ndarray[Any, Any]

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
TCP, UDP = 6, 17
EXTRAS = (
    "ip_id", "urgent", "options", "mss", "window_scale", "ts_value", "ts_echo", "sack_blocks",
    "md5", "checksum_delta",
)  # fmt: skip
WHOLE = 100_000
"""Captures of up to so many packets have the extra columns of all of them decoded at once."""
MAX_SACK_BLOCKS = 4


@dataclass(frozen=True)
class Conversation:
    """The packets of one connection, in the order of capture: arrays of one length.

    Attributes
    ----------
    packets
        The packets of the whole capture.
    number
        Number of the connection.
    protocol
        IP protocol number.
    rows
        int64, rows in `packets`.
    frame, time_ns
        uint32 and int64 nanoseconds.
    direction
        int8, 0 from the client, 1 from the server.
    flags, seq, ack, window, ttl, checksum, fragment
        As in the packet table.
    header
        int64, bytes of the transport header.
    extension
        int64, bytes between the fixed IP header and the transport header.
    length
        int64, payload bytes that the packet says it has; 0 for a fragment whose datagram another
        packet completes.
    captured
        int64, how many of them were captured.
    piece
        bool, a fragment whose datagram another packet completes, or nothing does.
    ip_id, urgent, options, mss, window_scale, ts_value, ts_echo, sack_blocks, md5, checksum_delta
        Extra columns (`workbench.capture.kernels.extras`).
    offset
        int64, stream offset of the first payload byte, in bytes after the SYN; of a packet without
        payload, the offset of what its sender would send next. For other protocols than TCP, bytes
        of payload that its sender sent before.
    ack_offset
        int64, the offset in the other direction up to which it acknowledges; 0 where there is no
        ACK flag.
    origins
        For both directions, the sequence number that is offset 0 and how it is known.
    """

    packets: Packets
    number: int
    protocol: int
    rows: Array
    frame: Array
    time_ns: Array
    direction: Array
    flags: Array
    seq: Array
    ack: Array
    window: Array
    ttl: Array
    checksum: Array
    fragment: Array
    header: Array
    extension: Array
    length: Array
    captured: Array
    piece: Array
    ip_id: Array
    urgent: Array
    options: Array
    mss: Array
    window_scale: Array
    ts_value: Array
    ts_echo: Array
    sack_blocks: Array
    md5: Array
    checksum_delta: Array
    offset: Array
    ack_offset: Array
    origins: tuple[Origin, Origin]

    def __len__(self) -> int:
        return len(self.rows)

    def payload(self, index: int) -> bytes:
        """Return the captured payload of a packet of this conversation.

        Parameters
        ----------
        index
            Place in the arrays.

        Returns
        -------
        bytes
            At most `length` bytes; empty for a fragment that completes nothing.
        """
        return b"" if self.piece[index] else self.packets.payload(int(self.rows[index]))

    def isn(self, direction: int) -> int:
        """Return the initial sequence number of a side, -1 where its SYN cannot be told.

        Parameters
        ----------
        direction
            0 for the client, 1 for the server.
        """
        origin = self.origins[direction]
        return -1 if origin.rule == NO_SYN else (origin.seq - 1) & 0xFFFFFFFF

    def header_bytes(self, index: int) -> bytes:
        """Return the captured transport header of a packet, options included."""
        row = int(self.rows[index])
        whole = self.packets.datagrams.of(row)
        data = self.packets.data(row) if whole is None else whole
        columns = self.packets.columns
        return data[int(columns["transport_at"][row]) : int(columns["payload_at"][row])]

    def sacked(self, index: int) -> list[tuple[int, int]]:
        """Return the SACK blocks of a packet as offsets in the other direction (RFC 2018).

        Parameters
        ----------
        index
            Place in the arrays.

        Returns
        -------
        list of (int, int)
            Begin and end of each block; a first block at or below the acknowledgement is a
            duplicate's (RFC 2883).
        """
        if not self.sack_blocks[index]:
            return []
        header, at = self.header_bytes(index), 20
        origin = self.origins[1 - int(self.direction[index])].seq
        while at + 1 < len(header):
            kind, size = header[at], header[at + 1]
            if kind == 0 or (kind > 1 and size < 2):
                break
            if kind == 5:
                edges = np.frombuffer(header[at + 2 : at + size][: 8 * MAX_SACK_BLOCKS], "u1")
                places = edges[: len(edges) // 8 * 8].view(">u4").astype("i8") - origin
                placed = ((places + 2**31) % 2**32 - 2**31).reshape(-1, 2)
                return [(int(begin), int(end)) for begin, end in placed]
            at += 1 if kind == 1 else size
        return []


@dataclass(frozen=True)
class Conversations:
    """All conversations of a capture, each made when it is asked for.

    Parameters
    ----------
    connections
        Connections of the capture.

    Examples
    --------
    >>> import io
    >>> from workbench.capture.problems import ProblemList
    >>> from workbench.capture.reader import decode_source
    >>> from workbench.capture.sources import Source
    >>> from workbench.capture.warmup import small_pcap
    >>> from workbench.traffic.connections import find_connections
    >>> packets = decode_source(Source("small", small_pcap()), ProblemList())
    >>> every = Conversations(find_connections(packets))
    >>> len(every) > 0 and len(every[0]) > 0
    True
    """

    connections: Connections
    _order: Array = field(init=False, repr=False)
    _ends: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the packets by connection, once."""
        connection = self.connections.connection
        object.__setattr__(self, "_order", np.argsort(connection, kind="stable"))
        counts = np.bincount(connection[connection >= 0], minlength=len(self.connections))
        outside = len(connection) - int(counts.sum())
        ends = np.cumsum(np.concatenate([[outside], counts]), dtype="i8")
        object.__setattr__(self, "_ends", ends)

    def __len__(self) -> int:
        return len(self.connections)

    def __iter__(self) -> Iterator[Conversation]:
        return (self[number] for number in range(len(self)))

    def rows(self, number: int) -> Array:
        """Return the rows of a connection's packets: int64, in the order of capture.

        Raises
        ------
        ParameterError
            When there is no such connection.
        """
        if not 0 <= number < len(self):
            raise ParameterError.out_of_range("connection", number, 0, len(self) - 1)
        found: Array = self._order[int(self._ends[number]) : int(self._ends[number + 1])]
        return found

    def __getitem__(self, number: int) -> Conversation:
        """Return one conversation; raises as `rows`."""
        rows = self.rows(number)
        connections = self.connections
        protocol = int(connections.columns["protocol"][number])
        return converse(connections.packets, rows, connections.direction[rows], number, protocol)


def converse(
    packets: Packets, rows: Array, direction: Array, number: int = 0, protocol: int = TCP
) -> Conversation:
    """Make a conversation of chosen packets.

    Parameters
    ----------
    packets
        Decoded packets.
    rows
        int64, the rows that belong to it, in the order of capture.
    direction
        int8, who sent each: 0 the client, 1 the server.
    number
        Number of the connection.
    protocol
        IP protocol number.

    Returns
    -------
    Conversation
        Arrays over `rows`.
    """
    columns = {
        name: packets.columns[name][rows]
        for name in ("time", "tcp_flags", "seq", "ack", "window", "ttl", "checksum", "fragment")
    }
    extras = _extras(packets, rows)
    length, captured, piece = _payloads(packets, rows, columns["fragment"])
    offset, ack_offset, origins = _numbers(columns, direction, length, protocol)
    ends = [packets.columns[f"{name}_at"][rows].astype("i8") for name in ("transport", "payload")]
    fixed = np.where(packets.columns["ip_version"][rows] == 6, 40, 20)
    return Conversation(
        packets=packets,
        number=number,
        protocol=protocol,
        rows=rows,
        frame=packets.frame_numbers(rows),
        time_ns=columns["time"],
        direction=direction,
        flags=columns["tcp_flags"],
        seq=columns["seq"],
        ack=columns["ack"],
        window=columns["window"],
        ttl=columns["ttl"],
        checksum=columns["checksum"],
        fragment=columns["fragment"],
        header=ends[1] - ends[0],
        extension=ends[0] - packets.columns["network_at"][rows] - fixed,
        length=length,
        captured=captured,
        piece=piece,
        offset=offset,
        ack_offset=ack_offset,
        origins=origins,
        **extras,
    )


def _extras(packets: Packets, rows: Array) -> dict[str, Array]:
    """Decode the extra columns: of the whole capture if it is small, else of these packets."""
    if packets.extra or len(packets) <= WHOLE:
        return {name: column[rows] for name, column in extra_columns(packets, EXTRAS).items()}
    return extra_columns(packets.take(rows), EXTRAS)


def _payloads(packets: Packets, rows: Array, fragment: Array) -> tuple[Array, Array, Array]:
    """Return payload bytes stated and captured, and which packets are but pieces."""
    length = packets.columns["payload_length"][rows].astype("i8")
    room = packets.columns["captured"][rows].astype("i8") - packets.columns["payload_at"][rows]
    captured = np.minimum(np.maximum(room, 0), length)
    piece = (fragment & (OFFSET | MORE_FRAGMENTS)) != 0
    if piece.any():
        whole = np.isin(rows, packets.datagrams.rows)
        captured[whole] = length[whole]
        piece &= ~whole
        length[piece] = captured[piece] = 0
    return length, captured, piece


def _numbers(
    columns: dict[str, Array], direction: Array, length: Array, protocol: int
) -> tuple[Array, Array, tuple[Origin, Origin]]:
    """Turn sequence numbers into offsets; without any, count the payload."""
    if protocol == TCP:
        flags, seq, ack = columns["tcp_flags"], columns["seq"], columns["ack"]
        origins = find_origins(direction, flags, seq, ack, length)
        numbers = stream_offsets(direction, flags, seq, ack, origins)
        return *numbers, origins
    offset = np.zeros(len(length), "i8")
    for side in (0, 1):
        mine = direction == side
        offset[mine] = np.cumsum(length[mine]) - length[mine]
    return offset, np.zeros(len(length), "i8"), (Origin(0, NO_SYN), Origin(0, NO_SYN))
