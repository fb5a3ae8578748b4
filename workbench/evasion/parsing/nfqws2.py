"""nfqws2 command lines (zapret 2, also as winws2 and dvtws2) into descriptors.

What its Lua functions do, and their arguments, follow the library that comes with it
(``zapret-antidpi.lua``). A function or an argument without a field in the descriptor is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from workbench.errors import ParameterError
from workbench.evasion.checks import check_choice
from workbench.evasion.parsing.nfqws2_arguments import (
    Call,
    blob,
    calls,
    fooling,
    only,
    repeats,
    ttls,
)
from workbench.evasion.parsing.options import Argument, Table, number, read_options
from workbench.evasion.parsing.zapret import SCOPE_OPTIONS, Options, last, position, profiles, scope
from workbench.evasion.phases import IPFRAG_TCP, IPFRAG_UDP, SplitKind
from workbench.evasion.strategy import (
    Dup,
    Fake,
    Http,
    Oob,
    Opening,
    Orig,
    Payload,
    Position,
    Split,
    Strategy,
    Udp,
    Window,
)
from workbench.evasion.values import FLAG_BITS

#: Fakes that each order variant leaves out, by zapret 1's number of the variant.
NO_FAKES = {
    frozenset[str](): 0,
    frozenset({"nofake1"}): 1,
    frozenset({"nofake1", "nofake2"}): 2,
    frozenset({"nofake1", "nofake2", "nofake4"}): 3,
}
SPLITS: dict[str, SplitKind] = {
    "multisplit": "multisplit", "multidisorder": "multidisorder",
    "multidisorder_legacy": "multidisorder", "fakedsplit": "fakedsplit",
    "fakeddisorder": "fakeddisorder", "hostfakesplit": "hostfakesplit",
}  # fmt: skip
_NEEDED = """
 qnum port uid user pidfile fwmark sockarg ctrack-timeouts ipcache-lifetime blob lua-init lua-gc
 lua-desync payload in-range out-range comment name template cookie wf-iface wf-l3 wf-tcp-in
 wf-tcp-out wf-udp-in wf-udp-out wf-raw-part wf-raw wf-dup-check payload-disable reasm-disable
"""
_OPTIONAL = "debug ctrack-disable server ipcache-hostname import"
_BARE = "dry-run version daemon new skip bind-fix4 bind-fix6 intercept"
_LONG: dict[str, Argument] = {
    **SCOPE_OPTIONS,
    **dict.fromkeys(_NEEDED.split(), "needed"),
    **dict.fromkeys(_OPTIONAL.split(), "optional"),
    **dict.fromkeys(_BARE.split(), "none"),
}
TABLE = Table("nfqws2", _LONG, {}, single_dash=True)
_RANGE = re.compile(r"(?:([nds])([0-9]{1,9}))?(?:([-<])(?:([nds])([0-9]{1,9}))?)?|a")


@dataclass(slots=True)
class _Made:
    """A strategy while its calls are read."""

    strategy: Strategy
    start: str = ""
    cutoff: str = ""
    fragments: Split | None = field(default=None)


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of each profile of an nfqws2 command line.

    Parameters
    ----------
    words : list of str
        Without the program's name.

    Returns
    -------
    tuple of Strategy

    Raises
    ------
    ParameterError
        If an option, a function or an argument is unknown, or a value is not allowed.

    Examples
    --------
    >>> (only,) = parse_words(["--lua-desync=fake:blob=fake_default_tls:ip_ttl=3:repeats=2"])
    >>> only.text, str(only.phase1[0].ttl), only.phase1[0].repeats
    ('fake', '3', 2)
    """
    options = read_options(words, TABLE)
    blobs = dict(_blob(argument or "") for name, argument in options if name == "blob")
    return tuple(_strategy(one, blobs) for one in profiles(options))


def _blob(text: str) -> tuple[str, str]:
    """Return name and content of a blob."""
    name, colon, content = text.partition(":")
    if not (name and colon and content):
        raise ParameterError.not_understood("--blob", text, "name:@file or name:0x1603")
    return name, content


def _strategy(options: Options, blobs: dict[str, str]) -> Strategy:
    """Return the strategy of one profile."""
    made = _Made(Strategy(tool="nfqws2", scope=scope(options)))
    for name, argument in options:
        if name == "out-range":
            made.start, made.cutoff = _range(argument or "")
        elif name == "payload" and last(options, "filter-l7") is None:
            kept = replace(made.strategy.scope, lists=(f"payload={argument}",))
            made.strategy = replace(made.strategy, scope=kept)
        elif name == "lua-desync":
            call = calls(argument or "", blobs)
            check_choice("--lua-desync", call.function, tuple(FUNCTIONS))
            FUNCTIONS[call.function](made, call)
    return made.strategy


def _range(text: str) -> tuple[str, str]:
    """Return first packet and the first that is left alone again."""
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ParameterError.not_understood("--out-range", text, "n2-n5, s1<d1, -d10 or a")
    kind, first, joint, until, end = found.groups()
    start = f"{kind}{int(first)}" if kind else ""
    behind = int(joint == "-")
    return start, f"{until}{int(end) + behind}" if until else ""


def _add_fake(made: _Made, call: Call) -> None:
    """Read a fake."""
    only(call, "blob", "tls_mod", "optional", common=True)
    if "blob" not in call.arguments:
        raise ParameterError.missing("blob", "fake")
    ttl, ttl6 = ttls(call)
    one = blob(call, "blob")
    payloads = (one,) if one else ()
    _put_fake(made, Fake("fake", ttl, ttl6, fooling(call), payloads, repeats(call)))


def _add_rst(made: _Made, call: Call) -> None:
    """Read a RST."""
    only(call, "rstack", common=True)
    ttl, ttl6 = ttls(call)
    kind = "rstack" if "rstack" in call.arguments else "rst"
    made_fake = Fake("rst", ttl, ttl6, fooling(call), repeats=repeats(call))
    _put_fake(made, replace(made_fake, kind="rstack") if kind == "rstack" else made_fake)


def _put_fake(made: _Made, fake: Fake) -> None:
    """Add a fake."""
    made.strategy = replace(made.strategy, phase1=(*made.strategy.phase1, fake))


def _add_opening(made: _Made, call: Call) -> None:
    """Read an act at the handshake."""
    if call.function == "synack_split":
        only(call, "mode")
        variant = call.arguments.get("mode", "synack")
        check_choice("mode", variant, ("syn", "synack", "acksyn"))
        opening = Opening("synack-split", variant=variant)
    elif call.function == "synack":
        only(call, "badsum", "repeats")
        opening = Opening("synack", fooling=fooling(call))
    else:
        only(call, "blob", common=True)
        data = blob(call, "blob")
        plain = Payload(protocol="syndata")
        opening = Opening("syndata", payload=replace(data, protocol="syndata") if data else plain)
    made.strategy = replace(made.strategy, phase0=(*made.strategy.phase0, opening))


def _add_split(made: _Made, call: Call) -> None:
    """Read a cut."""
    own = {
        "hostfakesplit": ("host", "midhost", "nofake1", "nofake2"),
        "fakedsplit": ("pos", "pattern", "seqovl", "seqovl_pattern", *_NO_FAKES),
        "fakeddisorder": ("pos", "pattern", "seqovl", "seqovl_pattern", *_NO_FAKES),
    }
    only(call, *own.get(call.function, ("pos", "seqovl", "seqovl_pattern")), common=True)
    left_out = frozenset(name for name in call.arguments if name.startswith("nofake"))
    if left_out not in NO_FAKES or (left_out and call.function == "hostfakesplit"):
        expected = "an order that zapret 1 has: none, nofake1, nofake1:nofake2 or with nofake4"
        raise ParameterError.not_understood(call.function, ":".join(sorted(left_out)), expected)
    ttl, ttl6 = ttls(call)
    made.strategy = replace(
        made.strategy,
        phase2=Split(
            SPLITS[call.function],
            _cuts(call),
            NO_FAKES[left_out],
            _place(call, "seqovl"),
            blob(call, "seqovl_pattern"),
            blob(call, "pattern"),
            call.arguments.get("host", ""),
            _place(call, "midhost"),
            ttl,
            ttl6,
            fooling(call),
            repeats(call),
        ),
    )


_NO_FAKES = ("nofake1", "nofake2", "nofake3", "nofake4")


def _cuts(call: Call) -> tuple[Position, ...]:
    """Return where a call cuts; 2 is the default."""
    given = call.arguments.get("pos", "2")
    return tuple(position("pos", one) for one in given.split(","))


def _place(call: Call, name: str) -> Position | None:
    """Return the position that an argument names, 0 being none."""
    given = call.arguments.get(name)
    return None if given in {None, "0"} else position(name, str(given))


def _add_window(made: _Made, call: Call) -> None:
    """Read a rewritten window."""
    only(call, "wsize", "scale", "forced_cutoff")
    size = number("wsize", call.arguments.get("wsize", "0"), 0, 65535)
    scale = call.arguments.get("scale")
    factor = None if scale is None else number("scale", scale, 0, 255)
    forced = call.arguments.get("forced_cutoff") != "no"
    kind = Window("wssize", size, factor, made.cutoff, forced)
    made.strategy = replace(
        made.strategy,
        window=kind if call.function == "wssize" else Window("wsize", size, factor),
    )


def _add_udp(made: _Made, call: Call) -> None:
    """Read what is done to datagrams; a drop ends the fragments before it, or keeps QUIC in."""
    if call.function == "udplen":
        only(call, "increment", "pattern")
        by = number("increment", call.arguments.get("increment", "2"), -(2**15), 2**15 - 1)
        made.strategy = replace(made.strategy, udp=Udp("udplen", by, blob(call, "pattern")))
    elif call.function == "dht_dn":
        made.strategy = replace(made.strategy, udp=Udp("tamper"))
    elif made.fragments:
        made.strategy = replace(made.strategy, phase2=made.fragments)
        made.fragments = None
    else:
        made.strategy = replace(made.strategy, udp=Udp("drop"))


def _add_oob(made: _Made, call: Call) -> None:
    """Read an urgent byte."""
    only(call, "char", "byte", "urp")
    char = call.arguments.get("char", "\0")
    if len(char) != 1 or ord(char) > 255:
        raise ParameterError.not_understood("char", char, "one character")
    byte = number("byte", call.arguments["byte"], 0, 255) if "byte" in call.arguments else ord(char)
    place = call.arguments.get("urp", "b")
    at = {"b": None, "e": Position("end")}.get(place, Position())
    made.strategy = replace(
        made.strategy, oob=Oob(byte, position("urp", place) if at == Position() else at)
    )


def _add_copies(made: _Made, call: Call) -> None:
    """Read copies of ordinary packets, or IP fragments of them."""
    ttl, ttl6 = ttls(call)
    if "ipfrag" in call.arguments:
        only(call, "ipfrag", "ipfrag_pos_tcp", "ipfrag_pos_udp")
        tcp = number(
            "ipfrag_pos_tcp", call.arguments.get("ipfrag_pos_tcp", str(IPFRAG_TCP)), 8, 9216
        )
        udp = number(
            "ipfrag_pos_udp", call.arguments.get("ipfrag_pos_udp", str(IPFRAG_UDP)), 8, 9216
        )
        made.fragments = Split("ipfrag2", fragment_tcp=tcp, fragment_udp=udp)
        return
    only(call, "ip_id", common=True)
    ids = {"none": "same"}.get(call.arguments.get("ip_id", "none"), call.arguments.get("ip_id", ""))
    made.strategy = replace(
        made.strategy,
        dup=Dup(
            repeats(call),
            False,
            ttl,
            ttl6,
            fooling(call),
            ids,
            made.start,
            made.cutoff,
        ),
    )


def _add_orig(made: _Made, call: Call) -> None:
    """Read changes to genuine packets."""
    only(call, common=True)
    ttl, ttl6 = ttls(call)
    given = fooling(call)
    if given.kinds - {"flags", "datanoack"}:
        raise ParameterError.not_among("pktmod", str(given), ("ip_ttl", "tcp_flags_set"))
    down = FLAG_BITS["ACK"] if "datanoack" in given.kinds else given.flags_unset
    orig = Orig(ttl, ttl6, given.flags_set, down, made.start, made.cutoff)
    made.strategy = replace(made.strategy, orig=orig)


def _add_http(made: _Made, call: Call) -> None:
    """Read a change to an HTTP head."""
    only(call, "spell")
    changes: dict[str, Http] = {
        "http_hostcase": replace(made.strategy.http, spelling=call.arguments.get("spell", "host")),
        "http_domcase": replace(made.strategy.http, domain_case=True),
        "http_methodeol": replace(made.strategy.http, method_eol=True),
        "http_unixeol": replace(made.strategy.http, unix_eol=True),
    }
    made.strategy = replace(made.strategy, http=changes[call.function])


FUNCTIONS: dict[str, Callable[[_Made, Call], None]] = {
    "fake": _add_fake, "rst": _add_rst, "syndata": _add_opening, "synack": _add_opening,
    "synack_split": _add_opening, **dict.fromkeys(SPLITS, _add_split), "wssize": _add_window,
    "wsize": _add_window, "udplen": _add_udp, "dht_dn": _add_udp, "drop": _add_udp, "oob": _add_oob,
    "send": _add_copies, "pktmod": _add_orig,
    **dict.fromkeys(("http_hostcase", "http_domcase", "http_methodeol", "http_unixeol"), _add_http),
}  # fmt: skip
