"""Hand-made sequences: signatures as packets, and connections played by the composer."""

from __future__ import annotations

import re

from tests.evasion.compose.stage import HELLO, PATH
from workbench.evasion.compose.capture import View, packets_of
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.scene import PLAIN, Script, play
from workbench.evasion.genuine import asked, settle, without_urgent
from workbench.evasion.grammar import Shape, natural_cuts, read_shape
from workbench.evasion.parsing.commands import parse_profiles
from workbench.evasion.recognise import examine
from workbench.evasion.recognised import Recognised
from workbench.evasion.seen import Seen
from workbench.evasion.sighting import Scene, look
from workbench.evasion.strategy import Strategy
from workbench.evasion.tokens import Volley, first_volley
from workbench.traffic.connections import Connections, find_connections
from workbench.traffic.conversation import Conversation, Conversations
from workbench.traffic.segments import classify

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}
STEP_NS = 50_000
CLEAN = View()
_WORD = re.compile(r"(-?\d+):(\d+)(?:\[([^\]]*)\])?(?:=(.*))?$")
_BETWEEN = re.compile(r" (?=-?\d+:|ip255|udp|frag|<)")


def packets(signature: str) -> list[Seen]:
    """Return the packets of a signature: relative-seq:length[marks]=payload, one word a packet."""
    found = []
    for number, word in enumerate(_BETWEEN.split(signature), 1):
        match = _WORD.match(word)
        if match:
            found.append(_packet(number, *match.groups()))
    return found


def _packet(number: int, seq: str, length: str, marks: str | None, payload: str | None) -> Seen:
    values: dict[str, object] = {"flags": 24}
    for mark in (marks or "").split(","):
        values |= _marked(mark)
    offset = 0 if int(values["flags"]) & 2 else int(seq) - 1  # type: ignore[call-overload]
    data = _bytes(payload, int(length))
    return Seen(number, number * STEP_NS, offset, int(length), data=data, **values)  # type: ignore[arg-type]


def _marked(mark: str) -> dict[str, object]:
    if mark.startswith("ttl"):
        return {"ttl": int(mark[3:])}
    if mark.startswith("ack"):
        return {"ack_shift": int(mark[3:]) - 1, "hard": True}
    if mark == "badsum":
        return {"checksum": 0x1234, "hard": True}
    if mark == "md5":
        return {"md5": True, "hard": True}
    if mark.startswith("ts"):
        return {"timestamp": 0, "hard": True}
    if mark and set(mark) <= set(FLAGS):
        flags = sum(FLAGS[one] for one in mark)
        return {"flags": flags, "hard": not flags & (16 | 6)}
    return {}


def _bytes(payload: str | None, length: int) -> bytes:
    if payload is None:
        return b""
    if payload == "zeros":
        return bytes(length)
    if payload.startswith("CH"):
        return (b"\x16\x03\x01\xff" + payload.encode() + b"\xbb" * length)[:length]
    head = bytes.fromhex(payload) if re.fullmatch("([0-9a-f]{2})+", payload) else b"GET /x"
    return (head + b"\xaa" * length)[:length]


def volley_of(signature: str) -> Volley:
    """Return the first volley of a signature."""
    sent, _, _ = without_urgent(packets(signature))
    standing = settle(sent)
    return first_volley(sent, standing, asked(sent, standing))


def shape_of(signature: str, full: int = 1448, host: tuple[int, int] | None = None) -> Shape:
    """Return the shape of a signature."""
    volley = volley_of(signature)
    return read_shape(volley, natural_cuts(volley.parts, full), host)


def played(
    command: str | Strategy,
    request: bytes = HELLO,
    path: PathFacts = PATH,
    script: Script = PLAIN,
    *,
    view: View = CLEAN,
    seed: int = 7,
) -> Connections:
    """Return the connections that the composer plays for a command."""
    strategy = parse_profiles(command)[0] if isinstance(command, str) else command
    scene = play(strategy, request, path, script, seed=seed)
    return find_connections(packets_of(scene, view))


def conversation(command: str | Strategy, request: bytes = HELLO, **more: object) -> Conversation:
    """Return the first conversation that the composer plays for a command."""
    return Conversations(played(command, request, **more))[0]  # type: ignore[arg-type]


def scene(command: str | Strategy, request: bytes = HELLO, **more: object) -> Scene:
    """Return what is seen of it."""
    spoken = conversation(command, request, **more)
    return look(spoken, classify(spoken))


def examined(command: str | Strategy, request: bytes = HELLO, **more: object) -> Recognised:
    """Return what is made of it."""
    return examine(conversation(command, request, **more))


def found(command: str | Strategy, request: bytes = HELLO, **more: object) -> Strategy:
    """Return the strategy that is recognised."""
    return examined(command, request, **more).strategy
