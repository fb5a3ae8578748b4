"""A strategy as tables of a page: its packets, its evidence, commands of the tools, its neighbours.

In: what the recogniser found. Out: escaped HTML, the same as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.evasion.rendering import Rendered, render
from workbench.evasion.sequence_values import SequenceMap
from workbench.evasion.strategy import Strategy
from workbench.traffic.ladders import flag_text
from workbench.units import printable
from workbench.views.figures import Figure, figure
from workbench.views.sentences import count
from workbench.views.sequence_map_plot import plot_sequence_map
from workbench.views.sequence_map_words import COLUMNS, map_caption, map_table
from workbench.views.tables import Column, Html, safe_text, table

MOST_PACKETS = 80
MOST_LOSSES = 12
MOST_FRAMES = 12
COMMAND_CHARACTERS = 8_000
VALUE_CHARACTERS = 120
#: Tools that commands are shown for; winws and dvtws take the options of nfqws.
TOOLS = ("nfqws", "nfqws2", "tpws", "byedpi", "goodbyedpi", "geneva", "youtubeunblock", "spoofdpi")
PACKET_COLUMNS = ("frame", "time", "ttl", "tcp_flags", "checksum")
_HOW_TO_READ = (
    "Across: the offset in the request. Down: the order of sending. Solid bars are genuine, hatched"
    " ones are not, or came again. The grey band is the name that a middlebox looks for."
)
_PACKETS = (
    Column("frame", "Frame", "count"),
    Column("token", "Token"),
    Column("since_ns", "At", "duration"),
    Column("sender", "Sent by"),
    Column("flags", "Flags"),
    Column("bytes", "Bytes of its stream"),
    Column("ttl", "TTL", "count"),
    Column("checksum", "Checksum"),
    Column("kind", "Brings"),
    Column("standing", "Standing"),
    Column("reasons", "What speaks against it"),
)
_EVIDENCE = (
    Column("path", "Value", "code"),
    Column("value", "Reading", "code"),
    Column("frames", "Frames"),
    Column("support", "For", "count"),
    Column("against", "Against", "count"),
    Column("rivals", "Other readings"),
    Column("note", "Why"),
)
_OTHERS = (
    Column("connection", "No.", "count"),
    Column("server_name", "Server name", "code"),
    Column("server", "Server", "code"),
    Column("strategy", "Strategy", "code"),
    Column("ttl", "TTL", "count"),
    Column("split_pos", "Split", "code"),
    Column("fooling", "Fooling", "code"),
    Column("tool", "Way of"),
    Column("confidence", "Confidence", "share"),
)


def map_figure(drawn: SequenceMap) -> Figure:
    """Return the sequence map with its conclusion and its numbers.

    Parameters
    ----------
    drawn : SequenceMap
        What is drawn.

    Returns
    -------
    Figure
        Shows itself in a notebook.
    """
    numbers = map_table(drawn)
    return figure(plot_sequence_map, drawn, caption=map_caption(drawn), data=numbers,
                  columns=COLUMNS)  # fmt: skip


def map_links(drawn: SequenceMap) -> Html:
    """Return how the map is read, and a link to the packet of each bar in the order of sending.

    Parameters
    ----------
    drawn : SequenceMap
        What is drawn.

    Returns
    -------
    Html
        Leads to the rows of `packet_table`.
    """
    bars = drawn.bars[:MOST_PACKETS]
    items = "".join(
        f'<li><a href="#frame-{bar.frame}"><code>{safe_text(bar.token)}</code> frame {bar.frame}'
        "</a></li>"
        for bar in bars
    )
    plain = " ".join(f"{printable(bar.token)}={bar.frame}" for bar in bars)
    if not bars:
        return Html("", "")
    links = f'<ol class="steps" aria-label="Packets by bar">{items}</ol>'
    return Html(f"<p>{_HOW_TO_READ}</p>{links}", f"{_HOW_TO_READ}\n{plain}")


def packet_table(segments: pd.DataFrame, packets: pd.DataFrame, drawn: SequenceMap) -> Html:
    """Return the packets of a connection: what each brings, and whether it is meant.

    Parameters
    ----------
    segments : pandas.DataFrame
        Segment table of the connection.
    packets : pandas.DataFrame
        Its packets with the columns of `PACKET_COLUMNS`.
    drawn : SequenceMap
        Its sequence map: all its packets are among the rows.

    Returns
    -------
    Html
        From the first packet on until all of the map is told and the other side answered.
    """
    rows = segments.merge(packets, on="frame")
    tokens = {bar.frame: bar.token for bar in drawn.bars}
    kept = rows.head(_told(rows, tokens))
    began = packets["time"].iloc[0] if len(packets) else None
    sides = np.where(kept["direction"] == 0, "client", "server")
    shown = kept.assign(
        token=[tokens.get(int(frame), "") for frame in kept["frame"]],
        since_ns=[int((time - began).value) for time in kept["time"]],
        sender=sides,
        flags=[flag_text(int(flags)) for flags in kept["tcp_flags"]],
        bytes=[
            f"{start:,} to {start + size:,}" if size else ""
            for start, size in zip(kept["offset"], kept["length"], strict=True)
        ],
        reasons=[str(reasons).replace(",", ", ") for reasons in kept["reasons"]],
    )
    left = len(rows) - len(kept)
    more = f"And {count(left, 'more packet')}; workbench explore shows them." if left else ""
    return table(
        shown, _PACKETS, caption="The connection packet by packet", rows=MOST_PACKETS, more=more,
        anchor="frame",
    )  # fmt: skip


def _told(rows: pd.DataFrame, tokens: Mapping[int, str]) -> int:
    """Return how many packets to show: the map's, and the first answer with data behind them."""
    mapped = np.flatnonzero(rows["frame"].isin(tokens).to_numpy(bool))
    last = int(mapped[-1]) if len(mapped) else 0
    loaded = ((rows["direction"] == 1) & (rows["length"] > 0)).to_numpy(bool)
    answers = np.flatnonzero(loaded)
    behind = answers[answers > last]
    return min(int(behind[0]) + 1 if len(behind) else len(rows), MOST_PACKETS)


def evidence_table(strategy: Strategy) -> Html:
    """Return what each value of a strategy stands on.

    Parameters
    ----------
    strategy : Strategy
        With evidence.

    Returns
    -------
    Html
        A row for each value.
    """
    rows = [
        {
            "path": path,
            "value": value_text(strategy, path),
            "frames": _listed(one.frames),
            "support": one.support,
            "against": one.against,
            "rivals": ", ".join(map(str, one.rivals[:8])) + (" …" if len(one.rivals) > 8 else ""),
            "note": one.note,
        }
        for path, one in strategy.evidence.items()
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in _EVIDENCE], dtype=object)
    return table(frame, _EVIDENCE, caption="Values, and the frames that show them")


def _listed(frames: tuple[int, ...]) -> str:
    """Return frame numbers, the first of many."""
    return ", ".join(map(str, frames[:MOST_FRAMES])) + (" …" if len(frames) > MOST_FRAMES else "")


def value_text(strategy: Strategy, path: str) -> str:
    """Return the value of a strategy that a piece of evidence is about.

    Parameters
    ----------
    strategy : Strategy
        Any.
    path : str
        Key of its evidence, such as ``phase2.positions`` or ``sockets.pieces.1``.

    Returns
    -------
    str
        Empty where the path leads nowhere.

    Examples
    --------
    >>> from workbench.evasion.parsing import parse
    >>> strategy = parse("nfqws --dpi-desync=fake,multisplit --dpi-desync-ttl=3")
    >>> value_text(strategy, "phase1.ttl"), value_text(strategy, "phase2.positions")
    ('3', '2')
    """
    value: Any = strategy
    for step in path.split("."):
        if isinstance(value, tuple) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else ""
            continue
        value = value[0] if isinstance(value, tuple) and value else value
        known = getattr(value, step, None)
        value = "" if known is None and value is strategy else value if known is None else known
    return printable(_written(value), VALUE_CHARACTERS)


def _written(value: Any) -> str:
    """Return a value of a descriptor in one line."""
    if isinstance(value, tuple):
        return ", ".join(map(_written, value))
    if hasattr(value, "kind"):
        position = getattr(value, "position", None)
        return f"{value.kind} {position}" if position is not None else str(value.kind)
    if callable(getattr(value, "kinds", None)):
        return ", ".join(value.kinds())
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        changed = [(one.name, getattr(value, one.name)) for one in fields(value)]
        return ", ".join(f"{name} {given}" for name, given in changed if given not in (None, ""))
    return "" if value is None else str(value)


def commands(strategy: Strategy) -> Html:
    """Return the commands that would send the same, with what each cannot express.

    Parameters
    ----------
    strategy : Strategy
        Any.

    Returns
    -------
    Html
        The tool first whose command says most of it; the others folded away.
    """
    if not strategy:
        words = "There is nothing that a tool would have to do."
        return Html(f"<p>{words}</p>", words)
    found = [(tool, made) for tool in TOOLS if (made := _rendered(strategy, tool)) is not None]
    found.sort(key=lambda one: (len(one[1].lossy), one[0] != strategy.tool))
    blocks = [_command(tool, made, opened=not at) for at, (tool, made) in enumerate(found)]
    plain = [f"{tool}: {printable(made.command, COMMAND_CHARACTERS)}" for tool, made in found]
    return Html("".join(blocks), "\n".join(plain))


def _rendered(strategy: Strategy, tool: str) -> Rendered | None:
    """Return a command, None where the tool has no words for any of it."""
    try:
        return render(strategy, tool)
    except ParameterError:
        return None


def _command(tool: str, made: Rendered, *, opened: bool) -> str:
    """Return one command with what it leaves out."""
    missing = len(made.lossy)
    note = f"cannot express {count(missing, 'thing')}" if missing else "says all of it"
    items = "".join(f"<li>{safe_text(loss, 600)}</li>" for loss in made.lossy[:MOST_LOSSES])
    if missing > MOST_LOSSES:
        items += f"<li>and {missing - MOST_LOSSES:,} more</li>"
    losses = f"<ul>{items}</ul>" if items else ""
    if len(made.command) > COMMAND_CHARACTERS:
        losses += f"<p>Cut short here; workbench strategies --as {tool} prints it whole.</p>"
    text = safe_text(made.command, COMMAND_CHARACTERS)
    body = f'<pre tabindex="0" aria-label="Command for {tool}"><code>{text}</code></pre>{losses}'
    state = " open" if opened else ""
    summary = f"<summary><code>{tool}</code> {note}</summary>"
    return f'<details class="command"{state}>{summary}{body}</details>'


def others_table(strategies: pd.DataFrame, chosen: int) -> Html:
    """Return the other connections of the capture that were sent with a strategy.

    Parameters
    ----------
    strategies : pandas.DataFrame
        As `workbench.evasion.table.strategies_table` makes it.
    chosen : int
        The connection that the page is about.

    Returns
    -------
    Html
        A table, and how many were sent in the ordinary way.
    """
    rest = strategies[(strategies["connection"] != chosen).to_numpy(bool)]
    named = (rest["strategy"].astype("str") != "").to_numpy(bool)
    ordinary = int((~named).sum())
    more = f"{count(ordinary, 'more connection')} without any strategy." if ordinary else ""
    shown = table(rest[named], _OTHERS, caption="Other connections with a strategy", more=more)
    if named.any() or not ordinary:
        return shown
    return Html(f"{shown.html}<p>{safe_text(more)}</p>", f"{shown.text}\n{more}")
