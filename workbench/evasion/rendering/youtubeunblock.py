"""Descriptors as youtubeUnblock command lines; every default that matters is written out."""

from __future__ import annotations

from workbench.evasion.parsing.youtubeunblock import FAKING, KEPT
from workbench.evasion.rendering.equivalents import to_packets
from workbench.evasion.rendering.words import MAX_BYTES, is_host, is_path, option
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Payload,
    Position,
    Scope,
    Split,
    Strategy,
    Ttl,
    Window,
)

_WAYS = {kind: way for way, kind in FAKING.items() if kind}
_ORDER = {
    "multisplit": (0, 0), "multidisorder": (1, 0), "fakedsplit": (0, 1), "fakeddisorder": (1, 1),
}  # fmt: skip
_PORTS = set("0123456789-,")


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said; writes of socket tools become packets.
    program : str
        ``youtubeUnblock``.

    Returns
    -------
    list of str
        Not quoted.
    """
    known = to_packets(strategy)
    tcp = [one for one in known.phase1 if one.kind == "fake" and one.transport != "udp"][:1]
    udp = [one for one in known.phase1 if one.kind == "fake" and one.transport == "udp"][:1]
    words = [program, "--queue-num=537", *_scope(known.scope)]
    words += option("fake-sni", 1 if tcp else 0)
    words += _faking(tcp, known.phase2, udp)
    words += [word for one in tcp for word in _fake(one)]
    words += _split(known.phase2)
    words += [word for one in udp for word in _udp_fake(one)]
    words += option("quic-drop") if known.udp and known.udp.kind == "drop" else []
    words += _window(known.window)
    opened = [one for one in known.phase0 if one.kind == "syndata"][:1]
    for one in opened:
        words += [*option("synfake", 1), *option("synfake-len", min(one.payload.length, 65535))]
    return words


def _faking(tcp: list[Fake], split: Split | None, udp: list[Fake]) -> list[str]:
    """Return how fakes are spoilt, which all of them share."""
    shadows = [split] if split and split.kind in {"fakedsplit", "fakeddisorder"} else []
    makers: list[Fake | Split] = [*tcp, *shadows]
    hops = [one.ttl for one in (*makers, *udp) if one.ttl.mode == "fixed" and one.ttl.value]
    words = option("faking-ttl", hops[0].value) if hops else []
    if not makers:
        return words
    fooling = makers[0].fooling.plain()
    ways = ["ttl"] if makers[0].ttl.mode == "fixed" and makers[0].ttl.value else []
    ways += [_WAYS[kind] for kind in sorted(fooling.kinds) if kind in _WAYS]
    if "pastseq" in ways and "randseq" in ways:
        ways.remove("pastseq")
    words += option("faking-strategy", ",".join(ways)) if ways else []
    return words + _increments(fooling)


def _increments(fooling: Fooling) -> list[str]:
    """Return the numbers by which fakes are off."""
    words: list[str] = []
    if "randseq" in fooling.kinds and -fooling.badseq_increment < 2**31:
        words += option("fake-seq-offset", -fooling.badseq_increment)
    if "ts" in fooling.kinds and fooling.ts_increment <= 0:
        words += option("faking-timestamp-decrease", -fooling.ts_increment)
    return words


def _fake(fake: Fake) -> list[str]:
    """Return number and bytes of the fakes before the request."""
    words = option("fake-sni-seq-len", min(fake.repeats, 65535)) if fake.repeats != 1 else []
    return words + (_payload(fake.payloads[0]) if fake.payloads else [])


def _payload(payload: Payload) -> list[str]:
    """Return the fakes' bytes."""
    if payload.kind == "random":
        return option("fake-sni-type", "random")
    custom = option("fake-sni-type", "custom")
    if payload.kind == "bytes" and 0 < len(payload.data or b"") <= MAX_BYTES:
        return custom + option("fake-custom-payload", (payload.data or b"").hex())
    if payload.kind == "file" and is_path(payload.name):
        return custom + option("fake-custom-payload-file", payload.name)
    return []


def _split(split: Split | None) -> list[str]:
    """Return how the request is cut."""
    if split is None or split.kind not in {*_ORDER, "ipfrag2"}:
        return option("frag", "none")
    plain = split.plain()
    numbers = [one.delta for one in plain.positions if not one.marker and 0 < one.delta < 65536]
    middle = any(one == Position("midhost", 0, "tls") for one in plain.positions)
    words = option("frag", "ip" if plain.kind == "ipfrag2" else "tcp")
    words += option("frag-sni-pos", numbers[0] if numbers else 0)
    words += option("frag-middle-sni", int(middle))
    if plain.kind == "ipfrag2":
        return words
    reverse, faked = _ORDER[plain.kind]
    words += option("frag-sni-reverse", reverse)
    words += option("frag-sni-faked", 1) if faked else []
    return words + (option("seg2delay", min(plain.pause_ms, 65535)) if plain.pause_ms else [])


def _udp_fake(fake: Fake) -> list[str]:
    """Return the options of fakes before datagrams."""
    ttl: Ttl = fake.ttl
    way = "checksum" if "badsum" in fake.fooling.kinds else "none"
    way = "ttl" if ttl.mode == "fixed" and ttl.value else way
    words = [*option("udp-mode", "fake"), *option("udp-filter-quic", "all")]
    words += [*option("udp-fake-seq-len", min(fake.repeats, 65535))]
    zeros = [one.length for one in fake.payloads if one.kind == "zeros"]
    words += option("udp-fake-len", min(zeros[0], 65535)) if zeros else []
    return words + option("udp-faking-strategy", way)


def _window(window: Window | None) -> list[str]:
    """Return the option of a rewritten window."""
    return option("fk-winsize", window.size) if window and window.kind == "wssize" else []


def _scope(scope: Scope) -> list[str]:
    """Return the options that choose connections."""
    hosts = [one for one in scope.hosts if is_host(one)]
    words = option("sni-domains", ",".join(hosts) or "all")
    others = [one for one in scope.not_hosts if is_host(one)]
    words += option("exclude-domains", ",".join(others)) if others else []
    for name, ports in (("tcp", scope.tcp), ("udp", scope.udp)):
        words += option(f"{name}-dport-filter", ports) if ports and set(ports) <= _PORTS else []
    for item in scope.lists:
        name, _, value = item.partition("=")
        bare = name in {"udp-stun-filter", "no-dport-filter"}
        if name in KEPT and (bare or is_path(value)):
            words += option(name, None if bare else value)
        elif item in {"udp-filter-quic=all", "udp-filter-quic=parse", "udp-filter-quic=disabled"}:
            words += option(name, value)
    return words
