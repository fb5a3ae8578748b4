"""``results.json``: what a machine needs of a report, next to the page that people read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.publishing.origin import FileLike
from workbench.publishing.redaction import redact_all

if TYPE_CHECKING:
    import pandas as pd

    from workbench.evasion.sequence_values import SequenceMap
    from workbench.traffic.focus import Choice
    from workbench.traffic.health import Finding
    from workbench.traffic.summaries import Facts

RESULTS_MIME = "application/vnd.workbench.results+json"
SCHEMA_VERSION = 1
TOP_CONNECTIONS = 20


@dataclass(frozen=True)
class Results:
    """What a notebook found, on its way to ``results.json``.

    Parameters
    ----------
    values : dict
        JSON values by name.
    """

    values: dict[str, Any]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Return the values for the export, and a line for people."""
        return {RESULTS_MIME: self.values, "text/plain": f"results: {', '.join(self.values)}"}


def explore_results(
    *,
    files: Iterable[FileLike],
    facts: Facts,
    findings: Sequence[Finding],
    problems: pd.DataFrame,
    connections: pd.DataFrame,
    focus: Choice | None,
) -> Results:
    """Return the results of the report ``explore``.

    Parameters
    ----------
    files : iterable of FileLike
        Capture files.
    facts : Facts
        Headline numbers.
    findings : sequence of Finding
        What is wrong.
    problems, connections : pandas.DataFrame
        Tables of the capture.
    focus : Choice or None
        Connection that was looked at.

    Returns
    -------
    Results
        Files, numbers, findings, problems by kind, and the connections with most bytes.
    """
    kinds = problems["kind"].value_counts()
    return Results(
        {
            "files": [
                {"name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256}
                for file in files
            ],
            "facts": {**asdict(facts), "duration_ns": facts.duration_ns},
            "findings": [asdict(finding) for finding in findings],
            "problems": {str(kind): int(number) for kind, number in kinds.items()},
            "focus": None if focus is None else asdict(focus),
            "connections": top_connections(connections),
        }
    )


def strategy_results(
    *,
    files: Iterable[FileLike],
    strategies: pd.DataFrame,
    drawn: SequenceMap,
    focus: Choice | None,
) -> Results:
    """Return the results of the report ``strategy``.

    Parameters
    ----------
    files : iterable of FileLike
        Capture files.
    strategies : pandas.DataFrame
        As `workbench.evasion.table.strategies_table` makes it.
    drawn : SequenceMap
        Sequence map of the connection that was looked at.
    focus : Choice or None
        That connection.

    Returns
    -------
    Results
        Files, the strategies that were found with their descriptors, how many connections had none,
        and the map.
    """
    named = strategies[(strategies["strategy"].astype("str") != "").to_numpy(bool)]
    rows = json.loads(named.drop(columns="descriptor").to_json(orient="records"))
    for row, strategy in zip(rows, named["descriptor"], strict=True):
        row["descriptor"] = json.loads(strategy.to_json())
    return Results(
        {
            "files": [
                {"name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256}
                for file in files
            ],
            "focus": None if focus is None else asdict(focus),
            "strategies": rows,
            "without_strategy": len(strategies) - len(named),
            "sequence_map": asdict(drawn),
        }
    )


def top_connections(connections: pd.DataFrame, most: int = TOP_CONNECTIONS) -> list[dict[str, Any]]:
    """Return the connections with most bytes on the wire as JSON values.

    Parameters
    ----------
    connections : pandas.DataFrame
        The connection table.
    most : int
        How many.

    Returns
    -------
    list of dict
        All columns; times as text in ISO 8601.
    """
    if connections.empty:
        return []
    total = connections["wire_bytes_client"].astype("int64") + connections["wire_bytes_server"]
    order = total.sort_values(ascending=False, kind="stable").index[:most]
    chosen = connections.loc[order]
    rows: list[dict[str, Any]] = json.loads(
        chosen.to_json(orient="records", date_format="iso", date_unit="ns")
    )
    return rows


def results_document(
    report: str, values: Mapping[str, Any], *, page: str, about: Mapping[str, Any]
) -> bytes:
    """Return ``results.json``.

    Parameters
    ----------
    report : str
        Name of the report.
    values : mapping
        What the notebook found.
    page : str
        File name of the page beside it.
    about : mapping
        Parameters, versions and the moment.

    Returns
    -------
    bytes
        UTF-8, indented, without secrets and home paths.
    """
    whole = {"schema": SCHEMA_VERSION, "report": report, "page": page, **about, **values}
    text = json.dumps(redact_all(whole), indent=2, ensure_ascii=True, allow_nan=False)
    return f"{text}\n".encode()
