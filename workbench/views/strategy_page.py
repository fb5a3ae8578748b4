"""All that a page about one connection's strategy shows, made once from a capture.

In: what a person holds. Out: titles, cards, the sequence map, tables. Nothing is computed here that
the packages below cannot be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from workbench.evasion.focus import choose_strategy
from workbench.evasion.recognise import examine
from workbench.evasion.sequence_map import sequence_map
from workbench.evasion.sequence_values import SequenceMap
from workbench.views import strategy_tables as tables
from workbench.views import strategy_words as words
from workbench.views.blocks import Card
from workbench.views.figures import Figure
from workbench.views.marks import Picture
from workbench.views.tables import Html

if TYPE_CHECKING:
    import pandas as pd

    from workbench.traffic.conversation import Conversation
    from workbench.traffic.focus import Choice
    from workbench.traffic.vantage import Vantage

_NOBODY = "Nothing here was sent over TCP or UDP."


class Opened(Protocol):
    """What the page asks of a capture."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def connections(self) -> pd.DataFrame:
        """The connection table."""

    @property
    def vantage(self) -> Vantage:
        """Where it was made."""

    def conversation(self, connection: int) -> Conversation:
        """Return the packets of one connection as arrays."""

    def segments(self, connection: int) -> pd.DataFrame:
        """Return what each packet of a connection is."""

    def select(self, *, connection: int) -> Any:
        """Return the packets of one connection alone."""


@dataclass(frozen=True, slots=True)
class StrategyPage:
    """The pieces of the page, in the order in which they stand there.

    Parameters
    ----------
    choice : Choice or None
        The connection; None where there is none.
    title, subtitle : str
        Headline.
    cards : list of Card
        What was sent, how sure that is, what cannot be seen.
    drawn : SequenceMap
        The sequence map as a value.
    map_figure : Figure
        The same as a chart.
    map_links, packets, evidence, commands, others : Html
        Links to packets, and tables.
    """

    choice: Choice | None
    title: str
    subtitle: str
    cards: list[Card]
    drawn: SequenceMap
    map_figure: Figure
    map_links: Html
    packets: Html
    evidence: Html
    commands: Html
    others: Html

    @property
    def picture(self) -> Picture:
        """The chart before an engine draws it."""
        return self.map_figure.picture


def look(capture: Opened, strategies: pd.DataFrame, focus: str = "") -> StrategyPage:
    """Return what there is to show about the strategy of one connection.

    Parameters
    ----------
    capture : Opened
        A capture, such as `workbench.read` returns.
    strategies : pandas.DataFrame
        Its strategies.
    focus : str
        A connection number, an address or a name; empty for the one that shows its strategy best.

    Returns
    -------
    StrategyPage
        Complete also where there is no strategy, or no connection.

    Raises
    ------
    ParameterError
        If a focus is given and nothing matches it.
    """
    choice = choose_strategy(strategies, capture.connections, focus)
    if choice is None:
        return _nothing(capture.name)
    number = choice.connection
    row = strategies[(strategies["connection"] == number).to_numpy(bool)].to_dict("records")[0]
    told = {str(name): value for name, value in row.items()}
    conversation = capture.conversation(number)
    drawn = sequence_map(conversation, strategy=told["descriptor"])
    packets = capture.select(connection=number).table(list(tables.PACKET_COLUMNS))
    return StrategyPage(
        choice,
        words.strategy_title(told),
        words.strategy_subtitle(capture.name, told, choice),
        words.strategy_cards(told, examine(conversation).confounders, capture.vantage),
        drawn,
        tables.map_figure(drawn),
        tables.map_links(drawn),
        tables.packet_table(capture.segments(number), packets, drawn),
        tables.evidence_table(told["descriptor"]),
        tables.commands(told["descriptor"]),
        tables.others_table(strategies, number),
    )


def _nothing(name: str) -> StrategyPage:
    """Return the page about a capture without connections."""
    drawn, empty = SequenceMap(), Html("", "")
    nobody = Html(f"<p>{_NOBODY}</p>", _NOBODY)
    return StrategyPage(
        None, f"{name}: no connections", _NOBODY, [], drawn, tables.map_figure(drawn), empty,
        nobody, nobody, nobody, nobody,
    )  # fmt: skip
