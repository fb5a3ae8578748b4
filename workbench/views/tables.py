"""Text and tables as HTML that shows everything and runs nothing.

`safe_text` is the one way from a captured name, a payload or a file name into HTML; whatever else
in this package writes HTML or chart text goes through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from workbench.units import format_bytes, format_duration_ns, format_time_ns, printable

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "code", "count", "bytes", "duration", "time", "share"]

CELL_CHARACTERS = 200
TABLE_ROWS = 200
NOTHING = "–"

# Chart texts know few names of characters; a dollar sign would begin a formula in them.
_BY_NUMBER = str.maketrans({'"': "&#34;", "'": "&#39;", "$": "&#36;"})
#: Kinds of columns that hold numbers.
NUMERIC = frozenset({"count", "bytes", "duration", "share"})


def safe_text(value: object, limit: int = CELL_CHARACTERS) -> str:
    r"""Return anything as HTML text that is visible, short and inert.

    Control characters, bidirectional marks and bytes that are no text become visible escapes, then
    what HTML or a chart could take for markup is written as a character reference. Quotes are
    referred to by number, since chart texts know few names.

    Parameters
    ----------
    value : object
        Text, bytes (taken as UTF-8), or anything with a text form.
    limit : int
        Longest visible text, in characters.

    Returns
    -------
    str
        Fit for HTML text, for a quoted attribute and for the labels of a chart.

    Examples
    --------
    >>> print(safe_text(b'<b a="1">\x1b'))
    &lt;b a=&#34;1&#34;&gt;\x1b
    """
    text = value if isinstance(value, str | bytes) else str(value)
    return escape(printable(text, limit), quote=False).translate(_BY_NUMBER)


@dataclass(frozen=True, slots=True)
class Column:
    """How one column of a table is headed and written.

    Parameters
    ----------
    name : str
        Column of the data frame.
    title : str
        What its header says; never empty.
    kind : str
        ``text``; ``code`` for names and addresses; ``count``; ``bytes``; ``duration`` and ``time``
        in nanoseconds; ``share`` from 0 to 1.
    """

    name: str
    title: str
    kind: Kind = "text"

    @property
    def css(self) -> str:
        """Class of its cells."""
        if self.kind in NUMERIC:
            return ' class="number"'
        return ' class="code"' if self.kind == "code" else ""


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of a page: escaped HTML, and the same as text for a terminal.

    Parameters
    ----------
    html : str
        Made by this package only, every foreign piece of it by `safe_text`.
    text : str
        What a terminal shows.
    """

    html: str
    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return both forms, for whatever displays notebooks."""
        # JupyterLab would set a captured name between dollar signs as a formula, links included.
        whole = f'<div class="mathjax_ignore tex2jax_ignore">{self.html}</div>' if self.html else ""
        return {"text/html": whole, "text/plain": self.text}


def cell_text(value: object, kind: Kind) -> str:
    """Return one value as people read it.

    Parameters
    ----------
    value : object
        A number for numeric kinds, else anything.
    kind : str
        See `Column`.

    Returns
    -------
    str
        Not yet escaped; a dash where there is no value.

    Examples
    --------
    >>> cell_text(1234567, "count"), cell_text(float("nan"), "text"), cell_text(0.126, "share")
    ('1,234,567', '–', '13 %')
    """
    # A missing value is the only one that differs from itself, whatever its type; NA refuses to
    # say.
    if value is None or str(value) in {"nan", "NaT", "<NA>"}:
        return NOTHING
    if kind == "count":
        return f"{int(str(value)):,}"
    if kind == "share":
        return f"{float(str(value)):.0%}".replace("%", " %")
    if kind in {"bytes", "duration", "time"}:
        number = int(str(value))
        if kind == "bytes":
            return format_bytes(number)
        return format_duration_ns(number) if kind == "duration" else format_time_ns(number)
    return str(value, "utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def table(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    caption: str,
    rows: int = TABLE_ROWS,
    more: str = "",
    narrow: bool = False,
    anchor: str = "",
) -> Html:
    r"""Return a data frame as an accessible table.

    Parameters
    ----------
    frame : pandas.DataFrame
        What to show; the first column of `columns` heads the rows.
    columns : sequence of Column
        Which columns, in which order, at least one.
    caption : str
        What the table is.
    rows : int
        Most rows written; a last line counts the others.
    more : str
        What to say below the table.
    narrow : bool
        Whether the table is only as wide as what stands in it.
    anchor : str
        Column of whole numbers, such as ``frame``, that rows can be linked to by: ``#frame-12``.

    Returns
    -------
    Html
        A table with caption and scoped headers inside a region that scrolls by itself, or a
        sentence where there are no rows.

    Examples
    --------
    >>> import pandas as pd
    >>> shown = table(pd.DataFrame({"host": ["<i>"]}), [Column("host", "Host")], caption="Hosts")
    >>> '<th scope="row">&lt;i&gt;</th>' in shown.html
    True
    """
    title = safe_text(caption)
    if frame.empty:
        return Html(f'<p class="empty">{title}: none.</p>', f"{printable(caption)}: none.")
    head = "".join(
        f'<th scope="col"{column.css}>{safe_text(column.title)}</th>' for column in columns
    )
    values = frame[[column.name for column in columns]].head(rows)
    names = _anchors(frame[anchor].head(rows), anchor) if anchor else [""] * len(values)
    pairs = zip(values.itertuples(index=False, name=None), names, strict=True)
    written = [_row(row, columns, name) for row, name in pairs]
    left = len(frame) - len(values)
    notes = [f"{left:,} more rows are not shown."] if left else []
    notes += [more] if more else []
    below = "".join(f'<p class="below">{safe_text(note)}</p>' for note in notes)
    kind = ' class="narrow"' if narrow else ""
    html = (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{title}">'
        f"<table{kind}>"
        f"<caption>{title}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(written)}</tbody></table></div>{below}"
    )
    return Html(html, _plain(values, columns, caption, notes))


def _anchors(numbers: pd.Series[int], name: str) -> list[str]:
    """Return an attribute for each row that links can lead to."""
    return [f' id="{safe_text(name)}-{int(number)}"' for number in numbers]


def _row(values: tuple[object, ...], columns: Sequence[Column], attribute: str = "") -> str:
    """Return one row; its first cell names it."""
    cells = []
    for index, (value, column) in enumerate(zip(values, columns, strict=True)):
        text = safe_text(cell_text(value, column.kind))
        if index == 0:
            cells.append(f'<th scope="row"{column.css}>{text}</th>')
        else:
            cells.append(f"<td{column.css}>{text}</td>")
    return f"<tr{attribute}>{''.join(cells)}</tr>"


def _plain(
    frame: pd.DataFrame, columns: Sequence[Column], caption: str, notes: Sequence[str]
) -> str:
    """Return the table for a terminal, columns aligned."""
    lines = [[printable(column.title) for column in columns]]
    for row in frame.itertuples(index=False, name=None):
        pairs = zip(row, columns, strict=True)
        lines.append([printable(cell_text(value, column.kind), 60) for value, column in pairs])
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    body = (
        "  ".join(
            text.rjust(width) if column.kind in NUMERIC else text.ljust(width)
            for text, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    )
    return "\n".join([printable(caption), *body, *map(printable, notes)])
