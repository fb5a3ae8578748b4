"""Commands composed and compared with what real tools sent: signatures and headers."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.evasion.compose import comparing, observed

EXCEPTIONS = {
    case: entry
    for entry in tomllib.loads(
        (Path(__file__).parent / "exceptions.toml").read_text(encoding="utf-8")
    )["exception"]
    for case in entry["cases"]
}
TOOLS = {
    "nfqws": 284, "byedpi": 49, "tpws": 32, "geneva": 20, "youtubeUnblock": 16, "dpitunnel": 6,
    "spoofdpi": 4, "green-tunnel": 2,
}  # fmt: skip
HEADERS_DIFFER = {
    "nfs035": "connect() failed, and the kernel sent a RST in place of the composed ACK",
    "nfs036": "as nfs035",
    "tps027": "the letters that pad the head are drawn",
    "tps028": "as tps027",
}


@pytest.fixture(scope="module")
def outcomes(shared) -> dict[str, comparing.Comparison]:
    folder = shared / "captures" / "desync"
    rows = [row for row in observed.cases(folder) if row["command"]]
    return {row["case_id"]: comparing.compare(folder, row) for row in rows}


@pytest.fixture(scope="module")
def rows(shared) -> dict[str, dict[str, str]]:
    found = observed.cases(shared / "captures" / "desync")
    return {row["case_id"]: row for row in found if row["command"]}


def test_every_command_of_the_set_is_tried(rows, outcomes) -> None:
    assert Counter(row["tool"] for row in rows.values()) == TOOLS
    assert set(outcomes) == set(rows)


def test_only_listed_cases_differ(outcomes) -> None:
    differing = {case for case, one in outcomes.items() if one.verdict == "differs"}
    assert differing == set(EXCEPTIONS)


def test_listed_cases_agree_as_far_as_listed(outcomes) -> None:
    for case, entry in EXCEPTIONS.items():
        pairs = zip(outcomes[case].observed, outcomes[case].composed, strict=False)
        same = [comparing.normal(a) == comparing.normal(b) for a, b in pairs]
        assert all(same[: entry["agrees"]]), case
        assert not all(same[: entry["agrees"] + 1]), case


def test_most_signatures_are_exact(outcomes) -> None:
    counts = Counter(one.verdict for one in outcomes.values())
    assert counts["differs"] == len(EXCEPTIONS)
    # The rest go on with what the kernel or the QUIC stack sends after the first volley.
    assert counts["exact"] >= 339
    assert counts["exact"] + counts["tail"] == sum(TOOLS.values()) - len(EXCEPTIONS)


def test_headers_are_those_of_the_tools(shared, rows, outcomes) -> None:
    folder = shared / "captures" / "desync"
    differing = {}
    compared = 0
    for case, row in rows.items():
        if row["proto"].startswith("quic") or row["offload"] == "on" or case in EXCEPTIONS:
            continue
        compared += 1
        found = comparing.headers_of(folder, row)
        if found:
            differing[case] = found
    assert compared >= 380
    assert set(differing) == set(HEADERS_DIFFER), differing


def test_changed_heads_are_byte_for_byte_the_tools(shared, rows) -> None:
    folder = shared / "captures" / "desync"
    requests = [row for row in rows.values() if row["proto"].startswith("http/")]
    other = {row["case_id"] for row in requests if not comparing.first_payload_agrees(folder, row)}
    assert len(requests) == 32
    # Padding is made of letters that are drawn.
    assert other == {"tps027", "tps028"}
