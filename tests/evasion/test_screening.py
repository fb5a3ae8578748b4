"""Which connections are looked at: all that show anything, and few others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.evasion.compose.stage import HELLO, LONG, PAGE
from tests.evasion.sequences import played
from tests.evasion.test_datagrams import initial
from tests.evasion.test_of_stream import ALWAYS
from tests.evasion.truth import cases
from workbench.api.reading import read
from workbench.evasion.compose.scene import Script
from workbench.evasion.screening import odd_datagram, odd_request, screen
from workbench.evasion.survey import survey


@pytest.mark.parametrize("command", ALWAYS)
def test_every_strategy_is_picked(command: str) -> None:
    for request in (HELLO, LONG):
        assert screen(played(command, request)).tolist() == [0]


@pytest.mark.parametrize("option", [
    "--hostcase", "--methodeol", "--hostdot", "--methodspace", "--hosttab", "--unixeol",
    "--hostpad=256", "--domcase",
])  # fmt: skip
def test_every_head_is_picked(option: str) -> None:
    assert screen(
        played(f"nfqws {option}" if option == "--domcase" else f"tpws {option}", PAGE)
    ).tolist() == [0]


@pytest.mark.parametrize("command", ["nfqws --dpi-desync=fake", "nfqws --dpi-desync=udplen"])
def test_datagrams_are_picked(command: str) -> None:
    assert screen(played(command, initial())).tolist() == [0]


@pytest.mark.parametrize("request_", [HELLO, PAGE, LONG, initial()])
def test_ordinary_connections_are_not(request_: bytes) -> None:
    assert screen(played("nfqws", request_)).tolist() == []
    assert screen(played("nfqws", request_, script=Script(silent=True, repetitions=2))).size <= 1


def test_first_bytes() -> None:
    assert not odd_request(HELLO)
    assert not odd_request(LONG[:1448])
    assert odd_request(HELLO[:154])
    assert not odd_request(b"SSH-2.0-x\r\n")
    assert not odd_request(b"")
    assert odd_datagram(initial() + b"\0\0")
    assert not odd_datagram(initial())
    assert not odd_datagram(b"")


@pytest.mark.slow
def test_screening_leaves_nothing_out_of_the_recordings(shared: Path) -> None:
    for case in list(cases(shared))[::7]:
        connections = read(case.path, cache=False)._connections
        every = {one.number for one in survey(connections, screened=False)}
        assert every == {one.number for one in survey(connections)}, case.path.name
        assert np.all(np.diff(screen(connections)) > 0)
