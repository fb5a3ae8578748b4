"""What a sequence map says in words: its rows, its caption, its table.

In: a `SequenceMap`. Out: plain text; escaping is the business of whoever puts it on a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from workbench.evasion.sequence_values import Bar, SequenceMap
from workbench.evasion.values import BADSEQ_INCREMENT
from workbench.units import format_duration_ns, printable
from workbench.views.sentences import count
from workbench.views.tables import Column

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 40
MOST_VOLLEYS = 5
PAYLOAD_CHARACTERS = 34
_MOVED = {"badseq", "pastseq", "randseq"}
_CHECKSUMS = {
    "good": "good checksum",
    "bad": "bad checksum",
    "partial": "checksum left to the network card",
    "unverified": "unknown checksum",
}
COLUMNS = (
    Column("order", "Sent as no.", "count"),
    Column("token", "Token"),
    Column("kind", "What it is"),
    Column("frame", "Frame", "count"),
    Column("since_ns", "After", "duration"),
    Column("start", "From byte", "count"),
    Column("end", "To byte", "count"),
    Column("place", "By its number"),
    Column("ttl", "TTL", "count"),
    Column("checksum", "Checksum"),
    Column("fooling", "Fooling"),
    Column("payload", "Holds"),
    Column("volley", "Volley", "count"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture.

    Parameters
    ----------
    token : str
        What stands at its left.
    text : str
        What stands above its bars.
    bars : tuple of Bar
        One, or those of a volley that came again.
    """

    token: str
    text: str
    bars: tuple[Bar, ...]


def rows_of(drawn: SequenceMap) -> tuple[list[Row], int]:
    """Return the lines of the picture, and how many packets of the first volley are not in them.

    Parameters
    ----------
    drawn : SequenceMap
        What is drawn.

    Returns
    -------
    tuple of list and int
        A line each for what was sent first, at most `MOST_ROWS`; a line each for what came again.
        What was let die on purpose and came again has a line of its own too.
    """
    volleys = [list(bars) for _, bars in groupby(drawn.bars, key=lambda bar: bar.volley)]
    if not volleys:
        return [], 0
    first, later = volleys[0], volleys[1:]
    rows = [Row(bar.token, bar_text(bar, drawn), (bar,)) for bar in first[:MOST_ROWS]]
    dead = any(bar.kind == "part" and bar.low for bar in first)
    if dead and later and len(later[0]) <= 4:
        rows += [Row(bar.token, bar_text(bar, drawn), (bar,)) for bar in later.pop(0)]
    for bars in later[: MOST_VOLLEYS - 1]:
        rows.append(Row("R", _again(bars), tuple(bars)))
    if rest := later[MOST_VOLLEYS - 1 :]:
        last = format_duration_ns(rest[-1][0].since_ns)
        rows.append(Row("…", f"{count(len(rest), 'more time')}, the last after {last}", ()))
    return rows, max(len(first) - MOST_ROWS, 0)


def _again(bars: list[Bar]) -> str:
    """Return what came again."""
    when = f"after {format_duration_ns(bars[0].since_ns)}"
    tokens = " ".join(bar.token for bar in bars[:8]) + (" …" if len(bars) > 8 else "")
    return f"sent again {when}: {tokens}"


def bar_text(bar: Bar, drawn: SequenceMap) -> str:
    """Return what stands above a bar: what it is, its TTL, its checksum, what is wrong with it.

    Parameters
    ----------
    bar : Bar
        One packet.
    drawn : SequenceMap
        The map that it is in.

    Returns
    -------
    str
        Short enough for a narrow screen but for names.
    """
    words = [what_is(bar, drawn)]
    if bar.kind == "opening":
        words[0] += f", {bar.payload}"
    words.append(f"ttl {bar.ttl}" + (", dies on the way" if bar.low and bar.genuine else ""))
    words += _wrong(bar) or [_CHECKSUMS[bar.checksum]]
    if bar.filling:
        words.append(f"{bar.filling:,} B of filling first")
    if bar.payload and bar.kind != "opening":
        words.append(printable(bar.payload, PAYLOAD_CHARACTERS))
    return " · ".join(words)


def what_is(bar: Bar, drawn: SequenceMap) -> str:
    """Return what a bar is, in words.

    Parameters
    ----------
    bar : Bar
        One packet.
    drawn : SequenceMap
        The map that it is in.

    Returns
    -------
    str
        For example ``part 2 of 3`` or ``shadow of P1``.
    """
    whole = "the whole request" if drawn.parts < 2 else f"part {bar.part} of {drawn.parts}"
    again = f"part {bar.part} again" if bar.part and drawn.parts > 1 else "request again"
    return {
        "part": whole,
        "shadow": f"shadow of P{bar.part}",
        "copy": f"copy of part {bar.part}",
        "retransmission": again,
        "opening": "at the handshake",
    }.get(bar.kind, bar.kind)


def _wrong(bar: Bar) -> list[str]:
    """Return what makes the server drop a packet."""
    words = [_CHECKSUMS["bad"]] if bar.checksum == "bad" else []
    moved = f" {signed(bar.moved)}" if bar.moved not in (0, BADSEQ_INCREMENT) else ""
    words += [
        f"{kind}{moved}" if kind in _MOVED else kind for kind in bar.fooling if kind != "badsum"
    ]
    if moved and not set(bar.fooling) & _MOVED:
        words.append(f"sequence{moved}")
    return words


def signed(number: int) -> str:
    """Return a number with its sign.

    Examples
    --------
    >>> signed(-10_000), signed(3)
    ('−10,000', '+3')
    """
    return f"{number:+,}".replace("-", "\N{MINUS SIGN}")


def map_table(drawn: SequenceMap) -> pd.DataFrame:
    """Return the numbers behind the picture, a row a packet.

    Parameters
    ----------
    drawn : SequenceMap
        What is drawn.

    Returns
    -------
    pandas.DataFrame
        With the columns of `COLUMNS`.
    """
    import pandas as pd

    rows = [
        {
            "order": at,
            "token": bar.token,
            "kind": what_is(bar, drawn),
            "frame": bar.frame,
            "since_ns": bar.since_ns,
            "start": bar.start,
            "end": bar.end,
            "place": f"{signed(bar.moved)} bytes" if bar.moved else "there",
            "ttl": bar.ttl,
            "checksum": bar.checksum,
            "fooling": ", ".join(bar.fooling),
            "payload": bar.payload,
            "volley": bar.volley,
        }
        for at, bar in enumerate(drawn.bars, 1)
    ]
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS], dtype=object)


def map_caption(drawn: SequenceMap) -> str:
    """Return what the picture shows, as a sentence.

    Parameters
    ----------
    drawn : SequenceMap
        What is drawn.

    Returns
    -------
    str
        How many packets of which kind, in which order, and what became of them.
    """
    first = [bar for bar in drawn.bars if bar.volley == 1]
    if not first:
        return "The client sent nothing that could be a request."
    fakes = [bar for bar in first if not bar.genuine and bar.kind != "opening"]
    parts = [bar for bar in first if bar.kind == "part"]
    sent = f"For a request of {drawn.length:,} bytes the client sent {count(len(first), 'packet')}"
    made = f"{count(len(parts), 'genuine part')}" if drawn.parts > 1 else "the whole request once"
    text = f"{sent}: {made}{_ordered(parts)}"
    text += f", and {count(len(fakes), 'fake')}" if fakes else ""
    text += "." + _unseen(drawn)
    if any(bar.moved for bar in fakes):
        text += " A diamond marks what is drawn where it pretends to lie: its number is elsewhere."
    if drawn.volleys > 1:
        text += f" Something of it was sent again {count(drawn.volleys - 1, 'time')} after a pause."
    return text + (f" {drawn.left_out:,} more packets are not drawn." if drawn.left_out else "")


def _ordered(parts: list[Bar]) -> str:
    """Return the order of parts where it is not that of their places."""
    numbers = [bar.part for bar in parts]
    if numbers == sorted(numbers):
        return ""
    return ", the last one first" if numbers == sorted(numbers, reverse=True) else ", out of order"


def _unseen(drawn: SequenceMap) -> str:
    """Return which parts never came past the place of capture."""
    if not drawn.unseen:
        return ""
    ranges = " and ".join(f"{start:,} to {end:,}" for start, end in drawn.unseen[:4])
    return f" Bytes {ranges} never came past the place of capture."
