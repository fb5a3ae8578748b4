"""What a packet carries, shown as well as it can be: as a message, as text, or byte by byte.

Each way of showing says how well it suits some bytes; the bytes themselves can always be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from workbench.errors import ParameterError
from workbench.units import printable
from workbench.views.tables import Html, safe_text

if TYPE_CHECKING:
    from workbench.traffic.browse.decoding import Field

Kind = Literal["message", "text", "hex"]

SHOWN_BYTES = 512
ROW_BYTES = 16
LINE_CHARACTERS = 160
MOST_FIELDS = 200
_TEXT_SHARE = 0.9
_TEXT_BYTES = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))


@dataclass(frozen=True, slots=True)
class Shown:
    """Some bytes, shown in one way.

    Parameters
    ----------
    kind : {"message", "text", "hex"}
        The way.
    rows : tuple of tuple of str
        ``message``: name, value and place; ``text``: a line; ``hex``: offset, bytes, characters.
        All visible text, not yet escaped.
    places : tuple of tuple of int
        Bytes that each row stands for, from and to.
    left : str
        What is not shown, as a sentence; empty for nothing.
    """

    kind: Kind
    rows: tuple[tuple[str, ...], ...]
    places: tuple[tuple[int, int], ...]
    left: str = ""


class View(Protocol):
    """A way to show bytes."""

    kind: Kind

    def priority(self, data: bytes, fields: Sequence[Field]) -> float:
        """Return how well it suits: the greatest is shown first, 0 not at all."""

    def show(self, data: bytes, fields: Sequence[Field], limit: int) -> Shown:
        """Return the bytes as it shows them, at most `limit` of them."""


class MessageView:
    """Decoded fields, where somebody decoded them."""

    kind: Kind = "message"

    def priority(self, data: bytes, fields: Sequence[Field]) -> float:  # noqa: ARG002
        """Return 1 where there are fields."""
        return 1.0 if fields else 0.0

    def show(self, data: bytes, fields: Sequence[Field], limit: int) -> Shown:  # noqa: ARG002
        """Return name, value and place of each field."""
        kept = fields[:MOST_FIELDS]
        rows = tuple(
            (printable(each.name, 60), printable(each.value, 400), _place(each)) for each in kept
        )
        more = len(fields) - len(kept)
        places = tuple((each.start, each.end) for each in kept)
        return Shown(
            self.kind, rows, places, f"{more:,} more fields are not shown." if more else ""
        )


class TextView:
    """Lines of text, where most bytes are text."""

    kind: Kind = "text"

    def priority(self, data: bytes, fields: Sequence[Field]) -> float:  # noqa: ARG002
        """Return 0.8 for text in ASCII or UTF-8, else 0."""
        head = data[:4096]
        if not head:
            return 0.0
        text = head.decode("utf-8", "ignore")
        good = sum(byte in _TEXT_BYTES for byte in head)
        good += sum(len(sign.encode()) for sign in text if sign > "\x7f" and sign.isprintable())
        return 0.8 if good >= _TEXT_SHARE * len(head) else 0.0

    def show(self, data: bytes, fields: Sequence[Field], limit: int) -> Shown:  # noqa: ARG002
        """Return lines; long ones are cut into several."""
        rows: list[tuple[str]] = []
        places: list[tuple[int, int]] = []
        at = 0
        for line in data[:limit].split(b"\n"):
            for first in range(0, max(len(line), 1), LINE_CHARACTERS):
                piece = line[first : first + LINE_CHARACTERS].removesuffix(b"\r")
                rows.append((printable(piece, 4 * LINE_CHARACTERS) if piece else "",))
                places.append((at + first, at + first + len(piece)))
            at += len(line) + 1
        return Shown(self.kind, tuple(rows), tuple(places), _left(data, limit))


class HexView:
    """Every byte as a number and, where it is one, as a character: always possible."""

    kind: Kind = "hex"

    def priority(self, data: bytes, fields: Sequence[Field]) -> float:  # noqa: ARG002
        """Return 0.5 for anything."""
        return 0.5

    def show(self, data: bytes, fields: Sequence[Field], limit: int) -> Shown:  # noqa: ARG002
        """Return offset, bytes and characters of each 16 bytes."""
        rows, places = [], []
        for start in range(0, min(len(data), limit), ROW_BYTES):
            part = data[start : min(start + ROW_BYTES, limit)]
            signs = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in part)
            rows.append((f"{start:04x}", part.hex(" "), signs))
            places.append((start, start + len(part)))
        return Shown(self.kind, tuple(rows), tuple(places), _left(data, limit))


VIEWS: tuple[View, ...] = (MessageView(), TextView(), HexView())


def payload_views(
    data: bytes, fields: Sequence[Field] = (), *, limit: int = SHOWN_BYTES
) -> list[Shown]:
    """Return a payload in every way that suits it, the best first.

    Parameters
    ----------
    data : bytes
        What a packet or a stream carries.
    fields : sequence of Field
        What was decoded from it, as `workbench.traffic.browse.decoding.decode` gives it.
    limit : int
        Most bytes shown, at least 1.

    Returns
    -------
    list of Shown
        Bytes as numbers are always among them.

    Raises
    ------
    ParameterError
        If `limit` is less than 1.

    Examples
    --------
    >>> [shown.kind for shown in payload_views(b"GET / HTTP/1.1")]
    ['text', 'hex']
    >>> payload_views(bytes(2))[0].rows
    (('0000', '00 00', '··'),)
    """
    if limit < 1:
        raise ParameterError.out_of_range("limit", limit, 1, "any number of bytes")
    ranked = [(view.priority(data, fields), view) for view in VIEWS]
    suited = sorted((pair for pair in ranked if pair[0] > 0), key=lambda pair: -pair[0])
    return [view.show(data, fields, limit) for _, view in suited]


def payload_block(
    data: bytes,
    fields: Sequence[Field] = (),
    *,
    title: str,
    limit: int = SHOWN_BYTES,
) -> Html:
    """Return a payload as a block of a page: the best view, and the others folded away.

    Parameters
    ----------
    data : bytes
        What a packet or a stream carries.
    fields : sequence of Field
        What was decoded from it.
    title : str
        What it is, as a sentence.
    limit : int
        Most bytes shown.

    Returns
    -------
    Html
        Escaped; a sentence where there is nothing.

    Raises
    ------
    ParameterError
        If `limit` is less than 1.
    """
    head = safe_text(title, 400)
    if not data:
        words = f"{title} It carries nothing that was captured."
        return Html(f"<p>{safe_text(words, 600)}</p>", printable(words, 600))
    first, *others = payload_views(data, fields, limit=limit)
    folded = "".join(
        f"<details><summary>The same as {_NAMES[shown.kind]}</summary>{_html(shown, title)}"
        "</details>"
        for shown in others
    )
    html = f'<div class="payload"><p>{head}</p>{_html(first, title)}{folded}</div>'
    lines = ["  ".join(filter(None, row)) for row in first.rows[:12]]
    return Html(html, "\n".join([printable(title, 400), *lines]))


_NAMES = {"message": "a message", "text": "text", "hex": "bytes"}


def _html(shown: Shown, title: str) -> str:
    """Return one view as HTML."""
    left = f'<p class="below">{safe_text(shown.left)}</p>' if shown.left else ""
    label = f"{_NAMES[shown.kind]}: {title}".capitalize()
    if shown.kind == "message":
        rows = "".join(
            f"<div><dt>{safe_text(name)}</dt><dd>{safe_text(value, 400)}</dd></div>"
            for name, value, _ in shown.rows
        )
        return f'<dl class="facts">{rows}</dl>{left}'
    lines = "\n".join(safe_text("  ".join(_aligned(shown.kind, row)), 700) for row in shown.rows)
    region = f'tabindex="0" role="region" aria-label="{safe_text(label, 200)}"'
    return f'<pre class="bytes" {region}>{lines}</pre>{left}'


def _aligned(kind: Kind, row: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row with its bytes filled up to the width of a whole one."""
    return (row[0], row[1].ljust(3 * ROW_BYTES - 1), row[2]) if kind == "hex" else row


def _place(field: Field) -> str:
    """Return the bytes of a field, as people write them."""
    if field.start < 0:
        return ""
    last = max(field.end - 1, field.start)
    return f"{field.start:,}–{last:,}" if last > field.start else f"{field.start:,}"


def _left(data: bytes, limit: int) -> str:
    """Return the sentence about what is not shown."""
    more = len(data) - limit
    return f"{more:,} more bytes are not shown." if more > 0 else ""
