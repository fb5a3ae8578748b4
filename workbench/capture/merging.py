"""Several captures as one: in order of time, with each one's clock set right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench.capture.addresses import Addresses, merge_tables
from workbench.capture.formats import Interface
from workbench.capture.fragments import Datagrams
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.store import AddressTable
from workbench.errors import ParameterError
from workbench.settings import settings
from workbench.units import INT64_MAX, INT64_MIN

Array = np.ndarray[Any, Any]

MAX_FILES = 2**15 - 1
MAX_INTERFACES = 0xFFFF
UNKNOWN_INTERFACE = 0xFFFF


def merge_packets(captures: Sequence[Packets], shift_ns: Sequence[int] | None = None) -> Packets:
    """Merge captures into one.

    Packets of one capture stay in the order in which it has them, which says more than a clock that
    was set back; a packet without a time, or with an earlier one than its predecessor, follows its
    predecessor. Where two captures have the same time, the one named first comes first.

    Parameters
    ----------
    captures : sequence of Packets
        At least one.
    shift_ns : sequence of int, optional
        Nanoseconds to add to the times of each; nothing by default.

    Returns
    -------
    Packets
        Frames numbered from 1, interfaces one after the other, the file of each packet in `files`.

    Raises
    ------
    ParameterError
        When there is not one shift for each capture, a shifted time does not fit, or there are more
        files or interfaces than numbers.
    """
    shifts = _shifts(captures, shift_ns)
    times = [
        _shifted(packets, shift, number)
        for number, (packets, shift) in enumerate(zip(captures, shifts, strict=True))
    ]
    order = _order(times)
    place = np.empty(len(order), "i8")
    place[order] = np.arange(len(order))
    counts = [len(packets) for packets in captures]
    places = np.split(place, np.cumsum(counts)[:-1])
    addresses, recoded = _addresses(captures)
    columns = {
        name: np.concatenate([packets.columns[name] for packets in captures])[order]
        for name in captures[0].columns
        if name not in ("time", "interface", "source", "destination")
    }
    columns["time"] = np.concatenate(times)[order]
    interfaces, numbers = _interfaces(captures)
    columns["interface"] = np.concatenate(numbers)[order]
    for name, codes in recoded.items():
        columns[name] = np.concatenate(codes)[order]
    return Packets(
        sources=tuple(source for packets in captures for source in packets.sources),
        interfaces=interfaces,
        columns=columns,
        addresses=addresses,
        datagrams=_datagrams(captures, places),
        problems=_problems(captures, places),
        containers=tuple(name for packets in captures for name in packets.containers),
        frames=None,
        files=np.concatenate(_files(captures))[order],
    )


def _shifts(captures: Sequence[Packets], given: Sequence[object] | None) -> list[int]:
    """Return one shift for each capture, checked."""
    if not captures:
        raise ParameterError.not_understood("captures", "nothing", "at least one capture")
    shifts: list[object] = [0] * len(captures) if given is None else list(given)
    if len(shifts) != len(captures):
        raise ParameterError.not_understood(
            "shift_ns", shifts, f"one number for each of the {len(captures)} captures"
        )
    whole = []
    for shift in shifts:
        if not isinstance(shift, int | np.integer) or isinstance(shift, bool):
            raise ParameterError.wrong_type("shift_ns", shift, "a whole number of nanoseconds")
        whole.append(int(shift))
    files = sum(len(packets.sources) for packets in captures)
    if files > MAX_FILES:
        raise ParameterError.out_of_range("number of files", files, 1, MAX_FILES)
    return whole


def _shifted(packets: Packets, shift: int, number: int) -> Array:
    """Return the times of a capture, moved."""
    time: Array = packets.columns["time"]
    known = time[time != NO_TIME]
    if not shift or not len(known):
        return time
    first, last = int(known.min()) + shift, int(known.max()) + shift
    # The smallest number of all stands for no time.
    if first <= INT64_MIN or last > INT64_MAX:
        raise ParameterError.out_of_range(
            f"shift_ns of capture {number + 1}",
            shift,
            INT64_MIN + 1 - int(known.min()),
            INT64_MAX - int(known.max()),
        )
    return np.where(time == NO_TIME, time, time + np.where(time == NO_TIME, 0, shift))


def _order(times: Sequence[Array]) -> Array:
    """Return the rows of all captures, one behind the other, in the order of the merged one."""
    keys = []
    for time in times:
        if not len(time):
            continue
        latest = np.maximum.accumulate(time)
        # What comes before the first time of its capture goes right before that packet.
        timed = latest != NO_TIME
        start = latest[np.argmax(timed)] if timed.any() else INT64_MAX
        keys.append(np.where(timed, latest, start))
    every = np.concatenate(keys) if keys else np.empty(0, "i8")
    return np.argsort(every, kind="stable")


def _interfaces(captures: Sequence[Packets]) -> tuple[tuple[Interface, ...], list[Array]]:
    """Return all interfaces, and the number of each packet's, unknown where it is not described."""
    merged: list[Interface] = []
    numbers = []
    first_file = 0
    for packets in captures:
        given = packets.columns["interface"].astype("i8")
        known = given < len(packets.interfaces)
        numbers.append(np.where(known, given + len(merged), UNKNOWN_INTERFACE).astype("u2"))
        merged += [replace(each, file=each.file + first_file) for each in packets.interfaces]
        first_file += len(packets.sources)
    if len(merged) > MAX_INTERFACES:
        raise ParameterError.out_of_range("number of interfaces", len(merged), 0, MAX_INTERFACES)
    return tuple(merged), numbers


def _files(captures: Sequence[Packets]) -> list[Array]:
    """Return the file of each packet, numbered on."""
    files, first = [], 0
    for packets in captures:
        own = np.zeros(len(packets), "u2") if packets.files is None else packets.files
        files.append((own + np.uint16(first)).astype("u2"))
        first += len(packets.sources)
    return files


def _addresses(captures: Sequence[Packets]) -> tuple[Addresses, dict[str, list[Array]]]:
    """Merge the address tables, and give every packet its codes in the new one."""
    tables = [
        AddressTable(
            np.empty(0, "i4"),
            np.ascontiguousarray(packets.addresses.keys).reshape(-1),
            np.array([len(packets.addresses)], "i8"),
        )
        for packets in captures
    ]
    merged, mappings = merge_tables(tables)
    recoded: dict[str, list[Array]] = {"source": [], "destination": []}
    for packets, mapping in zip(captures, mappings, strict=True):
        # The last entry is what -1, no address, becomes.
        with_none = np.append(mapping, -1).astype("i4")
        for name, codes in recoded.items():
            codes.append(with_none[packets.columns[name]])
    return merged, recoded


def _datagrams(captures: Sequence[Packets], places: Sequence[Array]) -> Datagrams:
    """Carry reassembled datagrams over to their new rows."""
    found: dict[int, bytes] = {}
    for packets, place in zip(captures, places, strict=True):
        for row in packets.datagrams.rows.tolist():
            whole = packets.datagrams.of(row)
            if whole is not None:
                found[int(place[row])] = whole
    return Datagrams.join(found) if found else Datagrams.none()


def _problems(captures: Sequence[Packets], places: Sequence[Array]) -> ProblemList:
    """Carry problems over to their new frames; each says which file it is of."""
    merged = ProblemList(settings().max_problems)
    several = sum(len(packets.sources) for packets in captures) > 1
    for packets, place in zip(captures, places, strict=True):
        numbers = packets.frame_numbers()
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        own = len(packets.sources) == 1 and several
        mark = f"{Path(packets.sources[0].name).name}: " if own else ""
        for problem in packets.problems.listed:
            at = int(np.searchsorted(ordered, problem.frame, side="right")) - 1
            frame = int(place[order[at]]) + 1 if at >= 0 and problem.frame > 0 else 0
            merged.add(frame, problem.offset, problem.kind, mark + problem.reason)
        listed: dict[str, int] = {}
        for problem in packets.problems.listed:
            listed[problem.kind] = listed.get(problem.kind, 0) + 1
        for kind, number in packets.problems.counts.items():
            merged.count(kind, number - listed.get(kind, 0))
    return merged
