"""A whole connection as it happens: what the client sends, what arrives, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.evasion.compose.client import Client
from workbench.evasion.compose.headers import TCP, TIMESTAMPS, walk_options
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import MS, PathFacts
from workbench.evasion.compose.server import Server, plausible_answer
from workbench.evasion.markers import request_facts
from workbench.evasion.strategy import Strategy

FIRST_REPETITION_NS = 204 * MS


@dataclass(frozen=True, slots=True)
class Event:
    """A packet and the moment at which its sender let it go.

    Parameters
    ----------
    time_ns : int
        Counted from the SYN's departure.
    packet : Sent
        What was sent.
    lost_behind : int, optional
        Number of the last router that it passed, where it is lost for another reason than its TTL.
    """

    time_ns: int
    packet: Sent
    lost_behind: int | None = None

    def reach(self, path: PathFacts) -> int:
        """Return behind how many routers it is still seen; `path.hops` is the server's link."""
        far = min(self.packet.ttl - 1, path.hops)
        return far if self.lost_behind is None else min(far, self.lost_behind)

    def time_at(self, place: int, path: PathFacts) -> int:
        """Return when it passes the link behind a number of routers."""
        part = place if self.packet.from_client else path.hops - place
        return self.time_ns + path.rtt_ns // 2 * part // max(path.hops, 1)

    def arrives(self, path: PathFacts) -> bool:
        """Tell whether it comes to the other host."""
        return self.reach(path) >= path.hops


@dataclass(frozen=True, slots=True)
class Script:
    """What happens besides the strategy.

    Parameters
    ----------
    answer : bytes, optional
        What the server answers; something plausible by default.
    silent : bool
        Whether nothing of the client's arrives once its request begins (a black hole).
    repetitions : int
        How often the kernel repeats the whole request, each time through the tool.
    lost : frozenset of int
        Numbers, from 0, of the packets of the request's first volley that are lost on the way.
    lost_behind : int
        Number of the last router that they pass.
    """

    answer: bytes | None = None
    silent: bool = False
    repetitions: int = 0
    lost: frozenset[int] = frozenset()
    lost_behind: int = 0


PLAIN = Script()


@dataclass(frozen=True, slots=True)
class Scene:
    """All packets of a connection, both directions, in the order of sending.

    Parameters
    ----------
    path : PathFacts
        Where.
    events : tuple of Event
        What was sent.
    delivered : bytes
        What the server's application read.
    """

    path: PathFacts
    events: tuple[Event, ...]
    delivered: bytes

    @property
    def sent(self) -> tuple[Sent, ...]:
        """The client's packets."""
        return tuple(event.packet for event in self.events if event.packet.from_client)


def play(
    strategy: Strategy,
    request: bytes,
    path: PathFacts | None = None,
    script: Script = PLAIN,
    *,
    seed: int = 0,
    files: Mapping[str, bytes] | None = None,
) -> Scene:
    r"""Return a connection with the server's side.

    Parameters
    ----------
    strategy, request, path, seed, files
        As in `workbench.evasion.compose.compose`.
    script : Script
        What else happens.

    Returns
    -------
    Scene
        The same for the same arguments.

    Raises
    ------
    ParameterError
        As `compose`.

    Examples
    --------
    >>> from workbench.evasion.strategy import NONE
    >>> scene = play(NONE, b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n")
    >>> len(scene.delivered), [event.packet.from_client for event in scene.events[:3]]
    (31, [True, False, True])
    """
    path = path or PathFacts()
    client = Client(strategy, request, path, seed=seed, files=files)
    events: list[Event] = []
    _note(events, client.opening())
    first = len(events)
    _note(events, client.request())
    for number, event in enumerate(events[first:]):
        if number in script.lost or script.silent:
            events[first + number] = Event(event.time_ns, event.packet, script.lost_behind)
    for number in range(script.repetitions):
        pause = FIRST_REPETITION_NS << number
        again = len(events)
        _note(events, client.again(pause))
        for at in range(again, len(events) if script.silent else again):
            events[at] = Event(events[at].time_ns, events[at].packet, script.lost_behind)
    answer = script.answer
    if answer is None:
        answer = plausible_answer(request_facts(request).kind, seed=seed)
    server = Server(path, len(request), answer)
    replies = _replies(server, events, path)
    events += replies
    if not client.datagrams:
        _acknowledge(client, events, replies, path)
    ordered = sorted(events, key=lambda event: event.time_ns)
    return Scene(path, tuple(ordered), bytes(server.delivered))


def _note(events: list[Event], sent: list[Sent]) -> None:
    """Append packets, each its pause after the one before."""
    time_ns = events[-1].time_ns if events else 0
    for packet in sent:
        if events:
            time_ns += packet.pause_ns
        events.append(Event(time_ns, packet))


def _replies(server: Server, events: list[Event], path: PathFacts) -> list[Event]:
    """Return what the server sends, in the order of what arrives."""
    replies: list[Event] = []
    for event in events:
        if not event.arrives(path):
            continue
        arrival = event.time_at(path.hops, path)
        time_ns = arrival
        for reply in server.receive(event.packet, arrival):
            time_ns += reply.pause_ns
            replies.append(Event(time_ns, reply))
    return replies


def _acknowledge(
    client: Client, events: list[Event], replies: list[Event], path: PathFacts
) -> None:
    """Append the client's ACKs of the server's data: one when the last segment of it has come."""
    data = [event for event in replies if event.packet.protocol == TCP and event.packet.payload]
    if not data:
        return
    last = data[-1]
    end = _offset(last.packet, path) + last.packet.length
    stamps = dict(walk_options(last.packet.options)).get(TIMESTAMPS, bytes(8))
    start = max(event.time_ns for event in events if event.packet.from_client)
    time_ns = max(last.time_at(0, path), start)
    echo = int.from_bytes(stamps[:4], "big")
    _note_at(events, client.acknowledge(time_ns, end, echo), time_ns)


def _note_at(events: list[Event], sent: list[Sent], time_ns: int) -> None:
    """Append packets that begin at a moment."""
    for packet in sent:
        events.append(Event(time_ns, packet))
        time_ns += packet.pause_ns if packet is not sent[0] else 0


def _offset(packet: Sent, path: PathFacts) -> int:
    """Return where a server's segment stands in its stream."""
    return (packet.seq - path.server_isn - 1) & 0xFFFFFFFF
