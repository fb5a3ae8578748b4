"""How well strategies are recognised, counted over every capture whose answer is known.

    python -m tests.evasion.score [--shared FOLDER] [--details] [--write]

prints the tables of docs/methods/strategies.md; ``--write`` puts them between that page's marks.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.evasion.truth import Case, Score, cases, judge
from workbench.api.reading import read
from workbench.errors import WorkbenchError
from workbench.evasion.recognised import Recognised
from workbench.evasion.strategy import NONE, Strategy
from workbench.evasion.survey import survey
from workbench.traffic.connections import Connections

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "methods" / "strategies.md"
EXCEPTIONS = Path(__file__).with_name("exceptions.toml")
BEGIN, END = "<!-- counts begin -->", "<!-- counts end -->"
VERDICTS = ("exact", "partial", "missed", "false", "none", "unseen")
KNOWN_PORTS = (80, 443)
OTHER_FOLDERS = ("desync", "netns-lab", "expected", "tools")
NO_CAPTURES = (".md", ".csv", ".txt", ".list", ".toml")


@dataclass(frozen=True, slots=True)
class Row:
    """One connection's result."""

    case: Case
    number: int
    found: Strategy
    score: Score
    kind: str

    @property
    def confounder(self) -> str:
        """What else the recording had."""
        labels = self.case.labels
        if labels.get("offload") == "on":
            return "offload"
        if labels.get("snaplen") not in (None, "", "262144"):
            return "snap length"
        if labels.get("loss") not in (None, "", "0", "0%") or labels.get("reorder") not in (
            None, "", "0", "0%"):  # fmt: skip
            return "loss, reordering"
        if labels["set"] in ("cooked-any", "browser"):
            return labels["set"]
        if self.case.vantage == "all":
            return "four places in one file"
        return "IPv6" if labels.get("ip_version") == "6" else "none"


def results(shared: Path) -> Iterator[Row]:
    """Recognise every capture with a known answer."""
    for case in cases(shared):
        yield from _of_case(case)


def _of_case(case: Case) -> Iterator[Row]:
    """Recognise the first connection of a capture; of those with several, all."""
    connections = read(case.path, cache=False)._connections
    found = {one.number: one for one in survey(connections)}
    ports = connections.columns["server_port"].tolist()
    numbers = [number for number, port in enumerate(ports) if port in KNOWN_PORTS]
    several = case.labels["set"] == "multi"
    for number in numbers if several else numbers[:1]:
        udp = int(connections.columns["protocol"][number]) == 17
        one = found.get(number)
        strategy = one.strategy if one else NONE
        expected = case.expected
        score = judge(expected, strategy, whole=case.vantage == "client", datagrams=udp)
        verdict = _verdict(case, score, one, connections, number)
        kind = one.kind if one else ""
        yield Row(case, number, strategy, replace(score, verdict=verdict), kind)


def _verdict(
    case: Case, score: Score, found: Recognised | None, connections: Connections, number: int
) -> str:
    """Return the verdict, with what no capture at that place can show set apart."""
    if score.verdict != "missed":
        return score.verdict
    if case.tool != "none" and not case.on_wire:
        return "none"
    if case.vantage == "client":
        return "missed"
    fakes_only = not any(
        one.phase2 or one.sockets or one.tls_records or one.http != NONE.http
        for one in case.expected
    )
    if fakes_only and case.labels.get("special", "0") in ("", "0"):
        return "unseen"
    return "unseen" if _cut_short(connections, number) else "missed"


def _cut_short(connections: Connections, number: int) -> bool:
    """Tell whether less than the request's head came to this place, or not its beginning."""
    rows = (connections.connection == number) & (connections.direction == 0)
    columns = connections.packets.columns
    loaded = rows & (columns["payload_length"] > 0)
    payloads = connections.packets.payloads(loaded.nonzero()[0])
    whole = [one for one in payloads if len(one) > 9 and one[:1] in (b"\x16", b"G", b"P", b"\xc0")]
    return not any(_complete(one) for one in whole)


def _complete(data: bytes) -> bool:
    if data[:1] == b"\x16":
        return len(data) >= 5 + int.from_bytes(data[3:5], "big")
    return b"\r\n\r\n" in data or data[:1] == b"\xc0"


def table(title: str, keyed: Iterable[tuple[str, str]]) -> list[str]:
    """Return a Markdown table of verdicts by a key."""
    counts: dict[str, Counter[str]] = {}
    for key, verdict in keyed:
        counts.setdefault(key, Counter())[verdict] += 1
    lines = [f"| {title} | {' | '.join(VERDICTS)} |", "| --- |" + " --- |" * len(VERDICTS)]
    for key in sorted(counts, key=lambda key: (-sum(counts[key].values()), key)):
        cells = " | ".join(str(counts[key][verdict] or "") for verdict in VERDICTS)
        lines.append(f"| {key} | {cells} |")
    return [*lines, ""]


def ordinary(shared: Path) -> tuple[int, list[tuple[str, int, str]]]:
    """Look at all other captures; return how many connections they hold, and what was named."""
    total, alarms = 0, []
    root = shared / "captures"
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if not path.is_file() or name.parts[0] in OTHER_FOLDERS or path.suffix in NO_CAPTURES:
            continue
        try:
            connections = read(path, cache=False)._connections
        except WorkbenchError:
            continue
        total += len(connections)
        alarms += [
            (str(name), one.number, one.strategy.text or ",".join(one.strategy.others))
            for one in survey(connections)
        ]
    return total, alarms


def exceptions() -> dict[str, str]:
    """Return the captures in which a name is right, or is excused, with the reason."""
    listed = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))["capture"]
    return {entry["file"]: entry["reason"] for entry in listed}


def page(rows: Sequence[Row], total: int, alarms: Sequence[tuple[str, int, str]]) -> str:
    """Return the counts as Markdown."""
    client = [row for row in rows if row.case.vantage == "client"]
    first = sum(row.score.first for row in client if row.score.verdict == "exact")
    exact = sum(row.score.verdict == "exact" for row in client)
    lines = [
        f"{len(rows)} connections; at the client {exact} of {len(client)} exact, the configured",
        f"position being the first reading of {first}.",
        "",
    ]
    lines += table("place", ((row.case.vantage, row.score.verdict) for row in rows))
    lines += table("tool, at the client", ((row.case.tool, row.score.verdict) for row in client))
    lines += table("recording", ((row.confounder, row.score.verdict) for row in rows))
    lines += table("strategy, at the client", (
        (row.case.text, row.score.verdict) for row in client))  # fmt: skip
    known = exceptions()
    lines += [f"Ordinary captures: {total} connections, {len(alarms)} named.", ""]
    lines += [f"* `{name}`: {text}; {known.get(name, 'not explained')}" for name, _, text in alarms]
    return "\n".join(lines).rstrip() + "\n"


def main(given: Sequence[str] | None = None) -> int:
    """Count, and print or write."""
    parser = argparse.ArgumentParser(prog="python -m tests.evasion.score", description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--details", action="store_true", help="print what is not exact")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    chosen = parser.parse_args(given)
    rows = list(results(chosen.shared))
    if chosen.details:
        for row in rows:
            if row.score.verdict in ("partial", "missed", "false"):
                case = row.case
                words = (case.path.name, str(row.number), row.score.verdict, *row.score.why)
                sys.stdout.write(" | ".join(words) + "\n")
    text = page(rows, *ordinary(chosen.shared))
    if chosen.write:
        old = PAGE.read_text(encoding="utf-8")
        before, after = old.split(BEGIN)[0], old.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
