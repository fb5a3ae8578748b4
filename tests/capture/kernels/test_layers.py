"""The names of the decoder's states."""

from __future__ import annotations

import numpy as np

from workbench.capture.kernels import layers
from workbench.capture.kernels.types import COLUMN_DTYPES

NUMBERS = {name: value for name, value in vars(layers).items() if name.isupper()}
STATES = {name: value for name, value in NUMBERS.items() if not name.startswith("MAX_")}


def test_states_are_distinct() -> None:
    assert len(set(STATES.values())) == len(STATES)
    assert sorted(STATES.values()) == list(range(len(STATES)))


def test_an_unset_state_stops() -> None:
    assert layers.STOP == 0


def test_offsets_of_headers_fit_their_columns() -> None:
    for name in ("network_at", "transport_at", "payload_at"):
        assert np.iinfo(COLUMN_DTYPES[name]).max >= layers.MAX_HEADERS


def test_as_many_extension_headers_as_a_packet_can_hold_are_passed() -> None:
    smallest = 8
    assert layers.MAX_EXTENSIONS * smallest <= layers.MAX_HEADERS
    assert (layers.MAX_EXTENSIONS + 1) * smallest > layers.MAX_HEADERS


def test_more_layers_are_passed_than_the_deepest_real_stack_has() -> None:
    stack = ["ethernet", "vlan", "vlan", "mpls", "pppoe", "ppp", "ip", "gre", "ip", "vxlan"]
    assert len(stack) < layers.MAX_LAYERS
