"""Descriptors as nfqws2 command lines (zapret 2): a Lua function for each act, in order."""

from __future__ import annotations

from workbench.evasion.parsing.nfqws2 import NO_FAKES
from workbench.evasion.parsing.nfqws2_arguments import BUILT_IN
from workbench.evasion.phases import FAKED, HEADER_MODES, Fake, Opening, Split
from workbench.evasion.rendering.equivalents import to_packets
from workbench.evasion.rendering.nfqws import is_zapret_position, position_list, scope_words
from workbench.evasion.rendering.words import file_or_hex, flag_names, is_host, option
from workbench.evasion.strategy import Dup, Fooling, Oob, Orig, Payload, Position, Strategy, Window
from workbench.evasion.values import Ttl

_LEFT_OUT = {number: sorted(names) for names, number in NO_FAKES.items()}
_BLOBS = {protocol: name for name, protocol in BUILT_IN.items()}
_SWITCHES = {
    "md5sig": "tcp_md5", "badsum": "badsum", "tsup": "tcp_ts_up", "hopbyhop": "ip6_hopbyhop",
    "hopbyhop2": "ip6_hopbyhop2",
}  # fmt: skip
_LIBRARIES = ["--lua-init=@zapret-lib.lua", "--lua-init=@zapret-antidpi.lua"]


class _Writer:
    """Collects blobs and calls."""

    def __init__(self) -> None:
        self.blobs: dict[str, str] = {}
        self.words: list[str] = []

    def call(self, function: str, *arguments: str) -> None:
        """Add a call."""
        self.words += option("lua-desync", ":".join((function, *arguments)))

    def data(self, name: str, payload: Payload | None) -> list[str]:
        """Return the argument for some bytes; a file becomes a blob."""
        if payload is None:
            return []
        mods = _mods(payload) if name == "blob" else []
        if payload.kind == "default" and payload.protocol in _BLOBS and not payload.offset:
            return [f"{name}={_BLOBS[payload.protocol]}", *mods]
        text = file_or_hex(payload)
        if text is None:
            return []
        if not text.startswith("0x"):
            known = self.blobs.setdefault(text, f"blob{len(self.blobs) + 1}")
            return [f"{name}={known}", *mods]
        return [f"{name}={text}", *mods]


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said; writes of socket tools become packets.
    program : str
        ``nfqws2``.

    Returns
    -------
    list of str
        Not quoted.
    """
    known = to_packets(strategy).plain()
    writer = _Writer()
    for opening in known.phase0:
        _opening(writer, opening)
    _window(writer, known.window)
    _oob(writer, known.oob)
    _http(writer, known)
    _orig(writer, known.orig)
    _dup(writer, known.dup)
    for fake in known.phase1:
        _fake(writer, fake)
    _split(writer, known.phase2)
    _udp(writer, known)
    blobs = [
        word for text, name in writer.blobs.items() for word in option("blob", f"{name}:{text}")
    ]
    start = [program, "--qnum=200", *_LIBRARIES, *blobs]
    return start + scope_words(strategy.scope) + writer.words


def _mods(payload: Payload) -> list[str]:
    """Return the argument for the mods of a hello."""
    known = sorted((payload.mods or frozenset()) & {"rnd", "rndsni", "dupsid", "padencap"})
    known += [f"sni={payload.sni}"] if payload.mods is not None and is_host(payload.sni) else []
    return [f"tls_mod={','.join(known)}"] if known else []


def _ttl(ttl: Ttl, ttl6: Ttl | None) -> list[str]:
    """Return the arguments of a TTL; each version of IP has its own."""
    words = _one_ttl("ip", ttl)
    return words + (_one_ttl("ip6", ttl6) if ttl6 else [])


def _one_ttl(version: str, ttl: Ttl) -> list[str]:
    """Return the arguments of a TTL for one version of IP."""
    if ttl.mode == "auto":
        fallback = [f"{version}_ttl={ttl.value}"] if ttl.value else []
        return [*fallback, f"{version}_autottl={ttl.delta:+d},{ttl.low}-{ttl.high}"]
    return [f"{version}_ttl={ttl.value}"] if ttl.mode == "fixed" and ttl.value else []


def _fooling(fooling: Fooling) -> list[str]:
    """Return the arguments of a fooling."""
    plain = fooling.plain()
    words = [_SWITCHES[kind] for kind in sorted(plain.kinds) if kind in _SWITCHES]
    if "badseq" in plain.kinds:
        words += [f"tcp_seq={plain.badseq_increment}", f"tcp_ack={plain.badack_increment}"]
    words += [f"tcp_ts={plain.ts_increment}"] if "ts" in plain.kinds else []
    down = flag_names(plain.flags_unset | (16 if "datanoack" in plain.kinds else 0))
    words += [f"tcp_flags_set={flag_names(plain.flags_set)}"] if plain.flags_set else []
    return words + ([f"tcp_flags_unset={down}"] if down else [])


def _repeats(count: int) -> list[str]:
    """Return the argument of repeats."""
    return [f"repeats={count}"] if count > 1 else []


def _opening(writer: _Writer, one: Opening) -> None:
    """Write an act at the handshake."""
    if one.kind == "synack-split":
        known = one.variant in {"syn", "synack", "acksyn"}
        writer.call("synack_split", *([f"mode={one.variant}"] if known else []))
    elif one.kind == "synack":
        writer.call("synack", *(["badsum"] if "badsum" in one.fooling.kinds else []))
    else:
        writer.call("syndata", *writer.data("blob", one.payload))


def _fake(writer: _Writer, one: Fake) -> None:
    """Write a fake, or one for each payload."""
    common = _ttl(one.ttl, one.ttl6) + _fooling(one.fooling) + _repeats(one.repeats)
    if one.kind in {"rst", "rstack"}:
        writer.call("rst", *(["rstack"] if one.kind == "rstack" else []), *common)
    elif one.kind not in HEADER_MODES:
        for payload in one.payloads or (Payload(protocol="tls"),):
            data = writer.data("blob", payload) or ["blob=fake_default_tls"]
            writer.call("fake", *data, *common)


def _split(writer: _Writer, one: Split | None) -> None:
    """Write a cut."""
    if one is None:
        return
    if one.kind == "ipfrag2":
        places = [f"ipfrag_pos_tcp={one.fragment_tcp}", f"ipfrag_pos_udp={one.fragment_udp}"]
        if all(at % 8 == 0 and 8 <= at <= 9216 for at in (one.fragment_tcp, one.fragment_udp)):
            writer.call("send", "ipfrag", *places)
            writer.call("drop")
        return
    cuts = position_list(one.positions)
    arguments = [f"pos={cuts}"] if cuts else []
    if one.seqovl and is_zapret_position(one.seqovl):
        arguments += [f"seqovl={one.seqovl}", *writer.data("seqovl_pattern", one.seqovl_pattern)]
    if one.kind in FAKED:
        arguments += [*_LEFT_OUT.get(one.altorder, []), *writer.data("pattern", one.pattern)]
    if one.kind == "hostfakesplit":
        arguments += [f"host={one.host_fake}"] if is_host(one.host_fake) else []
        middle = one.midhost if one.midhost and is_zapret_position(one.midhost) else None
        arguments += [f"midhost={middle}"] if middle else []
    arguments += _ttl(one.ttl, one.ttl6) + _fooling(one.fooling) + _repeats(one.repeats)
    function = "multidisorder_legacy" if one.kind == "multidisorder" else one.kind
    writer.call(function, *arguments)


def _window(writer: _Writer, one: Window | None) -> None:
    """Write a rewritten window."""
    if one is None or one.kind == "inbound":
        return
    scale = [] if one.scale is None else [f"scale={one.scale}"]
    forced = [] if one.forced_cutoff else ["forced_cutoff=no"]
    ranged = one.kind == "wssize" and bool(one.cutoff)
    writer.words += option("out-range", f"<{one.cutoff}") if ranged else []
    writer.call(one.kind, f"wsize={one.size}", *scale, *(forced if one.kind == "wssize" else []))
    writer.words += option("out-range", "a") if ranged else []


def _oob(writer: _Writer, one: Oob | None) -> None:
    """Write an urgent byte."""
    if one is None:
        return
    place = "b" if one.position is None else "e" if one.position == Position("end") else ""
    if not place and one.position and is_zapret_position(one.position):
        place = str(one.position)
    writer.call("oob", f"byte={one.byte}", *([f"urp={place}"] if place else []))


def _http(writer: _Writer, known: Strategy) -> None:
    """Write changes to HTTP heads."""
    spelling = known.http.spelling
    if len(spelling) == 4 and spelling.isalpha():
        writer.call("http_hostcase", *([] if spelling == "host" else [f"spell={spelling}"]))
    for used, name in (
        (known.http.domain_case, "http_domcase"),
        (known.http.unix_eol, "http_unixeol"),
        (known.http.method_eol, "http_methodeol"),
    ):
        if used:
            writer.call(name)


def _ranged(writer: _Writer, start: str, cutoff: str, function: str, *arguments: str) -> None:
    """Write a call for some packets only."""
    if start or cutoff:
        writer.words += option("out-range", f"{start}{'<' if cutoff else '-'}{cutoff}")
    writer.call(function, *arguments)
    if start or cutoff:
        writer.words += option("out-range", "a")


def _orig(writer: _Writer, one: Orig | None) -> None:
    """Write changes to genuine packets."""
    if one:
        words = _ttl(one.ttl, one.ttl6)
        words += [f"tcp_flags_set={flag_names(one.flags_set)}"] if one.flags_set else []
        words += [f"tcp_flags_unset={flag_names(one.flags_unset)}"] if one.flags_unset else []
        _ranged(writer, one.start, one.cutoff, "pktmod", *words)


def _dup(writer: _Writer, one: Dup | None) -> None:
    """Write copies."""
    if one:
        ids = [] if one.ip_id == "same" else [f"ip_id={one.ip_id}"]
        words = [*ids, *_ttl(one.ttl, one.ttl6), *_fooling(one.fooling), *_repeats(one.count)]
        _ranged(writer, one.start, one.cutoff, "send", *words)


def _udp(writer: _Writer, known: Strategy) -> None:
    """Write what is done to datagrams."""
    if known.udp is None:
        return
    if known.udp.kind == "udplen":
        by = known.udp.increment
        fits = abs(by) < 2**15
        increment = [f"increment={by}"] if fits else []
        writer.call("udplen", *increment, *writer.data("pattern", known.udp.pattern))
    else:
        writer.call("dht_dn" if known.udp.kind == "tamper" else "drop")
