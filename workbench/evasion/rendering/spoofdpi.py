"""Descriptors as SpoofDPI command lines, flags of version 1."""

from __future__ import annotations

from workbench.evasion.parsing.spoofdpi import DEFAULT_TTL
from workbench.evasion.rendering.equivalents import to_sockets
from workbench.evasion.rendering.words import MAX_BYTES, option
from workbench.evasion.strategy import Fake, Payload, Position, Sockets, Strategy


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said; splits of packet tools become writes.
    program : str
        ``spoofdpi``.

    Returns
    -------
    list of str
        Not quoted.
    """
    known = strategy if strategy.sockets else _written(strategy)
    words = [program, "--https-split-mode", *_mode(known.sockets)]
    words += option("https-disorder") if known.sockets and _disordered(known.sockets) else []
    ttls = [one.ttl for one in known.phase1 if one.ttl.mode == "auto" and one.ttl.value]
    if ttls and ttls[0].value != DEFAULT_TTL:
        words += option("default-fake-ttl", ttls[0].value)
    for kind, wanted in (("https", ""), ("udp", "udp")):
        mine = [one for one in known.phase1 if one.kind == "fake" and one.transport == wanted]
        words += _fake(mine[0], kind) if mine else []
    return words


def _written(strategy: Strategy) -> Strategy:
    """Return a strategy with writes, its fakes kept: SpoofDPI makes packets for those."""
    made = to_sockets(strategy)
    if made.sockets and not any(piece.kind == "fake" for piece in made.sockets.pieces):
        return Strategy(phase1=strategy.phase1, sockets=made.sockets, tool=strategy.tool)
    return strategy


def _disordered(sockets: Sockets) -> bool:
    """Return whether every other piece goes with TTL 1."""
    return sockets.alternate or any(one.kind == "disorder" for one in sockets.pieces)


def _mode(sockets: Sockets | None) -> list[str]:
    """Return the split mode, with the size of chunks."""
    if sockets is None:
        return ["none"]
    if sockets.name_bytes:
        return ["sni"]
    if sockets.chunk:
        return ["chunk", *option("https-chunk-size", min(sockets.chunk, 255))]
    pieces = [piece.position for piece in sockets.plain().pieces]
    if pieces == [Position("random")]:
        return ["random"]
    return ["first-byte"] if Position("", 1) in pieces else ["none"]


def _fake(fake: Fake, kind: str) -> list[str]:
    """Return the options of fakes."""
    words = option(f"{kind}-fake-count", min(fake.repeats, 255))
    data = _bytes(fake.payloads)
    return words + (option(f"{kind}-fake-packet", data) if data else [])


def _bytes(payloads: tuple[Payload, ...]) -> str:
    """Return a fake's bytes as hexadecimal numbers."""
    first = payloads[0].data if payloads and payloads[0].kind == "bytes" else None
    if not first or len(first) > MAX_BYTES:
        return ""
    return ",".join(f"0x{one:02x}" for one in first)
