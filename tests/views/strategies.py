"""Captures of strategies, played by the composer, for the page about them."""

from __future__ import annotations

from pathlib import Path

import workbench as wb
from tests.evasion.compose.stage import HELLO
from workbench.evasion.compose.capture import View, write_scene
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing import parse
from workbench.views.strategy_page import StrategyPage, look

CANON = "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"


def capture_of(
    folder: Path, *commands: str, request: bytes = HELLO, view: View | None = None
) -> Path:
    """Write a capture with a connection for each command, and return its path."""
    scenes = [
        play(parse(command), request, PathFacts(client_port=40_000 + at), seed=at)
        for at, command in enumerate(commands)
    ]
    return write_scene(scenes, folder / "strategies.pcap", view or View())


def page_of(path: Path, focus: str = "") -> StrategyPage:
    """Return the pieces of the page about a capture."""
    capture = wb.read(path, cache=False)
    return look(capture, capture.strategies(), focus)


def named(name: bytes) -> bytes:
    """Return an HTTP request for any name."""
    return b"GET / HTTP/1.1\r\nHost: " + name + b"\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n"
