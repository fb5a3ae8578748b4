"""What is wrong with a capture: damage in the file, in the packets, and on the way.

In: packet table, connection table, problem table. Out: findings, the gravest first. Each rule is
one small function with an identifier; it returns a finding, or nothing where all is well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from workbench.capture.codes import PROBLEM_REASONS
from workbench.traffic.summaries import NOT_A_TIME, times_ns
from workbench.units import format_duration_ns, format_time_ns

Severity = Literal["high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "info")

#: Columns of the packet table that this module reads.
PACKET_COLUMNS = (
    "frame", "time", "source", "protocol", "captured_length", "wire_length", "ip_checksum",
    "checksum", "problem", "ip_version", "link",
)  # fmt: skip

_SHOWN_FRAMES = 5
_BY_SERVER = (
    "A server refuses a closed port so, and ends what it gives up. A reset that claims to come "
    "from the server can also be made by something in between."
)
_BY_CLIENT = "A client resets what it leaves early."
_YEAR_2000_NS = 946_684_800_000_000_000
_YEAR_2100_NS = 4_102_444_800_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader of the capture has to know.

    Parameters
    ----------
    id : str
        Identifier of the rule, stable over versions.
    severity : {"high", "medium", "low", "info"}
        How much it takes away from what the capture can show.
    statement : str
        What was seen, with its count.
    explanation : str
        What it means, and what else it may mean.
    count : int
        How many packets, connections or places.
    frames : tuple of int
        First frames to look at, of packets or of connections; empty where no frame is meant.
    more : bool
        Whether there are more frames than these.
    """

    id: str
    severity: Severity
    statement: str
    explanation: str
    count: int
    frames: tuple[int, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class Tables:
    """What the rules look at.

    Parameters
    ----------
    packets, connections, problems : pandas.DataFrame
        The tables of a capture.
    """

    packets: pd.DataFrame
    connections: pd.DataFrame
    problems: pd.DataFrame


def findings(
    packets: pd.DataFrame, connections: pd.DataFrame, problems: pd.DataFrame
) -> tuple[Finding, ...]:
    """Return everything that is wrong, the gravest first.

    Parameters
    ----------
    packets, connections, problems : pandas.DataFrame
        The tables of a capture (see `PACKET_COLUMNS`).

    Returns
    -------
    tuple of Finding
        Empty where every rule is content.
    """
    tables = Tables(packets, connections, problems)
    found = [finding for rule in RULES if (finding := rule(tables)) is not None]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def _plural(count: int, noun: str) -> str:
    """Return ``1 packet`` or ``2,000 packets``."""
    first, *rest = noun.split(" ")
    return " ".join([f"{count:,}", first if count == 1 else f"{first}s", *rest])


def _frames(column: pd.Series[int]) -> tuple[tuple[int, ...], bool]:
    """Return the first frame numbers of a selection, and whether there are more."""
    numbers = column[column > 0]
    return tuple(map(int, numbers.head(_SHOWN_FRAMES))), len(numbers) > _SHOWN_FRAMES


def damaged_file(tables: Tables) -> Finding | None:
    """Report what could not be read from the file."""
    problems = tables.problems
    if problems.empty:
        return None
    first = problems.iloc[0]
    kinds = ", ".join(
        f"{kind} ({count})" for kind, count in problems["kind"].value_counts().items()
    )
    return Finding(
        "damaged-file",
        "high",
        f"{_plural(len(problems), 'place')} in the file could not be read as written: {kinds}.",
        f"The first, at byte {int(first['offset']):,}: {first['reason']}. All that is readable "
        "before and after it is in this report.",
        len(problems),
        *_frames(problems["frame"]),
    )


def damaged_packets(tables: Tables) -> Finding | None:
    """Report packets whose headers contradict themselves or end early."""
    codes = tables.packets["problem"].astype(str)
    chosen = tables.packets[((codes != "") & (codes != "nan")).to_numpy(bool)]
    if chosen.empty:
        return None
    kinds = ", ".join(
        f"{PROBLEM_REASONS.get(str(code), code)} ({count:,})"
        for code, count in chosen["problem"].value_counts().items()
        if count
    )
    return Finding(
        "damaged-packets",
        "medium",
        f"{_plural(len(chosen), 'packet')} cannot be decoded to the end: {kinds}.",
        "Their outer headers are listed, what follows the damage is not guessed. Crafted packets "
        "and short snap lengths look like this too.",
        len(chosen),
        *_frames(chosen["frame"]),
    )


def cut_packets(tables: Tables) -> Finding | None:
    """Report packets of which the capture kept only the beginning."""
    packets = tables.packets
    chosen = packets[(packets["captured_length"] < packets["wire_length"]).to_numpy(bool)]
    if chosen.empty:
        return None
    longest = int(chosen["captured_length"].max())
    return Finding(
        "cut-packets",
        "medium" if 2 * len(chosen) >= len(packets) else "low",
        f"{_plural(len(chosen), 'packet')} of {len(packets):,} kept at most {longest:,} bytes.",
        "The capture was made with a snap length: payload and checksums of these packets cannot be "
        "judged. Capture with an unlimited snap length to see them whole.",
        len(chosen),
        *_frames(chosen["frame"]),
    )


def bad_checksums(tables: Tables) -> Finding | None:
    """Report checksums that do not fit, and whether offload explains them."""
    packets = tables.packets
    wrong = packets["checksum"].isin(["bad", "partial"]) | (packets["ip_checksum"] == "bad")
    chosen = packets[wrong.to_numpy(bool)]
    if chosen.empty:
        return None
    senders = chosen["source"].dropna().unique()
    judged = packets["checksum"].isin(["good", "bad", "partial"]) & packets["source"].isin(senders)
    share = len(chosen) / max(int(judged.sum()), len(chosen))
    partial = int((chosen["checksum"] == "partial").sum())
    statement = f"{_plural(len(chosen), 'packet')} with a wrong checksum"
    if len(senders) == 1 and (share > 0.5 or 2 * partial >= len(chosen)):
        return Finding(
            "checksum-offload",
            "info",
            f"{statement}, all sent by {senders[0]}, {share:.0%} of what it sent.",
            "This is what checksum offload looks like: the capture was made on that host, before "
            "its network card filled the checksums in. On the wire they were right, most likely.",
            len(chosen),
            *_frames(chosen["frame"]),
        )
    if partial == len(chosen):
        return Finding(
            "checksum-offload",
            "info",
            f"{statement}, from {_plural(len(senders), 'host')}, each only half computed.",
            "They hold the sum of the pseudo header alone, as a host leaves it for its network "
            "card: checksum offload, seen where several hosts share one machine.",
            len(chosen),
            *_frames(chosen["frame"]),
        )
    return Finding(
        "bad-checksums",
        "medium",
        f"{statement}, from {_plural(len(senders), 'host')}.",
        "Too few of a sender's packets for checksum offload: damaged on the way, or made so on "
        "purpose, as fake packets meant for a middlebox are. The receiver drops them.",
        len(chosen),
        *_frames(chosen["frame"]),
    )


def times_back(tables: Tables) -> Finding | None:
    """Report packets that are stamped earlier than the packet before them."""
    times = times_ns(tables.packets["time"])
    back = np.flatnonzero(times[1:] < times[:-1]) + 1
    if not back.size:
        return None
    largest = max(int(times[index - 1]) - int(times[index]) for index in back)
    return Finding(
        "times-back",
        "low" if largest < 1_000_000_000 else "medium",
        f"Time goes back {_plural(back.size, 'time')}, at most by {format_duration_ns(largest)}.",
        "Small steps come from several queues or interfaces that were written as they arrived; "
        "large ones from merged files or from a clock that was set. Rows keep the order of the "
        "file.",
        int(back.size),
        *_frames(tables.packets["frame"].iloc[back]),
    )


def odd_times(tables: Tables) -> Finding | None:
    """Report times that no network of ours can have seen."""
    times = times_ns(tables.packets["time"])
    odd = (times < _YEAR_2000_NS) | (times > _YEAR_2100_NS)
    if not odd.any():
        return None
    example = int(times[np.flatnonzero(odd)[0]])
    shown = "no time at all" if example == NOT_A_TIME else format_time_ns(example)
    return Finding(
        "odd-times",
        "low",
        f"{_plural(int(odd.sum()), 'packet')} dated outside the years 2000 to 2099, first {shown}.",
        "The clock was not set, or the times were made relative, as anonymisers do. Distances "
        "between packets can still be right.",
        int(odd.sum()),
        *_frames(tables.packets.loc[odd, "frame"]),
    )


def not_decoded(tables: Tables) -> Finding | None:
    """Report packets of a link type that nothing here decodes."""
    packets = tables.packets
    chosen = packets[((packets["ip_version"] == 0) & packets["protocol"].isna()).to_numpy(bool)]
    if chosen.empty or chosen["problem"].astype(str).ne("").all():
        return None
    links = ", ".join(str(link) for link, count in chosen["link"].value_counts().items() if count)
    return Finding(
        "not-decoded",
        "info",
        f"{_plural(len(chosen), 'packet')} of {len(packets):,} carry nothing that is decoded here.",
        f"They are counted and listed with their lengths (link type: {links}); addresses and "
        "connections are told only for IP.",
        len(chosen),
        *_frames(chosen["frame"]),
    )


def lost_segments(tables: Tables) -> Finding | None:
    """Report segments sent again or out of order."""
    connections = tables.connections
    again = connections["retransmissions_client"] + connections["retransmissions_server"]
    late = connections["out_of_order_client"] + connections["out_of_order_server"]
    total, hit = int(again.sum() + late.sum()), int(((again + late) > 0).sum())
    if not total:
        return None
    segments = int(connections["packets"].sum())
    counts = ((int(again.sum()), "segment sent again"), (int(late.sum()), "segment out of order"))
    kinds = [_plural(number, noun) for number, noun in counts if number]
    chosen = connections[((again + late) > 0).to_numpy(bool)].sort_values("first_frame")
    return Finding(
        "lost-segments",
        "medium" if total > segments / 100 else "low",
        f"{' and '.join(kinds)} in {_plural(hit, 'connection')}.",
        "Loss or reordering on the way, or a sender that splits and disorders on purpose. The "
        "sequence chart below shows one such connection.",
        total,
        *_frames(chosen["first_frame"]),
    )


def resets(tables: Tables) -> Finding | None:
    """Report connections that ended in a reset."""
    connections = tables.connections
    chosen = connections[
        (connections["rst_client"] + connections["rst_server"]).gt(0).to_numpy(bool)
    ]
    if chosen.empty:
        return None
    by_server = int((chosen["rst_server"] > 0).sum())
    sides = f"({by_server:,} by the server)"
    if by_server in {0, len(chosen)}:
        sides = "by the server" if by_server else "by the client"
    return Finding(
        "resets",
        "medium" if by_server else "low",
        f"{_plural(len(chosen), 'connection')} reset {sides}.",
        " ".join([_BY_SERVER] * bool(by_server) + [_BY_CLIENT] * (by_server < len(chosen))),
        len(chosen),
        *_frames(chosen["last_frame"]),
    )


def unanswered(tables: Tables) -> Finding | None:
    """Report connection attempts that nobody answered."""
    connections = tables.connections
    silent = (connections["protocol"] == "tcp") & (connections["packets_server"] == 0)
    chosen = connections[(silent & (connections["syn"] > 0)).to_numpy(bool)]
    if chosen.empty:
        return None
    return Finding(
        "unanswered",
        "medium",
        f"{_plural(len(chosen), 'connection')} opened without any answer.",
        "The server is away, something on the way drops the packets, or only one direction was "
        "captured.",
        len(chosen),
        *_frames(chosen["first_frame"]),
    )


def zero_windows(tables: Tables) -> Finding | None:
    """Report receivers that asked their peer to stop sending."""
    chosen = tables.connections[(tables.connections["zero_windows"] > 0).to_numpy(bool)]
    if chosen.empty:
        return None
    count = int(chosen["zero_windows"].sum())
    return Finding(
        "zero-windows",
        "low",
        f"{_plural(count, 'announcement')} of a full receive buffer (zero window) in "
        f"{_plural(len(chosen), 'connection')}.",
        "The receiving program did not read fast enough: the network was not what slowed it down.",
        count,
        *_frames(chosen["first_frame"]),
    )


RULES: tuple[Callable[[Tables], Finding | None], ...] = (
    damaged_file, damaged_packets, cut_packets, bad_checksums, times_back, odd_times, not_decoded,
    lost_segments, resets, unanswered, zero_windows,
)  # fmt: skip
