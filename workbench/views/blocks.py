"""The blocks of a page that are neither table nor chart: headline, cards, findings, facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.units import printable
from workbench.views.tables import Html, safe_text

if TYPE_CHECKING:
    from workbench.traffic.health import Finding

Tone = Literal["plain", "good", "warn", "bad"]

LINE_CHARACTERS = 600

_TONES: dict[str, Tone] = {"high": "bad", "medium": "warn", "low": "plain", "info": "plain"}
_WORDS = {"high": "serious", "medium": "notable", "low": "minor", "info": "to know"}


@dataclass(frozen=True, slots=True)
class Card:
    """A short answer to a question that everybody has.

    Parameters
    ----------
    title : str
        The question, in two or three words.
    lines : sequence of str
        The answer, a sentence each.
    tone : {"plain", "good", "warn", "bad"}
        How it should be taken; said by an edge in colour, and by the words themselves.
    """

    title: str
    lines: Sequence[str]
    tone: Tone = "plain"


def headline(title: str, subtitle: str) -> Html:
    """Return the head of a page.

    Parameters
    ----------
    title : str
        What the page is about, as a sentence or a name with its most telling number.
    subtitle : str
        What else identifies it.

    Returns
    -------
    Html
        The only first-level heading of the page.

    Examples
    --------
    >>> headline("a.pcap: 1 packet", "Ethernet").html
    '<h1>a.pcap: 1 packet</h1><p class="sub">Ethernet</p>'
    """
    first, second = safe_text(title, LINE_CHARACTERS), safe_text(subtitle, LINE_CHARACTERS)
    plain = f"{printable(title, LINE_CHARACTERS)}\n{printable(subtitle, LINE_CHARACTERS)}"
    return Html(f'<h1>{first}</h1><p class="sub">{second}</p>', plain)


def cards(given: Sequence[Card]) -> Html:
    """Return cards side by side.

    Parameters
    ----------
    given : sequence of Card
        Two or three of them read best.

    Returns
    -------
    Html
        A section each, headed by the card's title.
    """
    parts, plain = [], []
    for card in given:
        lines = "".join(f"<p>{safe_text(line, LINE_CHARACTERS)}</p>" for line in card.lines)
        title = safe_text(card.title)
        parts.append(f'<section class="card {card.tone}"><h2>{title}</h2>{lines}</section>')
        plain.append(
            "\n".join(
                [printable(card.title), *(f"  {printable(x, LINE_CHARACTERS)}" for x in card.lines)]
            )
        )
    return Html(f'<div class="cards">{"".join(parts)}</div>', "\n".join(plain))


def findings(given: Sequence[Finding], *, nothing: str) -> Html:
    """Return what is wrong as a list, or the sentence that nothing is.

    Parameters
    ----------
    given : sequence of Finding
        What the rules found, the gravest first.
    nothing : str
        What to say where there is nothing: what was looked at, and that it is well.

    Returns
    -------
    Html
        An item each: how grave, what, what it means, which frames.
    """
    if not given:
        return Html(
            f'<p class="well">{safe_text(nothing, LINE_CHARACTERS)}</p>',
            printable(nothing, LINE_CHARACTERS),
        )
    items, plain = [], []
    for finding in given:
        frames = ", ".join(str(frame) for frame in finding.frames)
        where = (
            f'<span class="where">frames {frames}{", …" if finding.more else ""}</span>'
            if frames
            else ""
        )
        tone, word = _TONES[finding.severity], _WORDS[finding.severity]
        items.append(
            f'<li class="{tone}"><span class="grave">{word}</span>'
            f"<div><strong>{safe_text(finding.statement, LINE_CHARACTERS)}</strong> "
            f"<span>{safe_text(finding.explanation, LINE_CHARACTERS)}</span> {where}</div></li>"
        )
        plain.append(f"{word}: {printable(finding.statement, LINE_CHARACTERS)}")
    return Html(f'<ul class="findings">{"".join(items)}</ul>', "\n".join(plain))


def facts(given: Mapping[str, str]) -> Html:
    """Return names and values, one a line.

    Parameters
    ----------
    given : mapping of str to str
        Value by name.

    Returns
    -------
    Html
        A description list.

    Examples
    --------
    >>> facts({"link": "Ethernet"}).html
    '<dl class="facts"><div><dt>link</dt><dd>Ethernet</dd></div></dl>'
    """
    rows = "".join(
        f"<div><dt>{safe_text(name)}</dt><dd>{safe_text(value, LINE_CHARACTERS)}</dd></div>"
        for name, value in given.items()
    )
    plain = "\n".join(
        f"{printable(name)}: {printable(value, LINE_CHARACTERS)}" for name, value in given.items()
    )
    return Html(f'<dl class="facts">{rows}</dl>', plain)
