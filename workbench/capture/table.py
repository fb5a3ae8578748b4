"""Packets as a DataFrame: names and categories over the decoder's own arrays, not copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.capture import codes, schema
from workbench.capture.extras import extra_columns
from workbench.capture.fragments import MORE_FRAGMENTS, OFFSET
from workbench.capture.kernels.extras import EXTRA_DTYPES, OPTION_NAMES
from workbench.capture.links import link_name
from workbench.capture.packets import Packets

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

DONT_FRAGMENT = 0x4000
RAW_NAMES = {"captured_length": "captured", "wire_length": "wire"}


def packet_table(
    packets: Packets, columns: Iterable[str] | None = None, flow: Mapping[str, Array] | None = None
) -> pd.DataFrame:
    """Return packets as a table.

    Parameters
    ----------
    packets
        Decoded packets.
    columns
        Names of columns (`workbench.capture.schema`); all by default. Asking for few is cheaper.
    flow
        `connection` int32 and `direction` int8 of each packet, for those two columns; left out of
        the default when None.

    Returns
    -------
    pandas.DataFrame
        One row a packet, columns in the order asked for.

    Raises
    ------
    ColumnError
        For a name that is no column.
    """
    import pandas as pd

    names = schema.chosen_columns(columns)
    if columns is None and flow is None:
        names = tuple(name for name in names if name not in schema.FLOW)
    extra = [name for name in names if name in EXTRA_DTYPES]
    extras = extra_columns(packets, extra) if extra else {}
    built: dict[str, Any] = {}
    for name in names:
        if name in schema.FLOW:
            built[name] = _flow_column(packets, name, flow)
        elif name in extras:
            built[name] = _option_category(extras[name]) if name == "options" else extras[name]
        else:
            built[name] = _BUILDERS.get(name, _raw(name))(packets)
    return pd.DataFrame(built, copy=False)


def _raw(name: str) -> Callable[[Packets], Any]:
    return lambda packets: packets.columns[RAW_NAMES.get(name, name)]


def _flow_column(packets: Packets, name: str, flow: Mapping[str, Array] | None) -> Array:
    if flow is not None:
        return flow[name]
    return np.full(len(packets), -1, "i4" if name == "connection" else "i1")


def _time(packets: Packets) -> Any:
    import pandas as pd

    return pd.DatetimeIndex(packets.columns["time"].view("M8[ns]"), copy=False).tz_localize("UTC")


def text_categories(values: Array, names: Iterable[str] | Any) -> Any:
    """Return codes as a categorical of text, not copied; -1 is absent."""
    import pandas as pd

    index: Any = names if isinstance(names, pd.Index) else pd.Index(list(names), dtype="str")
    return pd.Categorical.from_codes(values, dtype=pd.CategoricalDtype(index), validate=False)


def _addresses(name: str) -> Callable[[Packets], Any]:
    return lambda packets: address_categories(packets.columns[name], packets)


def address_categories(values: Array, packets: Packets) -> Any:
    """Return address codes as a categorical of text."""
    return text_categories(values, packets.addresses.index())


def _small(values: Array, names: tuple[str, ...]) -> Any:
    return text_categories(values.view("i1"), names)


@cache
def _protocol_names() -> tuple[str, ...]:
    return tuple(codes.protocol_names())


def _protocol(packets: Packets) -> Any:
    return text_categories(packets.columns["protocol"], _protocol_names())


def _encapsulation(packets: Packets) -> Any:
    values = packets.columns["encapsulation"]
    if not values.any():
        return text_categories(np.zeros(len(values), "i1"), [""])
    used = np.flatnonzero(np.bincount(values))
    mapping = np.zeros(int(used[-1]) + 1, "i1" if len(used) < 128 else "i2")
    mapping[used] = np.arange(len(used))
    return text_categories(mapping[values], [codes.encapsulation_name(int(code)) for code in used])


def _link(packets: Packets) -> Any:
    names = [link_name(interface.link) for interface in packets.interfaces]
    distinct = sorted(set(names))
    numbers = np.array([distinct.index(name) for name in names] + [-1], "i2")
    if len(distinct) == 1 and not packets.columns["interface"].any():
        return text_categories(np.zeros(len(packets), "i1"), distinct)
    return text_categories(numbers[np.minimum(packets.columns["interface"], len(names))], distinct)


def _payload_source(packets: Packets) -> Array:
    files = packets.files
    values = np.zeros(len(packets), "i2") if files is None else files.astype("i2")
    values[packets.datagrams.rows] = -1
    return values


def _payload_offset(packets: Packets) -> Array:
    columns = packets.columns
    values = columns["offset"] + columns["payload_at"]
    datagrams = packets.datagrams
    values[datagrams.rows] = datagrams.starts[:-1] + columns["payload_at"][datagrams.rows]
    return np.asarray(values)


def _option_category(layouts: Array) -> Any:
    distinct, places = np.unique(layouts, return_inverse=True)
    kind = "i1" if len(distinct) < 128 else "i4"
    return text_categories(places.astype(kind), [option_layout(int(layout)) for layout in distinct])


def option_layout(layout: int) -> str:
    """Name the options of a layout code, in order.

    Examples
    --------
    >>> option_layout(0x35724)
    'mss,sackOK,ts,nop,wscale'
    """
    names = []
    while layout:
        names.append(OPTION_NAMES[layout & 15])
        layout >>= 4
    return ",".join(reversed(names))


_BUILDERS: dict[str, Callable[[Packets], Any]] = {
    "frame": lambda packets: packets.frame_numbers(),
    "time": _time,
    "link": _link,
    "encapsulation": _encapsulation,
    "source": _addresses("source"),
    "destination": _addresses("destination"),
    "dont_fragment": lambda packets: packets.columns["fragment"] & DONT_FRAGMENT != 0,
    "fragment_offset": lambda packets: ((packets.columns["fragment"] & OFFSET) << 3).astype("u2"),
    "more_fragments": lambda packets: packets.columns["fragment"] & MORE_FRAGMENTS != 0,
    "protocol": _protocol,
    "ip_checksum": lambda packets: _small(packets.columns["ip_checksum"], codes.CHECKSUM_NAMES),
    "checksum": lambda packets: _small(packets.columns["checksum"], codes.CHECKSUM_NAMES),
    "payload_source": _payload_source,
    "payload_offset": _payload_offset,
    "problem": lambda packets: _small(packets.columns["problem"], codes.PROBLEM_NAMES),
}


def interface_table(packets: Packets) -> pd.DataFrame:
    """Return interfaces as a table.

    Returns
    -------
    pandas.DataFrame
        `interface`, `file`, `name`, `link`, `snap_length` in bytes (0 for no limit), `resolution`
        of times, `packets`.
    """
    import pandas as pd

    each = packets.interfaces
    counts = np.bincount(packets.columns["interface"], minlength=len(each))[: len(each)]
    return pd.DataFrame(
        {
            "interface": np.arange(len(each), dtype="u2"),
            "file": np.array([one.file for one in each], "u2"),
            "name": pd.array([one.name for one in each], dtype="str"),
            "link": pd.array([link_name(one.link) for one in each], dtype="str"),
            "snap_length": np.array([one.snap_length for one in each], "u4"),
            "resolution": pd.array([_resolution(one.resolution) for one in each], dtype="str"),
            "packets": counts,
        }
    )


def _resolution(code: int) -> str:
    return f"2^-{code & 0x7F} s" if code & 0x80 else f"10^-{code} s"
