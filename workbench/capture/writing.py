"""Packets to pcap and pcapng files: the same bytes, times and lengths, and nothing else.

Decryption secrets, comments and statistics of the files that were read are not written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from workbench.capture.output import COMPRESSED, suffixes, whole_file
from workbench.capture.packets import Packets
from workbench.capture.pcap_writer import PcapWriter
from workbench.capture.pcapng_writer import PcapngWriter, title
from workbench.errors import OutputError, ParameterError

FORMATS = ("pcap", "pcap-us", "pcapng")
"""`pcap` keeps nanoseconds; `pcap-us` cuts them, for programs that know only microseconds."""
BY_SUFFIX = {".pcap": "pcap", ".cap": "pcap", ".pcapng": "pcapng"}


def write_capture(
    packets: Packets,
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 (the word that people know)
    *,
    comment: str = "",
    application: str = "workbench",
) -> Path:
    """Write packets to a capture file.

    Parameters
    ----------
    packets : Packets
        What to write, in this order.
    path : path-like
        Where; `.gz` or `.zst` at its end compresses. A file that is there is replaced in one step.
    format : {"pcap", "pcap-us", "pcapng"}, optional
        By default what the suffix says: `.pcap` is nanoseconds.
    comment, application : str
        For the header of a pcapng file; empty for none.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError
        When the format cannot hold the packets, or the file cannot be written.
    ParameterError
        For a format that is none, or a comment longer than 65,535 bytes.
    CaptureError
        When a file that was read has become shorter since.
    """
    return write_packets([packets], path, format, comment=comment, application=application)


def write_packets(
    pieces: Iterable[Packets],
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    *,
    comment: str = "",
    application: str = "workbench",
) -> Path:
    """Write consecutive pieces of a capture to one file; see `write_capture`.

    Parameters
    ----------
    pieces : iterable of Packets
        At least one, in order, as `workbench.capture.reader.stream_packets` gives them; only one
        is held at a time.
    path, format, comment, application
        As for `write_capture`.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError, ParameterError, CaptureError
        As `write_capture`.
    """
    chosen = chosen_format(path, format)
    about = title(comment, application)
    with whole_file(path) as file:
        writer: PcapWriter | PcapngWriter
        if chosen == "pcapng":
            writer = PcapngWriter(file, path, about)
        else:
            writer = PcapWriter(file, path, chosen)
        for packets in pieces:
            writer.add(packets)
        writer.finish()
    return Path(path)


def chosen_format(path: str | os.PathLike[str], format: str | None) -> str:  # noqa: A002
    """Return the format to write.

    Parameters
    ----------
    path : path-like
        Where it is written.
    format : str or None
        One of `FORMATS`, None for what the suffix says.

    Returns
    -------
    str
        One of `FORMATS`.

    Raises
    ------
    ParameterError
        When `format` is none of them.
    OutputError
        When the suffix says none.

    Examples
    --------
    >>> chosen_format("a.pcapng.zst", None), chosen_format("a", "pcap")
    ('pcapng', 'pcap')
    """
    if format is not None:
        if format not in FORMATS:
            raise ParameterError.not_among("format", format, FORMATS)
        return format
    ending, _ = suffixes(path)
    if ending not in BY_SUFFIX:
        raise OutputError.unknown_suffix(path, (*BY_SUFFIX, f"each with {' or '.join(COMPRESSED)}"))
    return BY_SUFFIX[ending]
