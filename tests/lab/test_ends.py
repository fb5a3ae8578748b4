"""The servers of a laboratory."""

from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.lab.certificates import make_identity
from workbench.lab.ends import PAGE, SIZES, configuration, start_ends, write_pages, write_resolving
from workbench.lab.namespaces import Lab
from workbench.lab.topology import DOMAINS, Topology


def test_pages_are_as_long_as_they_say(tmp_path) -> None:
    write_pages(tmp_path / "www")
    for name, size_bytes in SIZES.items():
        assert (tmp_path / "www" / name).stat().st_size == size_bytes
    assert 500 < len(PAGE) < 560


def test_every_name_has_its_server_and_its_addresses(tmp_path) -> None:
    topology = Topology()
    text = configuration(tmp_path, topology, make_identity(tmp_path, tuple(DOMAINS)))
    assert text.count("server_name") == len(DOMAINS)
    assert text.count("{") == text.count("}")
    write_resolving(tmp_path, topology)
    hosts = (tmp_path / "hosts").read_text().splitlines()
    assert "10.77.5.11 x.com" in hosts
    assert "fd77:5::11 x.com" in hosts
    assert (tmp_path / "resolv.conf").read_text() == "nameserver 10.77.5.53\n"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ParameterError, match="gopher"):
        start_ends(Lab.__new__(Lab), ("gopher",))
