"""The connection table as people see it."""

from __future__ import annotations

from tests.traffic.test_connections import capture_of, handshake
from workbench.traffic import tables
from workbench.traffic.connections import find_connections
from workbench.traffic.tables import connection_table


def test_every_column_is_described_and_has_its_type() -> None:
    table = capture_of(handshake()).connections
    assert list(table.columns) == list(tables.COLUMNS)
    for name, description in tables.COLUMNS.items():
        kind = description.split(",")[0]
        if kind.startswith(("int", "uint", "bool")):
            assert str(table[name].dtype) == kind, name


def test_hops_have_their_rule() -> None:
    row = capture_of(handshake()).connections.iloc[0]
    assert (row["hops_server"], row["hops_server_rule"]) == (7, "zapret-64")
    assert row["hops_client"] in (0, -1)


def test_a_table_is_the_connections_numbered(shared) -> None:
    from workbench.capture.reader import read_packets

    packets = read_packets(shared / "captures/netns-lab/plain-tls.client.pcap")
    connections = find_connections(packets)
    table = connection_table(connections)
    assert table["connection"].tolist() == list(range(len(connections)))
    assert "video.blocked.example" in set(table["server_name"])
