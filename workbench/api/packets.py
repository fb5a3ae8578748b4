"""The packets of a capture: tables, bytes, selections, files written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from workbench.capture.facts import FileFacts, file_facts
from workbench.capture.opened import OpenedFile
from workbench.capture.packets import Array, Packets

if TYPE_CHECKING:
    import pandas as pd

    from workbench.traffic.connections import Connections

BATCH = 65_536
"""Most packets of a batch."""


class CapturedPackets:
    """What a capture is before anybody asks who talked to whom; see `workbench.api.Capture`.

    Parameters
    ----------
    given
        Decoded packets, or an open file.
    """

    def __init__(self, given: Packets | OpenedFile) -> None:
        self._given = given

    @cached_property
    def _packets(self) -> Packets:
        return self._given if isinstance(self._given, Packets) else self._given.decode()

    @property
    def name(self) -> str:
        """Name for people: the file's, or the first one's and how many more there are."""
        names = [source.file_name for source in self._given.sources]
        return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"

    def __len__(self) -> int:
        return len(self._packets)

    def __repr__(self) -> str:
        from workbench.units import printable

        known = f": {len(self):,} packets" if "_packets" in vars(self) else ""
        return f"<Capture {printable(self.name)}{known}>"

    @cached_property
    def files(self) -> tuple[FileFacts, ...]:
        """Facts of each file; the digest reads all of it."""
        return file_facts(self._packets)

    @cached_property
    def _connections(self) -> Connections:
        from workbench.traffic.connections import find_connections

        return find_connections(self._packets)

    @cached_property
    def packets(self) -> pd.DataFrame:
        """The packet table, all columns; see `workbench.capture.schema`."""
        return self.table()

    def _flow(self) -> dict[str, Array]:
        return self._connections.flow()

    def table(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Return some columns of the packet table; few are cheaper than all.

        Parameters
        ----------
        columns
            Names, in the order wanted; all by default.

        Returns
        -------
        pandas.DataFrame
            One row a packet.

        Raises
        ------
        ColumnError
            For a name that is no column.
        CaptureError
            When the file has become shorter since it was read.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.read("data/dns.pcap").table(["frame", "ttl"]).columns.tolist()
        ['frame', 'ttl']
        """
        from workbench.capture import schema
        from workbench.capture.table import packet_table

        names = schema.chosen_columns(columns)
        wants_flow = any(name in schema.FLOW for name in names)
        flow = self._flow() if wants_flow else None
        return packet_table(self._packets, names, flow)

    def batches(self, columns: Iterable[str] | None = None) -> Iterator[pd.DataFrame]:
        """Read the packet table piece by piece, in memory that does not grow with the capture.

        Parameters
        ----------
        columns
            Names, in the order wanted; by default all but `connection` and `direction`, which need
            the whole capture.

        Yields
        ------
        pandas.DataFrame
            Consecutive packets; `attrs["problems"]` lists what is wrong there, a mapping each.

        Raises
        ------
        ColumnError
            For a name that is no column.
        CaptureError
            When the file has become shorter since it was opened.

        Examples
        --------
        >>> import workbench as wb
        >>> sum(len(batch) for batch in wb.read("data/dns.pcap").batches(["time"]))
        35
        """
        from workbench.capture import schema
        from workbench.capture.table import packet_table

        names = [name for name in schema.NAMES if name not in schema.FLOW]
        if columns is not None:
            names = list(schema.chosen_columns(columns))
        for packets, flow, problems in self._pieces(any(name in schema.FLOW for name in names)):
            table = packet_table(packets, names, flow)
            table.attrs["problems"] = problems.to_dict("records")
            yield table

    def _pieces(
        self, with_flow: bool
    ) -> Iterator[tuple[Packets, dict[str, Array] | None, pd.DataFrame]]:
        """Stream from the file, unless the packets are decoded already or must be."""
        if isinstance(self._given, OpenedFile) and "_packets" not in vars(self) and not with_flow:
            for packets in self._given.stream(BATCH):
                yield packets, None, packets.problems.table()
            return
        flow = self._flow() if with_flow else {}
        problems, shown = self.problems, 0
        for first in range(0, max(len(self), 1), BATCH):
            rows = range(first, min(first + BATCH, len(self)))
            packets = self._packets.take(rows)
            # What concerns no frame comes first, what lies behind the last frame comes last.
            last = int(packets.frame_numbers()[-1]) if rows.stop < len(self) else None
            there = problems if last is None else problems[problems["frame"] <= last]
            part = {name: column[rows.start : rows.stop] for name, column in flow.items()} or None
            yield packets, part, there[there["frame"] > shown] if shown else there
            shown = last or 0

    @cached_property
    def problems(self) -> pd.DataFrame:
        """What is wrong: `frame` (0 for none), `offset` (-1 for none), `kind`, `reason`."""
        return self._packets.problems.table()

    @cached_property
    def interfaces(self) -> pd.DataFrame:
        """Interfaces, one row each; see `workbench.capture.table.interface_table`."""
        from workbench.capture.table import interface_table

        return interface_table(self._packets)

    def data(self, frame: int) -> bytes:
        """Return the captured bytes of a frame.

        Raises
        ------
        CaptureError
            When there is no such frame, or its file has become shorter.

        Examples
        --------
        >>> import workbench as wb
        >>> len(wb.read("data/dns.pcap").data(1)) > 40
        True
        """
        return self._packets.data(self._packets.row_of(frame))

    def payload(self, frame: int) -> bytes:
        """Return the transport payload of a frame, as far as it was captured.

        The frame that completes a fragmented datagram has the payload of the whole datagram.

        Raises
        ------
        CaptureError
            As `data`.
        """
        return self._packets.payload(self._packets.row_of(frame))

    def select(
        self,
        filter: str | None = None,  # noqa: A002 (the word that people know)
        *,
        start: str | int | None = None,
        end: str | int | None = None,
        frames: str | Sequence[int] | None = None,
        connection: int | Sequence[int] | None = None,
    ) -> Self:
        """Return a part of the capture; frames keep their numbers.

        Connections are found anew among the packets that are left.

        Parameters
        ----------
        filter
            Expression of the filter grammar, such as `tcp and port 443`.
        start, end
            Times, the end excluded: nanoseconds since 1970, ISO text, or `+2s` from the first
            packet.
        frames
            Numbers, or ranges such as `1-20,40`.
        connection
            Number of a connection, or several.

        Returns
        -------
        Capture
            Packets for which all that is given holds.

        Raises
        ------
        FilterError, ParameterError, CaptureError
            For what is not understood, or not there.

        Examples
        --------
        >>> import workbench as wb
        >>> len(wb.read("data/dns.pcap").select(frames="1-4"))
        4
        """
        from workbench.capture.slicing import select

        rows = select(
            self._packets,
            filter=filter,
            start=start,
            end=end,
            frames=frames,
            connection=connection,
            flow=self._flow,
        )
        return type(self)(self._packets.take(rows))

    def write(self, path: str | os.PathLike[str], format: str | None = None) -> Path:  # noqa: A002
        """Write the packets as `pcap` (nanoseconds) or `pcapng`; the suffix says which by default.

        Raises
        ------
        OutputError
            When it cannot be written, or not in that format.
        """
        from workbench.capture.writing import write_capture

        return write_capture(self._packets, path, format)

    def to_parquet(
        self, path: str | os.PathLike[str], columns: Iterable[str] | None = None
    ) -> Path:
        """Write the packet table as Parquet, zstd inside, empty where a column does not apply.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        from workbench.capture.export import asked_for, to_parquet

        names, tables = asked_for(self.batches, columns)
        files = [(source.name, source.sha256()) for source in self._given.sources]
        return to_parquet(tables, path, columns=names, files=files)

    def to_csv(self, path: str | os.PathLike[str], columns: Iterable[str] | None = None) -> Path:
        """Write the packet table as CSV, times in ISO with nanoseconds.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        from workbench.capture.export import asked_for, to_csv

        names, tables = asked_for(self.batches, columns)
        return to_csv(tables, path, columns=names)

    def close(self) -> None:
        """Let go of the files; bytes of packets are out of reach from then on."""
        self._given.close()
        if "_packets" in vars(self):
            self._packets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
