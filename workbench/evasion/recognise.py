"""Name the strategy of a connection: confounders, genuine request, tokens, grammar, parameters.

In: one conversation. Out: a `Strategy`; `NONE` where nothing but ordinary sending is to be seen,
which is a result like any other. Every value has its frames and its rival readings (domain
reference 5).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.evasion.confounders import confounders
from workbench.evasion.markers import Request
from workbench.evasion.of_datagrams import of_datagrams
from workbench.evasion.of_stream import OfStream
from workbench.evasion.recognised import Beside, Recognised
from workbench.evasion.sighting import look
from workbench.evasion.strategy import NONE, Strategy
from workbench.traffic.conversation import TCP, UDP, Conversation, converse
from workbench.traffic.segments import Segments, classify


def recognise(
    conversation: Conversation,
    segments: Segments | None = None,
    beside: Beside | None = None,
) -> Strategy:
    """Name what a client did to its own packets.

    Parameters
    ----------
    conversation : Conversation
        Packets of one connection (`workbench.traffic.conversation`).
    segments : Segments, optional
        What `workbench.traffic.segments.classify` says of it, where that is known already.
    beside : Beside, optional
        What lies beside the connection.

    Returns
    -------
    Strategy
        Equal to `NONE` for ordinary traffic.

    Examples
    --------
    >>> import io
    >>> from workbench.capture.problems import ProblemList
    >>> from workbench.capture.reader import decode_source
    >>> from workbench.capture.sources import Source
    >>> from workbench.capture.warmup import small_pcap
    >>> from workbench.traffic.connections import find_connections
    >>> from workbench.traffic.conversation import Conversations
    >>> packets = decode_source(Source("small", small_pcap()), ProblemList())
    >>> recognise(Conversations(find_connections(packets))[0]).text
    ''
    """
    return examine(conversation, segments, beside).strategy


def examine(
    conversation: Conversation,
    segments: Segments | None = None,
    beside: Beside | None = None,
) -> Recognised:
    """Name what a client did, with what the name stands on; see `recognise`."""
    if conversation.protocol not in (TCP, UDP) or not len(conversation):
        return Recognised(conversation.number, NONE, Request("unknown", 0))
    whole = conversation
    conversation = at_one_place(conversation)
    known = classify(conversation) if segments is None or conversation is not whole else segments
    scene = look(conversation, known)
    near = beside or Beside()
    if conversation.protocol == UDP:
        found = of_datagrams(conversation.number, scene, near)
    else:
        found = OfStream(conversation, scene, near).recognised()
    return replace(found, confounders=confounders(conversation, known, scene))


def at_one_place(conversation: Conversation) -> Conversation:
    """Return the packets of the interface nearest to the client, where several saw the connection.

    Each interface of a file may be another place of the path; together they show every packet
    several times, and fakes with every TTL on their way.
    """
    interface = conversation.packets.columns["interface"][conversation.rows]
    places = np.unique(interface).tolist()
    if len(places) < 2:
        return conversation
    client = conversation.direction == 0
    highest = {
        place: int(conversation.ttl[client & (interface == place)].max(initial=0))
        for place in places
    }
    both = [place for place in places if (interface == place)[~client].any()] or places
    best = max(both, key=lambda place: (highest[place], -place))
    chosen = interface == best
    return converse(
        conversation.packets,
        conversation.rows[chosen],
        conversation.direction[chosen],
        conversation.number,
        conversation.protocol,
    )


__all__ = ("Beside", "Recognised", "examine", "recognise")
