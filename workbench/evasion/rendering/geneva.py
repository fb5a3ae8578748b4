"""Descriptors as commands of Geneva's engine.

Geneva's random values are random: increments, markers and fixed payloads cannot be said in it.
"""

from __future__ import annotations

from workbench.errors import ParameterError
from workbench.evasion.parsing.geneva import MOMENTS, RESETS
from workbench.evasion.parsing.geneva_tree import read_forests
from workbench.evasion.rendering.equivalents import to_packets
from workbench.evasion.strategy import Fake, Split, Strategy, Tamper, Window

_FLAGS = {moment: flags for flags, moment in MOMENTS.items()}
_RESET_FLAGS = {kind: flags for flags, kind in RESETS.items()}
_FORBIDDEN = set("{}()[],|:\"'\\") | {" "}
_FORBIDDEN_VALUE = set("{}[]\\\"'")
#: Longest text of one field written over.
MAX_TAMPER = 1000
_ANSWERED = Tamper("TCP", "flags", "replace", "SA")
_FOOLED = {
    "badsum": "tamper{TCP:chksum:corrupt}",
    "badack": "tamper{TCP:ack:corrupt}",
    "randseq": "tamper{TCP:seq:corrupt}",
    "pastseq": "tamper{TCP:seq:corrupt}",
    "md5sig": "tamper{TCP:options-md5header:corrupt}",
    "ts": "tamper{TCP:options-timestamp:corrupt}",
}


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said; writes of socket tools become packets.
    program : str
        ``engine.py``.

    Returns
    -------
    list of str
        Not quoted.
    """
    return [program, "--server-port", "443", "--strategy", text(strategy)]


def text(strategy: Strategy) -> str:
    r"""Return a strategy in Geneva's language.

    Examples
    --------
    >>> from workbench.evasion.strategy import Fake, Ttl
    >>> text(Strategy(phase1=(Fake(ttl=Ttl.fixed(3)),)))
    '[TCP:flags:PA]-duplicate(tamper{IP:ttl:replace:3},)-| \\/'
    """
    if strategy.program and (program := _read(strategy.program)):
        return program
    known = to_packets(strategy).plain()
    opened = tuple(
        Fake(ttl=one.ttl, fooling=one.fooling, at="syn", tampers=(_ANSWERED,))
        for one in known.phase0
        if one.kind == "synack"
    )
    trees = [_tree(opened + known.phase1, moment) for moment in MOMENTS.values()]
    trees.append(_split(known.phase2))
    out = " ".join(tree for tree in trees if tree)
    return " ".join(part for part in (out, "\\/", _window(known.window)) if part)


def _read(program: str) -> str:
    """Return a program as Geneva would write it; empty where it is none."""
    try:
        return str(read_forests(program))
    except ParameterError:
        return ""


def _tree(fakes: tuple[Fake, ...], moment: str) -> str:
    """Return the tree that sends the fakes of one moment, before and after the packet."""
    mine = [one for one in fakes if one.at == moment and one.transport != "udp" and _known(one)]
    action = ""
    for fake in [one for one in mine if one.after][::-1]:
        action = f"duplicate({action},{_action(fake)})" if not action else _behind(action, fake)
    for fake in [one for one in mine if not one.after][::-1]:
        for _ in range(min(fake.repeats, 20)):
            action = f"duplicate({_action(fake)},{action})"
    return f"[TCP:flags:{_FLAGS[moment]}]-{action}-|" if action else ""  # type: ignore[index]


def _behind(action: str, fake: Fake) -> str:
    """Return a tree of fakes after the packet with one more right behind the packet."""
    later = action.removeprefix("duplicate(,").removesuffix(")")
    return f"duplicate(,duplicate({_action(fake)},{later}))"


def _known(fake: Fake) -> bool:
    """Return whether a fake is a packet of its own."""
    return fake.kind in {"fake", "fakeknown", "rst", "rstack"}


def _action(fake: Fake) -> str:
    """Return the writing over that makes a copy into the fake."""
    parts = []
    if fake.kind in _RESET_FLAGS:
        parts.append(f"tamper{{TCP:flags:replace:{_RESET_FLAGS[fake.kind]}}}")
    elif fake.payloads:
        parts.append("tamper{TCP:load:corrupt}")
    kinds = fake.fooling.kinds | (
        {"randseq", "badack"} if "badseq" in fake.fooling.kinds else set()
    )
    parts += [_FOOLED[kind] for kind in sorted(kinds) if kind in _FOOLED]
    if fake.ttl.mode == "fixed" and fake.ttl.value:
        parts.append(f"tamper{{IP:ttl:replace:{fake.ttl.value}}}")
    parts += [
        f"tamper{{{one}}}"
        for one in fake.tampers
        if one.protocol and one.field_name and str(one).isprintable()
        if not _FORBIDDEN & set(one.protocol + one.field_name + one.mode)
        if not _FORBIDDEN_VALUE & set(one.value) and len(str(one)) < MAX_TAMPER
    ]
    action = ""
    for part in reversed(parts or ["tamper{TCP:load:corrupt}"]):
        action = f"{part}({action},)" if action else part
    return action


def _split(split: Split | None) -> str:
    """Return the tree that cuts the request."""
    if split is None:
        return ""
    if split.kind == "ipfrag2":
        return f"[TCP:flags:PA]-fragment{{ip:{max(1, split.fragment_tcp // 8)}:True}}-|"
    if split.kind not in {"multisplit", "multidisorder"}:
        return ""
    order = split.kind == "multisplit"
    if any(one.marker == "middle" and not one.delta for one in split.positions):
        return f"[TCP:flags:PA]-fragment{{tcp:-1:{order}}}-|"
    cuts = sorted({one.delta for one in split.positions if not one.marker and one.delta > 0})
    if not cuts:
        return ""
    action = ""
    for at in range(len(cuts) - 1, -1, -1) if order else [0]:
        size = cuts[at] - (cuts[at - 1] if at else 0)
        action = f"fragment{{tcp:{size}:{order}}}" + (f"(,{action})" if action else "")
    return f"[TCP:flags:PA]-{action}-|"


def _window(window: Window | None) -> str:
    """Return the inbound tree that shrinks a window."""
    if window is None or window.kind != "inbound":
        return ""
    scale = "(tamper{TCP:options-wscale:replace:},)" if window.scale == 0 else ""
    return f"[TCP:flags:SA]-tamper{{TCP:window:replace:{window.size}}}{scale}-|"
