"""A part of a capture: what is asked for, no more, and an error for what is not there."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.slicing import Slicer, bounds, moment_ns, rows_between, select
from workbench.capture.table import packet_table
from workbench.errors import CaptureError, FilterError, ParameterError

MS = 1_000_000
START = build.START_NS
FRAMES = [build.tcp4(), build.udp4(), build.tcp6(), build.tcp4(flags=2), build.udp4()]
PACKETS = build.read(build.pcap(FRAMES, step_ns=MS, nano=True))
FLOW = {
    "connection": np.array([0, 1, 2, 0, 1], "i4"),
    "direction": np.array([0, 0, 0, 1, -1], "i1"),
}


def rows(**asked) -> Any:
    return select(PACKETS, flow=lambda: FLOW, **asked).tolist()


def test_everything_by_default() -> None:
    assert rows() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"filter": "tcp"}, [0, 2, 3]),
        ({"filter": "direction server"}, [3]),
        ({"start": START + MS}, [1, 2, 3, 4]),
        ({"end": START + MS}, [0]),
        ({"start": "+1ms", "end": "+3ms"}, [1, 2]),
        ({"start": "2023-11-14T22:13:20.002Z"}, [2, 3, 4]),
        ({"start": pd.Timestamp(START + 2 * MS, tz="UTC")}, [2, 3, 4]),
        ({"start": "1700000000.004"}, [4]),
        ({"start": "+1h"}, []),
        ({"start": 10**30}, []),
        ({"frames": "2-3,5"}, [1, 2, 4]),
        ({"frames": " 1 .. 2 , 2-4 "}, [0, 1, 2, 3]),
        ({"frames": "4-4000000000"}, [3, 4]),
        ({"frames": "3000-4000"}, []),
        ({"frames": [5, 1, 5]}, [0, 4]),
        ({"frames": np.array([2], "u4")}, [1]),
        ({"frames": 3}, [2]),
        ({"frames": range(2, 4)}, [1, 2]),
        ({"frames": range(1, 6, 2)}, [0, 2, 4]),
        ({"connection": 1}, [1, 4]),
        ({"connection": [0, 2]}, [0, 2, 3]),
        ({"connection": 0, "filter": "flags syn", "frames": "1-5", "start": "+1ms"}, [3]),
    ],
)
def test_parts(asked, expected) -> None:
    assert rows(**asked) == expected


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"filter": "tpc"}, FilterError, "tcp"),
        ({"start": "noon"}, ParameterError, "'noon' is not understood"),
        ({"start": "+noon"}, ParameterError, "a duration such as"),
        ({"start": 1.5}, ParameterError, "must be a time"),
        ({"end": True}, ParameterError, "must be a time"),
        ({"start": "+2s", "end": "+1s"}, ParameterError, "parameter end must be from"),
        ({"start": START + 5, "end": START}, ParameterError, "parameter end must be from"),
        ({"start": START + MS, "end": "+0.5ms"}, ParameterError, "parameter end must be from"),
        ({"frames": "3-1"}, ParameterError, "the smaller number first"),
        ({"frames": "1,,2"}, ParameterError, "numbers and ranges"),
        ({"frames": ""}, ParameterError, "numbers and ranges"),
        ({"frames": "\u0661"}, ParameterError, "numbers and ranges"),
        ({"frames": "1," * 60_000}, ParameterError, "length of frames"),
        ({"frames": [1.0]}, ParameterError, "whole number"),
        ({"frames": [True]}, ParameterError, "whole number"),
        ({"frames": "6"}, CaptureError, "no frame 6: this capture has frames 1 to 5"),
        ({"frames": [0]}, CaptureError, "no frame 0"),
        ({"frames": 10**40}, CaptureError, "no frame"),
        ({"connection": 3}, CaptureError, "no connection 3: .* numbers 0 to 2"),
        ({"connection": -1}, CaptureError, "no connection -1"),
        ({"connection": "0"}, ParameterError, "whole number"),
    ],
)
def test_what_is_not_understood_or_not_there(asked, error, text) -> None:
    with pytest.raises(error, match=text):
        rows(**asked)


def test_a_part_of_a_part_knows_frames_by_their_numbers() -> None:
    part = PACKETS.take([1, 3])
    assert select(part, frames="2-3").tolist() == [0]
    with pytest.raises(CaptureError, match="no frame 3"):
        select(part, frames=[3])


def test_connections_are_looked_for_only_when_they_matter() -> None:
    def never() -> dict[str, np.ndarray]:
        raise AssertionError

    assert select(PACKETS, "tcp", frames="1-3", start="+0", flow=never).tolist() == [0, 2]
    with pytest.raises(AssertionError):
        select(PACKETS, "connection 1", flow=never)


def test_without_connections_there_are_none() -> None:
    with pytest.raises(CaptureError, match="this capture has no connections"):
        select(PACKETS, connection=0)
    assert select(PACKETS, "connection").tolist() == []


def test_packets_without_a_time_are_in_no_window() -> None:
    data = build.section() + build.interface(resolution=9) + build.simple(FRAMES[0])
    packets = build.read(data + build.enhanced(FRAMES[1], START) + build.simple(FRAMES[2]))
    assert select(packets, start="+0").tolist() == [1]
    assert select(packets, end=START + 1).tolist() == [1]
    assert select(packets.take([0]), start="+1s", end=5).tolist() == []
    assert select(packets).tolist() == [0, 1, 2]


@given(
    cuts=st.lists(st.integers(0, 5), max_size=4),
    asked=st.fixed_dictionaries(
        {},
        optional={
            "filter": st.sampled_from(["tcp", "not udp", "flags syn", "direction client"]),
            "start": st.sampled_from(["+1ms", START + 2 * MS]),
            "end": st.sampled_from(["+3ms", START + 5 * MS]),
            "frames": st.sampled_from(["1-3", [2, 5], "4"]),
            "connection": st.sampled_from([0, [1, 2]]),
        },
    ),
)
def test_pieces_give_what_the_whole_gives(cuts, asked) -> None:
    slicer = Slicer(**asked)
    table = packet_table(PACKETS, dict.fromkeys(["frame", *slicer.columns]), FLOW)
    edges = [0, *sorted(cuts), 5]
    masks = [slicer.mask(table.iloc[a:b]) for a, b in pairwise(edges)]
    slicer.finish()
    assert np.flatnonzero(np.concatenate(masks)).tolist() == rows(**asked)


def test_a_slicer_says_what_it_reads() -> None:
    slicer = Slicer("ttl < 3", start="+1s", frames="1-2")
    assert slicer.columns == ("frame", "time", "ip_version", "ttl")
    assert not slicer.needs_flow
    assert Slicer(connection=[4]).needs_flow
    assert Slicer(connection=[4]).connections == [4]
    assert Slicer().columns == ()


def test_a_window_is_closed_at_its_start_and_open_at_its_end() -> None:
    time = np.array([1, 2, 3, NO_TIME])
    assert rows_between(time, 2, 3).tolist() == [False, True, False, False]
    assert rows_between(time, -(2**63), None).tolist() == [True, True, True, False]
    assert bounds(None, None, 7) == (-(2**63), None)
    assert bounds("+1ns", "+1ns", 7) == (8, 8)


def test_moments_do_not_run_over() -> None:
    assert moment_ns("start", "+292h", 2**63 - 5) == 2**63 - 1
    assert moment_ns("start", -(10**40), None) == -(2**63)
