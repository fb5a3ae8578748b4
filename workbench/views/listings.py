"""The tables of the package as tables of a page: which columns, under which names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.traffic.browse.decoding import decode
from workbench.traffic.exchange import SequenceData, sequence
from workbench.traffic.ladders import ladder
from workbench.units import printable
from workbench.views import captions, sentences
from workbench.views.figures import Figure, figure
from workbench.views.ladder_plot import plot_ladder
from workbench.views.payload import payload_block
from workbench.views.sequence_plot import plot_sequence
from workbench.views.tables import Column, Html, safe_text, table

if TYPE_CHECKING:
    from workbench.traffic.focus import Choice

CONNECTIONS_LISTED = 12
PROBLEMS_LISTED = 20
SIDES = ("client", "server")

TIMELINE_COLUMNS = (
    Column("start_ns", "From", "duration"),
    Column("class", "Protocol"),
    Column("packets", "Packets", "count"),
    Column("wire_bytes", "On the wire", "bytes"),
)
SIZE_COLUMNS = (
    Column("start_bytes", "From (bytes)", "count"),
    Column("side", "Sent"),
    Column("packets", "Packets", "count"),
)
PAIR_COLUMNS = (
    Column("client", "Client", "code"),
    Column("server", "Server", "code"),
    Column("services", "Services"),
    Column("connections", "Connections", "count"),
    Column("packets", "Packets", "count"),
    Column("bytes_client", "Client sent", "bytes"),
    Column("bytes_server", "Server sent", "bytes"),
)
_CONNECTION_COLUMNS = (
    Column("connection", "No.", "count"),
    Column("client_end", "Client", "code"),
    Column("server_end", "Server", "code"),
    Column("protocol", "Protocol"),
    Column("packets", "Packets", "count"),
    Column("wire_bytes_client", "Client sent", "bytes"),
    Column("wire_bytes_server", "Server sent", "bytes"),
    Column("duration_ns", "Lasted", "duration"),
    Column("again", "Sent again", "count"),
)
_SEGMENT_COLUMNS = (
    Column("frame", "Frame", "count"),
    Column("time_ns", "At", "duration"),
    Column("start", "From byte", "count"),
    Column("end", "To byte", "count"),
    Column("kind", "Kind"),
    Column("segments", "Segments", "count"),
)
_RUNG_COLUMNS = (
    Column("frame", "Frame", "count"),
    Column("time_ns", "At", "duration"),
    Column("sender", "Sent by"),
    Column("label", "What"),
    Column("detail", "Numbers"),
    Column("note", "Unusual"),
)
_SIDE_COLUMNS = (
    Column("what", "Measure"),
    Column("client", "Client", "count"),
    Column("server", "Server", "count"),
)
#: Title, beginning of the two columns, and whether it is told of TCP only.
_SIDE_MEASURES = (
    ("Packets", "packets", False),
    ("Payload (bytes)", "payload", False),
    ("Segments sent again", "retransmissions", True),
    ("Segments out of order", "out_of_order", True),
    ("Resets", "rst", True),
    ("TTL of the first packet", "ttl", False),
)
_PROBLEM_COLUMNS = (
    Column("frame", "Frame", "count"),
    Column("offset", "At byte", "count"),
    Column("kind", "Kind"),
    Column("reason", "Reason"),
)


def problem_table(problems: pd.DataFrame) -> Html:
    """Return what could not be read, place by place.

    Parameters
    ----------
    problems : pandas.DataFrame
        The problem table.

    Returns
    -------
    Html
        Nothing at all where there is no problem.
    """
    if problems.empty:
        return Html("", "")
    return table(
        problems, _PROBLEM_COLUMNS, caption="Places that could not be read", rows=PROBLEMS_LISTED
    )


def connection_table(connections: pd.DataFrame, *, rows: int = CONNECTIONS_LISTED) -> Html:
    """Return the connections with most bytes, and how many more there are.

    Parameters
    ----------
    connections : pandas.DataFrame
        The connection table.
    rows : int
        How many to list.

    Returns
    -------
    Html
        A table, or the sentence that there are none.
    """
    total = connections["wire_bytes_client"].astype("int64") + connections["wire_bytes_server"]
    order = total.sort_values(ascending=False, kind="stable").index
    listed = connections.loc[order[:rows]]
    again = listed["retransmissions_client"] + listed["retransmissions_server"]
    shown = listed.assign(
        client_end=_ends(listed, "client"), server_end=_ends(listed, "server"), again=again
    )
    rest = connections.loc[order[rows:]]
    more = ""
    if len(rest):
        packets = int(rest["packets"].sum())
        more = (
            f"And {sentences.count(len(rest), 'more connection')} with {packets:,} packets, "
            "smaller than these; the command workbench connections lists them all."
        )
    return table(shown, _CONNECTION_COLUMNS, caption="Connections, most bytes first", more=more)


def _ends(connections: pd.DataFrame, side: str) -> list[str]:
    """Return addresses with ports."""
    pairs = zip(connections[side], connections[f"{side}_port"], strict=True)
    return [sentences.endpoint(address, port) for address, port in pairs]


def connection_views(
    packets: Callable[[int], pd.DataFrame],
    connections: pd.DataFrame,
    choice: Choice | None,
    payload: Callable[[int], bytes] | None = None,
) -> list[Html | Figure]:
    """Return everything there is to see of one connection.

    Parameters
    ----------
    packets : callable
        Takes a connection's number, returns its packets.
    connections : pandas.DataFrame
        The connection table.
    choice : Choice or None
        Which connection, and why; None where there is none.
    payload : callable, optional
        Takes a frame number, returns what the frame carries; without it no payload is shown.

    Returns
    -------
    list of Html and Figure
        Its two sides, a sequence chart for each side that sent data, its ladder, and what each side
        sent first.
    """
    if choice is None:
        words = "There is no connection to look at: nothing here was sent over TCP or UDP."
        return [Html(f"<p>{words}</p>", words)]
    row = connections[connections["connection"] == choice.connection].iloc[0]
    chosen = packets(choice.connection)
    title = sentences.connection_title(row, choice)
    seen: list[Html | Figure] = [Html(f"<p>{safe_text(title, 600)}</p>", printable(title, 600))]
    seen.append(side_table(row))
    for direction, sender in ((1, "server"), (0, "client")):
        data = sequence(chosen, direction)
        # One segment makes no chart: its sentence says it all.
        if len(data.segments) > 1:
            seen.append(_sequence_figure(data, sender))
        else:
            words = captions.sequence(data, sender)
            seen.append(Html(f"<p>{safe_text(words, 600)}</p>", printable(words, 600)))
    seen.append(_ladder_figure(chosen, row))
    if payload is not None:
        seen += [_first_payload(chosen, side, payload) for side in SIDES]
    return seen


def _first_payload(packets: pd.DataFrame, side: str, payload: Callable[[int], bytes]) -> Html:
    """Return what one side sent first."""
    mine = packets[(packets["direction"] == SIDES.index(side)).to_numpy(bool)]
    full = mine.loc[(mine["payload_length"] > 0).to_numpy(bool), "frame"]
    if full.empty:
        words = f"The {side} sent no payload."
        return Html(f"<p>{safe_text(words)}</p>", words)
    frame, data = int(full.iloc[0]), payload(int(full.iloc[0]))
    fields = decode(data, "tcp" if packets["protocol"].iloc[0] == "tcp" else "udp")
    return payload_block(data, fields, title=f"What the {side} sent first, in frame {frame:,}:")


def side_table(row: pd.Series[Any]) -> Html:
    """Return what each side of a connection did.

    Parameters
    ----------
    row : pandas.Series
        Its row of the connection table.

    Returns
    -------
    Html
        A line for each count, client beside server.
    """
    tcp = row["protocol"] == "tcp"
    measures = [each for each in _SIDE_MEASURES if tcp or not each[2]]
    frame = pd.DataFrame(
        {
            "what": [title for title, _, _ in measures],
            "client": [_seen(row, name, "client") for _, name, _ in measures],
            "server": [_seen(row, name, "server") for _, name, _ in measures],
        },
        dtype=object,
    )
    return table(frame, _SIDE_COLUMNS, caption="What each side sent", narrow=True)


def _seen(row: pd.Series[Any], name: str, side: str) -> int | None:
    """Return a count of one side; a TTL of nothing sent is none at all."""
    value = int(str(row[f"{name}_{side}"]))
    return None if name == "ttl" and not value else value


def _sequence_figure(data: SequenceData, sender: str) -> Figure:
    """Return the sequence chart of one direction."""
    return figure(
        plot_sequence,
        data,
        sender=sender,
        caption=captions.sequence(data, sender),
        data=data.segments,
        columns=_SEGMENT_COLUMNS,
    )


def _ladder_figure(packets: pd.DataFrame, row: pd.Series[Any]) -> Figure:
    """Return the ladder of a connection."""
    rungs = ladder(packets)
    sides = rungs["direction"].map({0: "client", 1: "server"})
    return figure(
        plot_ladder,
        rungs,
        client=sentences.endpoint(row["client"], row["client_port"]),
        server=sentences.endpoint(row["server"], row["server_port"]),
        caption=captions.ladder(rungs),
        data=rungs.assign(sender=sides),
        columns=_RUNG_COLUMNS,
    )
