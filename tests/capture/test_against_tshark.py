"""Every packet of every capture with known answers, beside tshark as it is installed here.

What differs is listed in `disagreements.toml`, with the reason; what is listed has to differ.
"""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.capture import disagreements
from tests.capture.ours import differences, our_packets
from tests.capture.test_ground_truth import CAPTURES, READABLE
from tests.capture.truth import ask_tshark, packet_of
from workbench.capture.reader import read_packets

VERSION = "4.0"
"""The version that the list is about: others name some things otherwise."""


@pytest.fixture(scope="module")
def asked(shared, tool) -> dict[str, list[dict[str, str]]]:
    """Return what tshark says of every packet of every capture that both can read."""
    tshark = tool("tshark")
    said = subprocess.run([tshark, "--version"], capture_output=True, text=True, check=True).stdout
    version = said.splitlines()[0]
    if not re.search(rf"\b{re.escape(VERSION)}\.", version):
        pytest.skip(f"what differs is listed for tshark {VERSION}, and here is {version}")
    with ThreadPoolExecutor(2) as workers:
        answers = workers.map(lambda file: ask_tshark(tshark, CAPTURES / file), READABLE)
        return dict(zip(READABLE, answers, strict=True))


@pytest.mark.slow
def test_packets_are_what_tshark_says(asked) -> None:
    unlisted, stale, compared = {}, {}, 0
    for file, rows in asked.items():
        found = set()
        # Where tshark reads another number of packets, the list of files says so.
        for row, said in zip(
            our_packets(read_packets(CAPTURES / file)), map(packet_of, rows), strict=False
        ):
            assert row["frame"] == said["frame"]
            found |= {(column, row["frame"]) for column in differences(row, said)}
            compared += 1
        if left := disagreements.unexplained(file, found, "packet"):
            unlisted[file] = sorted(left)
        if gone := disagreements.stale(file, found, "packet"):
            stale[file] = gone
    assert unlisted == {}
    assert stale == {}
    assert compared > 21_000
