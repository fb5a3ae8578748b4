"""What a strategy is, in sentences: headline, cards, how sure, and what a place cannot show.

Each function takes values that were computed below and returns plain text; escaping is the business
of whoever puts it on a page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.evasion.confounders import Confounder
from workbench.evasion.explaining import explain
from workbench.evasion.strategy import Strategy
from workbench.views.blocks import Card
from workbench.views.sentences import count

if TYPE_CHECKING:
    from workbench.traffic.focus import Choice
    from workbench.traffic.vantage import Vantage

SURE = 0.6
"""Below this a value rests on a single observation, or some speak against it."""
MOST_LINES = 6
_FIELDS = {
    "phase0": "the act at the handshake",
    "phase1": "the fakes before the request",
    "phase1.ttl": "the TTL of the fakes before the request",
    "phase1.fooling": "the fooling of the fakes before the request",
    "phase1.repeats": "the repeats of the fakes before the request",
    "phase2": "the way the request is cut",
    "phase2.positions": "the place of the cuts",
    "phase2.ttl": "the TTL of the shadows",
    "phase2.fooling": "the fooling of the shadows",
    "phase2.repeats": "the repeats of the shadows",
    "phase2.altorder": "the order of parts and shadows",
    "sockets": "the way the request is written",
    "sockets.pieces": "the end of a piece",
    "sockets.ttl": "the TTL of the swapped pieces",
    "sockets.fooling": "the fooling of the swapped pieces",
    "tls_records": "the end of a record",
    "tls_minor": "the version of the first record",
    "http": "the head of the request",
    "udp": "the length of the datagram",
    "window": "the window",
    "mss": "the segment size announced",
    "dup": "the copies",
    "orig": "the TTL of genuine packets",
    "tool": "the tool",
}
_PLACES = {
    "client": "Captured at the client: all that it sent is here. Which fakes reached the server or"
    " a middlebox does not show, but in what they answered.",
    "router": "Captured at a router behind the client: what died before it is out of sight.",
    "middle": "Captured on the way: what died before this place, and what was changed behind it,"
    " is out of sight.",
    "server": "Captured at the server: fakes that died on the way are out of sight, so that a"
    " strategy may look smaller than it was.",
    "unknown": "Where it was captured is not known: fakes may have died before that place.",
}


def strategy_title(row: Mapping[str, Any]) -> str:
    """Return the headline: who was asked for, and how.

    Parameters
    ----------
    row : mapping
        Row of the strategies table.

    Returns
    -------
    str
        Name or address, and the strategy in the tools' words.

    Examples
    --------
    >>> strategy_title({"server_name": "x.com", "server": "10.0.0.1:443", "strategy": "fake"})
    'x.com: fake'
    """
    name = str(row["server_name"] or row["server"])
    return f"{name}: {row['strategy'] or 'sent in the ordinary way, without a strategy'}"


def strategy_subtitle(name: str, row: Mapping[str, Any], choice: Choice) -> str:
    """Return what else identifies what is looked at.

    Parameters
    ----------
    name : str
        Name of the capture.
    row : mapping
        Row of the strategies table.
    choice : Choice
        Why this connection.

    Returns
    -------
    str
        Capture, connection, both ends, and the reason.
    """
    ends = f"{row['client']} to {row['server']}"
    number = f"connection {row['connection']}"
    return f"{name} · {number}, {ends} · chosen because {choice.reason}"


def strategy_cards(
    row: Mapping[str, Any], confounders: Sequence[Confounder], vantage: Vantage
) -> list[Card]:
    """Return the cards that open the page.

    Parameters
    ----------
    row : mapping
        Row of the strategies table.
    confounders : sequence of Confounder
        What had to be allowed for.
    vantage : Vantage
        Where the capture was made.

    Returns
    -------
    list of Card
        What was sent, how sure that is, what this place cannot show.
    """
    strategy: Strategy = row["descriptor"]
    doubtful = bool(strategy.unexplained) or (strategy.confidence < SURE)
    return [
        Card("What the client did", [*_parameters(row), *explain(strategy)], "plain"),
        Card("How sure", how_sure(strategy), "warn" if doubtful else "good"),
        Card("What this place cannot show", unseen(confounders, vantage),
             "warn" if confounders else "plain"),
    ]  # fmt: skip


def _parameters(row: Mapping[str, Any]) -> list[str]:
    """Return what was observed, in the words of the tools, as one line."""
    told = {"ttl": "ttl", "autottl": "autottl", "split_pos": "split", "seqovl": "overlap",
            "fooling": "fooling", "repeats": "repeats", "order": "altorder"}  # fmt: skip
    given = {key: str(row[key]).replace(",", ", ") for key in told if _given(row[key])}
    words = [
        f"{told[key]} {text}" for key, text in given.items() if (key, text) != ("repeats", "1")
    ]
    return [f"In short: {'; '.join(words)}."] if words else []


def _given(value: object) -> bool:
    """Tell whether a cell holds a value other than none, nothing and zero."""
    return str(value) not in {"", "0", "nan", "<NA>", "None"}


def how_sure(strategy: Strategy) -> list[str]:
    """Return how sure a strategy is, what else may explain it, and what it leaves unexplained.

    Parameters
    ----------
    strategy : Strategy
        With evidence.

    Returns
    -------
    list of str
        Sentences, the number first.
    """
    if not strategy:
        others = [f"Not the client's doing: {', '.join(strategy.others)}."]
        nothing = "No packet contradicts another, none is marked, and no cut needs a reason."
        return [nothing, *(others if strategy.others else [])]
    lines = []
    if not math.isnan(strategy.confidence):
        path = min(strategy.evidence, key=lambda one: _share(strategy, one))
        weak = strategy.evidence[path]
        lines.append(
            f"Confidence {strategy.confidence:.2f}: the weakest value, {field_words(path)}, has "
            f"{count(weak.support, 'observation')} for it and {weak.against:,} against."
        )
    rivals = [(path, one.rivals) for path, one in strategy.evidence.items() if one.rivals]
    for path, found in rivals[:MOST_LINES]:
        more = f" and {len(found) - 4:,} more" if len(found) > 4 else ""
        told = field_words(path)
        readings = " or ".join(map(str, found[:4]))
        lines.append(f"{told[0].upper()}{told[1:]} may also be read as {readings}{more}.")
    lines += [] if rivals else ["No other reading explains these packets."]
    for token in strategy.unexplained[:MOST_LINES]:
        frames = ", ".join(map(str, token.frames[:6]))
        lines.append(f"Not explained: {token.text} in frame {frames}; {token.note}.")
    if strategy.others:
        lines.append(f"Not the client's doing: {', '.join(strategy.others)}.")
    return lines


def field_words(path: str) -> str:
    """Return which value of a strategy a piece of evidence is about, in words.

    Parameters
    ----------
    path : str
        Key of its evidence.

    Returns
    -------
    str
        The path itself where there are no better words.

    Examples
    --------
    >>> field_words("phase1.ttl"), field_words("tls_records.1"), field_words("x.y")
    ('the TTL of the fakes before the request', 'the end of a record (no. 2)', 'x.y')
    """
    steps = path.split(".")
    numbers = [int(step) + 1 for step in steps if step.isdigit()]
    words = _FIELDS.get(".".join(step for step in steps if not step.isdigit()))
    if words is None:
        return path
    return f"{words} (no. {numbers[0]})" if numbers else words


def _share(strategy: Strategy, path: str) -> float:
    """Return how much of what bears on a value agrees with it."""
    one = strategy.evidence[path]
    return (one.support + 1) / (one.support + one.against + 2)


def unseen(confounders: Sequence[Confounder], vantage: Vantage) -> list[str]:
    """Return what cannot be told from where the capture was made, and why.

    Parameters
    ----------
    confounders : sequence of Confounder
        What had to be allowed for.
    vantage : Vantage
        Where the capture was made.

    Returns
    -------
    list of str
        The place first, with what speaks for it.
    """
    lines = [_PLACES.get(vantage.place, _PLACES["unknown"])]
    if vantage.evidence:
        lines.append(f"The place is told by: {'; '.join(vantage.evidence[:3])}.")
    return lines + [f"{one.name}: {one.note}." for one in confounders]
