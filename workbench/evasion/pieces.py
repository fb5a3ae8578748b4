"""Pieces of a socket's writing turned into the descriptor of tpws, byedpi and SpoofDPI.

In: pieces as they were written. Out: `Sockets`, every piece with its readings.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.evasion.fakes import payload_of
from workbench.evasion.fooling import ttl_of
from workbench.evasion.notes import Context, Notes, note_fooling, note_ttl
from workbench.evasion.sockets import Piece, Sockets
from workbench.evasion.values import NO_FOOLING, Payload, Position
from workbench.evasion.written import Written, chunk

BYEDPI_NAME = "www.wikipedia.org"
"""Server name of the hello that byedpi brings along."""


def sockets_of(context: Context, written: Written, byte: int, notes: Notes) -> Sockets:
    """Return how a socket was written to.

    Parameters
    ----------
    context : Context
        What was seen.
    written : Written
        Its pieces.
    byte : int
        The urgent byte.
    notes : Notes
        Takes the evidence.
    """
    kinds, ends = written.kinds, written.ends
    stop = ends[-1] >= context.facts.length or ends[-1] == context.volley.parts[-1].end
    cuts = len(ends) - 1 if stop else len(ends)
    before, size = chunk(ends, ends[-1]) if set(kinds) == {"split"} else (len(ends), 0)
    pieces = []
    for at in range(min(cuts, before)):
        readings = context.readings(ends[at]) or (Position("", ends[at]),)
        pieces.append(Piece(kinds[at], readings[0]))
        part = context.volley.parts[min(at, len(context.volley.parts) - 1)]
        notes.add(f"sockets.pieces.{at}", [part.seen.frame],
                  rivals=[str(one) for one in readings[1:]], note=f"offset {ends[at]}")  # fmt: skip
    alternate = stop and cuts > 0 and kinds[-1] == "disorder" and len(kinds) > 2
    if alternate:
        pieces = [replace(one, kind="split") if one.kind == "disorder" else one for one in pieces]
    fooling, odd = context.fooling(written.fakes) if written.fakes else (NO_FOOLING, 0)
    ttl = ttl_of(written.fakes)
    shown = [part.seen.frame for part in context.volley.parts]
    rivals = [] if written.sure else ["multisplit"]
    rivals += ["socket-disorder", "socket-fake"] if written.late else []
    if any(part.seen.answered for part in context.volley.parts[1:]):
        rivals.append("inbound-window")
    if any(part.ghost for part in context.volley.parts):
        rivals += ["multidisorder", "socket-disorder"]
    notes.add("sockets", shown, rivals=rivals, note=context.volley.text[:200])
    if written.fakes:
        note_ttl(context.scene, notes, "sockets", ttl, written.fakes)
        note_fooling(context.scene, notes, "sockets", fooling, written.fakes, odd)
    return Sockets(
        tuple(pieces),
        alternate=alternate,
        chunk=size,
        oob_byte=byte,
        ttl=ttl,
        fooling=fooling,
        payloads=_swapped_payloads(written),
    )


def _swapped_payloads(written: Written) -> tuple[Payload, ...]:
    """Return what swapped pieces held; nothing for what byedpi brings along."""
    if not written.fakes:
        return ()
    longest = max(written.fakes, key=lambda one: len(one.data))
    payload = payload_of(longest, "tls")
    own = payload.sni in ("", BYEDPI_NAME)
    return () if own else (Payload(protocol="tls", sni=payload.sni),)
