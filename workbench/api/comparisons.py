"""Two captures, or several, compared: what a person holds of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from workbench.api.captures import Capture
from workbench.api.reading import read
from workbench.comparison.comparing import Comparison as Found
from workbench.comparison.comparing import compare as compare_sides
from workbench.comparison.sides import Recorded, Side
from workbench.units import printable

if TYPE_CHECKING:
    from workbench.capture.sources import Readable
    from workbench.comparison.expected import Kept

    Given = Capture | Readable | Sequence[Capture | Readable]

MOST_SHOWN = 8
WIDEST = 400


class Comparison(Found):
    """A comparison with a display of its own; see `workbench.comparison.Comparison`."""

    def show(self) -> None:
        """Print the verdict and the differences that matter most."""
        print(self.text())  # noqa: T201 (this is what it is for)

    def text(self, most: int = MOST_SHOWN) -> str:
        """Return the verdict and the differences that matter most, for one screen.

        Parameters
        ----------
        most : int
            Differences to name.

        Returns
        -------
        str
            Lines.

        Examples
        --------
        >>> import workbench as wb
        >>> print(wb.compare("data/http.pcap", "data/http.pcap").text())
        same: both sides got their answers, and nothing differs beyond what varies by design
        <BLANKLINE>
          reference  http.pcap: 12 connections
          candidate  http.pcap: 12 connections
          12 pairs
        """
        verdict = self.verdict
        lines = [printable(f"{verdict.word}: {verdict.why}", WIDEST), ""]
        lines += [
            f"  {side.label:<9}  {printable(side.name)}: {_count(len(side.attempts), 'connection')}"
            for side in (self.reference, self.candidate)
        ]
        left = [f"{len(one)} of the {name} without a partner" for one, name in
                zip(self.unpaired, ("reference", "candidate"), strict=True) if one]  # fmt: skip
        lines.append("  " + ", ".join([_count(len(self.pairs), "pair"), *left]))
        if self.found:
            lines.append("")
        for one in self.found[:most]:
            share = f" [{one.count} of {one.of}]" if one.of > 1 else ""
            lines.append(f"  {one.impact:<8}  {printable(one.statement, WIDEST)}{share}")
            lines.append(f"            {one.evidence}")
        more = len(self.found) - most
        return "\n".join(lines + ([f"  … {more} more differences"] if more > 0 else []))


def compare(reference: Given, candidate: Given, domain: str | None = None) -> Comparison:
    """Compare captures: which connections correspond, what differs, what it comes to.

    Parameters
    ----------
    reference, candidate : path, Capture, or a list of them
        Both sides.
    domain : str, optional
        Only connections for this name, and names below it.

    Returns
    -------
    Comparison
        With `verdict`, `differences`, `pairs`, `unpaired` and `aligned`.

    Raises
    ------
    CaptureError
        When a capture cannot be read.
    ParameterError
        When no connection asks for the domain.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.compare("data/http.pcap", "data/http.pcap").verdict.word
    'same'
    """
    found = compare_sides(_side("reference", reference), _side("candidate", candidate), domain)
    return Comparison(found.reference, found.candidate, found.pairs, found.unpaired)


def expect(given: Given, command: str, domain: str | None = None) -> Kept:
    """Compare what was sent with what a command line promises.

    Parameters
    ----------
    given : path, Capture, or a list of them
        What was sent.
    command : str
        Such as ``nfqws --dpi-desync=fake --dpi-desync-ttl=3``; nothing of it is run.
    domain : str, optional
        Only connections for this name, and names below it.

    Returns
    -------
    Kept
        With `verdict` and `found`, the differences from the promise.

    Raises
    ------
    ParameterError
        When the command is not understood.
    CaptureError
        When a capture cannot be read.

    Examples
    --------
    >>> expect("data/http.pcap", "nfqws --dpi-desync=fake").verdict.word
    'worse'
    """
    from workbench.comparison.expected import against
    from workbench.evasion.parsing import parse_profiles

    promised = parse_profiles(command)
    side = _side("capture", given)
    return against(side.of_domain(domain) if domain else side, promised)


def _side(label: str, given: Given) -> Side:
    """Return a side of one or several captures."""
    many = given if isinstance(given, list | tuple) else [given]
    captures = [one if isinstance(one, Capture) else read(cast("Readable", one)) for one in many]
    return Side.of(label, [_recorded(one) for one in captures])


def _recorded(capture: Capture) -> Recorded:
    """Return a capture as a comparison needs it, with nothing decoded twice."""
    return Recorded(
        capture.name,
        capture._conversations,  # noqa: SLF001 (both are of this package)
        capture.connections,
        capture._strategies,  # noqa: SLF001
        capture.vantage.place,
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
