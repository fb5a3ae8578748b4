"""The packet table of a capture: tshark writes fields, pandas reads them while it writes."""

from __future__ import annotations

import subprocess
import sys

COLUMNS = {
    "frame.number": "uint32",
    "frame.time_epoch": "float64",
    "frame.interface_id": "float32",
    "frame.encap_type": "uint16",
    "frame.cap_len": "uint32",
    "frame.len": "uint32",
    "frame.protocols": "category",
    "ip.version": "float32",
    "ip.src": "category",
    "ip.dst": "category",
    "ip.ttl": "float32",
    "ip.flags.df": "category",
    "ip.flags.mf": "category",
    "ip.frag_offset": "float32",
    "ip.proto": "float32",
    "ipv6.src": "category",
    "ipv6.dst": "category",
    "ipv6.hlim": "float32",
    "ipv6.nxt": "float32",
    "tcp.srcport": "float32",
    "tcp.dstport": "float32",
    "udp.srcport": "float32",
    "udp.dstport": "float32",
    "tcp.seq_raw": "float64",
    "tcp.ack_raw": "float64",
    "tcp.flags": "category",
    "tcp.window_size_value": "float64",
    "tcp.len": "float64",
    "udp.length": "float64",
    "ip.checksum.status": "float32",
    "tcp.checksum.status": "float32",
    "udp.checksum.status": "float32",
}
"""Fields that together say what the core columns say, and the cheapest dtypes that hold them."""


def command(path: str) -> list[str]:
    """Return the tshark command: no names looked up, checksums on, innermost fields."""
    options = [f"{layer}.check_checksum:TRUE" for layer in ("ip", "tcp", "udp")]
    fields = [part for name in COLUMNS for part in ("-e", name)]
    settings = [part for option in options for part in ("-o", option)]
    return ["tshark", "-n", *settings, "-r", path, "-T", "fields", "-E", "occurrence=l", *fields]


def main(path: str) -> None:
    """Make the table and read every value of it."""
    import pandas as pd

    with subprocess.Popen(
        command(path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as tshark:
        assert tshark.stdout is not None
        table = pd.read_csv(
            tshark.stdout,
            sep="\t",
            names=list(COLUMNS),
            dtype=dict(COLUMNS),
            header=None,
            engine="c",
        )
    from tests.benchmarks.jobs.touch import touch

    touch(table)
    sys.stdout.write(f"{len(table)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
