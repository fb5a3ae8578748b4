"""The table of strategies."""

from __future__ import annotations

import math

from tests.evasion.compose.stage import HELLO
from tests.evasion.test_aggregate import NAMES, asking
from workbench.evasion.compose.capture import packets_of
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing.commands import parse
from workbench.evasion.strategy import NONE, Strategy
from workbench.evasion.table import COLUMNS, strategies_table
from workbench.traffic.connections import Connections, find_connections

COMMAND = ("nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=midsld "
           "--dpi-desync-fooling=badsum,badseq --dpi-desync-repeats=2")  # fmt: skip


def played(commands: list[str]) -> Connections:
    scenes = [
        play(parse(command), asking(NAMES[at % 4]), PathFacts(client_port=40_000 + at), seed=at)
        for at, command in enumerate(commands)
    ]
    return find_connections(packets_of(scenes))


def test_one_row_a_connection() -> None:
    table = strategies_table(played([COMMAND, "nfqws", COMMAND]), ["a", "b", "c"])
    assert list(table.columns) == list(COLUMNS)
    assert table["strategy"].tolist() == ["fake,fakeddisorder", "", "fake,fakeddisorder"]
    row = table.iloc[0]
    assert (row["ttl"], row["fooling"], row["repeats"], row["order"]) == (3, "badseq,badsum", 2, 0)
    assert (row["split_pos"], row["fake_payload"], row["tool"]) == ("midsld", "default", "nfqws")
    assert (row["server_name"], row["seqovl"], row["autottl"]) == ("a", "", "")
    assert isinstance(row["descriptor"], Strategy)
    assert table["server"].iloc[0].endswith(":443")


def test_ordinary_rows_are_empty() -> None:
    row = strategies_table(played(["nfqws"])).iloc[0]
    assert row["descriptor"] == NONE
    assert math.isnan(row["confidence"])
    assert row[["strategy", "split_pos", "fooling", "tool"]].tolist() == ["", "", "", ""]
    assert row[["ttl", "repeats", "order"]].isna().all()


def test_positions_that_others_decide() -> None:
    command = "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=host+1"
    table = strategies_table(played([command] * 4))
    assert table["split_pos"].tolist() == ["host+1"] * 4
    assert len(HELLO) == 517
