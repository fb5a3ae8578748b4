"""Streams of a conversation: what a naive reader sees, and what a side means to be delivered.

In: one conversation and its segment classes. Out: reassembled bytes with their sources. How
pieces are put together is `workbench.traffic.reassembly`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import ParameterError
from workbench.traffic.assembled import Conflict, Range, Stream
from workbench.traffic.conversation import RST, TCP, URG, Conversation
from workbench.traffic.reassembly import MAX_BYTES, POLICIES, Piece, reassemble

if TYPE_CHECKING:
    from workbench.traffic.segments import Segments

__all__ = (
    "MAX_BYTES", "POLICIES", "Conflict", "Piece", "Range", "Stream", "genuine_stream",
    "naive_stream", "pieces_of", "reassemble",
)  # fmt: skip


def pieces_of(conversation: Conversation, chosen: Iterable[int]) -> Iterator[Piece]:
    """Return the payloads of chosen packets as pieces.

    Parameters
    ----------
    conversation
        Any conversation.
    chosen
        Places of packets, in order.

    Yields
    ------
    Piece
        One for each packet that has captured payload.
    """
    for index in chosen:
        data = conversation.payload(index)
        if data:
            yield Piece(
                int(conversation.offset[index]),
                data,
                int(conversation.frame[index]),
                int(conversation.time_ns[index]),
            )


def naive_stream(
    conversation: Conversation, direction: int, policy: str = "linux", max_bytes: int = MAX_BYTES
) -> Stream:
    """Put together everything that one side sent, fakes too, as a reader without doubts would.

    Parameters
    ----------
    conversation
        Any conversation.
    direction
        0 for the client's bytes, 1 for the server's.
    policy, max_bytes
        As for `reassemble`, which says what is raised.

    Returns
    -------
    Stream
        All payload, resets' left out.
    """
    chosen = (conversation.direction == direction) & ((conversation.flags & RST) == 0)
    pieces = pieces_of(conversation, np.flatnonzero(chosen).tolist())
    return reassemble(pieces, policy, start=_begin(conversation, direction), max_bytes=max_bytes)


def genuine_stream(
    conversation: Conversation,
    segments: Segments,
    direction: int,
    *,
    urgent: str = "drop",
    max_bytes: int = MAX_BYTES,
) -> Stream:
    """Put together what one side means to be delivered.

    Genuine packets are put together as Linux does; where they leave holes, packets of unknown
    standing fill them, in order of arrival. Fakes and second recordings are left out.

    Parameters
    ----------
    conversation
        Any conversation.
    segments
        What `classify` says of it.
    direction
        0 for the client's bytes, 1 for the server's.
    urgent
        ``drop`` leaves out urgent bytes, as a receiver does that does not ask for them in line (RFC
        6093; the urgent byte is the one before the pointer), ``inline`` keeps them.
    max_bytes
        Most memory, as for `reassemble`.

    Returns
    -------
    Stream
        With `skipped`, the offsets of urgent bytes left out.

    Raises
    ------
    ParameterError
        If `urgent` is neither, or as `reassemble`.
    """
    if urgent not in ("drop", "inline"):
        raise ParameterError.not_among("urgent", urgent, ("drop", "inline"))
    from workbench.traffic.segments import GENUINE, KEEP_ALIVE, UNKNOWN

    usable = (conversation.direction == direction) & (segments.copy_of < 0)
    usable &= (conversation.length > 0) & ((conversation.flags & RST) == 0)
    usable &= segments.kind != KEEP_ALIVE
    genuine = np.flatnonzero(usable & (segments.standing == GENUINE)).tolist()
    doubtful = np.flatnonzero(usable & (segments.standing == UNKNOWN)).tolist()
    start = _begin(conversation, direction)
    pieces = list(pieces_of(conversation, genuine))
    found = reassemble(pieces, "linux", start=start, max_bytes=max_bytes)
    if doubtful:
        # Doubtful pieces only where nothing genuine is, wherever in the order they came.
        filled = [Piece(*piece) for offset, data in found.stretches() for piece in
                  found.sourced(offset, data)]  # fmt: skip
        filled += pieces_of(conversation, doubtful)
        found = reassemble(filled, "first", start=start, max_bytes=max_bytes)
    if urgent == "inline" or conversation.protocol != TCP:
        return found
    return found.without(_urgent_bytes(conversation, genuine + doubtful))


def _begin(conversation: Conversation, direction: int) -> int:
    """Return the first offset: 0, or what was captured first where the beginning is missing."""
    if conversation.origins[direction].known or conversation.protocol != TCP:
        return 0
    mine = (conversation.direction == direction) & (conversation.length > 0)
    offsets = conversation.offset[mine & (conversation.offset > -(1 << 20))]
    return min(0, int(offsets.min())) if len(offsets) else 0


def _urgent_bytes(conversation: Conversation, chosen: list[int]) -> list[int]:
    """Return the offsets of urgent bytes (the last urgent one, RFC 6093 section 2)."""
    places = [index for index in chosen if conversation.flags[index] & URG]
    found = set()
    for index in places:
        pointer = max(int(conversation.urgent[index]), 1) - 1
        if pointer < conversation.length[index]:
            found.add(int(conversation.offset[index]) + pointer)
    return sorted(found)
