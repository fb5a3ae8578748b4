"""What tshark, nDPI and Zeek say about the connections of the captures with known answers."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

Rows = list[dict[str, str]]
Ends = tuple[str, frozenset[tuple[str, int]]]
"""Protocol, and both ends of a connection."""

_FLOW = re.compile(r"\s*\d+\t(TCP|UDP) (\S+):(\d+) <?-> (\S+):(\d+) \[")
_FIELDS = {
    "server_name": "Hostname/SNI",
    "alpn": "(Advertised) ALPNs",
    "ja3": "JA3C",
    "ja4": "JA4",
    "ja3s": "JA3S",
}


def names_of_tshark(shared: Path) -> dict[str, Rows]:
    """Return the flows in which tshark saw a server name, by file."""
    flows = defaultdict(list)
    with (shared / "captures/expected/flows.csv").open() as handle:
        for row in csv.DictReader(handle):
            if row["sni"]:
                flows[row["file"]].append(row)
    return flows


def flows_of_ndpi(shared: Path) -> dict[str, list[tuple[Ends, dict[str, str]]]]:
    """Return what nDPI found out about flows, by file."""
    flows = defaultdict(list)
    for entry in upstream(shared, "nDPI"):
        for line in entry["text"].splitlines():
            match = _FLOW.match(line)
            if match is None:
                continue
            fields = {
                name: found[1]
                for name, label in _FIELDS.items()
                if (found := re.search(rf"\[{re.escape(label)}: ([^\]]*)\]", line))
            }
            fields = {name: value.removesuffix(" (WEAK)") for name, value in fields.items()}
            ends = {(match[2].strip("[]"), int(match[3])), (match[4].strip("[]"), int(match[5]))}
            if fields:
                flows[entry["capture"]].append(((match[1].lower(), frozenset(ends)), fields))
    return flows


def logs_of_zeek(shared: Path, wanted: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield file and row of Zeek's logs of one kind.

    Some baselines join the logs of several captures under the name of one: whoever asks must see
    whether a connection with the row's ends is in the file.
    """
    for entry in upstream(shared, "zeek"):
        fields: list[str] = []
        path = ""
        for line in entry["text"].splitlines():
            if line.startswith("#path"):
                path = line.split()[1]
            elif line.startswith("#fields"):
                fields = line.split("\t")[1:]
            elif not line.startswith("#") and path == wanted and "\t" in line:
                values = line.split("\t")
                if len(values) == len(fields):
                    yield entry["capture"], dict(zip(fields, values, strict=True))


def upstream(shared: Path, tool: str) -> Iterator[dict[str, str]]:
    """Yield the expected results that a tool's own repository keeps."""
    text = (shared / f"captures/expected/upstream/{tool}.jsonl").read_text(encoding="utf-8")
    yield from map(json.loads, text.splitlines())
