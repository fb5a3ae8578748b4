"""Connections: endpoints, client side, counts of both directions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture import codes
from workbench.capture.engine import Engine, KernelSet, engine_for
from workbench.capture.fragments import MORE_FRAGMENTS, OFFSET
from workbench.capture.packets import Packets
from workbench.traffic.kernels.flows import Flows, Handshakes, Rows, Sides

Array = np.ndarray[Any, Any]

KERNELS = KernelSet(
    "traffic",
    (
        "workbench.capture.kernels.primitives",
        "workbench.traffic.kernels.flows",
        "workbench.traffic.kernels.openings",
        "workbench.traffic.kernels.hellos",
        "workbench.traffic.kernels.requests",
    ),
    ("assign", "refill", "follow", "gather", "look"),
    "workbench.traffic.connections:warm_up",
)

NO_TIME = np.iinfo("i8").min
SERVICE_PORTS = frozenset(
    {1080, 1433, 1521, 3128, 3306, 3389, 5060, 5222, 5432, 8000, 8008, 8080, 8443, 8888}
)
"""Ports above 1023 that servers are known by (IANA and common use)."""
RULES = ("syn", "syn-ack", "port", "first-packet")


@dataclass(frozen=True)
class Connections:
    """Connections of a capture: the array floor.

    Attributes
    ----------
    packets
        The packets that they were made from.
    connection, direction
        int32 and int8 of each packet; -1 for a packet of no connection.
    columns
        Arrays by name, one entry a connection.
    """

    packets: Packets
    connection: Array
    direction: Array
    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(self.columns["first_row"])

    def flow(self) -> dict[str, Array]:
        """Return the two packet columns that come from here."""
        return {"connection": self.connection, "direction": self.direction}

    def take(self, numbers: Sequence[int]) -> Connections:
        """Return some connections, numbered anew in the order given, with their packets alone.

        Parameters
        ----------
        numbers
            Distinct numbers of connections.
        """
        renumbered = np.full(len(self) + 1, -1, "i4")
        renumbered[list(numbers)] = np.arange(len(numbers), dtype="i4")
        connection = renumbered[self.connection]
        rows = np.flatnonzero(connection >= 0)
        columns = {name: column[list(numbers)] for name, column in self.columns.items()}
        first = columns["first_row"]
        columns["first_row"] = np.searchsorted(rows, first)
        packets = self.packets.take(rows)
        return Connections(packets, connection[rows], self.direction[rows], columns)


def warm_up(engine: Engine) -> None:
    """Run each kernel once, so that all compiling happens now.

    Parameters
    ----------
    engine
        The compiled engine.
    """
    from workbench.capture.engine import interpreted
    from workbench.capture.problems import ProblemList
    from workbench.capture.reader import decode_source
    from workbench.capture.sources import Source
    from workbench.capture.warmup import small_pcap
    from workbench.traffic.openings import gather_openings

    packets = decode_source(Source("warm-up", small_pcap()), ProblemList(), interpreted())
    gather_openings(connect(packets, engine), engine)
    flows = engine.arrays(_empty_flows(1))
    engine.call("refill", np.zeros(2, "i4"), flows, 0, np.ones(4, "i8"))


def find_connections(packets: Packets) -> Connections:
    """Group packets into connections.

    Parameters
    ----------
    packets
        Decoded packets, in the order in which they were captured.

    Returns
    -------
    Connections
        Numbered in the order of their first packets.
    """
    size = int(packets.columns["captured"].sum(dtype="i8"))
    return connect(packets, engine_for(size, KERNELS))


def connect(packets: Packets, engine: Engine) -> Connections:
    """Group packets into connections with a given engine; see `find_connections`."""
    rows = rows_of(packets)
    connection, side, flows = _assign(engine, rows)
    a_is_client, rule = _client_side(rows, flows)
    direction = side.copy()
    member = np.flatnonzero(connection >= 0)
    direction[member] ^= ~a_is_client[connection[member]]
    count = len(flows.low)
    place = 2 * connection[member].astype("i8") + direction[member]
    columns = _endpoints(rows, flows, a_is_client, rule)
    columns |= _times(packets, connection, member, count)
    columns |= _totals(packets, rows, place, member, count)
    columns |= _sequence_counts(engine, rows, connection, direction, count)
    return Connections(packets, connection, direction, columns)


def rows_of(packets: Packets) -> Rows:
    """Return the columns that connections are made from.

    Parameters
    ----------
    packets
        Decoded packets.

    Returns
    -------
    Rows
        A fragment has no payload; the packet that completes a datagram has all of it.
    """
    columns = packets.columns
    payload = columns["payload_length"]
    fragment = columns["fragment"] & (OFFSET | MORE_FRAGMENTS)
    if fragment.any():  # the bytes of a fragment count once, with the packet that completes it
        payload = np.where(fragment != 0, 0, payload).astype("u4")
        payload[packets.datagrams.rows] = columns["payload_length"][packets.datagrams.rows]
    return Rows(
        protocol=columns["protocol"],
        source=columns["source"],
        destination=columns["destination"],
        source_port=columns["source_port"],
        destination_port=columns["destination_port"],
        tcp_flags=columns["tcp_flags"],
        seq=columns["seq"],
        ack=columns["ack"],
        window=columns["window"],
        payload=payload,
        time=columns["time"],
    )


def _assign(engine: Engine, rows: Rows) -> tuple[Array, Array, Flows]:
    """Run the kernel, growing its tables as connections appear."""
    total = len(rows.protocol)
    connection, side = np.empty(total, "i4"), np.empty(total, "i1")
    seeds = np.frombuffer(os.urandom(16), "u4").astype("i8") & 0x7FFFFFFF | 1
    flows = _empty_flows(1024)
    slots = np.zeros(2048, "i4")
    row = count = 0
    kernel_rows = engine.arrays(rows)
    while True:
        row, count = engine.call(
            "assign",
            kernel_rows,
            row,
            total,
            engine.array(slots),
            engine.arrays(flows),
            count,
            engine.array(seeds),
            engine.array(connection),
            engine.array(side),
        )
        if row == total:
            break
        flows = Flows(*(np.concatenate([old, np.empty_like(old)]) for old in flows))
        slots = np.zeros(len(slots) * 2, "i4")
        engine.call("refill", engine.array(slots), engine.arrays(flows), count, engine.array(seeds))
    return connection, side, Flows(*(column[:count] for column in flows))


def _empty_flows(room: int) -> Flows:
    return Flows(
        low=np.empty(room, "i8"),
        high=np.empty(room, "i8"),
        protocol=np.empty(room, "i2"),
        first_row=np.empty(room, "i8"),
        syn_side=np.empty(room, "i1"),
        synack_side=np.empty(room, "i1"),
        syn_seq=np.empty(room, "i8"),
    )


def _client_side(rows: Rows, flows: Flows) -> tuple[Array, Array]:
    """Decide which endpoint is the client, and by which rule.

    Whoever sent the first SYN is; else whoever got the SYN+ACK; else the endpoint whose port is not
    that of a service, if the other's is; else whoever sent the first packet.
    """
    first_port = rows.source_port[flows.first_row].astype("i4")
    other_port = rows.destination_port[flows.first_row].astype("i4")
    first_serves, other_serves = _serves(first_port), _serves(other_port)
    by_port = first_serves != other_serves
    a_is_client = np.where(by_port, other_serves, True)
    rule = np.where(by_port, 2, 3)
    synack, syn = flows.synack_side >= 0, flows.syn_side >= 0
    a_is_client = np.where(synack, flows.synack_side == 1, a_is_client)
    a_is_client = np.where(syn, flows.syn_side == 0, a_is_client)
    rule = np.where(syn, 0, np.where(synack, 1, rule))
    return a_is_client.astype(bool), rule.astype("i1")


def _serves(ports: Array) -> Array:
    return (ports < 1024) | np.isin(ports, list(SERVICE_PORTS))


def _endpoints(rows: Rows, flows: Flows, a_is_client: Array, rule: Array) -> dict[str, Array]:
    """Name both sides."""
    begin = flows.first_row
    columns: dict[str, Array] = {
        "first_row": begin,
        "protocol": flows.protocol,
        "client_rule": rule,
    }
    for name, sent_first in (("client", a_is_client), ("server", ~a_is_client)):
        columns[name] = np.where(sent_first, rows.source[begin], rows.destination[begin])
        ports = rows.source_port[begin], rows.destination_port[begin]
        columns[f"{name}_port"] = np.where(sent_first, *ports)
    return columns


def _times(packets: Packets, connection: Array, member: Array, count: int) -> dict[str, Array]:
    """First and last packet and time of each connection, in the order of capture."""
    first, last = np.zeros(count, "i8"), np.zeros(count, "i8")
    first[connection[member][::-1]] = member[::-1]
    last[connection[member]] = member
    time = packets.columns["time"]
    timed = member[time[member] != NO_TIME]
    low, high = np.full(count, np.iinfo("i8").max), np.full(count, NO_TIME)
    np.minimum.at(low, connection[timed], time[timed])
    np.maximum.at(high, connection[timed], time[timed])
    low[high == NO_TIME] = NO_TIME
    frames = packets.frame_numbers()
    return {
        "first_time": low,
        "last_time": high,
        "duration_ns": np.where(high == NO_TIME, -1, high - low),
        "first_frame": frames[first],
        "last_frame": frames[last],
    }


def _totals(
    packets: Packets, rows: Rows, place: Array, member: Array, count: int
) -> dict[str, Array]:
    """Count and sum both directions."""
    columns: dict[str, Array] = {}

    def add(name: str, weights: Array | None = None) -> None:
        totals = np.bincount(place, weights, 2 * count)
        columns[f"{name}_client"] = totals[0::2].astype("i8")
        columns[f"{name}_server"] = totals[1::2].astype("i8")

    flags = rows.tcp_flags[member]
    add("packets")
    add("payload", rows.payload[member])
    add("wire_bytes", packets.columns["wire"][member])
    add("rst", flags & 4 != 0)
    seen = np.zeros(2 * count, "u2")
    np.bitwise_or.at(seen, place, flags)
    columns["flags_client"], columns["flags_server"] = seen[0::2], seen[1::2]
    columns["ttl_client"], columns["ttl_server"] = _first_ttl(packets, place, member, count)
    both = place // 2
    opening = flags & 18
    columns["syn"] = np.bincount(both, opening == 2, count).astype("i8")
    columns["synack"] = np.bincount(both, opening == 18, count).astype("i8")
    columns["fin"] = np.bincount(both, flags & 1 != 0, count).astype("i8")
    bad = packets.columns["checksum"][member] == codes.BAD
    columns["bad_checksums"] = np.bincount(both, bad, count).astype("i8")
    columns["packets"] = columns["packets_client"] + columns["packets_server"]
    return columns


def _first_ttl(packets: Packets, place: Array, member: Array, count: int) -> tuple[Array, Array]:
    ttl = np.zeros(2 * count, "u1")
    ttl[place[::-1]] = packets.columns["ttl"][member][::-1]
    return ttl[0::2], ttl[1::2]


def _sequence_counts(
    engine: Engine, rows: Rows, connection: Array, direction: Array, count: int
) -> dict[str, Array]:
    """Run the kernel that follows sequence numbers."""
    sides = Sides(
        *(np.full(2 * count, -1, "i8") for _ in range(5)),
        *(np.zeros(2 * count, "i8") for _ in range(4)),
    )
    handshakes = Handshakes(*(np.full(count, -1, "i8") for _ in range(3)))
    engine.call(
        "follow",
        engine.arrays(rows),
        0,
        len(connection),
        engine.array(connection),
        engine.array(direction),
        engine.arrays(sides),
        engine.arrays(handshakes),
    )
    return {
        "handshake_rtt_ns": handshakes.round_trip,
        "retransmissions_client": sides.retransmissions[0::2],
        "retransmissions_server": sides.retransmissions[1::2],
        "out_of_order_client": sides.out_of_order[0::2],
        "out_of_order_server": sides.out_of_order[1::2],
        "duplicate_acks": sides.duplicate_acks[0::2] + sides.duplicate_acks[1::2],
        "zero_windows": sides.zero_windows[0::2] + sides.zero_windows[1::2],
    }
