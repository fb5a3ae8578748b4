"""The bytes of fakes and patterns, from what a strategy says about them (domain reference 2.3)."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType

from workbench.errors import ParameterError
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.hellos import SHAPES, HelloShape, hello
from workbench.evasion.values import Payload
from workbench.traffic.messages.hello import client_hello

TOP_DOMAINS = ("com", "org", "net", "edu", "gov", "biz")
"""Ends of zapret's random names."""
PADDING = 0x15
SESSION_AT = 44
ZEROS = {
    "syndata": 16, "unknown": 256, "wireguard": 64, "dht": 64, "discord": 64, "stun": 64,
    "unknown-udp": 64, "dns": 64,
}  # fmt: skip
"""Lengths of zapret's fakes that are all zero."""
QUIC_FAKE = b"\x40" + bytes(619)
ZAPRET_HTTP = (
    b"GET / HTTP/1.1\r\nHost: www.iana.org\r\n"
    b"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/109.0"
    b"\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    b"*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n"
)
HTTP_FAKES = {
    "nfqws": ZAPRET_HTTP,
    "goodbyedpi": b"GET / HTTP/1.1\r\nHost: www.w3.org\r\nUser-Agent: curl/7.65.3\r\n"
    b"Accept: */*\r\nAccept-Encoding: deflate, gzip, br\r\n\r\n",
    "byedpi": b"GET / HTTP/1.1\r\nHost: www.wikipedia.org\r\n\r\n",
}
HELLO_OF = {
    "goodbyedpi": "goodbyedpi", "dpitunnel": "goodbyedpi", "byedpi": "byedpi",
    "youtubeunblock": "youtubeunblock",
}  # fmt: skip
DEFAULT_MODS = frozenset({"rnd", "rndsni", "dupsid"})


@dataclass(slots=True)
class Fakes:
    """Makes payloads for one run of a tool.

    Parameters
    ----------
    tool : str
        Whose built-in payloads.
    random : random.Random
        Of this connection.
    files : mapping
        Contents by the name that a command gave them; nothing is opened.
    seed : int
        Of what the tool draws once, when it starts: the random server name.
    """

    tool: str
    random: Random
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    seed: int = 0

    def chosen(self, payloads: tuple[Payload, ...], kind: str) -> list[Payload]:
        """Return the payloads that stand in for a kind of request; the tool's own for none."""
        fitting = [one for one in payloads if one.protocol in {"", kind}]
        return fitting or [Payload(protocol=kind)]  # type: ignore[arg-type]

    def bytes_of(self, payload: Payload, request: bytes, kind: str) -> bytes:
        """Return the bytes of one fake.

        Parameters
        ----------
        payload : Payload
            What is said about it.
        request : bytes
            The genuine request, which some fakes copy from.
        kind : str
            Of that request.

        Returns
        -------
        bytes
            What is sent.

        Raises
        ------
        ParameterError
            For a file whose contents were not given.
        """
        data = self._base(payload, kind)
        mods = payload.mods
        if mods is None:
            mods = DEFAULT_MODS if self._built_in(payload, kind) else frozenset()
        if kind == "tls" and (mods or payload.sni):
            data = self._modified(data, payload.sni, mods, request)
        return data[payload.offset :]

    def _built_in(self, payload: Payload, kind: str) -> bool:
        """Tell whether a payload is zapret's own hello, which is modified by default."""
        zapret = self.tool not in HELLO_OF
        return payload.kind == "default" and kind == "tls" and zapret and not payload.sni

    def _base(self, payload: Payload, kind: str) -> bytes:
        """Return a payload before it is modified."""
        if payload.kind == "zeros":
            return bytes(payload.length)
        if payload.kind == "random":
            return self.random.randbytes(payload.length or self.random.randrange(1, 1200))
        if payload.kind == "hello":
            return self._seen(payload)
        if payload.data is not None:
            return payload.data
        if payload.kind == "file":
            return self._file(payload.name)
        return self._default(payload.protocol or kind)

    def _file(self, name: str) -> bytes:
        """Return the contents that were given for a file."""
        if name not in self.files:
            raise ParameterError.not_among("payload file", name, sorted(self.files))
        return self.files[name]

    @staticmethod
    def _seen(payload: Payload) -> bytes:
        """Return a hello of the length and name that were seen."""
        likely = SHAPES["byedpi"]
        made = hello(
            HelloShape("", likely.ciphers, likely.extensions, payload.length),
            dice(payload.digest or payload.sni),
            payload.sni,
        )
        return (made + bytes(max(payload.length - len(made), 0)))[: payload.length or None]

    def _default(self, protocol: str) -> bytes:
        """Return the tool's own payload for a protocol."""
        if protocol == "tls":
            return hello(SHAPES[HELLO_OF.get(self.tool, "zapret")], dice(680))
        if protocol == "http":
            return HTTP_FAKES.get(self.tool, ZAPRET_HTTP)
        if protocol == "quic":
            return bytes(64) if self.tool in {"byedpi", "youtubeunblock"} else QUIC_FAKE
        return bytes(ZEROS.get(protocol, 256))

    def _modified(self, data: bytes, sni: str, mods: frozenset[str], request: bytes) -> bytes:
        """Return a hello with zapret's modifications, in zapret's order."""
        if sni:
            data = with_name(data, sni.encode("ascii", "replace"))
        elif "rndsni" in mods:
            data = self._random_name(data)
        if "padencap" in mods:
            data = _encapsulating(data, len(request))
        if "rnd" in mods and len(data) > SESSION_AT:
            size = data[SESSION_AT - 1]
            fresh = self.random.randbytes(32)
            data = data[:11] + fresh + data[43:44] + self.random.randbytes(size) + data[44 + size :]
        if "dupsid" in mods:
            data = _with_session_of(data, request)
        return data

    def _random_name(self, data: bytes) -> bytes:
        """Return a hello with a random name of the same length, the same one all through a run."""
        found = client_hello(data)
        if found is None or found.name_length <= 0:
            return data
        name = random_host(found.name_length, dice("sni", self.seed))
        return data[: found.name_offset] + name + data[found.name_offset + len(name) :]


def random_host(length: int, random: Random) -> bytes:
    """Return a made-up host name as zapret makes it: letters and digits, a letter first.

    From seven characters on it ends in a dot and one of `TOP_DOMAINS`.

    Examples
    --------
    >>> len(random_host(15, Random(1))), random_host(15, Random(1))[-4:-3]
    (15, b'.')
    """
    letters, signs = string.ascii_lowercase, string.ascii_lowercase + string.digits
    name = random.choice(letters) + "".join(random.choice(signs) for _ in range(length - 1))
    if length >= 7:
        name = f"{name[:-4]}.{random.choice(TOP_DOMAINS)}"
    return name.encode()[:length]


def host_fake(length: int, template: str, random: Random) -> bytes:
    """Return hostfakesplit's name for a host of a length (domain reference 2.6).

    Examples
    --------
    >>> host_fake(5, "google.com", Random(1)), host_fake(11, "google.com", Random(1))
    (b'e.com', b'.google.com')
    """
    if not template:
        return random_host(length, random)
    given = template.encode("ascii", "replace")
    if length <= len(given):
        return given[len(given) - length :]
    front = length - len(given) - 1
    return (random_host(front, random)[:front] if front else b"") + b"." + given


def with_name(data: bytes, name: bytes) -> bytes:
    """Return a hello in one record with another server name, all its lengths adjusted."""
    found = client_hello(data)
    if found is None or found.name_offset < 0:
        return data
    start, grown = found.name_offset, len(name) - found.name_length
    out = bytearray(data[:start] + name + data[start + found.name_length :])
    places = [(3, 2), (6, 3), (found.extlen_offset, 2), (found.sniext_offset - 2, 2)]
    places += [(found.sniext_offset, 2), (found.sniext_offset + 3, 2)]
    for at, size in places:
        _add(out, at, size, grown)
    return bytes(out)


def _add(data: bytearray, at: int, size: int, amount: int) -> None:
    """Add to a number in place; it wraps."""
    value = int.from_bytes(data[at : at + size], "big") + amount
    data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "big")


def _encapsulating(data: bytes, size: int) -> bytes:
    """Return a hello whose padding claims the request that follows it."""
    found = client_hello(data)
    if found is None or found.extlen_offset < 0:
        return data
    out = bytearray(data)
    grown = size
    if not found.extensions or found.extensions[-1][0] != PADDING:
        out += PADDING.to_bytes(2, "big") + b"\0\0"
        at, grown = len(out) - 2, size + 4
    else:
        at = len(out) - len(found.extensions[-1][1]) - 2
    for place, width, amount in (
        (3, 2, grown), (6, 3, grown), (found.extlen_offset, 2, grown), (at, 2, size),
    ):  # fmt: skip
        _add(out, place, width, amount)
    return bytes(out)


def _with_session_of(data: bytes, request: bytes) -> bytes:
    """Return a hello with the request's session id, where both have the same length."""
    if len(request) < SESSION_AT or len(data) < SESSION_AT:
        return data
    size = request[SESSION_AT - 1]
    if data[SESSION_AT - 1] != size or len(request) < SESSION_AT + size:
        return data
    return data[:SESSION_AT] + request[SESSION_AT : SESSION_AT + size] + data[SESSION_AT + size :]


def pattern_bytes(
    pattern: Payload | None, size: int, offset: int = 0, files: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a pattern repeated to a size, taken from an offset on; zeros for none.

    Raises
    ------
    ParameterError
        For a file whose contents were not given.

    Examples
    --------
    >>> pattern_bytes(Payload("bytes", data=b"abc"), 5, 1)
    b'bcabc'
    """
    if pattern is None or pattern.kind in {"default", "zeros"}:
        return bytes(size)
    data = pattern.data
    if data is None:
        data = Fakes("nfqws", dice(0), files or {}).bytes_of(pattern, b"", "unknown")
    if not data:
        return bytes(size)
    start = offset % len(data)
    return (data[start:] + data * (size // len(data) + 1))[:size]
