"""What waits in the queue is decided as the tools do, and nothing is sent outside a laboratory."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, PATH
from workbench.errors import WorkbenchError
from workbench.evasion.compose import PathFacts, compose
from workbench.evasion.compose.client import Client
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE, Strategy, Window
from workbench.lab import sender
from workbench.lab.queue import ACCEPT, DROP
from workbench.lab.sender import Decision, Desync, Emitter, refuse_outside

SEED = 5


def decided(command: str, path: PathFacts = PATH, request: bytes = HELLO):
    """Return the decision about every packet of a client, and the composer's packets."""
    strategy = parse(command)
    desync, kernel = Desync(strategy, SEED), Client(NONE, request, path)
    packets = kernel.opening() + kernel.request()
    decisions = [desync.decide(one.datagram()) for one in packets]
    return packets, decisions, compose(strategy, request, path, seed=SEED)


def left(packets, decisions) -> list[bytes]:
    """Return what leaves the host."""
    out = []
    for packet, decision in zip(packets, decisions, strict=True):
        out += [one.datagram() for one in decision.emitted]
        if decision.verdict == ACCEPT:
            out.append(packet.datagram())
        elif decision.verdict != DROP:
            out.append(decision.verdict)
    return out


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ("--dpi-desync=fake --dpi-desync-ttl=3", "passes"),
        ("--dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3", "dropped"),
        ("--dpi-desync=rst --dpi-desync-ttl=3", "passes"),
        ("--orig-ttl=5", "changed"),
        ("--dpi-desync=syndata", "passes"),
    ],
)
@pytest.mark.parametrize("path", [PATH, PathFacts(client="fd77:1::1", server="fd77:5::11")])
def test_what_leaves_is_what_is_composed(options, last, path) -> None:
    packets, decisions, composed = decided(f"nfqws {options}", path)
    assert left(packets, decisions) == [one.datagram() for one in composed]
    verdict = decisions[-1].verdict
    kinds = {ACCEPT: "passes", DROP: "dropped"}
    assert (kinds[verdict] if isinstance(verdict, int) else "changed") == last


def test_the_remains_of_a_replaced_syn_take_its_place() -> None:
    packets, decisions, _ = decided("nfqws --dpi-desync=syndata")
    remains = decisions[0].verdict
    assert isinstance(remains, bytes)
    assert (remains[8], remains[9]) == (1, 255)
    assert remains[20:] == packets[0].datagram()[20:]


def test_without_a_strategy_everything_passes() -> None:
    packets = compose(NONE, HELLO, PATH)
    desync = Desync()
    assert [desync.decide(one.datagram()) for one in packets] == [Decision(ACCEPT)] * len(packets)


def test_what_is_not_understood_passes() -> None:
    desync = Desync(parse("nfqws --dpi-desync=fake"))
    for data in (b"", b"\x45" * 30, compose(NONE, HELLO)[2].but(checksum_xor=7).datagram()):
        assert desync.decide(data) == Decision(ACCEPT)


def test_a_servers_window_is_changed_on_its_way_in() -> None:
    desync = Desync(Strategy(tool="geneva", window=Window("inbound", 40)), SEED)
    (syn, *_) = compose(NONE, HELLO, PATH)
    answer = syn.but(ends=syn.ends.turned(), flags=0x12, seq=9, window=65160)
    assert desync.decide(answer.datagram()) == Decision(ACCEPT)
    desync.decide(syn.datagram())
    assert desync.decide(answer.datagram()).verdict == answer.but(window=40).datagram()


def test_connections_are_forgotten_when_there_are_many(monkeypatch) -> None:
    monkeypatch.setattr(sender, "MOST_FLOWS", 3)
    desync = Desync(parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3"), SEED)
    paths = [PATH.but(client_port=port) for port in range(40_000, 40_005)]
    clients = [Client(NONE, HELLO, path) for path in paths]
    for client in clients:
        for packet in client.opening():
            desync.decide(packet.datagram())
    emitted = [len(desync.decide(one.request()[0].datagram()).emitted) for one in clients[2:]]
    assert emitted == [1, 1, 1]
    assert desync.decide(clients[0].request()[0].datagram()).emitted == ()


def test_it_refuses_to_send_outside_a_laboratory() -> None:
    with pytest.raises(WorkbenchError, match="laboratory"):
        refuse_outside()
    with pytest.raises(WorkbenchError, match="laboratory"):
        Emitter()
