"""The small values that a strategy is made of: positions, TTLs, fooling, payloads, evidence.

Every class is frozen and compares by its fields; `plain` gives the value with all that has no
effect set back, which is what strategies compare by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from workbench.errors import ParameterError
from workbench.evasion.checks import ALL_FLAGS, INT32, MAX_COUNT, check_choice, check_range

TtlMode = Literal["same", "fixed", "auto"]
PayloadKind = Literal["default", "bytes", "file", "zeros", "random", "hello"]
Protocol = Literal[
    "", "tls", "http", "quic", "unknown", "syndata", "wireguard", "dht", "discord", "stun",
    "unknown-udp", "dns",
]  # fmt: skip

#: Named places of a request; the empty name counts from its start, or from its end when negative.
MARKERS = (
    "", "method", "host", "endhost", "sld", "midsld", "endsld", "sniext", "extlen",
    "midhost", "randhost", "middle", "end", "random",
)  # fmt: skip
#: Requests that a position may be limited to.
SCOPES = ("", "tls", "http", "quic")
#: What makes a fake unacceptable to the server.
FOOLING = (
    "badack", "badseq", "badsum", "datanoack", "flags", "hopbyhop", "hopbyhop2", "md5sig",
    "pastseq", "randseq", "ts", "tsup",
)  # fmt: skip
CHECKSUMS = ("random", "-1", "+1")
#: Bits of the TCP flags, the reserved ones included, by the names that zapret gives them.
FLAG_BITS = {
    "FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128,
    "AE": 256, "R1": 512, "R2": 1024, "R3": 2048,
}  # fmt: skip
#: Increments that mark zapret's and GoodbyeDPI's fakes.
BADSEQ_INCREMENT, BADACK_INCREMENT, TS_INCREMENT = -10_000, -66_000, -600_000

_POSITION = re.compile(r"(?:([a-z]+):)?(?:([+-]?[0-9]{1,10})|([a-z]+)([+-][0-9]{1,10})?)")
_POSITION_EXAMPLE = "a number or a marker with an offset: 2, -10, midsld, host+1, sniext+1"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the request: a marker and a distance from it, or a plain distance.

    Parameters
    ----------
    marker : str
        One of `MARKERS`; empty to count from the start of the message, or from its end when
        `delta` is negative.
    delta : int
        Bytes from the marker.
    scope : str
        Kind of request it holds for, one of `SCOPES`; empty for any.

    Examples
    --------
    >>> Position.parse("host+1"), str(Position("", -10)), str(Position("midsld"))
    (Position(marker='host', delta=1, scope=''), '-10', 'midsld')
    """

    marker: str = ""
    delta: int = 0
    scope: str = ""

    def __post_init__(self) -> None:
        check_choice("marker", self.marker, MARKERS)
        check_choice("scope", self.scope, SCOPES)
        check_range("delta", self.delta, -INT32, INT32)

    def __str__(self) -> str:
        head = f"{self.scope}:" if self.scope else ""
        if not self.marker:
            return f"{head}{self.delta}"
        return f"{head}{self.marker}{self.delta:+d}" if self.delta else f"{head}{self.marker}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Return the position that a text names, in the form of zapret's commands.

        Parameters
        ----------
        text : str
            For example ``2``, ``-10``, ``midsld`` or ``host+1``; ``tls:`` or ``http:`` in front
            limits it to such requests.

        Returns
        -------
        Position

        Raises
        ------
        ParameterError
            If the text has another form or names no marker.
        """
        found = _POSITION.fullmatch(text)
        if found is None:
            raise ParameterError.not_understood("position", text, _POSITION_EXAMPLE)
        scope, number, marker, delta = found.groups()
        return cls(marker or "", int(number or delta or 0), scope or "")


@dataclass(frozen=True, slots=True)
class Ttl:
    """Time to live (hop limit) of packets that a tool makes.

    Parameters
    ----------
    mode : {"same", "fixed", "auto"}
        As the genuine packets, a number, or computed from the distance to the server.
    value : int
        The number; with ``auto`` the one used where the distance is unknown, 0 for none.
    delta, low, high : int
        For ``auto``: hops added to the distance, and the bounds of the result.

    Examples
    --------
    >>> str(Ttl.fixed(3)), str(Ttl.auto(-1))
    ('3', 'auto -1:3-20')
    """

    mode: TtlMode = "same"
    value: int = 0
    delta: int = 0
    low: int = 0
    high: int = 0

    def __post_init__(self) -> None:
        check_choice("mode", self.mode, get_args(TtlMode))
        check_range("delta", self.delta, -127, 127)
        for name in ("value", "low", "high"):
            check_range(name, getattr(self, name), 0, 255)
        check_range("low", self.low, 0, self.high)

    def __str__(self) -> str:
        if self.mode == "auto":
            return f"auto {self.delta:+d}:{self.low}-{self.high}"
        return str(self.value) if self.mode == "fixed" else "same"

    @classmethod
    def fixed(cls, value: int) -> Ttl:
        """Return a TTL of that many hops."""
        return cls("fixed", value)

    @classmethod
    def auto(cls, delta: int = -1, low: int = 3, high: int = 20, *, fallback: int = 0) -> Ttl:
        """Return a TTL computed as clamp(hops + delta, low, high), zapret's ``autottl``."""
        return cls("auto", fallback, delta, low, high)

    def plain(self) -> Ttl:
        """Return it without what its mode does not use; the fallback never shows on the wire."""
        if self.mode == "same":
            return SAME_TTL
        return Ttl.fixed(self.value) if self.mode == "fixed" else replace(self, value=0)


SAME_TTL = Ttl()


@dataclass(frozen=True, slots=True)
class Fooling:
    """What is wrong with a fake, so that the server drops it.

    Parameters
    ----------
    kinds : frozenset of str
        Some of `FOOLING`.
    badseq_increment, badack_increment : int
        Added to the sequence and acknowledgement numbers with ``badseq`` (``badack``: the
        latter only, 0 for a random number; ``randseq``: the former, 0 for a random number).
    ts_increment : int
        Added to the timestamp with ``ts``.
    checksum : {"random", "-1", "+1"}
        How ``badsum`` spoils the checksum: zapret XORs a random number, GoodbyeDPI subtracts one,
        youtubeUnblock adds one.
    flags_set, flags_unset : int
        TCP flags set and cleared with ``flags``, as `FLAG_BITS`.

    Examples
    --------
    >>> str(Fooling.of("badsum", "badseq"))
    'badseq,badsum'
    """

    kinds: frozenset[str] = frozenset()
    badseq_increment: int = BADSEQ_INCREMENT
    badack_increment: int = BADACK_INCREMENT
    ts_increment: int = TS_INCREMENT
    checksum: str = "random"
    flags_set: int = 0
    flags_unset: int = 0

    def __post_init__(self) -> None:
        for kind in self.kinds:
            check_choice("fooling", kind, FOOLING)
        check_choice("checksum", self.checksum, CHECKSUMS)
        for name in ("badseq_increment", "badack_increment", "ts_increment"):
            check_range(name, getattr(self, name), -INT32, INT32 - 1)
        check_range("flags_set", self.flags_set, 0, ALL_FLAGS)
        check_range("flags_unset", self.flags_unset, 0, ALL_FLAGS)

    def __str__(self) -> str:
        return ",".join(sorted(self.kinds))

    def __bool__(self) -> bool:
        return bool(self.kinds)

    @classmethod
    def of(cls, *kinds: str) -> Fooling:
        """Return the fooling of those kinds with zapret's default increments."""
        return cls(frozenset(kinds))

    def plain(self) -> Fooling:
        """Return it with the parameters of kinds that are not used set back.

        To clear the ACK flag is ``datanoack``.
        """
        kinds, up, down = self.kinds, self.flags_set, self.flags_unset
        if "flags" in kinds and down & FLAG_BITS["ACK"]:
            kinds = kinds | {"datanoack"}
            down -= FLAG_BITS["ACK"]
        if not (up or down):
            kinds = kinds - {"flags"}
        acks, flags = kinds & {"badseq", "badack"}, "flags" in kinds
        return Fooling(
            kinds,
            self.badseq_increment if kinds & {"badseq", "randseq"} else BADSEQ_INCREMENT,
            self.badack_increment if acks else BADACK_INCREMENT,
            self.ts_increment if "ts" in kinds else TS_INCREMENT,
            self.checksum if "badsum" in kinds else "random",
            up if flags else 0,
            down if flags else 0,
        )


NO_FOOLING = Fooling()


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of a fake, or of a pattern, as they are described rather than as they are.

    Parameters
    ----------
    kind : {"default", "bytes", "file", "zeros", "random", "hello"}
        The tool's own for that protocol; literal bytes; a file of the user's; zeros; random bytes;
        a ClientHello that was seen.
    protocol : str
        Request it stands in for; empty for any.
    name : str
        File name as the command has it. Data only: it is never opened.
    sni : str
        Server name written into it; empty to leave the one it has.
    mods : frozenset of str, optional
        ``rnd``, ``rndsni``, ``dupsid``, ``padencap``; None for the tool's default.
    offset : int
        Bytes skipped at its start.
    length : int
        Bytes; 0 for its own length, or that of the part it shadows.
    digest : str
        SHA-256 in hexadecimal, where it was seen.
    data : bytes, optional
        The bytes themselves, where they are known.

    Examples
    --------
    >>> str(Payload("bytes", "tls", data=bytes(2))), str(Payload(protocol="tls", sni="a.test"))
    ('tls 0x0000', 'tls default sni=a.test')
    """

    kind: PayloadKind = "default"
    protocol: Protocol = ""
    name: str = ""
    sni: str = ""
    mods: frozenset[str] | None = None
    offset: int = 0
    length: int = 0
    digest: str = ""
    data: bytes | None = field(default=None)

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(PayloadKind))
        check_choice("protocol", self.protocol, get_args(Protocol))
        check_range("offset", self.offset, 0, MAX_COUNT)
        check_range("length", self.length, 0, MAX_COUNT)

    def __str__(self) -> str:
        what = f"0x{self.data[:32].hex()}" if self.kind == "bytes" and self.data else self.kind
        words = [self.protocol, what, repr(self.name) if self.name else ""]
        words.append(f"sni={self.sni}" if self.sni else "")
        words.append("mods=" + ",".join(sorted(self.mods)) if self.mods is not None else "")
        words.append(f"from {self.offset}" if self.offset else "")
        return " ".join(word for word in words if word)

    def plain(self) -> Payload:
        """Return it with the fields that its kind does not use set back."""
        kept = {"zeros": ("length",), "random": ("length",), "hello": ("length", "digest")}
        keep = kept.get(self.kind, ())
        return replace(
            self,
            name=self.name if self.kind == "file" else "",
            length=self.length if "length" in keep else 0,
            digest=self.digest if "digest" in keep or not self.data else "",
            data=self.data if self.kind == "bytes" else None,
        )


@dataclass(frozen=True, slots=True)
class Tamper:
    """A header field written over, where no other part of the descriptor says it.

    Parameters
    ----------
    protocol, field_name : str
        ``IP``, ``TCP`` or ``UDP``, and the field's name in Geneva's words.
    mode : {"replace", "corrupt", "add"}
        By that value, by a random one, by adding.
    value : str
        What is written.
    """

    protocol: str
    field_name: str
    mode: str = "replace"
    value: str = ""

    def __str__(self) -> str:
        return f"{self.protocol}:{self.field_name}:{self.mode}:{self.value}".rstrip(":")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a value of a recognised strategy stands on.

    Parameters
    ----------
    frames : tuple of int
        Frames that show it.
    rivals : tuple of str
        Other readings of the same frames.
    support, against : int
        How many observations agree with the value, and how many do not.
    note : str
        The reason in words.
    """

    frames: tuple[int, ...] = ()
    rivals: tuple[str, ...] = ()
    support: int = 0
    against: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """An element of what was sent that the strategy does not explain.

    Parameters
    ----------
    text : str
        The token: ``F``, ``f2``, ``P1``, ``K``, ...
    frames : tuple of int
        Its frames.
    note : str
        What it might be.
    """

    text: str
    frames: tuple[int, ...] = ()
    note: str = ""
