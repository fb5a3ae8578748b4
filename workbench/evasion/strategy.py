"""The descriptor: one frozen value that parsers, renderers, the composer and the recogniser share.

The parts are in `workbench.evasion.phases`, `sockets` and `additions`, their values in `values`;
all are importable from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from workbench.evasion.additions import (
    Dup,
    Http,
    Limits,
    Oob,
    Orig,
    Scope,
    Udp,
    Window,
)
from workbench.evasion.checks import check_choice, check_range
from workbench.evasion.phases import Fake, Opening, Split, joined_fakes, sorted_positions
from workbench.evasion.sockets import Piece, Sockets
from workbench.evasion.values import (
    NO_FOOLING,
    SAME_TTL,
    Evidence,
    Fooling,
    Payload,
    Position,
    Tamper,
    Token,
    Ttl,
)

__all__ = [
    "IP_ID_MODES", "NONE", "NO_FOOLING", "SAME_TTL", "TOOLS", "Dup", "Evidence", "Fake", "Fooling",
    "Http", "Limits", "Oob", "Opening", "Orig", "Payload", "Piece", "Position", "Scope", "Sockets",
    "Split", "Strategy", "Tamper", "Token", "Ttl", "Udp", "Window",
]  # fmt: skip

#: Tools whose way of sending a strategy may have. winws and dvtws send as nfqws does.
TOOLS = (
    "", "nfqws", "nfqws2", "tpws", "byedpi", "goodbyedpi", "geneva", "youtubeunblock", "spoofdpi",
    "dpitunnel", "greentunnel",
)  # fmt: skip
NO_LIMITS, NO_SCOPE, PLAIN_HTTP = Limits(), Scope(), Http()
_NO_EVIDENCE: Mapping[str, Evidence] = MappingProxyType({})
IP_ID_MODES = ("", "seq", "seqgroup", "rnd", "zero")
_HTTP_NAMES = {
    "spelling": "hostspell", "no_space": "hostnospace", "domain_case": "domcase",
    "method_eol": "methodeol", "method_space": "methodspace", "dot": "hostdot", "tab": "hosttab",
    "unix_eol": "unixeol", "pad": "hostpad",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Strategy:
    """What a client does to its own packets. Two are equal when they mean the same.

    Meaning leaves out what has no effect (the order variant of a plain split, say), the profile's
    scope, and what a recogniser adds: evidence, unexplained tokens and acts of others.

    Parameters
    ----------
    phase0 : tuple of Opening
        Acts at the handshake.
    phase1 : tuple of Fake
        Packets besides the request, in sending order.
    phase2 : Split, optional
        How a packet tool cuts, orders and shadows the request.
    sockets : Sockets, optional
        How a socket tool writes it.
    tls_records : tuple of Position
        Where the ClientHello is cut into records, counted as `Split.positions` are.
    tls_minor : int, optional
        Minor version written into the first record's header (byedpi).
    http : Http
        Changes to an HTTP head.
    udp : Udp, optional
        Changes to datagrams.
    window : Window, optional
        Rewritten windows.
    mss : int
        Maximum segment size announced in the SYN; 0 to leave it.
    oob : Oob, optional
        Urgent byte of a packet tool.
    dup : Dup, optional
        Copies of ordinary packets.
    orig : Orig, optional
        Changes to genuine packets.
    ip_id_mode : str
        One of `IP_ID_MODES`; empty for the tool's default.
    limits : Limits
        Packets that are touched.
    tool : str
        One of `TOOLS`: whose way of sending it is; empty where nothing tells.
    program : str
        Geneva's text, for trees of actions that no other field says.
    scope : Scope
        Connections a profile is for.
    evidence : mapping of str to Evidence
        By field, such as ``phase2.positions``.
    unexplained : tuple of Token
        What was sent and is not accounted for.
    others : tuple of str
        Acts that are not the client's: catalogue names such as ``server-window``.

    Examples
    --------
    >>> from workbench.evasion.phases import Fake, Split
    >>> from workbench.evasion.values import Position, Ttl
    >>> canonical = Strategy(
    ...     phase1=(Fake("fake", Ttl.fixed(3)),),
    ...     phase2=Split("fakeddisorder", (Position("", 3),), ttl=Ttl.fixed(3)),
    ... )
    >>> canonical.text, NONE.text
    ('fake,fakeddisorder', '')
    """

    phase0: tuple[Opening, ...] = ()
    phase1: tuple[Fake, ...] = ()
    phase2: Split | None = None
    sockets: Sockets | None = None
    tls_records: tuple[Position, ...] = ()
    tls_minor: int | None = None
    http: Http = PLAIN_HTTP
    udp: Udp | None = None
    window: Window | None = None
    mss: int = 0
    oob: Oob | None = None
    dup: Dup | None = None
    orig: Orig | None = None
    ip_id_mode: str = ""
    limits: Limits = NO_LIMITS
    tool: str = ""
    program: str = ""
    scope: Scope = NO_SCOPE
    evidence: Mapping[str, Evidence] = field(default_factory=lambda: _NO_EVIDENCE)
    unexplained: tuple[Token, ...] = ()
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_choice("tool", self.tool, TOOLS)
        check_choice("ip_id_mode", self.ip_id_mode, IP_ID_MODES)
        check_range("mss", self.mss, 0, 65535)
        check_range("tls_minor", self.tls_minor or 0, 0, 255)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Strategy):
            return NotImplemented
        return self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __bool__(self) -> bool:
        """Tell whether anything is done at all."""
        return bool(self.names())

    @property
    def sender(self) -> str:
        """``socket`` where an ordinary socket is written to, ``packet`` where packets are made."""
        return "socket" if self.plain().sockets else "packet"

    @property
    def text(self) -> str:
        """The names of what is done, in order, joined by commas; empty for none."""
        return ",".join(self.names())

    def names(self) -> tuple[str, ...]:
        """Return the catalogue names of what is done, each once, in order of phases."""
        plain = self.plain()
        every: list[str] = [opening.kind for opening in plain.phase0]
        every += [fake.kind for fake in plain.phase1]
        every += [plain.phase2.kind] if plain.phase2 else []
        every += [plain.udp.kind if plain.udp.kind != "drop" else "quic-drop"] if plain.udp else []
        every += ["tlsrec"] if plain.tls_records else []
        every += ["tlsminor"] if plain.tls_minor is not None else []
        every += plain.sockets.kinds() if plain.sockets else ()
        every += ["oob"] if plain.oob else []
        every += ["geneva-program"] if plain.program else []
        every += [] if plain.window is None else [_window_name(plain.window)]
        every += ["mss"] if plain.mss else []
        every += ["dup"] if plain.dup else []
        every += [_orig_name(plain.orig)] if plain.orig else []
        every += _http_names(plain.http)
        return tuple(dict.fromkeys(every))

    @property
    def confidence(self) -> float:
        """The weakest value's share of agreeing observations, by the rule of succession.

        (support + 1) / (support + against + 2); an unexplained token counts against every value.
        Not a number where there is no evidence, as in a strategy read from a command.
        """
        against = len(self.unexplained)
        shares = [
            (one.support + 1) / (one.support + one.against + against + 2)
            for one in self.evidence.values()
        ]
        return min(shares, default=float("nan"))

    def plain(self) -> Strategy:
        """Return its meaning: without what has no effect, scope, evidence and acts of others."""
        fakes = tuple(fake.plain() for fake in joined_fakes(self.phase1))
        sockets = self.sockets.plain() if self.sockets else None
        own_default = self.ip_id_mode == "seq" and self.tool == "nfqws"
        return Strategy(
            phase0=tuple(opening.plain() for opening in self.phase0),
            phase1=fakes,
            phase2=self.phase2.plain() if self.phase2 else None,
            sockets=None if sockets == Sockets() else sockets,
            tls_records=sorted_positions(self.tls_records),
            tls_minor=self.tls_minor,
            http=self.http,
            udp=self.udp.plain() if self.udp else None,
            window=self.window,
            mss=self.mss,
            oob=self.oob,
            dup=self.dup.plain() if self.dup and self.dup.count > 0 else None,
            orig=_orig(self.orig),
            ip_id_mode="" if own_default else self.ip_id_mode,
            limits=self.limits,
            tool=self.tool,
            program=self.program,
        )

    def key(self) -> tuple[object, ...]:
        """Return what equality and hash are made of."""
        plain = self.plain()
        return tuple(getattr(plain, one.name) for one in fields(plain) if one.name not in _SEEN)

    def to_json(self) -> str:
        """Return the descriptor as JSON of ``strategy.schema.json``, defaults left out."""
        from workbench.evasion.json_form import encode

        return encode(self)

    @classmethod
    def from_json(cls, text: str) -> Strategy:
        """Return the descriptor that a JSON text holds.

        Parameters
        ----------
        text : str
            As `to_json` writes it. It may come from anywhere.

        Returns
        -------
        Strategy

        Raises
        ------
        ParameterError
            If it is no JSON, or a field is unknown or has a wrong value.
        """
        from workbench.evasion.json_form import decode

        return decode(text)

    def with_tool(self, tool: str) -> Strategy:
        """Return the same strategy sent the way of another tool, one of `TOOLS`."""
        return replace(self, tool=tool)


_SEEN = ("scope", "evidence", "unexplained", "others")


def _window_name(window: Window) -> str:
    """Return the catalogue name of a window trick."""
    return "inbound-window" if window.kind == "inbound" else window.kind


def _http_names(http: Http) -> list[str]:
    """Return the catalogue names of changes to an HTTP head."""
    found = [name for part, name in _HTTP_NAMES.items() if getattr(http, part)]
    return [
        "hostcase" if name == "hostspell" and http.spelling == "host" else name for name in found
    ]


def _orig_name(orig: Orig) -> str:
    """Return the catalogue name of changes to genuine packets."""
    return "orig-mod" if orig.flags_set or orig.flags_unset else "orig-ttl"


def _orig(orig: Orig | None) -> Orig | None:
    """Return changes to genuine packets, or nothing where nothing would change."""
    if orig is None:
        return None
    plain = orig.plain()
    idle = plain.ttl == SAME_TTL and plain.ttl6 is None
    return None if idle and not (plain.flags_set or plain.flags_unset) else plain


#: No strategy at all.
NONE = Strategy()
