"""The connection table: what people see of `workbench.traffic.connections`, with names and hops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.capture import codes
from workbench.traffic import hops
from workbench.traffic.connections import RULES, Connections
from workbench.traffic.names import Names, find_names

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "connection": "int32, number, in the order of first packets",
    "protocol": "tcp, udp, sctp, dccp or udp-lite",
    "client": "address of the side that began",
    "client_port": "uint16",
    "server": "address of the other side",
    "server_port": "uint16",
    "client_rule": "how the client side was decided: syn, syn-ack, port or first-packet",
    "request_kind": "what the client asks by: tls, http, dns, quic, ...; empty where unknown",
    "server_name": "name that the genuine request asks for: of TLS or QUIC, HTTP Host, DNS query",
    "first_name": "name that the client's first packet shows by itself",
    "request_length": "int64, bytes of the request in its stream; -1 if not known",
    "alpn": "protocols that the ClientHello offers, with commas between",
    "tls_version": "highest version that the ClientHello offers",
    "ja3": "fingerprint of the ClientHello",
    "ja4": "fingerprint of the ClientHello",
    "ech": "how the ClientHello uses encrypted hellos; empty for not at all",
    "post_quantum": "bool, whether the ClientHello has a post-quantum key share",
    "first_time": "time of the earliest packet",
    "last_time": "time of the latest packet",
    "duration_ns": "int64, nanoseconds between them; -1 without times",
    "packets": "int64, both directions",
    "packets_client": "int64, sent by the client",
    "packets_server": "int64, sent by the server",
    "payload_client": "int64, transport payload bytes sent by the client, repeats included",
    "payload_server": "int64, the same of the server",
    "wire_bytes_client": "int64, bytes on the wire sent by the client",
    "wire_bytes_server": "int64, the same of the server",
    "flags_client": "uint16, all TCP flags that the client ever set",
    "flags_server": "uint16, the same of the server",
    "syn": "int64, SYN packets without ACK",
    "synack": "int64, SYN+ACK packets",
    "fin": "int64, FIN packets",
    "rst_client": "int64, RST packets that came from the client's address",
    "rst_server": "int64, RST packets that came from the server's address",
    "handshake_rtt_ns": "int64, from the SYN to the ACK that ends the handshake; -1 if not seen",
    "ttl_client": "uint8, TTL of the client's first packet, in hops; 0 if it sent none",
    "ttl_server": "uint8, the same of the server",
    "hops_client": "int16, routers between the client and the place of capture; -1 if not known",
    "hops_client_rule": "rule that gave it (`workbench.traffic.hops`)",
    "hops_server": "int16, the same of the server",
    "hops_server_rule": "the same of the server",
    "retransmissions_client": "int64, segments that the client sent again",
    "retransmissions_server": "int64, the same of the server",
    "out_of_order_client": "int64, segments of the client that came late",
    "out_of_order_server": "int64, the same of the server",
    "duplicate_acks": "int64, acknowledgements that repeat the one before",
    "zero_windows": "int64, packets that close the window",
    "bad_checksums": "int64, packets with a wrong transport checksum",
    "first_frame": "uint32",
    "last_frame": "uint32",
}
"""Columns of the connection table, in order."""


def connection_table(connections: Connections) -> pd.DataFrame:
    """Return connections as a table.

    Parameters
    ----------
    connections
        What `workbench.traffic.connections.find_connections` found.

    Returns
    -------
    pandas.DataFrame
        One row a connection, with the columns of `COLUMNS`.

    Raises
    ------
    CaptureError
        When the file has become shorter since it was read.
    """
    import pandas as pd

    from workbench.capture.table import address_categories, text_categories

    names = find_names(connections)
    raw = connections.columns | hops.hop_columns(connections)
    raw |= {"request_length": names.length, "post_quantum": names.post_quantum}
    raw["connection"] = np.arange(len(connections), dtype="i4")
    texts = {"protocol": codes.protocol_names(), "client_rule": RULES} | {
        f"hops_{side}_rule": hops.RULES for side in ("client", "server")
    }
    built: dict[str, Any] = {}
    for name in COLUMNS:
        if name in ("client", "server"):
            built[name] = address_categories(raw[name], connections.packets)
        elif name in Names.TEXTS:
            built[name] = text_categories(*names.texts[name])
        elif name in texts:
            built[name] = text_categories(raw[name], texts[name])
        elif name.endswith("_time"):
            built[name] = pd.DatetimeIndex(raw[name].view("M8[ns]"), copy=False).tz_localize("UTC")
        else:
            built[name] = raw[name]
    return pd.DataFrame(built, copy=False)
