"""Topologies as TOML."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError, ParameterError, WorkbenchError
from workbench.lab.layouts import load, parse, written
from workbench.lab.topology import Impairment, Topology

IMPAIRMENTS = st.builds(
    Impairment, st.floats(0, 1000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 10_000),
    st.integers(0, 1 << 32),
)  # fmt: skip


@given(st.builds(Topology, st.just(1), st.integers(2, 30), st.integers(1280, 9000),
                 st.booleans(), IMPAIRMENTS))  # fmt: skip
def test_a_topology_is_the_same_after_a_file(topology) -> None:
    assert parse(written(topology)) == topology


def test_what_is_left_out_has_its_default() -> None:
    assert parse("") == Topology()
    read = parse('[domains]\n"y.com" = 20\n"x.com" = 21\n')
    assert read.blocked == ("x.com",)


@pytest.mark.parametrize(
    "text",
    [
        "colour = 1", "mtu = '1500'", "mtu = true", "offload = 1", "[impairment]\nspeed = 1",
        "[impairment]\nloss = 'all'", "blocked = 'x.com'", "blocked = [1]", "impairment = 3",
        "[domains]\n'x.com' = 'eleven'",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named(text) -> None:
    with pytest.raises(ParameterError):
        parse(text)


@given(st.text(max_size=60))
def test_nothing_but_our_own_errors_comes_out(text) -> None:
    with suppress(WorkbenchError):
        assert isinstance(parse(text), Topology)


def test_a_file_is_read_or_named(tmp_path) -> None:
    path = tmp_path / "lab.toml"
    with pytest.raises(InputError, match=r"lab\.toml"):
        load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"lab\.toml"):
        load(path)
    path.write_text("server_hop = 8\n")
    assert load(path).server_hop == 8
    with pytest.raises(InputError, match="no TOML"):
        parse("= 3")
