"""What may look like a strategy and is the capture's, the network's or the stack's doing.

In: a conversation and its segment classes. Out: names of what was found, each with what it can hide
or fake. They are told before a strategy is (domain reference 1.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.evasion.sighting import Scene
from workbench.traffic.conversation import TCP, Conversation
from workbench.traffic.numbering import NO_SYN
from workbench.traffic.segments import RETRANSMISSION, Segments

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Confounder:
    """Something that recognition had to allow for.

    Parameters
    ----------
    name : str
        ``offload``, ``oversize``, ``duplicates``, ``truncated``, ``no-handshake``, ``one-sided``,
        ``retransmissions``, ``distance``.
    note : str
        What it hides or looks like.
    frames : tuple of int
        Some of its packets.
    """

    name: str
    note: str
    frames: tuple[int, ...] = ()


MOST_FRAMES = 8
NOTES = {
    "offload": "checksums of the client are unfinished: a wrong one says nothing",
    "oversize": "frames longer than a segment: cuts inside them are out of sight",
    "duplicates": "packets recorded twice: not taken for copies that were sent",
    "truncated": "payload cut by the capture: fakes are told by what is left of them",
    "no-handshake": "the beginning is missing: what came first is not known",
    "one-sided": "only one direction was captured: no answer proves anything",
    "retransmissions": "sent again: a tool repeats its act with each of them",
    "distance": "routers in between: what died before them, and first copies, are out of sight",
}
"""What each hides, or looks like."""


def confounders(
    conversation: Conversation, segments: Segments, scene: Scene
) -> tuple[Confounder, ...]:
    """Return what stands between this capture and what was sent.

    Parameters
    ----------
    conversation : Conversation
        One connection.
    segments : Segments
        What `workbench.traffic.segments.classify` says of it.
    scene : Scene
        What `workbench.evasion.sighting.look` says of it.

    Returns
    -------
    tuple of Confounder
        Empty for a clean recording at the client.
    """
    found: list[Confounder] = []
    mine = conversation.direction == 0
    if segments.offload[0].startswith("offload"):
        found.append(_made(conversation, "offload", np.flatnonzero(mine)))
    if scene.full:
        large = np.flatnonzero(mine & (conversation.length > scene.full))
        found += [_made(conversation, "oversize", large)] if len(large) else []
    if segments.duplicates != "none":
        found.append(_made(conversation, "duplicates", np.flatnonzero(segments.copy_of >= 0)))
    short = np.flatnonzero(conversation.captured < conversation.length)
    found += [_made(conversation, "truncated", short)] if len(short) else []
    if conversation.protocol == TCP:
        found += _of_stream(conversation, segments, scene)
    return tuple(found)


def _of_stream(conversation: Conversation, segments: Segments, scene: Scene) -> list[Confounder]:
    """Return what only streams have."""
    mine = conversation.direction == 0
    nothing = np.empty(0, "i8")
    again = np.flatnonzero(mine & (segments.kind == RETRANSMISSION))
    there = {
        "no-handshake": conversation.origins[0].rule == NO_SYN,
        "one-sided": bool(mine.all()) or not mine.any(),
        "retransmissions": bool(len(again)),
        "distance": scene.steps > 0,
    }
    return [
        _made(conversation, name, again if name == "retransmissions" else nothing)
        for name, yes in there.items()
        if yes
    ]


def _made(conversation: Conversation, name: str, places: Array) -> Confounder:
    frames = conversation.frame[places[:MOST_FRAMES]].tolist()
    return Confounder(name, NOTES[name], tuple(frames))
