"""Captures whose answer is known, and how an answer is compared with what was recognised."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.evasion.parsing.commands import parse_profiles
from workbench.evasion.strategy import NONE, Fake, Fooling, Position, Split, Strategy, Ttl

FULL_TTL = 60
#: What is left of a name where fakes, or the TTL of pieces, cannot be seen.
REMAINS = {
    "fakedsplit": {"multisplit", "socket-split"},
    "fakeddisorder": {"multidisorder"},
    "hostfakesplit": {"multisplit", "multidisorder"},
    "multisplit": {"socket-split"},
    "socket-split": {"multisplit"},
    "socket-disorder": {"multidisorder", "multisplit", "socket-split"},
    "socket-fake": {"fake", "multidisorder", "multisplit", "socket-split", "socket-disorder"},
    "oob": {"socket-split", "multisplit"},
    "disoob": {"oob", "socket-split", "multidisorder"},
    "fakeknown": {"fake"},
}


REMAINS_UNSEEN = {"fake", "rst", "rstack", "dup", "synack", "orig-ttl"}


@dataclass(frozen=True, slots=True)
class Case:
    """One capture with a known answer."""

    path: Path
    vantage: str
    tool: str
    expected: tuple[Strategy, ...]
    on_wire: bool
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Names of what was configured."""
        return " or ".join(one.text for one in self.expected) or "none"


def cases(shared: Path) -> Iterator[Case]:
    """Return every capture with a known answer: recordings of real tools, then the small lab's."""
    folder = shared / "captures" / "desync"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            expected = _parsed(row["command"])
            labels = {key: row[key] for key in ("set", "dpi", "proto", "ip_version", "offload",
                      "loss", "reorder", "snaplen", "case_id", "on_wire")}  # fmt: skip
            labels["special"] = row.get(f"special_c2s_{row['vantage'].replace('-', '_')}") or ""
            yield Case(
                folder / row["file"], row["vantage"], row["tool"], expected,
                row["on_wire"] in ("yes", "per domain, see params_json"), labels,
            )  # fmt: skip
    with (shared / "captures/expected/lab_labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tool = row["tool"]
            command = f"{tool} {row['options']}" if tool != "none" else ""
            yield Case(
                shared / "captures" / row["file"], row["side"], tool, _parsed(command),
                tool != "none", {"set": "netns-lab", "case_id": Path(row["file"]).stem},
            )  # fmt: skip


def _parsed(command: str) -> tuple[Strategy, ...]:
    if not command:
        return ()
    try:
        return parse_profiles(command)
    except WorkbenchError:
        return ()


@dataclass(frozen=True, slots=True)
class Score:
    """How well one connection was recognised.

    ``exact``: names, order, TTL and fooling agree and every cut has the configured position among
    its readings. ``partial``: part of it. ``missed``: nothing. ``false``: something that was not
    done. ``none``: rightly nothing.
    """

    verdict: str
    why: tuple[str, ...] = ()
    first: bool = False
    further: tuple[str, ...] = ()


def judge(
    expected: Sequence[Strategy], found: Strategy, *, whole: bool, datagrams: bool = False
) -> Score:
    """Compare what was recognised with what was configured.

    Parameters
    ----------
    expected : sequence of Strategy
        What may have been sent; none for ordinary traffic.
    found : Strategy
        What was recognised.
    whole : bool
        Whether all that was sent can be seen: at the client.
    datagrams : bool
        Whether the request went over UDP.
    """
    named = [part for one in expected if (part := _sent(one, datagrams=datagrams))]
    if not named:
        return Score("false", (found.text,)) if found else Score("none")
    scores = [_judge(one, found, whole=whole) for one in named]
    order = ("exact", "partial", "missed", "false")
    return min(scores, key=lambda one: (order.index(one.verdict), len(one.why)))


def _sent(strategy: Strategy, *, datagrams: bool) -> Strategy:
    """Return the part of a strategy that requests over TCP, or over UDP, take."""
    fakes = strategy.phase1
    if any(fake.transport for fake in fakes):
        fakes = tuple(fake for fake in fakes if bool(fake.transport) == datagrams)
    split = strategy.phase2
    if datagrams and split and split.kind != "ipfrag2":
        split = None
    return replace(strategy, phase1=fakes, phase2=split)


def _judge(expected: Strategy, found: Strategy, *, whole: bool) -> Score:
    wanted, got = set(_names(expected)), set(found.names())
    if not got:
        return Score("missed", (f"nothing instead of {expected.text}",))
    allowed = set(wanted)
    for name in wanted:
        allowed |= REMAINS.get(name, set()) if not whole else set()
    extra = got - allowed
    rivals = {rival for one in found.evidence.values() for rival in one.rivals}
    unseen = set() if whole else REMAINS_UNSEEN
    if extra and wanted - got <= rivals | unseen:
        return Score("partial", (f"{found.text} for {expected.text}, named as a rival",))
    if extra:
        verdict = "false" if not got & wanted else "partial"
        return Score(verdict, (f"{found.text} instead of {expected.text}",))
    if got != wanted:
        return Score("partial", (f"{found.text} instead of {expected.text}",))
    why = _differences(expected, found)
    further = tuple(_further(expected, found))
    first = not any(part.startswith("second") for part in _positions(expected, found))
    return Score("partial" if why else "exact", tuple(why), first, further)


def _names(strategy: Strategy) -> list[str]:
    return ["fake" if name == "fakeknown" else name for name in strategy.names()]


def _differences(expected: Strategy, found: Strategy) -> list[str]:
    """Return what differs in order, TTL, fooling and positions."""
    why = [part for part in _positions(expected, found) if not part.startswith("second")]
    for at, (one, other) in enumerate(zip(_acting(expected), _acting(found), strict=False)):
        path = f"phase1.{at}" if at else "phase1"
        why += _fake(one, other, found, path)
    if len(_acting(expected)) != len(_acting(found)):
        why.append(f"{len(_acting(found))} fakes instead of {len(_acting(expected))}")
    split, seen = expected.plain().phase2, found.plain().phase2
    if split and seen:
        why += _split(split, seen, found)
    for name in ("orig", "dup"):
        left, right = getattr(expected, name), getattr(found, name)
        if left and right:
            why += _ttl(left.ttl, left.ttl6, right.ttl, found, name)
            if name == "dup":
                why += _fooling(left.fooling, right.fooling)
    if expected.sockets and found.sockets and expected.sockets.plain().fooling.kinds:
        why += _fooling(expected.sockets.fooling, found.sockets.fooling)
    return why


def _split(one: Split, other: Split, found: Strategy) -> list[str]:
    """Compare phase 2, the cuts left out."""
    why = []
    if one.altorder % 8 != other.altorder % 8:
        why.append(f"order {other.altorder} instead of {one.altorder}")
    if one.kind in ("fakedsplit", "fakeddisorder", "hostfakesplit"):
        why += _ttl(one.ttl, one.ttl6, other.ttl, found, "phase2")
        why += _fooling(one.fooling, other.fooling)
    cut = {one.fragment_tcp, one.fragment_udp} & {other.fragment_tcp, other.fragment_udp}
    if one.kind == "ipfrag2" and not cut:
        why.append("fragments cut elsewhere")
    return why


def _acting(strategy: Strategy) -> list[Fake]:
    """Return fakes that this connection's request takes, for datagrams or for a stream."""
    return list(strategy.plain().phase1)


def _fake(one: Fake, other: Fake, found: Strategy, path: str) -> list[str]:
    return _ttl(one.ttl, one.ttl6, other.ttl, found, path) + _fooling(one.fooling, other.fooling)


def _ttl(one: Ttl, six: Ttl | None, other: Ttl, found: Strategy, path: str) -> list[str]:
    wanted = [one] if six is None else [one, six]
    for ttl in wanted:
        plain = "same" if ttl.mode == "fixed" and ttl.value >= FULL_TTL else str(ttl)
        rivals = found.evidence[f"{path}.ttl"].rivals if f"{path}.ttl" in found.evidence else ()
        if plain == str(other) or any(plain.startswith(f"{rival}:") for rival in rivals):
            return []
    return [f"ttl {other} instead of {one}"]


def _visible(fooling: Fooling) -> tuple[object, ...]:
    plain = fooling.plain()
    kinds = plain.kinds
    if "badseq" in kinds and not plain.badseq_increment and not plain.badack_increment:
        kinds = kinds - {"badseq"}
    seq = plain.badseq_increment if kinds & {"badseq"} else 0
    return kinds, seq, plain.ts_increment if "ts" in kinds else 0, plain.flags_set


def _fooling(one: Fooling, other: Fooling) -> list[str]:
    return [] if _visible(one) == _visible(other) else [f"fooling {other} instead of {one}"]


def _positions(expected: Strategy, found: Strategy) -> list[str]:
    """Compare cuts: each must be read as a configured position; "second" where not at once."""
    wanted = {str(replace_scope(one)) for one in _cuts(expected)}
    paths = ("phase2.positions", "sockets.pieces", "tls_records")
    if not wanted or (expected.phase2 and expected.phase2.kind in ("hostfakesplit", "ipfrag2")):
        return []
    why = []
    for one, path in zip(_cuts(found), _paths(found, paths), strict=False):
        if str(one) in wanted:
            continue
        rivals = found.evidence[path].rivals if path in found.evidence else ()
        if wanted & set(rivals):
            why.append(f"second {one}")
        else:
            why.append(f"cut at {one} instead of {', '.join(sorted(wanted))}")
    return why


def replace_scope(position: Position) -> Position:
    """Return a position without the kind of request that it is limited to."""
    return Position(position.marker, position.delta)


def _cuts(strategy: Strategy) -> list[Position]:
    plain = strategy.plain()
    found = list(strategy.phase2.positions) if strategy.phase2 else []
    found += [piece.position for piece in strategy.sockets.pieces] if strategy.sockets else []
    return found + list(plain.tls_records)


def _paths(strategy: Strategy, prefixes: Sequence[str]) -> list[str]:
    found = []
    for prefix in prefixes:
        found += sorted(
            (path for path in strategy.evidence if path == prefix or path.startswith(prefix + ".")),
            key=lambda path: (len(path), path),
        )
    return found


def _further(expected: Strategy, found: Strategy) -> Iterator[str]:
    """Return which further fields differ: repeats, overlap, payload, tool, IP-ID mode."""
    one, other = expected.plain(), found.plain()
    for left, right in zip(one.phase1, other.phase1, strict=False):
        if left.repeats != right.repeats:
            yield f"repeats {right.repeats} instead of {left.repeats}"
        if left.payloads != right.payloads:
            yield "payload"
    if one.phase2 and other.phase2:
        if one.phase2.repeats != other.phase2.repeats:
            yield f"repeats {other.phase2.repeats} instead of {one.phase2.repeats}"
        if one.phase2.seqovl != other.phase2.seqovl:
            yield f"seqovl {other.phase2.seqovl} instead of {one.phase2.seqovl}"
        if one.phase2.seqovl_pattern != other.phase2.seqovl_pattern:
            yield "seqovl pattern"
        if one.phase2.host_fake != other.phase2.host_fake:
            yield "host fake"
    if one.tool != other.tool:
        yield f"tool {other.tool or 'unknown'} instead of {one.tool or 'unknown'}"
    if one.ip_id_mode != other.ip_id_mode:
        yield f"ip id {other.ip_id_mode or 'usual'} instead of {one.ip_id_mode or 'usual'}"


__all__ = ("NONE", "Case", "Score", "cases", "judge")
