"""A flow makes of a kernel's packets what the composer makes of its own."""

from __future__ import annotations

import pytest

from tests.evasion.compose import comparing, observed
from tests.evasion.compose.stage import HELLO, LONG
from workbench.evasion.compose import PathFacts, compose
from workbench.evasion.compose.client import Client
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE, Strategy, Window
from workbench.lab.flows import Flow
from workbench.lab.translating import read_packet

PATH = PathFacts(hops=5)
CANONICAL = (
    "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3 "
    "--dpi-desync-fooling=badsum,badseq"
)
SEED = 7


def read(packet):
    found = read_packet(packet.datagram())
    assert found is not None
    return found


def synack(path):
    """Return the server's answer as it arrives at the client."""
    packet = compose(NONE, b"x", path)[0]
    return packet.but(
        ends=packet.ends.turned(), flags=0x12, seq=path.server_isn, ack=path.client_isn + 1,
        ttl=path.arriving_ttl, window=65160,
    )  # fmt: skip


def live(strategy, request, path, files=None):
    """Return what a flow makes of what a kernel without any tool sends."""
    flow = Flow(strategy, SEED, files or {})
    kernel = Client(NONE, request, path)
    sent = []
    opening = kernel.opening()
    for number, packet in enumerate(opening):
        sent += flow.out(read(packet))
        if not number:
            flow.answered(read(synack(path)))
    for packet in kernel.request():
        sent += flow.out(read(packet))
    return sent


def wire(sent):
    return [one.datagram() for one in sent]


@pytest.mark.parametrize(
    "options",
    [
        CANONICAL.removeprefix("nfqws "),
        "--dpi-desync=fake --dpi-desync-autottl=-1:3-20",
        "--dpi-desync=syndata,multisplit --dpi-desync-split-pos=midsld",
        "--dpi-desync=multidisorder --dpi-desync-split-pos=1,midsld",
        "--dpi-desync=synack --dpi-desync-ttl=2",
        "--dup=2 --dup-ttl=3 --dup-cutoff=n4",
        "--orig-ttl=1 --orig-mod-start=s1 --orig-mod-cutoff=d1",
        "--wssize=1:6 --dpi-desync=multisplit --dpi-desync-split-pos=2",
        "--dpi-desync=fake --dpi-desync-fooling=md5sig --dpi-desync-start=n3",
        "--dpi-desync=hostfakesplit --dpi-desync-fooling=ts --ip-id=rnd",
    ],
)
@pytest.mark.parametrize("request_", [HELLO, LONG], ids=["short", "long"])
def test_the_composer_and_a_flow_agree(options, request_) -> None:
    strategy = parse(f"nfqws {options}")
    assert strategy
    expected = compose(strategy, request_, PATH, seed=SEED)
    assert wire(live(strategy, request_, PATH)) == wire(expected)


def test_every_recorded_command_of_a_packet_tool(shared) -> None:
    folder = shared / "captures" / "desync"
    compared = {}
    for row in observed.cases(folder):
        tcp = row["proto"].split("/")[0] in {"tls", "http"}
        if row["tool"] not in {"nfqws", "geneva", "youtubeUnblock"} or not tcp:
            continue
        if row["offload"] == "on" or row["snaplen"] != "262144" or ";" in row["domain"]:
            continue
        seen = observed.packets(folder / row["file"])
        path, request = observed.path_of(seen, row), comparing.request_for(seen, row)
        strategy = comparing.strategy_for(row, request, path)
        window = strategy.window
        if window is not None and window.kind == "inbound":
            continue
        expected = compose(strategy, request, path, seed=SEED, files=comparing.files())
        got = live(strategy, request, path, comparing.files())
        compared[row["case_id"]] = wire(got) == wire(expected)
    assert len(compared) >= 250
    assert [case for case, same in compared.items() if not same] == []


def flow_after_handshake(strategy):
    flow, kernel = Flow(strategy, SEED), Client(NONE, HELLO, PATH)
    for packet in kernel.opening():
        flow.out(read(packet))
    return flow, kernel


def test_a_repetition_is_treated_anew() -> None:
    flow, kernel = flow_after_handshake(parse(CANONICAL))
    (original,) = kernel.request()
    first = flow.out(read(original))
    (again,) = kernel.again(200_000_000)
    second = flow.out(read(again))
    assert [one.role for one in second] == [one.role for one in first] == [
        "fake", *["shadow", "part", "shadow"] * 2
    ]  # fmt: skip
    assert first[0].payload[100:] == second[0].payload[100:]
    assert second[0].ip_id == again.ip_id != first[0].ip_id


def test_a_repeated_piece_of_a_long_hello_is_seen_alone() -> None:
    strategy = parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3")
    request = LONG
    flow, kernel = Flow(strategy, SEED), Client(NONE, request, PATH)
    for packet in kernel.opening():
        flow.out(read(packet))
    pieces = kernel.request()
    assert flow.out(read(pieces[0])) == []
    assert [one.role for one in flow.out(read(pieces[1]))] == ["fake", "original", "original"]
    again = kernel.again(200_000_000)
    assert [one.role for one in flow.out(read(again[0]))] == ["fake", "original"]
    assert [one.role for one in flow.out(read(again[1]))] == ["original"]


def test_a_piece_that_comes_twice_before_the_rest_is_let_go() -> None:
    flow, kernel = Flow(parse(CANONICAL), SEED), Client(NONE, LONG, PATH)
    for packet in kernel.opening():
        flow.out(read(packet))
    first = read(kernel.request()[0])
    assert flow.out(first) == []
    assert wire(flow.out(first)) == [first.datagram()] * 2


def test_later_data_and_acknowledgements_pass() -> None:
    flow, kernel = flow_after_handshake(parse(CANONICAL))
    (original,) = kernel.request()
    flow.out(read(original))
    later = read(original).but(seq=original.seq + len(HELLO), payload=b"\x17\x03\x03\0\x01x")
    bare = later.but(payload=b"")
    assert wire(flow.out(later)) == [later.datagram()]
    assert wire(flow.out(bare)) == [bare.datagram()]


def test_a_connection_that_was_under_way_is_left_alone() -> None:
    (original,) = Client(NONE, HELLO, PATH).request()
    assert wire(Flow(parse(CANONICAL), SEED).out(read(original))) == [original.datagram()]


def test_a_port_that_is_used_again_starts_anew() -> None:
    flow, kernel = flow_after_handshake(parse(CANONICAL))
    flow.out(read(kernel.request()[0]))
    path = PATH.but(client_isn=5)
    again = Client(NONE, HELLO, path)
    for packet in again.opening():
        flow.out(read(packet))
    assert flow.out(read(again.request()[0]))[0].role == "fake"


@pytest.mark.parametrize(("scale", "kept"), [(None, True), (0, False)])
def test_the_servers_window_is_rewritten(scale, kept) -> None:
    flow = Flow(Strategy(tool="geneva", window=Window("inbound", 40, scale)), SEED)
    flow.out(read(compose(NONE, HELLO, PATH)[0]))
    shown = flow.answered(read(synack(PATH)))
    assert shown.window == 40
    assert (3 in shown.option_layout) is kept
    assert len(shown.options) == len(synack(PATH).options)


def test_datagrams_get_their_fakes() -> None:
    strategy = parse("nfqws --dpi-desync=fake --dpi-desync-repeats=2 --dpi-desync-ttl=3")
    datagram = b"\xc3\0\0\0\x01\x08" + bytes(1194)
    expected = compose(strategy, datagram, PATH, seed=SEED)
    (kernel,) = compose(NONE, datagram, PATH)
    assert [one.role for one in expected][:2] == ["fake", "fake"]
    assert wire(Flow(strategy, SEED).out(read(kernel))) == wire(expected)
