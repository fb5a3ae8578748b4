"""What is known of a path."""

from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.compose import PathFacts


@pytest.mark.parametrize(
    ("server_ttl", "hops", "guessed"),
    [
        (64, 12, 12),
        (128, 12, 12),
        (255, 12, 12),
        (64, 0, None),
        (64, 31, 31),
        (64, 32, None),
        (128, 32, None),
    ],
)  # fmt: skip
def test_the_distance_is_guessed_as_zapret_does(server_ttl, hops, guessed) -> None:
    assert PathFacts(server_ttl=server_ttl, hops=hops).guessed_hops == guessed


@pytest.mark.parametrize(
    ("changes", "size"),
    [({}, 1448), ({"timestamps": False}, 1460), ({"mtu": 1400}, 1348), ({"mss": 100}, 88)],
)
def test_the_size_of_a_segment(changes, size) -> None:
    assert PathFacts(**changes).segment_size == size


def test_ipv6_leaves_twenty_bytes_less() -> None:
    path = PathFacts(client="2001:db8::1", server="2001:db8::2")
    assert (path.version, path.offered_mss, path.segment_size) == (6, 1440, 1428)


@pytest.mark.parametrize(
    "changes",
    [{"ttl": 0}, {"ttl": 256}, {"hops": -1}, {"mtu": 100}, {"ip_id": 65536}, {"server": "::1"}],
)
def test_impossible_facts_are_refused(changes) -> None:
    with pytest.raises(ParameterError):
        PathFacts(**changes)
