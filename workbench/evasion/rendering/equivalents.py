"""The nearest thing that a tool of the other kind can do.

Packet tools make packets, socket tools write to a socket. Cuts and reversed order have a
counterpart on the other side that looks alike to something in the path and differs on the wire;
what renders through here is therefore always listed as lost.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.evasion.strategy import Fake, Piece, Position, Sockets, Split, Strategy

_FAKES = ("fake", "fakeknown")


def to_sockets(strategy: Strategy) -> Strategy:
    """Return a strategy whose split and fake are written to a socket.

    Parameters
    ----------
    strategy : Strategy
        Unchanged where it has writes already, or no plain split and fake.

    Returns
    -------
    Strategy

    Examples
    --------
    >>> split = Strategy(phase2=Split("multidisorder", (Position("", 2),)))
    >>> to_sockets(split).text
    'socket-disorder'
    """
    if strategy.sockets:
        return strategy
    split = strategy.phase2
    fakes = [one for one in strategy.phase1 if one.kind in _FAKES and not one.transport]
    pieces = [Piece("fake", Position("", -1))] if fakes and split is None else []
    if split and split.kind in {"multisplit", "multidisorder"}:
        pieces = [Piece("split", one) for one in split.plain().positions]
    if not pieces:
        return strategy
    reversed_order = split is not None and split.kind == "multidisorder"
    made = Sockets(tuple(pieces), alternate=reversed_order)
    if fakes:
        made = replace(made, ttl=fakes[0].ttl, payloads=fakes[0].payloads)
    datagrams = tuple(one for one in strategy.phase1 if one.transport)
    return replace(strategy, phase1=datagrams, phase2=None, sockets=made)


def to_packets(strategy: Strategy) -> Strategy:
    """Return a strategy whose writes are packets that a tool makes.

    Parameters
    ----------
    strategy : Strategy
        Unchanged where it has a split already, or no writes.

    Returns
    -------
    Strategy

    Examples
    --------
    >>> to_packets(Strategy(sockets=Sockets((Piece("fake", Position("", -1)),)))).text
    'fake'
    """
    sockets = strategy.sockets.plain() if strategy.sockets else None
    if sockets is None or strategy.phase2:
        return strategy
    kinds = {piece.kind for piece in sockets.pieces}
    cuts = tuple(piece.position for piece in sockets.pieces if piece.kind != "fake")
    fakes = strategy.phase1
    if "fake" in kinds:
        fakes = (*fakes, Fake("fake", sockets.ttl, payloads=sockets.payloads))
    disorder = sockets.alternate or bool(kinds & {"disorder", "disoob"})
    split = Split("multidisorder" if disorder else "multisplit", cuts) if cuts else None
    return replace(strategy, phase1=fakes, phase2=split, sockets=None)
