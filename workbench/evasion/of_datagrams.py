"""Name the strategy of a connection of datagrams.

In: a scene. Out: `Recognised`.
"""

from __future__ import annotations

from typing import Any

from workbench.evasion.additions import Udp
from workbench.evasion.datagrams import first_datagrams
from workbench.evasion.fakes import payload_of
from workbench.evasion.fingerprints import Sign, guess_tool
from workbench.evasion.fooling import fooling_of, ttl_of
from workbench.evasion.markers import Request
from workbench.evasion.notes import Notes, frames, note_fooling, note_ttl
from workbench.evasion.phases import Fake, Split
from workbench.evasion.recognised import Beside, Recognised
from workbench.evasion.sighting import Scene
from workbench.evasion.strategy import NONE, Strategy

FRAGMENT_LIMIT = 400
"""A first fragment smaller than this is no path's doing (IPv4 hosts take 576 bytes, RFC 791)."""


def of_datagrams(number: int, scene: Scene, beside: Beside) -> Recognised:
    """Name the strategy of a connection of datagrams."""
    found = first_datagrams(scene.packets)
    fields: dict[str, Any] = {}
    notes = Notes()
    request = found.request
    fakes = []
    for group in found.fakes:
        fooling = fooling_of(group[0], None)
        payload = payload_of(group[0], "quic" if found.quic else "unknown-udp")
        own = payload.kind == "default"
        fakes.append(
            Fake(
                "fake",
                ttl_of(group),
                fooling=fooling,
                payloads=() if own else (payload,),
                repeats=len(group),
            )
        )
        path = f"phase1.{len(fakes) - 1}" if len(fakes) > 1 else "phase1"
        notes.add(path, frames(group), note="datagrams before the request")
        note_ttl(scene, notes, path, fakes[-1].ttl, group)
        note_fooling(scene, notes, path, fooling, group, 0)
    if fakes:
        fields["phase1"] = tuple(fakes)
    if request is not None and 0 < request.cut < FRAGMENT_LIMIT:
        fields["phase2"] = Split("ipfrag2", fragment_udp=request.cut)
        notes.add("phase2", [request.frame], note=f"first fragment of {request.cut} bytes")
    if found.tail and request is not None:
        fields["udp"] = Udp("udplen", found.tail)
        notes.add("udp", [request.frame], note="bytes behind the last QUIC packet")
    kind = "quic" if found.quic else "unknown"
    facts = Request(kind, request.length if request else 0)
    if not fields:
        return Recognised(number, NONE, facts, kind=kind)
    signs = [Sign("nfqws", 2, "a packet of protocol 255 beside it")] if beside.strays else []
    own = any(fake.payloads == () for fake in fakes) and found.quic
    signs += [Sign("nfqws", 1, "the payload that zapret brings along")] if own else []
    guess = guess_tool(signs)
    strategy = Strategy(**fields, tool=guess.tool, evidence=notes.found)
    return Recognised(number, strategy, facts, (), scene.distance, kind)
