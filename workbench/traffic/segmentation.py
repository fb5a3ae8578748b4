"""Segments as they were on the wire, where the capture holds longer ones or may have joined some.

In: one conversation. Out: virtual segments of at most the connection's segment size. A sender's
card cuts long segments only behind the place of capture (TSO, GSO); a receiver's joins them before
it (GRO, LRO).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.traffic.conversation import SYN, TCP, Conversation

Array = np.ndarray[Any, Any]

DEFAULT_MSS = {4: 536, 6: 1220}
"""What holds without the option (RFC 9293, 3.7.1)."""
TCP_HEADER = 20
MAX_VIRTUAL = 1_000_000


@dataclass(frozen=True, slots=True)
class Virtual:
    """Segments of one direction as the wire had them.

    Attributes
    ----------
    index
        int64, place of the captured packet in the conversation.
    offset, length
        int64, stream offset and payload bytes of each piece.
    cut
        bool, one of several pieces of a captured packet.
    segment_size
        Most payload bytes that a segment can have; -1 where no SYN says it.
    oversize
        Captured packets that are longer.
    truncated
        Whether there would be more pieces than `MAX_VIRTUAL`.
    """

    index: Array
    offset: Array
    length: Array
    cut: Array
    segment_size: int
    oversize: int
    truncated: bool = False


def segment_sizes(conversation: Conversation) -> tuple[int, int]:
    """Return the largest segment that each direction may send, options not counted.

    Parameters
    ----------
    conversation
        A TCP conversation.

    Returns
    -------
    tuple of int
        What the other side's SYN allows (RFC 6691), at most what the sender's own SYN says, since
        one path limits both; -1 where neither SYN was captured.
    """
    opening = (conversation.flags & SYN) != 0
    said = []
    for side in (0, 1):
        mine = conversation.mss[opening & (conversation.direction == side)]
        known = mine[mine > 0]
        said.append(int(known[0]) if len(known) else DEFAULT_MSS[4] if len(mine) else -1)
    both = [size for size in said if size > 0]
    least = min(both) if both else -1
    return (least if said[1] > 0 or said[0] > 0 else -1, least)


def virtual_segments(conversation: Conversation, direction: int) -> Virtual:
    """Cut captured packets that are longer than a segment into those that the wire had.

    Parameters
    ----------
    conversation
        A TCP conversation.
    direction
        0 for the client's packets, 1 for the server's.

    Returns
    -------
    Virtual
        One entry a segment, in the order of capture. Where the segment size is not known, or the
        oversize packets arrived so (then cuts are a guess), pieces are the packets themselves.
    """
    size = segment_sizes(conversation)[direction] if conversation.protocol == TCP else -1
    chosen = (conversation.direction == direction) & (conversation.length > 0)
    places = np.flatnonzero(chosen)
    lengths = conversation.length[places]
    # Options take room within the segment size (RFC 6691).
    room = np.maximum(size - (conversation.header[places] - TCP_HEADER), 1)
    counts = np.ones(len(places), "i8") if size <= 0 else -(-lengths // room)
    oversize = int((counts > 1).sum())
    truncated = int(counts.sum()) > MAX_VIRTUAL
    if truncated:
        counts = np.ones(len(places), "i8")
    repeated = np.repeat(np.arange(len(places)), counts)
    nth = np.arange(len(repeated)) - np.repeat(np.cumsum(counts) - counts, counts)
    step = np.where(counts > 1, room, lengths)[repeated]
    return Virtual(
        index=places[repeated],
        offset=conversation.offset[places][repeated] + nth * step,
        length=np.minimum(step, lengths[repeated] - nth * step),
        cut=counts[repeated] > 1,
        segment_size=size,
        oversize=oversize,
        truncated=truncated,
    )


def acknowledged_boundaries(conversation: Conversation, direction: int) -> Array:
    """Return the stream offsets at which the other side's acknowledgements stop.

    They show true segment ends inside a captured packet that is longer than a segment.

    Parameters
    ----------
    conversation
        A TCP conversation.
    direction
        Whose stream: 0 for the client's, 1 for the server's.

    Returns
    -------
    ndarray of int64
        Sorted, each once, above 0.
    """
    from workbench.traffic.conversation import ACK, RST

    answering = conversation.direction == 1 - direction
    answering &= (conversation.flags & (ACK | RST)) == ACK
    found = np.unique(conversation.ack_offset[answering])
    above: Array = found[found > 0]
    return above
