"""What each chart shows, as the sentence above it: a conclusion, not a description.

Each function takes what its chart was drawn from and returns plain text; escaping is the business
of whoever puts it on a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.units import format_bytes, format_duration_ns, printable
from workbench.views.sentences import count, share

if TYPE_CHECKING:
    import pandas as pd

    from workbench.traffic.exchange import SequenceData

_NS_PER_S = 1_000_000_000
_ODD = {"retransmission": "sent again", "keep-alive": "to keep it alive"}


def timeline(bins: pd.DataFrame) -> str:
    """Return what a timeline shows.

    Parameters
    ----------
    bins : pandas.DataFrame
        As `workbench.traffic.summaries.timeline` makes it.

    Returns
    -------
    str
        When most was sent, and how that compares with the mean.
    """
    if bins.empty:
        return "Nothing was sent."
    totals = bins.groupby("start_ns")["packets"].sum()
    busiest, most = int(totals.index[int(totals.to_numpy().argmax())]), int(totals.max())
    width = int(bins["width_ns"].iloc[0])
    quiet = int((totals == 0).sum())
    if len(totals) == 1:
        return f"All {count(most, 'packet')} fall within {format_duration_ns(width)}."
    peak = most / max(float(totals.mean()), 1e-9)
    gaps = f"; nothing at all in {share(quiet, len(totals))} of the time" if quiet else ""
    amount = f"{count(most, 'packet')} in {format_duration_ns(width)}, {peak:.1f} times the mean"
    if peak < 2:
        return f"Evenly spread: never more than {amount}{gaps}."
    when = (
        f"{format_duration_ns(busiest)} after the first packet" if busiest else "at its very start"
    )
    return f"Busiest {when}, with {amount}{gaps}."


def sizes(counts: pd.DataFrame) -> str:
    """Return what a distribution of sizes shows.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `workbench.traffic.summaries.sizes` makes it.

    Returns
    -------
    str
        The commonest length, and how many packets are long.
    """
    if counts.empty:
        return "No packets, no sizes."
    totals = counts.groupby("start_bytes")["packets"].sum()
    width, everything = int(counts["width_bytes"].iloc[0]), int(totals.sum())
    commonest = int(totals.index[int(totals.to_numpy().argmax())])
    small = int(totals[totals.index < 128].sum())
    short = f"{share(small, everything)} are shorter than 128 bytes, as acknowledgements are"
    if not small:
        short = "none is shorter than 128 bytes, as acknowledgements are"
    return (
        f"{share(int(totals.max()), everything)} of the packets have {commonest:,} to "
        f"{commonest + width - 1:,} bytes, the commonest length; "
        f"{short}."
    )


def conversations(pairs: pd.DataFrame, connections: pd.DataFrame) -> str:
    """Return who talks most.

    Parameters
    ----------
    pairs : pandas.DataFrame
        As `workbench.traffic.summaries.conversations` makes it.
    connections : pandas.DataFrame
        The connection table.

    Returns
    -------
    str
        The pair with most bytes, its part of all, and in which direction they went.
    """
    if pairs.empty:
        return "Nobody talks to anybody over TCP or UDP here."
    first = pairs.iloc[0]
    client, server = int(first["bytes_client"]), int(first["bytes_server"])
    whole = int(connections["wire_bytes_client"].sum() + connections["wire_bytes_server"].sum())
    down = f"{share(server, client + server)} of it sent by the server"
    if not server:
        down = "all of it sent by the client"
    listed = len(pairs)
    known = int(pairs.attrs.get("pairs", listed))
    rest = f" The {listed} largest of {known:,} pairs are drawn." if known > listed else ""
    return (
        f"{printable(str(first['client']), 45)} and {printable(str(first['server']), 45)} "
        f"exchanged the most, {format_bytes(client + server)} or {share(client + server, whole)} "
        f"of all, {down}.{rest}"
    )


def sequence(data: SequenceData, sender: str) -> str:
    """Return what a sequence chart shows.

    Parameters
    ----------
    data : SequenceData
        What was drawn.
    sender : str
        ``client`` or ``server``.

    Returns
    -------
    str
        How much was sent how fast, and how much of it again.
    """
    segments = data.segments
    if segments.empty:
        return f"The {sender} sent no data."
    size = int(segments["end"].max()) - max(0, int(segments["start"].min()))
    span = int(segments["time_ns"].max()) - int(segments["time_ns"].min())
    number = sum(data.counts.values())
    noun = "segment" if data.numbered else "datagram"
    speed = int(size * _NS_PER_S / span) if span > 1_000_000 else 0
    rate = f" at {format_bytes(speed)}/s" if speed else ""
    text = f"The {sender} sent {format_bytes(size)} in {count(number, noun)}{rate}"
    odd = [
        f"{hits:,} {_ODD.get(kind, kind)}" for kind, hits in data.counts.items() if kind != "new"
    ]
    if data.numbered:
        text += f"; {' and '.join(odd)}" if odd else "; each byte once and in order"
    joined = " Neighbouring segments are drawn as one." if data.joined else ""
    return f"{text}.{joined}"


def ladder(rungs: pd.DataFrame) -> str:
    """Return what a ladder shows.

    Parameters
    ----------
    rungs : pandas.DataFrame
        As `workbench.traffic.ladders.ladder` makes it.

    Returns
    -------
    str
        How many packets, how it began and how it ended.
    """
    if rungs.empty:
        return "No packets."
    skipped = int(rungs.attrs.get("skipped", 0))
    kinds = list(rungs["kind"])
    began = (
        "Opened in full view" if "open" in kinds[:3] else "Already under way when the capture began"
    )
    ended = "still open at the end"
    if "reset" in kinds[-6:]:
        last = rungs[(rungs["kind"] == "reset").to_numpy(bool)].iloc[-1]
        ended = f"ended by a reset from the {'server' if last['direction'] == 1 else 'client'}"
    elif "close" in kinds[-6:]:
        ended = "closed in order"
    datagrams = not ({"open", "ack", "close", "reset"} & set(kinds))
    told = "Datagrams have no beginning or end of their own" if datagrams else f"{began}, {ended}"
    shown = f"{count(len(rungs), 'packet')} drawn" + (
        f" of {len(rungs) + skipped:,}" if skipped else ""
    )
    return f"{told}; {shown}. An arrow's row is its place in the file, not its time."
