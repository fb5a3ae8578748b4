"""A capture as a person holds it: packets, connections, and what is wrong with it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from workbench.api.packets import CapturedPackets

if TYPE_CHECKING:
    import pandas as pd


class Capture(CapturedPackets):
    """A capture: packets, connections, and what is wrong with it.

    Made by `read`, `merge` and `select`. Nothing is decoded before it is asked for, and nothing
    twice.

    Parameters
    ----------
    given
        Decoded packets, or an open file.

    Examples
    --------
    >>> import workbench as wb
    >>> capture = wb.read("data/dns.pcap")
    >>> capture.name, len(capture.problems)
    ('dns.pcap', 0)
    >>> sorted(set(capture.packets["protocol"]))
    ['tcp', 'udp']
    """

    @cached_property
    def connections(self) -> pd.DataFrame:
        """The connection table; see `workbench.traffic.tables.COLUMNS`."""
        from workbench.traffic.tables import connection_table

        return connection_table(self._connections)
