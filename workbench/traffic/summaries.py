"""What a whole capture amounts to: counts, bins and groups that are ready to be drawn.

In: the packet table and the connection table. Out: small tables and one frozen value. Nothing here
draws, shows or writes; functions whose names start with ``bin_`` or ``nice_`` take arrays and know
no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.errors import ParameterError

IntArray = npt.NDArray[np.int64]

#: Columns of the packet table that this module reads.
PACKET_COLUMNS = (
    "frame", "time", "link", "captured_length", "wire_length", "encapsulation", "ip_version",
    "source", "destination", "protocol", "connection", "direction",
)  # fmt: skip

NOT_A_TIME = np.iinfo(np.int64).min
OTHER = "other"
MAX_SIZE_BINS = 48

_LABELS = {"icmpv6": "ICMPv6", "ipv6": "IPv6", "ipv4": "IPv4"}
_SIDES = ((0, "client to server"), (1, "server to client"), (-1, "outside connections"))


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be said of a capture in one breath.

    Parameters
    ----------
    packets, connections, hosts : int
        How many there are; a host is a network address that sent or was sent something.
    first_ns, last_ns : int or None
        Earliest and latest packet, in nanoseconds since 1970 (UTC); None without packets.
    wire_bytes, captured_bytes : int
        Bytes as they were sent, and as they were kept.
    protocols : tuple of (str, int)
        Packets by protocol, most first.
    links : tuple of str
        Link types met, most frequent first.
    """

    packets: int
    connections: int
    hosts: int
    first_ns: int | None
    last_ns: int | None
    wire_bytes: int
    captured_bytes: int
    protocols: tuple[tuple[str, int], ...]
    links: tuple[str, ...]

    @property
    def duration_ns(self) -> int:
        """Nanoseconds from the earliest to the latest packet; 0 without packets."""
        if self.first_ns is None or self.last_ns is None:
            return 0
        return self.last_ns - self.first_ns


def times_ns(times: pd.Series[pd.Timestamp]) -> IntArray:
    """Return a time column as int64 nanoseconds since 1970.

    Parameters
    ----------
    times : pandas.Series
        Moments of any resolution.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        `NOT_A_TIME` where there is no time.
    """
    return np.asarray(times.dt.as_unit("ns").astype("int64"), dtype=np.int64)


def nice_width(span: int, bins: int) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, ... of which `bins` cover `span`.

    Parameters
    ----------
    span : int
        Distance to cover, both ends included, in any unit.
    bins : int
        Most bins wanted, at least 1.

    Returns
    -------
    int
        Width of a bin, at least 1, in the unit of `span`.

    Raises
    ------
    ParameterError
        If `bins` is less than 1.

    Examples
    --------
    >>> nice_width(999, 100), nice_width(1000, 100), nice_width(0, 100)
    (10, 20, 1)
    """
    if bins < 1:
        raise ParameterError.out_of_range("bins", bins, 1, "any number")
    width, scale = 1, 1
    while True:
        for step in (1, 2, 5):
            width = step * scale
            if width * bins > span:
                return width
        scale *= 10


def bin_weights(
    positions: npt.NDArray[np.unsignedinteger], width: int, bins: int, weights: IntArray
) -> IntArray:
    """Return the sum of `weights` in each bin.

    Parameters
    ----------
    positions : numpy.ndarray of unsigned integers, shape (n,)
        Distance of each value from the start of the first bin.
    width, bins : int
        Width of a bin in the unit of `positions`, and how many there are; what lies beyond the
        last is counted in it.
    weights : numpy.ndarray of int64, shape (n,)
        What each value counts.

    Returns
    -------
    numpy.ndarray of int64, shape (bins,)
        One sum a bin.

    Examples
    --------
    >>> bin_weights(np.array([0, 9, 10], np.uint64), 10, 2, np.array([1, 1, 5])).tolist()
    [2, 5]
    """
    index = np.minimum(positions // np.uint64(width), np.uint64(bins - 1)).astype(np.int64)
    # Sums of bytes stay below 2**53 in any file that fits on a disk, so float bins are exact.
    return np.bincount(index, weights=weights, minlength=bins).astype(np.int64)


def facts(packets: pd.DataFrame, connections: pd.DataFrame) -> Facts:
    """Return the headline numbers of a capture.

    Parameters
    ----------
    packets, connections : pandas.DataFrame
        The packet table (see `PACKET_COLUMNS`) and the connection table.

    Returns
    -------
    Facts
        Zeros and empty tuples for a capture without packets.
    """
    times = times_ns(packets["time"])
    known = times[times != NOT_A_TIME]
    hosts = set(packets["source"].dropna().unique()) | set(packets["destination"].dropna().unique())
    protocols = protocol_counts(packets)
    links = packets["link"].value_counts()
    return Facts(
        packets=len(packets),
        connections=len(connections),
        hosts=len(hosts),
        first_ns=int(known.min()) if known.size else None,
        last_ns=int(known.max()) if known.size else None,
        wire_bytes=int(packets["wire_length"].sum()),
        captured_bytes=int(packets["captured_length"].sum()),
        protocols=tuple(zip(protocols["protocol"], map(int, protocols["packets"]), strict=True)),
        links=tuple(str(link) for link, count in links.items() if count),
    )


def protocol_names(packets: pd.DataFrame) -> pd.Series[Any]:
    """Return for each packet the name it is counted under.

    Parameters
    ----------
    packets : pandas.DataFrame
        The packet table.

    Returns
    -------
    pandas.Series of categories
        The protocol as people write it; for what has none, ``IPv4``, ``IPv6`` or the link type in
        brackets.
    """
    protocol = packets["protocol"].astype("category")
    labels = {name: _LABELS.get(str(name), str(name).upper()) for name in protocol.cat.categories}
    names = protocol.cat.rename_categories(labels)
    if not names.isna().any():
        return names
    rest = packets.loc[names.isna(), ["ip_version", "link"]]
    version = rest["ip_version"].to_numpy()
    others = ("not decoded (" + rest["link"].astype(str) + ")").to_numpy(dtype=object)
    others[version > 0] = [f"IPv{number}, other" for number in version[version > 0]]
    filled = names.astype(object)
    filled.loc[names.isna()] = others
    return filled.astype("category")


def protocol_counts(packets: pd.DataFrame) -> pd.DataFrame:
    """Return packets and bytes by protocol, most packets first.

    Parameters
    ----------
    packets : pandas.DataFrame
        The packet table.

    Returns
    -------
    pandas.DataFrame
        Columns ``protocol`` (str), ``packets`` and ``wire_bytes`` (int64).
    """
    names = protocol_names(packets)
    grouped = (
        packets["wire_length"].astype("int64").groupby(names, observed=True).agg(["size", "sum"])
    )
    table = grouped.reset_index()
    table.columns = pd.Index(["protocol", "packets", "wire_bytes"])
    table["protocol"] = table["protocol"].astype(object)
    return table.sort_values(["packets", "protocol"], ascending=[False, True], ignore_index=True)


def timeline(packets: pd.DataFrame, *, bins: int = 120, classes: int = 4) -> pd.DataFrame:
    """Return packets and bytes over time, by protocol.

    Parameters
    ----------
    packets : pandas.DataFrame
        The packet table, in any order of time; packets without a time are left out.
    bins : int
        Most bins; their width is 1, 2 or 5 times a power of ten nanoseconds.
    classes : int
        Most protocols kept apart; the rarer ones are counted as `OTHER`.

    Returns
    -------
    pandas.DataFrame
        One row a class and bin, empty bins included: ``class`` (str), ``start_ns`` (int64, from the
        earliest packet), ``width_ns``, ``packets``, ``wire_bytes`` (int64).

    Raises
    ------
    ParameterError
        If `bins` is less than 1.
    """
    times = times_ns(packets["time"])
    known = times != NOT_A_TIME
    names, sizes = protocol_names(packets)[known], packets["wire_length"].to_numpy(np.int64)[known]
    first = times[known].min() if known.any() else 0
    # Unsigned: from the earliest to the latest time can be more than an int64 holds.
    since = (times[known] - first).view(np.uint64)
    span = int(since.max()) if since.size else 0
    width = nice_width(span, bins)
    count = span // width + 1
    # Read unsigned, since the last bins of an absurd range start beyond an int64.
    starts = (np.arange(count, dtype=np.uint64) * np.uint64(width)).astype(np.float64)
    parts = []
    for name, chosen in _classes(names, classes):
        ones = np.ones(int(chosen.sum()), np.int64)
        parts.append(
            pd.DataFrame(
                {
                    "class": name,
                    "start_ns": starts.clip(max=2.0**63 - 1024).astype(np.int64),
                    "width_ns": width,
                    "packets": bin_weights(since[chosen], width, count, ones),
                    "wire_bytes": bin_weights(since[chosen], width, count, sizes[chosen]),
                }
            )
        )
    columns = ["class", "start_ns", "width_ns", "packets", "wire_bytes"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _classes(names: pd.Series[str], most: int) -> Sequence[tuple[str, npt.NDArray[np.bool_]]]:
    """Return the `most` frequent names with their rows, and the rest as one."""
    counts = names.value_counts()
    order = [name for name, count in counts.items() if count]
    kept = order if len(order) <= most + 1 else order[:most]
    masks = [(str(name), (names == name).to_numpy(bool)) for name in kept]
    if len(kept) < len(order):
        masks.append((OTHER, ~names.isin(kept).to_numpy(bool)))
    return masks


def sizes(packets: pd.DataFrame) -> pd.DataFrame:
    """Return how many packets there are of each size on the wire, by direction.

    Parameters
    ----------
    packets : pandas.DataFrame
        The packet table.

    Returns
    -------
    pandas.DataFrame
        One row a direction and bin: ``side`` (str), ``start_bytes``, ``width_bytes``, ``packets``
        (int64). Bins are as wide as the largest packet asks for; directions without packets are
        left out.
    """
    lengths = packets["wire_length"].to_numpy(np.uint64)
    width = 16
    while lengths.size and int(lengths.max()) // width >= MAX_SIZE_BINS:
        width *= 2
    count = int(lengths.max()) // width + 1 if lengths.size else 0
    direction = packets["direction"].to_numpy()
    parts = []
    for code, side in _SIDES:
        chosen = lengths[direction == code]
        if chosen.size:
            counts = bin_weights(chosen, width, count, np.ones(chosen.size, np.int64))
            starts = np.arange(count, dtype=np.int64) * width
            parts.append(
                pd.DataFrame(
                    {"side": side, "start_bytes": starts, "width_bytes": width, "packets": counts}
                )
            )
    columns = ["side", "start_bytes", "width_bytes", "packets"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def conversations(connections: pd.DataFrame, *, limit: int = 10) -> pd.DataFrame:
    """Return who talks to whom: connections grouped by the two addresses, most bytes first.

    Parameters
    ----------
    connections : pandas.DataFrame
        The connection table.
    limit : int
        Most pairs listed.

    Returns
    -------
    pandas.DataFrame
        ``client``, ``server``, ``services`` (protocols with the server's ports), ``connections``,
        ``packets``, ``bytes_client``, ``bytes_server`` (int64; wire bytes that each side sent).
        ``attrs["pairs"]`` says how many pairs there are in all, listed or not.
    """
    columns = ["client", "server", "connections", "packets", "bytes_client", "bytes_server"]
    if connections.empty:
        table = pd.DataFrame({name: pd.Series(dtype=object) for name in ["services", *columns]})
        table.attrs["pairs"] = 0
        return table
    plain = connections.astype({"client": str, "server": str})
    grouped = plain.groupby(["client", "server"], sort=False)
    table = grouped.agg(
        connections=("connection", "size"),
        packets=("packets", "sum"),
        bytes_client=("wire_bytes_client", "sum"),
        bytes_server=("wire_bytes_server", "sum"),
    ).reset_index()
    table["total"] = table["bytes_client"].astype("int64") + table["bytes_server"].astype("int64")
    listed = table.sort_values("total", ascending=False, kind="stable").head(limit)
    listed = listed.drop(columns="total").reset_index(drop=True)
    keys = pd.MultiIndex.from_frame(listed[["client", "server"]])
    ours = plain[pd.MultiIndex.from_frame(plain[["client", "server"]]).isin(keys)]
    named = {key: _services(part) for key, part in ours.groupby(["client", "server"], sort=False)}
    listed.insert(2, "services", [named[key] for key in keys])
    listed.attrs["pairs"] = len(table)
    return listed


def _services(part: pd.DataFrame, most: int = 3) -> str:
    """Return ``tcp 443, udp 53`` for the connections of one pair, the commonest first."""
    counts = part.groupby(["protocol", "server_port"], observed=True, sort=False).size()
    ordered = counts.sort_values(ascending=False, kind="stable")
    names = [f"{protocol} {port}" if port else str(protocol) for protocol, port in ordered.index]
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")
