"""Descriptors as nfqws command lines (zapret 1), for winws and dvtws too.

Values that equal nfqws's defaults are left out; what nfqws cannot say is left out as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.evasion.parsing.nfqws_options import FAKE_OPTIONS
from workbench.evasion.parsing.zapret import FOOLING, L7, MARKERS, SCOPE_OPTIONS
from workbench.evasion.phases import FAKED, IPFRAG_TCP, IPFRAG_UDP
from workbench.evasion.rendering.equivalents import to_packets
from workbench.evasion.rendering.words import file_or_hex, flag_names, is_host, is_path, option
from workbench.evasion.strategy import (
    Dup,
    Fake,
    Fooling,
    Limits,
    Opening,
    Orig,
    Payload,
    Position,
    Scope,
    Split,
    Strategy,
    Ttl,
    Window,
)

_STARTS = {"nfqws": ["nfqws", "--qnum=200"], "dvtws": ["dvtws", "--port=989"]}
_DESYNC = "dpi-desync"
#: Modes whose packets have a TTL and a fooling.
_MAKERS = {"fake", "fakeknown", "rst", "rstack", "synack", *FAKED, "hostfakesplit"}


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said.
    program : {"nfqws", "winws", "dvtws"}
        Which of the three programs.

    Returns
    -------
    list of str
        Not quoted.
    """
    strategy = to_packets(strategy)
    words = list(_STARTS.get(program) or _winws(strategy.scope))
    words += scope_words(strategy.scope)
    words += _orig(strategy.orig) + _dup(strategy.dup) + _window(strategy.window)
    words += _http(strategy) + _modes(strategy) + _shared(strategy)
    words += [word for fake in strategy.phase1[:1] for word in _fake(fake)]
    words += _opening(strategy.phase0) + _split(strategy.phase2) + _udp(strategy)
    words += option("ip-id", strategy.ip_id_mode) if strategy.ip_id_mode else []
    return words + _limits(strategy.limits)


def scope_words(scope: Scope, known: Sequence[str] = L7) -> list[str]:
    """Return the options that say which connections a profile is for."""
    words = [f"--filter-{name}={ports}" for name, ports in _ports(scope).items()]
    l7, l3 = ([one for one in scope.l7 if one in known], scope.l3)
    words += option("filter-l7", ",".join(l7)) if l7 else []
    words += option("filter-l3", l3) if l3 in {"ipv4", "ipv6", "ipv4,ipv6", "ipv6,ipv4"} else []
    for name, hosts in (
        ("hostlist-domains", scope.hosts),
        ("hostlist-exclude-domains", scope.not_hosts),
    ):
        sayable = [host for host in hosts if is_host(host)]
        words += option(name, ",".join(sayable)) if sayable else []
    for item in scope.lists:
        name, _, value = item.partition("=")
        words += option(name, value) if name in SCOPE_OPTIONS and is_path(value) else []
    return words


def position_list(positions: tuple[Position, ...]) -> str:
    """Return the positions that zapret can say, joined by commas."""
    return ",".join(str(one) for one in positions if is_zapret_position(one))


def is_zapret_position(position: Position) -> bool:
    """Return whether a position is one that nfqws and tpws can say."""
    if position.scope or (position.marker and position.marker not in MARKERS):
        return False
    return position != Position() and -(2**15) <= position.delta < 2**15


def _ports(scope: Scope) -> dict[str, str]:
    """Return port filters that hold nothing but ports."""
    kept = {"tcp": scope.tcp, "udp": scope.udp}
    return {
        name: text for name, text in kept.items() if text and set(text) <= set("0123456789-,~*")
    }


def _winws(scope: Scope) -> list[str]:
    """Return how winws starts: its driver needs ports."""
    ports = _ports(scope)
    tcp = ports.get("tcp", "" if "udp" in ports else "443")
    words = ["winws"]
    words += option("wf-tcp", tcp) if tcp else []
    return words + (option("wf-udp", ports["udp"]) if "udp" in ports else [])


def _modes(strategy: Strategy) -> list[str]:
    """Return the option with the three phases."""
    zero: list[str] = [one.kind for one in strategy.phase0 if one.kind != "synack-split"]
    names = zero[:1]
    names += [one.kind for one in strategy.phase1[:1]]
    if strategy.phase2:
        names.append(strategy.phase2.kind)
    elif strategy.udp and strategy.udp.kind in {"udplen", "tamper"}:
        names.append(strategy.udp.kind)
    return option(_DESYNC, ",".join(names)) if names else []


def _shared(strategy: Strategy) -> list[str]:
    """Return TTL, fooling and repeats: nfqws has one of each for all that it makes."""
    every: list[Fake | Split | Opening] = [*strategy.phase1[:1], *strategy.phase0]
    every += [strategy.phase2] if strategy.phase2 else []
    makers = [one for one in every if one.kind in _MAKERS]
    if not makers:
        return []
    words = ttl_words(_DESYNC, makers[0].ttl, makers[0].ttl6)
    words += fooling_words(_DESYNC, makers[0].fooling)
    repeats = max((one.repeats for one in makers if not isinstance(one, Opening)), default=1)
    return words + (option("dpi-desync-repeats", min(repeats, 1024)) if repeats > 1 else [])


def ttl_words(prefix: str, ttl: Ttl, ttl6: Ttl | None) -> list[str]:
    """Return the options of a TTL and of a hop limit that differs."""
    words = _one_ttl(prefix, "", ttl)
    return words if ttl6 is None else words + _one_ttl(prefix, "6", ttl6)


def _one_ttl(prefix: str, six: str, ttl: Ttl) -> list[str]:
    """Return the options of one TTL."""
    if ttl.mode == "same":
        return []
    words = option(f"{prefix}-ttl{six}", ttl.value) if 0 < ttl.value < 256 else []
    if ttl.mode == "auto":
        words += option(f"{prefix}-autottl{six}", f"{ttl.delta:+d}:{ttl.low}-{ttl.high}")
    return words


def fooling_words(prefix: str, fooling: Fooling) -> list[str]:
    """Return the options of a fooling."""
    plain, usual = fooling.plain(), Fooling()
    kinds = sorted(plain.kinds & set(FOOLING))
    words = option(f"{prefix}-fooling", ",".join(kinds)) if kinds else []
    for name in ("badseq", "badack", "ts"):
        value = getattr(plain, f"{name}_increment")
        if value != getattr(usual, f"{name}_increment"):
            words += option(f"{prefix}-{name}-increment", value)
    for name in ("set", "unset"):
        bits = getattr(plain, f"flags_{name}")
        words += option(f"{prefix}-tcp-flags-{name}", flag_names(bits)) if bits else []
    return words


def _opening(openings: tuple[Opening, ...]) -> list[str]:
    """Return the options of phase 0."""
    words = []
    for one in openings:
        if one.kind == "synack-split" and one.variant in {"syn", "synack", "acksyn"}:
            words += option("synack-split", one.variant)
        data = file_or_hex(one.payload) if one.kind == "syndata" else None
        words += option("dpi-desync-fake-syndata", data) if data else []
    return words


def _fake(fake: Fake) -> list[str]:
    """Return the options of phase 1's payloads."""
    plain = fake.plain()
    names = {protocol: name for name, protocol in FAKE_OPTIONS.items()}
    words = option("dpi-desync-fake-tcp-mod", "seq") if plain.advance_seq else []
    hellos = [one for one in plain.payloads if one.protocol == "tls"]
    for one in plain.payloads:
        name = names.get(one.protocol)
        text = _hello(one) if one.protocol == "tls" else file_or_hex(one)
        if name and text:
            alone = len(hellos) == 1 and text == "!" and one.protocol == "tls"
            words += [] if alone else option(name, text)
            words += _mods(one)
    return words


def _hello(payload: Payload) -> str | None:
    """Return a fake hello as nfqws writes it."""
    if payload.kind == "default":
        return f"!+{payload.offset}" if payload.offset else "!"
    return file_or_hex(payload)


def _mods(payload: Payload) -> list[str]:
    """Return the option for the mods of a hello."""
    if payload.protocol != "tls" or payload.mods is None:
        return []
    known = sorted(payload.mods & {"rnd", "rndsni", "dupsid", "padencap"})
    known += [f"sni={payload.sni}"] if is_host(payload.sni) else []
    return option("dpi-desync-fake-tls-mod", ",".join(known) or "none")


def _split(split: Split | None) -> list[str]:
    """Return the options of phase 2 for TCP, and of fragments."""
    if split is None:
        return []
    plain = split.plain()
    places = position_list(plain.positions)
    words = option("dpi-desync-split-pos", places) if places else []
    if plain.seqovl and is_zapret_position(plain.seqovl):
        words += option("dpi-desync-split-seqovl", plain.seqovl)
        words += _pattern("dpi-desync-split-seqovl-pattern", plain.seqovl_pattern)
    words += _pattern("dpi-desync-fakedsplit-pattern", plain.pattern)
    words += _order(plain)
    if plain.midhost and is_zapret_position(plain.midhost):
        words += option("dpi-desync-hostfakesplit-midhost", plain.midhost)
    for name, at, usual in (
        ("tcp", plain.fragment_tcp, IPFRAG_TCP),
        ("udp", plain.fragment_udp, IPFRAG_UDP),
    ):
        fits = at != usual and at % 8 == 0 and 8 <= at <= 9216
        words += option(f"dpi-desync-ipfrag-pos-{name}", at) if fits else []
    return words


def _order(split: Split) -> list[str]:
    """Return the option for order variant and fake host."""
    order = [f"altorder={split.altorder}"] if split.altorder else []
    if split.kind in FAKED and split.altorder in {*range(4), *range(8, 12), *range(16, 20)}:
        return option("dpi-desync-fakedsplit-mod", order[0]) if order else []
    if split.kind != "hostfakesplit":
        return []
    host = [f"host={split.host_fake}"] if is_host(split.host_fake) else []
    mods = host + (order if split.altorder == 1 else [])
    return option("dpi-desync-hostfakesplit-mod", ",".join(mods)) if mods else []


def _pattern(name: str, pattern: Payload | None) -> list[str]:
    """Return the option of a filling."""
    text = file_or_hex(pattern) if pattern else None
    return option(name, text) if text else []


def _udp(strategy: Strategy) -> list[str]:
    """Return the options of udplen."""
    if strategy.udp is None or strategy.udp.kind != "udplen" or strategy.phase2:
        return []
    plain = strategy.udp.plain()
    by = plain.increment
    words = option("dpi-desync-udplen-increment", by) if by != 2 and abs(by) < 2**15 else []
    return words + _pattern("dpi-desync-udplen-pattern", plain.pattern)


def _http(strategy: Strategy) -> list[str]:
    """Return the options of HTTP tricks."""
    http = strategy.http
    words = option("hostcase") if http.spelling == "host" else []
    if len(http.spelling) == 4 and http.spelling.isprintable() and http.spelling != "host":
        words += option("hostspell", http.spelling)
    words += option("domcase") if http.domain_case else []
    if http.method_eol:
        return words + option("methodeol")
    return words + (option("hostnospace") if http.no_space else [])


def _window(window: Window | None) -> list[str]:
    """Return the options of a rewritten window."""
    if window is None or window.kind == "inbound":
        return []
    scale = "" if window.scale in (None, 0) else f":{window.scale}"
    if window.kind == "wsize":
        return option("wsize", f"{window.size}{'' if window.scale is None else f':{window.scale}'}")
    words = option("wssize", f"{window.size}{scale}")
    words += option("wssize-cutoff", window.cutoff) if window.cutoff else []
    return words + ([] if window.forced_cutoff else option("wssize-forced-cutoff", 0))


def _dup(dup: Dup | None) -> list[str]:
    """Return the options of copies."""
    if dup is None or dup.count < 1:
        return []
    words = option("dup", min(dup.count, 1024)) + (option("dup-replace") if dup.replace else [])
    words += ttl_words("dup", dup.ttl, dup.ttl6) + fooling_words("dup", dup.fooling)
    words += option("dup-ip-id", dup.ip_id) if dup.ip_id in {"zero", "seq", "rnd"} else []
    words += option("dup-start", dup.start) if dup.start else []
    return words + (option("dup-cutoff", dup.cutoff) if dup.cutoff else [])


def _orig(orig: Orig | None) -> list[str]:
    """Return the options of changes to genuine packets."""
    if orig is None:
        return []
    words = ttl_words("orig", orig.ttl, orig.ttl6)
    for name, bits in (("set", orig.flags_set), ("unset", orig.flags_unset)):
        words += option(f"orig-tcp-flags-{name}", flag_names(bits)) if bits else []
    words += option("orig-mod-start", orig.start) if orig.start else []
    return words + (option("orig-mod-cutoff", orig.cutoff) if orig.cutoff else [])


def _limits(limits: Limits) -> list[str]:
    """Return the options that limit which packets are touched."""
    words = option("dpi-desync-any-protocol", 1) if limits.any_protocol else []
    words += [] if limits.skip_nosni else option("dpi-desync-skip-nosni", 0)
    words += option("dpi-desync-start", limits.start) if limits.start else []
    return words + (option("dpi-desync-cutoff", limits.cutoff) if limits.cutoff else [])
