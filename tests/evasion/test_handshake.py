"""What happens before the request."""

from __future__ import annotations

import pytest

from tests.evasion.sequences import conversation, found, scene
from workbench.evasion.handshake import (
    client_window,
    low_genuine,
    openings,
    server_window,
    small_mss,
    syn_copies,
)
from workbench.evasion.values import Ttl


def test_a_syn_ack_before_the_syn() -> None:
    opening, shown = openings(scene("nfqws --dpi-desync=synack --dpi-desync-ttl=3"))[0]
    assert (opening.kind, opening.ttl, len(shown)) == ("synack", Ttl.fixed(3), 1)
    assert not opening.fooling


def test_data_in_the_syn() -> None:
    opening, _ = openings(scene("nfqws --dpi-desync=syndata"))[0]
    assert (opening.kind, str(opening.payload)) == ("syndata", "syndata default")
    assert openings(scene("nfqws")) == []


def test_copies_of_the_syn() -> None:
    copies = syn_copies(scene("nfqws --dup=2 --dup-ttl=4 --dup-cutoff=n2"))
    assert copies is not None
    assert (copies[0].count, copies[0].ttl) == (2, Ttl.fixed(4))
    assert syn_copies(scene("nfqws")) is None


def test_windows() -> None:
    window = client_window(conversation("nfqws --wssize=1:6"))
    assert window is not None
    assert (window[0].size, window[0].scale) == (1, 6)
    assert client_window(conversation("nfqws")) is None
    assert server_window(conversation("nfqws")) == ()


@pytest.mark.parametrize(("size", "named"), [(88, True), (255, True), (256, False), (1460, False)])
def test_an_mss_that_no_route_asks_for(size: int, named: bool) -> None:
    mss = small_mss(conversation(f"tpws --mss={size}"))
    assert (mss is not None) is named
    assert found(f"tpws --mss={size}").mss == (size if named else 0)


def test_a_ttl_of_genuine_packets() -> None:
    command = "nfqws --orig-ttl=5 --orig-mod-start=s1 --orig-mod-cutoff=d2 --dpi-desync=fake"
    spoken, seen = conversation(command), scene(command)
    lowered = low_genuine(spoken, seen, [])
    assert lowered is not None
    assert lowered[0].ttl == Ttl.fixed(5)
    assert low_genuine(conversation("nfqws"), scene("nfqws"), []) is None
