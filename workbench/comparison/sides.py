"""A side of a comparison: connections of one or more captures, with what comparison needs.

In: captures as connections, their tables and strategies. Out: attempts. What is dear is looked at
when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.comparison.outcomes import outcome_of
from workbench.comparison.values import Attempt
from workbench.evasion.strategy import Strategy
from workbench.traffic.connections import Connections
from workbench.traffic.conversation import Conversation, Conversations

if TYPE_CHECKING:
    import pandas as pd

USED = (
    "connection", "protocol", "server", "server_port", "request_kind", "server_name",
    "request_length", "ja4", "handshake_rtt_ns", "hops_client", "hops_server", "first_time",
)  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """One capture of a side.

    Parameters
    ----------
    name : str
        Of the file.
    conversations : Conversations
        Its connections.
    table : pandas.DataFrame
        The connection table.
    strategies : pandas.DataFrame
        The strategy of each connection.
    place : str
        Where it was made, as `workbench.traffic.vantage.PLACES`.
    """

    name: str
    conversations: Conversations
    table: pd.DataFrame
    strategies: pd.DataFrame
    place: str = "unknown"

    @classmethod
    def of(cls, name: str, connections: Connections) -> Recorded:
        """Return a capture of which only the connections are known yet."""
        from workbench.evasion.table import strategies_table
        from workbench.traffic.tables import connection_table
        from workbench.traffic.vantage import infer_vantage

        table = connection_table(connections)
        names = table["server_name"].astype("str").tolist()
        every = Conversations(connections)
        found = strategies_table(connections, names)
        place = infer_vantage(every[at] for at in range(min(len(every), 200))).place
        return cls(name, every, table, found, place)


@dataclass(frozen=True)
class Side:
    """The connections of one side.

    Parameters
    ----------
    label : str
        ``reference`` or ``candidate``, or what a person calls it.
    recorded : tuple of Recorded
        Its captures.
    attempts : tuple of Attempt
        Their connections, in order of capture and time.
    """

    label: str
    recorded: tuple[Recorded, ...]
    attempts: tuple[Attempt, ...]

    @classmethod
    def of(cls, label: str, recorded: Sequence[Recorded]) -> Side:
        """Return the side that captures make.

        Parameters
        ----------
        label : str
            Its name.
        recorded : sequence of Recorded
            Its captures.

        Returns
        -------
        Side
            With an attempt for each connection.

        Examples
        --------
        >>> import workbench as wb
        >>> from workbench.traffic.connections import find_connections
        >>> packets = wb.read("data/http.pcap")._packets
        >>> side = Side.of("reference", [Recorded.of("http.pcap", find_connections(packets))])
        >>> [attempt.text for attempt in side.attempts if attempt.kind == "http"][0]
        'http to www.example.org:80'
        """
        attempts = [one for file, each in enumerate(recorded) for one in _attempts(file, each)]
        return cls(label, tuple(recorded), tuple(attempts))

    @property
    def name(self) -> str:
        """Name of its captures."""
        names = [one.name for one in self.recorded]
        return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"

    @property
    def place(self) -> str:
        """Where all its captures were made, ``unknown`` where they differ."""
        places = {one.place for one in self.recorded}
        return places.pop() if len(places) == 1 else "unknown"

    def conversation(self, attempt: Attempt) -> Conversation:
        """Return the packets of an attempt."""
        return self.recorded[attempt.file].conversations[attempt.connection]

    def of_domain(self, domain: str) -> Side:
        """Return the side with only the attempts for a name, or names below it."""
        wanted = domain.lower().strip(".")
        kept = [one for one in self.attempts if _belongs(one.name.lower(), wanted)]
        return Side(self.label, self.recorded, tuple(kept))


def _belongs(name: str, domain: str) -> bool:
    """Tell whether a name is a domain, or below it."""
    return name == domain or name.endswith(f".{domain}")


def _attempts(file: int, recorded: Recorded) -> list[Attempt]:
    """Return the attempts of a capture."""
    rows = recorded.table[list(USED)]
    columns: dict[str, list[Any]] = {
        name: rows[name].astype("str").tolist() if rows[name].dtype.name == "category"
        else rows[name].tolist()
        for name in USED if name != "first_time"
    }  # fmt: skip
    times = rows["first_time"].astype("int64")
    begun = (times - (times.min() if len(times) else 0)).tolist()
    strategies: list[Strategy] = recorded.strategies["descriptor"].tolist()
    made = []
    for at in range(len(rows)):
        one = {name: column[at] for name, column in columns.items()}
        conversation = recorded.conversations[at]
        outcome = outcome_of(conversation, int(one["request_length"]))
        made.append(_attempt(file, one, begun[at], strategies[at], outcome))
    return made


def _attempt(
    file: int, one: dict[str, Any], begun: int, strategy: Strategy, outcome: Any
) -> Attempt:
    """Return one attempt."""
    near, far = int(one["hops_client"]), int(one["hops_server"])
    return Attempt(
        file,
        int(one["connection"]),
        str(one["protocol"]),
        str(one["request_kind"] or ""),
        str(one["server_name"] or ""),
        str(one["server"]),
        int(one["server_port"]),
        int(begun),
        strategy,
        outcome,
        int(one["handshake_rtt_ns"]),
        near + far if near >= 0 and far >= 0 else -1,
        str(one["ja4"] or ""),
    )
