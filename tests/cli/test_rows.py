"""Rows go out in the format asked for; what a limit hides is counted and said."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest

from tests.frames import packet_table
from workbench.cli.messages import use_log_format
from workbench.cli.rows import write_rows

TABLES = [packet_table([{"ttl": n}, {"ttl": n}]) for n in range(4)]


def written(capsys, **asked) -> tuple[str, str]:
    use_log_format("text")
    arguments = Namespace(**{"json": False, "csv": False, "limit": None, **asked})
    write_rows(arguments, iter(TABLES), ["ttl"], "packets")
    out, err = capsys.readouterr()
    return out, err


@pytest.mark.parametrize("limit", [None, 0, 8, 100])
@pytest.mark.parametrize("style", ["json", "csv"])
def test_everything_goes_out_to_programs(capsys, limit, style) -> None:
    out, err = written(capsys, **{style: True}, limit=limit)
    assert len(out.splitlines()) == 8 + (style == "csv")
    assert err == ""


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_a_limit_cuts_within_and_between_tables(capsys, limit) -> None:
    out, err = written(capsys, json=True, limit=limit)
    assert [json.loads(line)["ttl"] for line in out.splitlines()] == [0, 0, 1, 1, 2, 2, 3][:limit]
    assert err == f"workbench: … {8 - limit} more packets; --limit 0 shows all\n"


def test_a_limit_leaves_the_heading_of_csv(capsys) -> None:
    out, _ = written(capsys, csv=True, limit=1)
    assert out == "ttl\n0\n"


def test_people_get_a_table_with_a_line_about_the_rest(capsys) -> None:
    out, err = written(capsys, limit=2)
    assert out == "ttl\n  0\n  0\n… 6 more packets; --limit 0 shows all\n"
    assert err == ""
