"""What happens at the handshake: SYN+ACK of the client, data in the SYN, windows, MSS, copies.

In: a scene and its conversation. Out: the parts of a descriptor that show before the request.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workbench.evasion.additions import Dup, Orig, Window
from workbench.evasion.fakes import payload_of
from workbench.evasion.fooling import fooling_of, layout_names, ttl_of
from workbench.evasion.phases import Opening
from workbench.evasion.seen import ACK, RST, SYN, Seen
from workbench.evasion.sighting import Scene
from workbench.evasion.values import Ttl
from workbench.traffic.conversation import Conversation

Array = np.ndarray[Any, Any]

SMALL_WINDOW = 256
"""Bytes: windows below are no receiver's, but for one that is full."""
SMALL_MSS = 256
"""Smallest MSS that a route makes Linux announce (net.ipv4.route.min_adv_mss); below, a program
asked for it."""
FAST_OPEN = frozenset({"tfo", "exp"})
USUAL_SYN = 512


def openings(scene: Scene) -> list[tuple[Opening, tuple[int, ...]]]:
    """Return what phase 0 did, with its frames.

    Parameters
    ----------
    scene : Scene
        Of `workbench.evasion.sighting.look`.
    """
    found: list[tuple[Opening, tuple[int, ...]]] = []
    syns = [one for one in scene.packets if one.flags & (SYN | RST | ACK) == SYN]
    for one in scene.packets:
        if one.flags & (SYN | ACK | RST) == SYN | ACK and syns and one.frame < syns[0].frame:
            fooling = fooling_of(_bare(one), syns[0])
            found.append((Opening("synack", ttl_of([one]), fooling=fooling), (one.frame,)))
            break
    for one in syns:
        plain = one.flags == SYN and not one.hard and scene.answered
        if one.length and plain and not FAST_OPEN & set(layout_names(one.layout)):
            found.append((Opening("syndata", payload=payload_of(one, "syndata")), (one.frame,)))
            break
    return found


def _bare(one: Seen) -> Seen:
    """Return a packet without what its acknowledgement number says, which is made up."""
    return replace(one, ack_shift=0, hard=False)


def syn_copies(scene: Scene) -> tuple[Dup, tuple[int, ...]] | None:
    """Return copies of the SYN that were sent before it, with their frames."""
    syns = [one for one in scene.packets if one.flags & (SYN | RST | ACK) == SYN]
    marked = [one for one in syns if one.ttl or one.checksum is not None or one.md5]
    plain = [one for one in syns if one not in marked]
    if not marked or not plain or not marked[0].at_once(plain[0]):
        return None
    copies = [one for one in marked if one.at_once(plain[0])]
    fooling = fooling_of(copies[0], plain[0])
    return Dup(len(copies), ttl=ttl_of(copies), fooling=fooling), tuple(c.frame for c in copies)


def client_window(conversation: Conversation) -> tuple[Window, tuple[int, ...]] | None:
    """Return a client's window that was made tiny until its request, with the frames.

    A receiver that is short of memory opens with a window of some hundred bytes at least, and does
    not open it at once after its own first request.
    """
    mine = conversation.direction == 0
    flags = conversation.flags
    syn = np.flatnonzero(mine & ((flags & (SYN | ACK | RST)) == SYN))
    later = mine & ((flags & (SYN | RST | ACK)) == ACK)
    acks = np.flatnonzero(later)
    if not len(syn) or not len(acks):
        return None
    first, ack = int(syn[0]), int(acks[0])
    scale = int(conversation.window_scale[first])
    size = int(conversation.window[ack])
    tiny = int(conversation.window[first]) < USUAL_SYN and 0 < size << max(scale, 0) < SMALL_WINDOW
    if not tiny:
        return None
    return (
        Window("wssize", size, scale if scale >= 0 else None),
        (int(conversation.frame[first]), int(conversation.frame[ack])),
    )


def server_window(conversation: Conversation) -> tuple[int, ...]:
    """Return the frame of a server's SYN+ACK whose window is tiny, as tools on servers set it."""
    answer = np.flatnonzero(
        (conversation.direction == 1) & ((conversation.flags & (SYN | ACK | RST)) == SYN | ACK)
    )
    small = [at for at in answer.tolist() if 0 < conversation.window[at] < SMALL_WINDOW]
    return (int(conversation.frame[small[0]]),) if small else ()


def small_mss(conversation: Conversation) -> tuple[int, tuple[int, ...]] | None:
    """Return an MSS of the client's SYN that no link asks for, with the frame."""
    syn = np.flatnonzero(
        (conversation.direction == 0) & ((conversation.flags & (SYN | ACK | RST)) == SYN)
    )
    if not len(syn) or not 0 < conversation.mss[syn[0]] < SMALL_MSS:
        return None
    return int(conversation.mss[syn[0]]), (int(conversation.frame[syn[0]]),)


def low_genuine(
    conversation: Conversation, scene: Scene, genuine: list[Seen]
) -> tuple[Orig, tuple[int, ...]] | None:
    """Return a TTL that genuine packets were given, with the frames.

    The handshake's last ACK, or all parts of a request, left with a lower TTL than the SYN.
    """
    flags, ttl = conversation.flags, conversation.ttl.astype("i4")
    mine = (conversation.direction == 0) & ((flags & RST) == 0)
    bare = mine & (conversation.length == 0) & ((flags & (SYN | ACK)) == ACK)
    answer = np.flatnonzero((conversation.direction == 1) & ((flags & SYN) != 0))
    acks = np.flatnonzero(bare)
    frames: list[int] = []
    values: set[int] = set()
    if scene.low_ack:
        after = int(acks[acks > answer[0]][0])
        frames.append(int(conversation.frame[after]))
        values.add(int(ttl[after]) + scene.steps)
    if genuine and all(one.ttl for one in genuine):
        frames += [one.frame for one in genuine]
        values |= {one.ttl for one in genuine}
    if len(values) != 1:
        return None
    return Orig(Ttl.fixed(values.pop())), tuple(frames)
