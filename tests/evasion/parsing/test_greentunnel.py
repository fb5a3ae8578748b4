from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import Sockets, Strategy


@pytest.mark.parametrize("words", ["", "--port 8000 --system-proxy false", "--silent true -v"])
def test_it_always_writes_the_same_pieces(words):
    assert parse(f"gt {words}") == Strategy(sockets=Sockets(chunk=100), tool="greentunnel")


def test_records_are_cut_nobody_says_where():
    with pytest.raises(ParameterError, match="false"):
        parse("gt --tls-record-fragmentation true")
