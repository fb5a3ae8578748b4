"""What a laboratory can look like."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.lab.topology import DOMAINS, VANTAGES, Impairment, Topology, numbered


@given(server=st.integers(2, 30), share=st.floats(0, 1))
def test_every_hop_has_a_host_and_the_middlebox_its_own(server, share) -> None:
    middlebox = 1 + round(share * (server - 2))
    topology = Topology(middlebox_hop=middlebox, server_hop=server)
    hosts = topology.hosts
    assert len(set(hosts)) == server + 1
    assert hosts[middlebox] == "dpi"
    assert (hosts[0], hosts[-1], hosts[-2]) == ("client", "server", topology.impaired)


def test_addresses_are_those_of_the_public_captures(shared) -> None:
    text = (shared / "captures" / "desync" / "SOURCES.md").read_text()
    for name, number in DOMAINS.items():
        assert f"{name} .{number}" in text
    addresses = [Topology().address(name, version=6) for name in DOMAINS]
    assert all(ipaddress.ip_address(address).is_private for address in addresses)
    assert numbered(1, 1) == Topology().address("client") == "10.77.1.1"


@pytest.mark.parametrize(
    "values",
    [
        {"server_hop": 1}, {"server_hop": 31}, {"middlebox_hop": 5}, {"middlebox_hop": 0},
        {"mtu": 100}, {"domains": {"x.com": 53}}, {"domains": {"x.com": 11, "y.com": 11}},
        {"domains": {"x.com; rm": 11}}, {"domains": {"x.com": 300}}, {"domains": {"x.com": True}},
        {"domains": {"y.com": 3}}, {"blocked": ("y.com",)},
    ],
)  # fmt: skip
def test_what_makes_no_path_is_refused(values) -> None:
    with pytest.raises(ParameterError):
        Topology(**values)


@pytest.mark.parametrize(
    "values",
    [{"loss": 1.1}, {"loss": float("nan")}, {"delay_ms": -1}, {"reorder": 2}, {"rate_mbit": -1}],
)
def test_impairments_have_bounds(values) -> None:
    with pytest.raises(ParameterError):
        Impairment(**values)


def test_vantages_are_places_of_hosts() -> None:
    topology = Topology()
    assert {topology.vantage(name)[0] for name in VANTAGES} <= set(topology.hosts)
    for wrong in (lambda: topology.vantage("sky"), lambda: topology.address("y.com")):
        with pytest.raises(ParameterError):
            wrong()
    with pytest.raises(ParameterError):
        numbered(1, 1, 5)


def test_a_topology_is_a_value() -> None:
    assert Topology() == Topology()
    with pytest.raises(TypeError):
        Topology().domains["y.com"] = 9  # type: ignore[index]
