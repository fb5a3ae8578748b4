"""The name server's answers."""

from __future__ import annotations

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.lab.programs.dns_server import Zone, servers

ZONE = Zone({"x.com": 11}, 5)


def ask(name, kind):
    return dnslib.DNSRecord.parse(ZONE.answer(dnslib.DNSRecord.question(name, kind).pack()))


@pytest.mark.parametrize(("kind", "address"), [("A", "10.77.5.11"), ("AAAA", "fd77:5::11")])
def test_addresses_are_those_of_the_topology(kind, address) -> None:
    assert str(ask("X.com", kind).a.rdata) == address


def test_no_data_and_no_such_name_are_different() -> None:
    assert (ask("x.com", "TXT").header.rcode, ask("x.com", "TXT").rr) == (0, [])
    assert ask("y.com", "A").header.rcode == dnslib.RCODE.NXDOMAIN


@given(st.binary(max_size=60))
def test_no_query_ends_the_server(data) -> None:
    assert isinstance(ZONE.answer(data), bytes)


def test_each_address_is_served_over_both_transports(monkeypatch) -> None:
    monkeypatch.setattr("workbench.lab.programs.dns_server.PORT", 0)
    made = servers(ZONE, ("127.0.0.1",))
    assert [type(server).__mro__[1].__name__ for server in made] == [
        "ThreadingUDPServer", "ThreadingTCPServer",
    ]  # fmt: skip
    for server in made:
        server.server_close()
