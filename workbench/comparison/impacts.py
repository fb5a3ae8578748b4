"""How much a difference between two strategies matters, by field (domain reference 13.3).

In: strategies, and where the name lies in the request. Out: parameter names and impact classes. A
class says what a difference can do; what it did, the outcomes tell.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.comparison.values import IMPACTS
from workbench.evasion.markers import Request, resolve_all, resolve_first
from workbench.evasion.phases import FAKED
from workbench.evasion.strategy import Strategy
from workbench.evasion.values import Fooling, Ttl

SHADOWING = (*FAKED, "hostfakesplit")
REVERSED = ("multidisorder", "fakeddisorder")
FIELDS = {
    "ttl": ("ttl", "high"), "ttl6": ("ttl", "high"), "fooling.kinds": ("fooling", "high"),
    "fooling.badseq_increment": ("badseq_increment", "high"),
    "fooling.badack_increment": ("badack_increment", "medium"),
    "fooling.ts_increment": ("ts_increment", "medium"),
    "fooling.checksum": ("fooling", "low"), "fooling.flags_set": ("flags", "high"),
    "fooling.flags_unset": ("flags", "high"), "positions": ("split_pos", "high"),
    "pieces": ("split_pos", "high"), "midhost": ("split_pos", "high"),
    "altorder": ("order", "high"), "repeats": ("repeats", "medium"),
    "payloads": ("fake_payload", "medium"), "pattern": ("fake_payload", "medium"),
    "payload": ("fake_payload", "medium"), "host_fake": ("fake_payload", "medium"),
    "seqovl": ("seqovl", "medium"), "seqovl_pattern": ("seqovl_pattern", "medium"),
    "ip_id_mode": ("ip_id", "medium"), "tls_records": ("tls_records", "high"),
    "tls_minor": ("tls_minor", "medium"), "mss": ("mss", "medium"), "window": ("window", "high"),
    "pause_ms": ("pause", "low"), "tool": ("tool", "low"), "program": ("program", "high"),
    "udp": ("udp", "high"), "oob": ("oob", "high"), "dup": ("dup", "medium"),
    "orig": ("orig", "high"), "http": ("http", "high"), "limits": ("limits", "low"),
}  # fmt: skip
"""By the end of a field's path, or its beginning: name of the parameter and impact."""


def classed(path: str) -> tuple[str, str]:
    """Return the parameter that a field belongs to, and its impact.

    Parameters
    ----------
    path : str
        As `workbench.evasion.differences.differences` writes it.

    Returns
    -------
    tuple of str
        Of a field that the table does not have, its own name and ``medium``.

    Examples
    --------
    >>> classed("phase1[0].fooling.kinds"), classed("phase2.altorder")
    (('fooling', 'high'), ('order', 'high'))
    """
    words = path.split(".")
    for name in (".".join(words[-2:]), words[-1], words[0]):
        if name in FIELDS:
            return FIELDS[name]
    return words[-1], "medium"


def worst(impacts: Iterable[str]) -> str:
    """Return the worst of some impact classes, ``none`` for none."""
    return min(impacts, key=IMPACTS.index, default="none")


def presence(reference: Strategy, candidate: Strategy) -> str:
    """Return the impact of strategies that do not consist of the same acts.

    Critical where a whole phase is missing on one side, or genuine parts come in reverse order on
    one side only; else high.
    """
    left, right = reference.plain(), candidate.plain()
    for name in ("phase1", "phase2", "sockets", "udp", "phase0"):
        if bool(getattr(left, name)) != bool(getattr(right, name)):
            return "critical"
    if _reversed(left) != _reversed(right):
        return "critical"
    if bool(_overlap(left)) != bool(_overlap(right)):
        return "critical"
    return "high"


def _reversed(strategy: Strategy) -> bool:
    """Tell whether genuine parts are sent last part first."""
    return strategy.phase2 is not None and strategy.phase2.kind in REVERSED


def _overlap(strategy: Strategy) -> bool:
    """Tell whether parts overlap."""
    return strategy.phase2 is not None and strategy.phase2.seqovl is not None


def delivered(strategy: Strategy, routers: int) -> bool:
    """Tell whether a server would deliver one of the fakes of a stream.

    Parameters
    ----------
    strategy : Strategy
        Any.
    routers : int
        Between client and server, -1 where that is not known.

    Returns
    -------
    bool
        For a fake that nothing spoils and whose TTL is large enough.
    """
    plain = strategy.plain()
    acts: list[tuple[Ttl, Fooling]] = [(one.ttl, one.fooling) for one in plain.phase1]
    split = plain.phase2
    if split is not None and split.kind in SHADOWING:
        acts.append((split.ttl, split.fooling))
    return any(not fooling.kinds and _reaches(ttl, routers) for ttl, fooling in acts)


def _reaches(ttl: Ttl, routers: int) -> bool:
    """Tell whether a TTL takes a packet to the server."""
    if ttl.mode == "same":
        return True
    return ttl.mode == "fixed" and 0 <= routers < ttl.value


def name_whole(strategy: Strategy, facts: Request) -> bool | None:
    """Tell whether one genuine part holds the whole name; None where there is no name.

    Parameters
    ----------
    strategy : Strategy
        Any.
    facts : Request
        Where markers are in the request.

    Examples
    --------
    >>> from workbench.evasion.strategy import Position, Split
    >>> hello = Request("tls", 517, (127, 142), (131, 138), 122)
    >>> name_whole(Strategy(phase2=Split("multisplit", (Position("midsld"),))), hello)
    False
    """
    if facts.host is None:
        return None
    start, end = facts.host
    cuts = list(resolve_all(strategy.tls_records, facts))
    split, sockets = strategy.phase2, strategy.sockets
    if split is not None and split.kind in FAKED:
        cuts.append(resolve_first(split.positions, facts))
    elif split is not None:
        cuts += resolve_all(split.positions, facts)
    if sockets is not None:
        cuts += resolve_all([piece.position for piece in sockets.pieces], facts)
    return not any(start < cut < end for cut in cuts)
