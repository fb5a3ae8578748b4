"""What machines get of a report."""

from __future__ import annotations

import json

import pandas as pd

from tests.frames import connection_table, packet_table, problem_table
from tests.publishing.test_origin import File
from tests.views.pictures import sequence_map
from workbench.evasion.parsing import parse
from workbench.evasion.sequence_values import SequenceMap
from workbench.evasion.strategy import NONE
from workbench.publishing import results
from workbench.traffic import health, summaries
from workbench.traffic.focus import Choice


def explored(connections: int = 30) -> results.Results:
    """Return results of a made-up capture."""
    rows = [{"connection": n, "wire_bytes_server": 100 * n} for n in range(connections)]
    table = connection_table(rows)
    packets = packet_table([{"problem": "truncated"}])
    problems = problem_table([(1, 5, "cut", "short"), (2, 9, "cut", "short")])
    return results.explore_results(
        files=[File("a.pcap")],
        facts=summaries.facts(packets, table),
        findings=health.findings(packets, table, problems),
        problems=problems,
        connections=table,
        focus=Choice(3, "it is here") if connections else None,
    )


def test_results_hold_facts_findings_and_the_largest_connections() -> None:
    values = explored().values
    assert values["files"] == [{"name": "a.pcap", "size_bytes": 2048, "sha256": "ab" * 32}]
    assert values["facts"]["packets"] == 1
    assert values["problems"] == {"cut": 2}
    assert {finding["id"] for finding in values["findings"]} == {"damaged-file", "damaged-packets"}
    assert [row["connection"] for row in values["connections"]] == list(range(29, 9, -1))
    assert values["connections"][0]["first_time"].startswith("2023-11-14T22:13:20.000000000")
    assert values["focus"]["connection"] == 3


def test_nothing_makes_empty_results() -> None:
    values = explored(0).values
    assert values["connections"] == []
    assert values["focus"] is None


def test_notebooks_carry_results_as_data() -> None:
    bundle = explored()._repr_mimebundle_()
    assert set(bundle) == {results.RESULTS_MIME, "text/plain"}
    assert json.loads(json.dumps(bundle))[results.RESULTS_MIME]["problems"] == {"cut": 2}


def test_the_document_is_plain_json_without_secrets() -> None:
    document = results.results_document(
        "explore",
        {"name": "password=x \u202e\ud800"},
        page="explore.html",
        about={"parameters": {"focus": "token=1"}},
    )
    found = json.loads(document)
    assert (found["schema"], found["report"], found["page"]) == (1, "explore", "explore.html")
    assert found["name"] == "password=[removed] \u202e\ud800"
    assert found["parameters"] == {"focus": "token=[removed]"}
    assert document.decode("ascii").endswith("}\n")


def test_a_strategy_report_keeps_descriptor_and_map() -> None:
    strategy = parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3")
    table = pd.DataFrame(
        {"connection": [0, 1], "strategy": ["fake", ""], "confidence": [0.5, float("nan")],
         "descriptor": [strategy, NONE]}
    )  # fmt: skip
    values = results.strategy_results(
        files=[File("a.pcap")], strategies=table, drawn=sequence_map(), focus=Choice(0, "it is")
    ).values
    assert json.loads(json.dumps(values, allow_nan=False))["focus"]["connection"] == 0
    assert [row["descriptor"]["tool"] for row in values["strategies"]] == ["nfqws"]
    assert values["without_strategy"] == 1
    assert values["sequence_map"]["length"] == 517
    nothing = results.strategy_results(
        files=[], strategies=table.head(0), drawn=SequenceMap(), focus=None
    )
    assert nothing.values["strategies"] == []
