"""What a report says of the files of a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.capture.links import link_name

if TYPE_CHECKING:
    from workbench.capture.packets import Packets


@dataclass(frozen=True)
class FileFacts:
    """One file of a capture.

    Attributes
    ----------
    name
        File name, without the folders.
    size_bytes
        Size on disk.
    sha256
        Digest of the whole file as it lies on disk.
    container
        `pcap`, `nsecpcap`, `modified-pcap` or `pcapng`.
    compression
        What was undone, outermost first, joined by `+`; empty for nothing.
    packets
        Packets of it that are in the capture.
    link_types
        Link types of its interfaces.
    """

    name: str
    size_bytes: int
    sha256: str
    container: str
    compression: str
    packets: int
    link_types: tuple[str, ...]


def file_facts(packets: Packets) -> tuple[FileFacts, ...]:
    """Return facts of each file; the digests read all of them.

    Parameters
    ----------
    packets
        Decoded packets.

    Returns
    -------
    tuple of FileFacts
        In the order of the files.
    """
    counts = [len(packets)]
    if packets.files is not None:
        counts = np.bincount(packets.files, minlength=len(packets.sources)).tolist()
    links: list[set[str]] = [set() for _ in packets.sources]
    for interface in packets.interfaces:
        links[interface.file].add(link_name(interface.link))
    return tuple(
        FileFacts(
            name=source.file_name,
            size_bytes=source.raw_size,
            sha256=source.sha256(),
            container=packets.containers[number],
            compression=source.compression,
            packets=counts[number],
            link_types=tuple(sorted(links[number])),
        )
        for number, source in enumerate(packets.sources)
    )
