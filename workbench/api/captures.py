"""A capture as a person holds it: packets, connections, and what is wrong with it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from workbench.api.packets import CapturedPackets
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.traffic.assembled import Stream
    from workbench.traffic.conversation import Conversation, Conversations
    from workbench.traffic.vantage import Vantage


GENUINE = "genuine"
"""Policy of `Capture.stream` that leaves out what is judged fake."""

VOTERS = 1_000
"""Connections asked where a capture was made."""


class Capture(CapturedPackets):
    """A capture: packets, connections, what was said on them, and what is wrong with it.

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

    @cached_property
    def messages(self) -> pd.DataFrame:
        """What was said on connections; see `workbench.traffic.message_table.COLUMNS`."""
        from workbench.traffic.message_table import message_table

        return message_table(self._connections)

    @cached_property
    def _conversations(self) -> Conversations:
        from workbench.traffic.conversation import Conversations

        return Conversations(self._connections)

    def strategies(self) -> pd.DataFrame:
        """Name the strategy with which each client sent its request.

        Returns
        -------
        pandas.DataFrame
            One row a connection; `strategy` is empty for none. See
            `workbench.evasion.table.COLUMNS`; `descriptor` holds the evidence too.

        Examples
        --------
        >>> import workbench as wb
        >>> set(wb.read("data/http.pcap").strategies()["strategy"])
        {''}
        """
        return self._strategies.copy()

    @cached_property
    def _strategies(self) -> pd.DataFrame:
        from workbench.evasion.table import strategies_table

        return strategies_table(self._connections, self.connections["server_name"].tolist())

    @cached_property
    def vantage(self) -> Vantage:
        """Where the capture was made, as far as its handshakes tell.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.read("data/http.pcap").vantage.place
        'client'
        """
        from workbench.traffic.vantage import infer_vantage

        opened = self._connections.columns["syn"] + self._connections.columns["synack"]
        asked = opened.nonzero()[0][:VOTERS].tolist()
        return infer_vantage(self._conversations[number] for number in asked)

    def conversation(self, connection: int) -> Conversation:
        """Return the packets of one connection as arrays.

        Parameters
        ----------
        connection
            Its number.

        Raises
        ------
        ParameterError
            When there is no such connection.
        """
        return self._conversations[connection]

    def segments(self, connection: int) -> pd.DataFrame:
        """Return what each packet of a connection is: fresh, sent again, a shadow; genuine or fake.

        Parameters
        ----------
        connection
            Its number.

        Returns
        -------
        pandas.DataFrame
            One row a packet; see `workbench.traffic.segments.COLUMNS`.

        Raises
        ------
        ParameterError
            When there is no such connection.

        Examples
        --------
        >>> import workbench as wb
        >>> set(wb.read("data/http.pcap").segments(1)["standing"])
        {'genuine'}
        """
        from workbench.traffic.segments import classify, segment_table

        conversation = self.conversation(connection)
        return segment_table(conversation, classify(conversation))

    def stream(self, connection: int, direction: int = 0, policy: str = GENUINE) -> Stream:
        """Return the bytes that one side of a connection sent.

        Parameters
        ----------
        connection
            Its number.
        direction
            0 for the client's bytes, 1 for the server's.
        policy
            `genuine` leaves out what is judged fake; a name of
            `workbench.traffic.streams.POLICIES` takes every segment, and lets that rule decide
            where they overlap.

        Returns
        -------
        Stream
            Bytes with their frames, gaps and conflicts.

        Raises
        ------
        ParameterError
            For no such connection, direction or policy.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.read("data/http.pcap").stream(1).data[:14]
        b'GET / HTTP/1.1'
        """
        from workbench.traffic.segments import classify
        from workbench.traffic.streams import POLICIES, genuine_stream, naive_stream

        if direction not in (0, 1):
            raise ParameterError.not_among("direction", str(direction), ("0", "1"))
        if policy not in (GENUINE, *POLICIES):
            raise ParameterError.not_among("policy", policy, (GENUINE, *POLICIES))
        conversation = self.conversation(connection)
        if policy == GENUINE:
            return genuine_stream(conversation, classify(conversation), direction)
        return naive_stream(conversation, direction, policy)
