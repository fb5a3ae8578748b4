"""The process that holds a laboratory; what it does for real is in the tests of the commands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.lab.keeper import ORDER, Order, keep, main
from workbench.lab.layouts import written
from workbench.lab.topology import Topology


def order(**changes):
    values: dict[str, Any] = {
        "topology": written(Topology()), "kinds": ["web"], "middlebox": "none",
        "setting": "{}", "life_s": 1.0,
    }  # fmt: skip
    return Order(**(values | changes))


def test_an_order_is_the_same_after_its_file(tmp_path) -> None:
    order(life_s=2.5).write(tmp_path)
    assert Order(**json.loads((tmp_path / ORDER).read_text())) == order(life_s=2.5)


def test_nothing_is_held_outside_of_namespaces(tmp_path, capsys, restored_signals) -> None:
    order().write(tmp_path)
    with pytest.raises(WorkbenchError, match="inside namespaces only"):
        keep(tmp_path)
    assert main([str(tmp_path)]) == WorkbenchError.exit_code
    assert "inside namespaces only" in capsys.readouterr().err


def test_a_wrong_order_is_said(tmp_path, capsys, restored_signals) -> None:
    order(middlebox="wall").write(tmp_path)
    assert main([str(tmp_path)]) != 0
    assert "wall" in capsys.readouterr().err
