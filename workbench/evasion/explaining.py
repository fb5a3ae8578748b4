"""A strategy in plain words: what is sent, in the order in which it is sent."""

from __future__ import annotations

from workbench.evasion.additions import Dup, Http, Limits, Orig, Window
from workbench.evasion.catalogue import catalogue
from workbench.evasion.differences import words
from workbench.evasion.phases import HEADER_MODES, Fake, Opening, Split
from workbench.evasion.sockets import Sockets
from workbench.evasion.strategy import NO_LIMITS, PLAIN_HTTP, Scope, Strategy
from workbench.evasion.values import Fooling, Payload, Position, Ttl

_ORDINARY = "Nothing is changed: the request goes out as the kernel sends it."
_MOMENTS = {"data": "the request", "ack": "each bare acknowledgement", "syn": "the SYN"}
_PIECES = {
    "split": "written as it is",
    "disorder": "written with TTL 1, so that the kernel repeats it after the next",
    "oob": "written with an urgent byte behind it",
    "disoob": "written with TTL 1 and an urgent byte behind it",
    "fake": "sent with other bytes first; the kernel's repetition carries the genuine ones",
}
_UNITS = {"n": "packet", "d": "packet with data", "s": "relative sequence number"}


def explain(strategy: Strategy) -> list[str]:
    """Return what a strategy does, a sentence for each act.

    Parameters
    ----------
    strategy : Strategy
        Names in it are shown escaped, whatever they hold.

    Returns
    -------
    list of str
        In order of sending.

    Examples
    --------
    >>> from workbench.evasion.parsing import parse
    >>> for line in explain(parse("nfqws --dpi-desync=fake,multisplit --dpi-desync-ttl=3")):
    ...     print(line)
    fake: Sends packets with another payload before the request, made so that the server never
    takes them. TTL 3; payload: the tool's own for the protocol; once.
    multisplit: Sends the request in parts, first to last. Cut at 2.
    Sent the way of nfqws.
    """
    plain = strategy.plain()
    lines = [_opening(one) for one in plain.phase0] + [_fake(one) for one in plain.phase1]
    lines += [_split(plain.phase2)] if plain.phase2 else []
    lines += _others(plain)
    lines += _sockets(plain.sockets) if plain.sockets else []
    lines += [] if plain.http == PLAIN_HTTP else _http(plain.http)
    lines += [_dup(plain.dup)] if plain.dup else []
    lines += [_orig(plain.orig)] if plain.orig else []
    lines = lines or [_ORDINARY]
    lines += [] if plain.limits == NO_LIMITS else [_limits(plain.limits)]
    lines += [f"IP-ID: {plain.ip_id_mode}."] if plain.ip_id_mode else []
    lines += [f"Sent the way of {plain.tool}."] if plain.tool else []
    return lines + _scope(strategy.scope)


def _said(name: str) -> str:
    """Return a strategy's name and what it does, as the catalogue has it."""
    return f"{name}: {catalogue().strategies[name].does}"


def _ttl(ttl: Ttl, ttl6: Ttl | None = None) -> str:
    """Return a TTL in words."""
    texts = {
        "same": "TTL of the genuine packets",
        "fixed": f"TTL {ttl.value}",
        "auto": f"TTL hops{ttl.delta:+d}, from {ttl.low} to {ttl.high}",
    }
    six = "" if ttl6 is None else f" (IPv6: {_ttl(ttl6)})"
    return texts[ttl.mode] + six


def _fooling(fooling: Fooling) -> str:
    """Return what is wrong with a fake."""
    if not fooling:
        return ""
    parts = []
    for kind in sorted(fooling.kinds):
        known = {
            "badseq": f"badseq {fooling.badseq_increment:+d}/{fooling.badack_increment:+d}",
            "ts": f"ts {fooling.ts_increment:+d}",
        }
        parts.append(known.get(kind, kind))
    return "; fooling " + ", ".join(parts)


def _payloads(payloads: tuple[Payload, ...]) -> str:
    """Return what fakes carry."""
    if not payloads:
        return "the tool's own for the protocol"
    return ", then ".join(_safe(str(one)) for one in payloads)


def _safe(text: str) -> str:
    """Return a text whose control and bidirectional characters are escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def _times(count: int) -> str:
    """Return a number of times."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _places(positions: tuple[Position, ...]) -> str:
    """Return positions in one line."""
    return ", ".join(str(one) for one in positions) or "nothing"


def _opening(one: Opening) -> str:
    """Return a sentence about the handshake."""
    detail = {
        "synack": f"{_ttl(one.ttl, one.ttl6)}{_fooling(one.fooling)}",
        "syndata": f"Payload: {_payloads((one.payload,))}",
        "synack-split": f"Variant {_safe(one.variant)}",
    }
    return f"{_said(one.kind)} {detail[one.kind]}."


def _fake(one: Fake) -> str:
    """Return a sentence about a fake."""
    if one.kind in HEADER_MODES:
        return _said(one.kind)
    parts = [_ttl(one.ttl, one.ttl6) + _fooling(one.fooling)]
    parts += [] if one.kind in {"rst", "rstack"} else [f"payload: {_payloads(one.payloads)}"]
    parts += [_times(one.repeats)]
    parts += ["each further one starts where the one before ended"] if one.advance_seq else []
    parts += [f"written over: {_safe(words(one.tampers))}"] if one.tampers else []
    if one.after or one.at != "data":
        parts.append(f"{'after' if one.after else 'before'} {_MOMENTS[one.at]}")
    parts += ["before datagrams"] if one.transport == "udp" else []
    return f"{_said(one.kind)} {'; '.join(parts)}."


def _split(one: Split) -> str:
    """Return a sentence about how the request is cut."""
    if one.kind == "ipfrag2" and not one.positions:
        at = f"Cut {one.fragment_tcp} bytes (TCP) or {one.fragment_udp} (UDP) behind"
        return f"{_said(one.kind)} {at} the start of the transport header."
    parts = [] if one.kind == "hostfakesplit" else [f"Cut at {_places(one.positions)}"]
    parts += [f"order variant {one.altorder}"] if one.altorder else []
    if one.seqovl:
        filling = _payloads((one.seqovl_pattern,)) if one.seqovl_pattern else "zeros"
        parts.append(f"overlap of {one.seqovl} with {filling}")
    if one.kind not in {"multisplit", "multidisorder", "ipfrag2"}:
        parts.append(f"fakes: {_ttl(one.ttl, one.ttl6)}{_fooling(one.fooling)}")
        parts += [f"each fake {_times(one.repeats)}"] if one.repeats > 1 else []
    parts += [f"fakes filled with {_payloads((one.pattern,))}"] if one.pattern else []
    parts += [f"fake name like {_safe(one.host_fake)}"] if one.host_fake else []
    parts += [f"genuine name cut at {one.midhost}"] if one.midhost else []
    parts += [f"{one.pause_ms} ms between parts"] if one.pause_ms else []
    return f"{_said(one.kind)} {'; '.join(parts)}."


def _others(plain: Strategy) -> list[str]:
    """Return sentences about records, datagrams, windows and what Geneva alone says."""
    lines = []
    if plain.tls_records:
        lines.append(f"{_said('tlsrec')} Records end at {_places(plain.tls_records)}.")
    if plain.tls_minor is not None:
        lines.append(f"{_said('tlsminor')} Version 3.{plain.tls_minor}.")
    if plain.udp:
        name = "quic-drop" if plain.udp.kind == "drop" else plain.udp.kind
        by = f" By {plain.udp.increment:+d} bytes." if name == "udplen" else ""
        lines.append(f"{_said(name)}{by}")
    lines += [_window(plain.window)] if plain.window else []
    lines += [f"{_said('mss')} {plain.mss} bytes."] if plain.mss else []
    lines += [f"{_said('oob')} Byte 0x{plain.oob.byte:02x}."] if plain.oob else []
    if plain.program:
        lines.append(f"{_said('geneva-program')} {_safe(plain.program)}")
    return lines


def _window(one: Window) -> str:
    """Return a sentence about a window."""
    name = "inbound-window" if one.kind == "inbound" else one.kind
    scale = "" if one.scale is None else f", scale {one.scale}"
    return f"{_said(name)} Window {one.size}{scale}."


def _sockets(one: Sockets) -> list[str]:
    """Return sentences about what is written to a socket."""
    lines = [_said(name) for name in one.kinds()]
    lines += [f"Up to {piece.position}: {_PIECES[piece.kind]}." for piece in one.pieces]
    lines += [f"The rest in pieces of {one.chunk} bytes."] if one.chunk else []
    lines += ["The server name byte by byte."] if one.name_bytes else []
    lines += ["Every other piece, the first included, with TTL 1."] if one.alternate else []
    lines += ["The first piece with an urgent byte behind it."] if one.first_oob else []
    if any(piece.kind == "fake" for piece in one.pieces):
        detail = f"{_ttl(one.ttl)}{_fooling(one.fooling)}; payload: {_payloads(one.payloads)}"
        lines.append(f"Fake pieces: {detail}.")
    return lines + (["Selective acknowledgements are dropped."] if one.drop_sack else [])


def _http(http: Http) -> list[str]:
    """Return sentences about an HTTP head."""
    lines = [_said(name) for name in Strategy(http=http).names()]
    lines += [f"The header's name is written {_safe(http.spelling)}."] if http.spelling else []
    return lines + ([f"{http.pad} bytes of headers."] if http.pad else [])


def _dup(one: Dup) -> str:
    """Return a sentence about copies."""
    parts = [_times(one.count), _ttl(one.ttl, one.ttl6) + _fooling(one.fooling)]
    parts += ["in place of the packet"] if one.replace else []
    return f"{_said('dup')} {'; '.join(parts)}{_range(one.start, one.cutoff)}."


def _orig(one: Orig) -> str:
    """Return a sentence about changes to genuine packets."""
    name = "orig-mod" if one.flags_set or one.flags_unset else "orig-ttl"
    return f"{_said(name)} {_ttl(one.ttl, one.ttl6)}{_range(one.start, one.cutoff)}."


def _limits(one: Limits) -> str:
    """Return a sentence about which packets are touched."""
    parts = [f"Packets touched:{_range(one.start, one.cutoff) or ' all'}"]
    parts += ["requests of any protocol"] if one.any_protocol else []
    parts += [] if one.skip_nosni else ["hellos without a name too"]
    return "; ".join(parts) + "."


def _range(start: str, cutoff: str) -> str:
    """Return from which packet to which."""
    first = f" from {_UNITS[start[0]]} {start[1:]}" if start else ""
    return first + (f" before {_UNITS[cutoff[0]]} {cutoff[1:]}" if cutoff else "")


def _scope(scope: Scope) -> list[str]:
    """Return a sentence about the connections that a profile is for."""
    parts = [
        f"{name} {_safe(text)}" for name, text in (("TCP", scope.tcp), ("UDP", scope.udp)) if text
    ]
    parts += [f"protocols {_safe(', '.join(scope.l7))}"] if scope.l7 else []
    parts += [_safe(scope.l3)] if scope.l3 else []
    parts += [f"names {_safe(', '.join(scope.hosts))}"] if scope.hosts else []
    parts += [f"not {_safe(', '.join(scope.not_hosts))}"] if scope.not_hosts else []
    parts += [_safe(", ".join(scope.lists))] if scope.lists else []
    return [f"For connections: {'; '.join(parts)}."] if parts else []
