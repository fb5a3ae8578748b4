"""Descriptors as GoodbyeDPI command lines, modesets written out."""

from __future__ import annotations

from workbench.evasion.parsing.goodbyedpi import KEPT, SPELLING
from workbench.evasion.rendering.equivalents import to_packets
from workbench.evasion.rendering.words import MAX_BYTES, is_host, is_path, option
from workbench.evasion.strategy import Fake, Http, Payload, Position, Split, Strategy, Window

_LETTERS = {"passive": "-p", "no-wait": "-n", "all-ports": "-w"}


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said; writes of socket tools become packets.
    program : str
        ``goodbyedpi.exe``.

    Returns
    -------
    list of str
        Not quoted. An empty strategy gives ``-p``, for without options the program does ``-9``.
    """
    known = to_packets(strategy)
    words = _http(known.http) + _split(known.phase2)
    words += _window(known.window) if known.phase2 is None else []
    words += _fakes(known.phase1)
    words += ["-q"] if known.udp and known.udp.kind == "drop" else []
    for item in known.scope.lists:
        name, _, value = item.partition("=")
        words += _kept(name, value) if name in KEPT else []
    return [program, *(words or ["-p"])]


def _http(http: Http) -> list[str]:
    """Return the letters of HTTP tricks; the blank after the method brings the other one along."""
    words = ["-r"] if http.spelling == SPELLING else []
    both = http.method_space and http.no_space
    words += ["-a"] if both else ["-s"] if http.no_space else []
    return words + (["-m"] if http.domain_case else [])


def _split(split: Split | None) -> list[str]:
    """Return the options of cuts: one for HTTP, one for TLS."""
    if split is None or split.kind not in {"multisplit", "multidisorder"}:
        return []
    http = _size(split, "http")
    tls = _size(split, "tls")
    by_name = any(one == Position("host", 0, "tls") for one in split.positions)
    words = [f"-f{http}"] if http else []
    words += [f"-e{tls or 2}"] if tls or by_name else []
    words += option("frag-by-sni") if by_name else []
    if not words:
        return []
    return words + option("reverse-frag" if split.kind == "multidisorder" else "native-frag")


def _size(split: Split, scope: str) -> int:
    """Return the first part's length for a kind of request; 0 where it is not cut at a number."""
    sizes = [
        one.delta
        for one in split.plain().positions
        if not one.marker and one.scope in {"", scope} and 0 < one.delta <= 0xFFFF
    ]
    return sizes[0] if sizes else 0


def _window(window: Window | None) -> list[str]:
    """Return the options of windows written into the inbound SYN+ACK."""
    if window is None or window.kind != "inbound":
        return []
    http = window.size if window.http_size is None else window.http_size
    words = [f"-f{http}"] if http else []
    return words + ([f"-e{window.size}"] if window.size else [])


def _fakes(fakes: tuple[Fake, ...]) -> list[str]:
    """Return the options of fakes; all share their payloads and their number."""
    known = [one for one in fakes if one.kind == "fake" and one.transport != "udp"]
    words: list[str] = []
    for fake in known:
        kinds = fake.fooling.kinds
        words += _ttl(fake)
        words += option("wrong-chksum") if "badsum" in kinds else []
        words += option("wrong-seq") if "badseq" in kinds else []
    if not words:
        return []
    unique = list(dict.fromkeys(words))
    payloads = [word for one in known[0].payloads for word in _payload(one)]
    repeats = min(known[0].repeats, 255)
    return unique + payloads + (option("fake-resend", repeats) if repeats > 1 else [])


def _ttl(fake: Fake) -> list[str]:
    """Return the option of a TTL."""
    ttl = fake.ttl
    if ttl.mode == "auto" and ttl.delta < 0 and ttl.low and ttl.high <= 127:
        return option("auto-ttl", f"{ttl.low}-{-ttl.delta}-{ttl.high}")
    return option("set-ttl", ttl.value) if ttl.mode == "fixed" and ttl.value else []


def _payload(payload: Payload) -> list[str]:
    """Return the option of one payload."""
    if payload.kind == "bytes" and 0 < len(payload.data or b"") <= MAX_BYTES:
        return option("fake-from-hex", (payload.data or b"").hex())
    if payload.kind == "random":
        return option("fake-gen", 1)
    return option("fake-with-sni", payload.sni) if is_host(payload.sni) else []


def _kept(name: str, value: str) -> list[str]:
    """Return an option that chooses connections."""
    if name in _LETTERS:
        return [_LETTERS[name]]
    if name == "persistent":
        return [f"-k{value}"] if value.isdigit() else []
    if name in {"allow-no-sni", "max-payload"} and not value:
        return option(name)
    numeric = name in {"port", "ip-id", "max-payload", "min-ttl"}
    return option(name, value) if (value.isdigit() if numeric else is_path(value)) else []
