"""Captures of composed connections: vantages and what misleads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose.stage import HELLO, LONG, PATH, PATH6
from workbench.capture.codes import BAD, GOOD, PARTIAL
from workbench.capture.reader import read_packets
from workbench.errors import ParameterError
from workbench.evasion.compose.capture import View, frames, packets_of, write_scene
from workbench.evasion.compose.scene import Script, play
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE
from workbench.traffic.connections import find_connections

FAKED = parse(
    "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"
    " --dpi-desync-fooling=badsum,badseq"
)
SCENE = play(FAKED, HELLO)
CLIENT_PORT = PATH.client_port


def own(packets):
    """Return the rows of the client's TCP packets."""
    columns = packets.columns
    return ((columns["source_port"] == CLIENT_PORT) & (columns["protocol"] == 6)).nonzero()[0]


def lengths(packets) -> list[int]:
    found = packets.columns["payload_length"][own(packets)].tolist()
    return [length for length in found if length]


@pytest.mark.parametrize(
    ("vantage", "seen"),
    [
        ("client", [680, 514, 514, 514, 3, 3, 3]),
        ("router", [680, 514, 514, 514, 3, 3, 3]),
        (2, [680, 514, 514, 514, 3, 3, 3]),
        (3, [514, 3]),
        ("middle", [514, 3]),
        ("server", [514, 3]),
    ],
)
def test_each_vantage_sees_what_reaches_it(vantage, seen) -> None:
    packets = packets_of(SCENE, View(vantage, icmp=False))
    assert lengths(packets) == seen
    assert dict(packets.problems.counts) == {}


@pytest.mark.parametrize(
    ("vantage", "ttls"), [("client", (64, 52)), (3, (61, 55)), ("server", (52, 64))]
)
def test_ttls_are_those_of_the_place(vantage, ttls) -> None:
    columns = packets_of(SCENE, View(vantage, icmp=False)).columns
    mine = columns["source_port"] == CLIENT_PORT
    assert (columns["ttl"][mine].max(), columns["ttl"][~mine].max()) == ttls


def test_handshake_times_tell_the_vantage() -> None:
    client, server = (
        packets_of(SCENE, View(at, icmp=False)).columns["time"][:3] for at in ("client", "server")
    )
    assert (client[1] - client[0]) > 50_000_000 > (client[2] - client[1])
    assert (server[2] - server[1]) > 50_000_000 > (server[1] - server[0])


def test_checksums_are_as_composed() -> None:
    packets = packets_of(SCENE)
    verdicts = packets.columns["checksum"][own(packets)].tolist()
    fakes = [GOOD, GOOD, BAD, BAD, GOOD, BAD, BAD, GOOD, BAD, GOOD]
    assert verdicts == fakes


def test_offload_leaves_partial_sums_on_the_kernels_packets() -> None:
    strategy = parse("ciadpi -s1")
    packets = packets_of(play(strategy, HELLO), View(partial_checksums=True))
    verdicts = set(packets.columns["checksum"][own(packets)].tolist())
    assert verdicts == {PARTIAL}
    tool = packets_of(SCENE, View(partial_checksums=True))
    kinds = tool.columns["checksum"][own(tool)].tolist()
    assert (kinds[0], kinds[4], kinds[2]) == (PARTIAL, GOOD, BAD)
    far = packets_of(play(strategy, HELLO), View("server", partial_checksums=True))
    assert set(far.columns["checksum"][own(far)].tolist()) == {GOOD}


def test_segments_are_joined() -> None:
    scene = play(NONE, LONG)
    assert lengths(packets_of(scene)) == [1448, 552]
    assert lengths(packets_of(scene, View(joined=True))) == [2000]
    assert lengths(packets_of(scene, View("middle", joined=True))) == [1448, 552]
    answers = packets_of(scene, View(joined=True))
    assert answers.columns["payload_length"].max() == 2800


def test_every_packet_twice() -> None:
    once, twice = (packets_of(SCENE, View(doubled=flag, icmp=False)) for flag in (False, True))
    assert len(twice) == 2 * len(once)
    assert sorted(lengths(twice)) == sorted(lengths(once) * 2)


def test_snap_length_cuts_and_keeps_the_length() -> None:
    columns = packets_of(SCENE, View(snap_length=96)).columns
    assert columns["captured"].max() == 96
    assert columns["wire"].max() > 1500


@pytest.mark.parametrize("view", [View(cooked=True), View(vlan=7), View(cooked=True, doubled=True)])
def test_other_links_are_read(view) -> None:
    packets = packets_of(SCENE, view)
    assert len(find_connections(packets)) >= 1
    assert dict(packets.problems.counts) == {}


def test_routers_tell_where_fakes_died() -> None:
    columns = packets_of(SCENE).columns
    assert (columns["protocol"] == 1).sum() == 5
    assert (packets_of(SCENE, View("server")).columns["protocol"] == 1).sum() == 0


def test_one_side_only() -> None:
    packets = packets_of(SCENE, View(one_sided="client"))
    assert len(own(packets)) == len(packets)
    other = packets_of(SCENE, View(one_sided="server", icmp=False))
    assert len(own(other)) == 0


@pytest.mark.parametrize("vantage", ["moon", 99, -1])
def test_a_vantage_that_does_not_exist_is_refused(vantage) -> None:
    with pytest.raises(ParameterError):
        frames(SCENE, View(vantage))


def test_several_connections_in_one_file(tmp_path) -> None:
    scenes = [
        play(FAKED, HELLO, PATH.but(client_port=port, start_ns=port * 10**12))
        for port in (5000, 5001)
    ]
    path = write_scene(scenes, tmp_path / "two.pcapng", comment="composed")
    packets = read_packets(path)
    assert len(find_connections(packets)) == 2
    assert packets.columns["time"][0] == 5000 * 10**12
    assert path.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"


def test_ipv6_with_extension_headers_is_one_connection() -> None:
    strategy = parse("nfqws --dpi-desync=fake --dpi-desync-fooling=hopbyhop --dpi-desync-ttl6=3")
    packets = packets_of(play(strategy, HELLO, PATH6), View(icmp=False))
    assert len(find_connections(packets)) == 1


@given(
    st.builds(
        View,
        st.sampled_from(["client", "router", "middle", "server"]),
        st.booleans(), st.booleans(), st.booleans(), st.sampled_from([0, 60, 96]), st.booleans(),
        st.sampled_from([0, 5]), st.booleans(), st.sampled_from(["", "client", "server"]),
    ),
    st.builds(
        Script,
        silent=st.booleans(),
        repetitions=st.integers(0, 2),
        lost=st.frozensets(st.integers(0, 6)),
    ),
)  # fmt: skip
def test_any_view_of_any_script_is_a_capture(view, script) -> None:
    scene = play(FAKED, HELLO, script=script)
    seen = frames(scene, view)
    assert [frame.time_ns for frame in seen] == sorted(frame.time_ns for frame in seen)
    assert len(packets_of(scene, view)) == len(seen)
