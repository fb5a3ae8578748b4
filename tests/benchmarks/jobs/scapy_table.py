"""The packet table of a capture with scapy, its reader in a loop; checksums are not verified."""

from __future__ import annotations

import sys
import time
from typing import Any


def row(packet: Any, layers: Any) -> tuple[Any, ...]:
    """Return the columns of one packet."""
    ip = packet.getlayer(layers.IP) or packet.getlayer(layers.IPv6)
    if ip is None:
        return (0, "", "", 0, -1, 0, 0, 0, 0, 0, 0)
    six = ip.version == 6
    network = (ip.version, ip.src, ip.dst, ip.hlim if six else ip.ttl, ip.nh if six else ip.proto)
    tcp, udp = packet.getlayer(layers.TCP), packet.getlayer(layers.UDP)
    if tcp is not None:
        flags = int(tcp.flags)
        return (*network, tcp.sport, tcp.dport, tcp.seq, tcp.ack, flags, tcp.window)
    if udp is not None:
        return (*network, udp.sport, udp.dport, 0, 0, 0, 0)
    return (*network, 0, 0, 0, 0, 0, 0)


def main(path: str) -> None:
    """Make the table; say how many rows, and how long without the start of the program."""
    import pandas as pd
    from scapy import all as layers

    began = time.perf_counter()
    with layers.PcapReader(path) as reader:
        rows = [(float(each.time), len(each), *row(each, layers)) for each in reader]
    table = pd.DataFrame(rows)
    from tests.benchmarks.jobs.touch import touch

    touch(table)
    sys.stdout.write(f"{len(table)} {time.perf_counter() - began}\n")


if __name__ == "__main__":
    main(sys.argv[1])
