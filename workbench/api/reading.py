"""Open captures, one or several as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from workbench.api.captures import Capture
from workbench.capture.opened import OpenedFile
from workbench.capture.sources import Readable
from workbench.errors import ParameterError


def read(source: Readable | Sequence[Readable], *, cache: bool = True) -> Capture:
    """Open a capture; its packets are decoded when something of them is asked for.

    Parameters
    ----------
    source
        A path, `-` for standard input, a binary file object, or a list of them that is read as one
        capture, in order of time.
    cache
        Keep the decoded table where that is quicker than decoding again
        (`workbench.capture.cache`).

    Returns
    -------
    Capture
        Its packets; damage is listed in its `problems`.

    Raises
    ------
    CaptureError
        When it is no capture, or nothing of it can be read.
    LimitError
        When it unpacks to more than the settings allow.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.read("data/http.pcap").connections["server_port"].unique().tolist()
    [53, 80]
    """
    if isinstance(source, list | tuple):
        if not source:
            raise ParameterError.not_understood("source", source, "at least one capture")
        return merge([read(one, cache=cache) for one in source])
    return Capture(OpenedFile(cast("Readable", source), cache=cache))


def merge(captures: Sequence[Capture | Readable], shift_ns: Sequence[int] | None = None) -> Capture:
    """Merge captures into one, in order of time.

    Parameters
    ----------
    captures
        At least one; what is no `Capture` is read first.
    shift_ns
        Nanoseconds to add to the times of each.

    Returns
    -------
    Capture
        Frames numbered anew from 1; the `payload_source` column tells the file.

    Raises
    ------
    ParameterError
        When there is not one shift for each capture.

    Examples
    --------
    >>> import workbench as wb
    >>> both = wb.merge(["data/dns.pcap", "data/refused.pcap"], shift_ns=[0, -1_500])
    >>> len(both.files)
    2
    """
    from workbench.capture.merging import merge_packets

    opened = [one if isinstance(one, Capture) else read(one) for one in captures]
    return Capture(merge_packets([one._packets for one in opened], shift_ns))  # noqa: SLF001
