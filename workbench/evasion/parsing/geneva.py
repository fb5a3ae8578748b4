"""Geneva's strategies into descriptors.

What copies, cuts or resets has fields in the descriptor. A forest that does anything else is kept
whole in `Strategy.program`, in Geneva's own words: nothing of it is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from workbench.errors import ParameterError
from workbench.evasion.parsing.geneva_tree import Action, Forests, Tree, read_forests
from workbench.evasion.parsing.options import Argument, Table, read_options
from workbench.evasion.parsing.zapret import last
from workbench.evasion.phases import At, FakeKind, SplitKind
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Opening,
    Payload,
    Position,
    Split,
    Strategy,
    Tamper,
    Ttl,
    Window,
)

#: Packets that trees with these flags act on.
MOMENTS: dict[str, At] = {"PA": "data", "A": "ack", "S": "syn"}
RESETS: dict[str, FakeKind] = {"R": "rst", "RA": "rstack"}
_NEEDED = (
    "server-port", "environment-id", "sender-ip", "routing-ip", "forward-ip", "strategy",
    "output-directory", "log", "file-log", "in-queue-num", "out-queue-num",
)  # fmt: skip
_BARE = ("forward", "server-side", "no-save-packets", "demo-mode")
_LONG: dict[str, Argument] = {**dict.fromkeys(_NEEDED, "needed"), **dict.fromkeys(_BARE, "none")}
TABLE = Table("geneva", _LONG, {})
#: Random header fields by the fooling that they amount to.
_RANDOM = {
    ("TCP", "chksum"): Fooling.of("badsum"),
    ("TCP", "seq"): Fooling(frozenset({"randseq"}), badseq_increment=0),
    ("TCP", "ack"): Fooling(frozenset({"badack"}), badack_increment=0),
    ("TCP", "options-md5header"): Fooling.of("md5sig"),
}


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A packet that a tree sends: what was written over on the way, and where it was cut."""

    tampers: tuple[Tamper, ...] = ()
    cut: Action | None = None


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    r"""Return the strategy of a command line of Geneva's engine.

    Parameters
    ----------
    words : list of str
        Without the program's name.

    Returns
    -------
    tuple of Strategy
        Always one.

    Raises
    ------
    ParameterError
        If an option is unknown, or the strategy is none or is not understood.

    Examples
    --------
    >>> (only,) = parse_words(["--strategy", "[TCP:flags:PA]-fragment{tcp:8:False}-|"])
    >>> only.text, str(only.phase2.positions[0])
    ('multidisorder', '8')
    """
    options = read_options(words, TABLE)
    text = last(options, "strategy")
    if text is None:
        raise ParameterError.missing("--strategy", "geneva")
    return (strategy_of(read_forests(text)),)


def strategy_of(forests: Forests) -> Strategy:
    """Return the descriptor of two forests.

    Parameters
    ----------
    forests : Forests
        Trees for what goes out and what comes in.

    Returns
    -------
    Strategy
    """
    if not forests.outbound and not forests.inbound:
        return Strategy(tool="geneva")
    made: Strategy | None = Strategy(tool="geneva")
    for tree in forests.outbound:
        made = None if made is None else _with_tree(made, tree)
    for tree in forests.inbound:
        made = None if made is None else _with_inbound(made, tree)
    return Strategy(program=str(forests), tool="geneva") if made is None else made


def _with_tree(before: Strategy, tree: Tree) -> Strategy | None:
    """Return a strategy with a tree's acts added, or nothing where no field says them."""
    moment = MOMENTS.get(tree.value)
    if (tree.protocol, tree.field_name) != ("TCP", "flags") or moment is None or not tree.action:
        return None
    if moment == "data" and tree.action.kind == "fragment":
        split = _split(tree.action)
        return replace(before, phase2=split) if split and before.phase2 is None else None
    leaves = _leaves(tree.action)
    genuine = [at for at, leaf in enumerate(leaves) if leaf == _Leaf()]
    if len(genuine) != 1 or any(leaf.cut for leaf in leaves) or len(leaves) < 2:
        return None
    fakes = [
        _fake(leaf.tampers, moment, after=at > genuine[0])
        for at, leaf in enumerate(leaves)
        if at != genuine[0]
    ]
    opened = [_opening(fake) for fake in fakes]
    if len(opened) == 1 and opened[0] and not before.phase0:
        return replace(before, phase0=(opened[0],))
    return replace(before, phase1=(*before.phase1, *fakes))


def _opening(fake: Fake) -> Opening | None:
    """Return the SYN+ACK before the SYN that a fake is, or nothing."""
    answered = fake.tampers == (Tamper("TCP", "flags", "replace", "SA"),)
    simple = fake.kind == "fake" and not fake.payloads and not fake.after
    if fake.at != "syn" or not answered or not simple:
        return None
    return Opening("synack", fake.ttl, None, fake.fooling)


def _with_inbound(before: Strategy, tree: Tree) -> Strategy | None:
    """Return a strategy that rewrites the window of the SYN+ACK that comes in."""
    if (tree.protocol, tree.field_name, tree.value) != ("TCP", "flags", "SA") or not tree.action:
        return None
    (leaf, *others) = _leaves(tree.action)
    written = {f"{one.protocol}:{one.field_name}": one for one in leaf.tampers}
    size = written.pop("TCP:window", None)
    scale = written.pop("TCP:options-wscale", None)
    simple = all(one is None or one.mode == "replace" for one in (size, scale))
    if others or written or leaf.cut or size is None or not simple or before.window:
        return None
    if not size.value.isdecimal() or (scale and scale.value):
        return None
    if int(size.value) > 65535:
        return None
    return replace(before, window=Window("inbound", int(size.value), 0 if scale else None))


def _leaves(action: Action | None, tampers: tuple[Tamper, ...] = ()) -> list[_Leaf]:
    """Return the packets that an action sends, in order."""
    if action is None:
        return [_Leaf(tampers)]
    if action.kind == "duplicate":
        return _leaves(action.left, tampers) + _leaves(action.right, tampers)
    if action.kind == "tamper" and len(action.arguments) >= 3:
        protocol, name, mode, *rest = action.arguments
        made = Tamper(protocol, name, mode, ":".join(rest))
        return _leaves(action.left, (*tampers, made))
    return [_Leaf(tampers, action)]


def _fake(tampers: tuple[Tamper, ...], moment: At, *, after: bool) -> Fake:
    """Return the fake that some writing over amounts to."""
    made = Fake(at=moment, after=after)
    left: list[Tamper] = []
    for one in tampers:
        changed = _with_tamper(made, one)
        if changed is None:
            left.append(one)
        else:
            made = changed
    return replace(made, tampers=tuple(left))


def _with_tamper(fake: Fake, tamper: Tamper) -> Fake | None:
    """Return a fake with a field written over, or nothing where it has no field for that."""
    place = (tamper.protocol, tamper.field_name)
    if tamper.mode == "corrupt" and place in _RANDOM:
        extra = _RANDOM[place]
        kinds = fake.fooling.kinds | extra.kinds
        badseq = min(fake.fooling.badseq_increment, extra.badseq_increment, key=abs)
        badack = min(fake.fooling.badack_increment, extra.badack_increment, key=abs)
        return replace(fake, fooling=Fooling(kinds, badseq, badack))
    if tamper.mode == "corrupt" and place == ("TCP", "load"):
        return replace(fake, payloads=(Payload("random"),))
    if tamper.mode == "replace" and place == ("IP", "ttl") and tamper.value.isdecimal():
        hops = int(tamper.value)
        return replace(fake, ttl=Ttl.fixed(hops)) if 0 < hops < 256 else None
    if tamper.mode == "replace" and place == ("TCP", "flags") and tamper.value in RESETS:
        return replace(fake, kind=RESETS[tamper.value])
    return None


def _split(action: Action) -> Split | None:
    """Return the cut of a fragment action, in the request's own offsets, or nothing."""
    if len(action.arguments) != 3:
        return None
    kind, size, order = action.arguments
    if kind.lower() == "ip":
        return _ip_split(action, size, order)
    cuts = _cuts(action, 0)
    if cuts is None:
        return None
    name: SplitKind = "multisplit" if order.startswith("True") else "multidisorder"
    return Split(name, tuple(cuts))


def _ip_split(action: Action, size: str, order: str) -> Split | None:
    """Return a cut into IP fragments, counted in units of eight bytes."""
    branches = action.left or action.right
    if branches or not order.startswith("True") or not size.isdecimal() or not 0 < int(size) < 999:
        return None
    return Split("ipfrag2", fragment_tcp=8 * int(size))


def _cuts(action: Action, start: int) -> list[Position] | None:
    """Return where nested TCP fragments cut, all in the same order; nothing where they do more."""
    kind, size, order = (*action.arguments, "", "", "")[:3]
    if action.kind != "fragment" or kind != "tcp" or len(action.arguments) != 3:
        return None
    if size == "-1":
        alone = not start and action.left is None and action.right is None
        return [Position("middle")] if alone else None
    if not size.isdecimal() or not 0 < int(size) < 1 << 16:
        return None
    at = start + int(size)
    found = [Position("", at)]
    for branch, offset in ((action.left, start), (action.right, at)):
        if branch is None:
            continue
        inner = _cuts(branch, offset) if order.startswith("True") else None
        if inner is None or not branch.arguments[2].startswith("True"):
            return None
        if branch is action.left and any(one.delta >= at for one in inner):
            return None
        found += inner
    return found
