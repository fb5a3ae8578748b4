"""Segment classes and streams against captures with known answers."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.traffic.truth import cases, explained, read, server_name
from workbench.errors import CaptureError
from workbench.traffic.conversation import ACK, RST, SYN, TCP, Conversation
from workbench.traffic.coverage import Coverage, Payloads
from workbench.traffic.evidence import SOFT
from workbench.traffic.segments import FAKE, STANDINGS, Segments, classify
from workbench.traffic.streams import genuine_stream, naive_stream

TOKEN = re.compile(r"(-?\d+):(\d+)(?:\[([^\]]*)\])?(?:=(.*))?")
WEB = (80, 443)


def desync(shared: Path, vantage: str) -> Iterator[tuple[dict[str, str], list[Conversation]]]:
    for case in cases(shared):
        if case["vantage"] == vantage and "quic" not in case["proto"]:
            every = read(shared / "captures/desync" / case["file"])
            ports = every.connections.columns["server_port"]
            web = [every[number] for number in np.flatnonzero(np.isin(ports, WEB)).tolist()]
            yield case, [talk for talk in web if talk.protocol == TCP]


# What is meant


def test_the_genuine_stream_is_the_true_request(shared: Path) -> None:
    compared = 0
    for case, talks in desync(shared, "client"):
        domains = re.split(r"[+ ,;]", case["domain"])
        for talk in talks:
            found = genuine_stream(talk, classify(talk), 0)
            if not found.data or (talk.captured < talk.length).any():
                continue
            compared += 1
            if case["proto"] == "tls":
                assert server_name(found.data) in domains, case["file"]
            else:
                assert any(name in found.data.lower() for name in map(str.encode, domains))
    assert compared > 430


def test_naive_readers_are_deceived_in_some_of_them(shared: Path) -> None:
    deceived = 0
    for case, talks in desync(shared, "client"):
        if case["proto"] == "tls" and case["on_wire"] == "yes" and len(talks) == 1:
            data = naive_stream(talks[0], 0, "first").data
            deceived += bool(data) and server_name(data) != case["domain"]
    assert deceived > 50, "the test above would prove nothing"


# What is not


def truth_of(token: str, case: dict[str, str]) -> tuple[int, int, bool] | None:
    """Return offset, length and whether a packet of the wire signature is fake; None: no answer."""
    parts = TOKEN.fullmatch(token)
    if parts is None:
        return None
    at, size, kind = int(parts[1]) - 1, int(parts[2]), parts[4] or ""
    marks = (parts[3] or "").split(",")
    if {"MF", "frag"} & set(marks) or ("R" in marks and marks[-1] == "nots"):
        return None  # pieces of a datagram; the client's kernel answering late packets
    spelled = any(re.match(r"badsum|md5|ts-|ack-", mark) for mark in marks)
    if case["offload"] == "on":
        spelled = spelled and size == 680  # kernel packets are unfinished, not wrong
    lowered = next((mark for mark in marks if mark.startswith("ttl")), "")
    if lowered and "orig-ttl" not in case["command"]:
        spelled |= not (lowered == "ttl1" and case["tool"] in ("byedpi", "tpws"))
        if case["tool"] == "byedpi" and size == 1:
            return None  # the fake byte is the same as the genuine one
    unfooled = kind.startswith("CH:") and "." in kind and kind[3:] not in case["domain"]
    unfooled &= size in (680, 681)
    covering = kind == "zeros" and case["tool"] == "nfqws" and "split" not in marks
    covering &= "fakeddisorder" in case["command"] and size in (3, 514)
    pushed = case["tool"] == "dpitunnel" and "nots" not in marks and kind == "zeros" and size != 5
    named = bool({"SA", "P"} & set(marks)) or ("S" in marks and size > 0)
    return at, size, spelled or unfooled or covering or pushed or named


def signature(case: dict[str, str], talk: Conversation) -> Iterator[tuple[int, bool]]:
    """Match the tokens of a wire signature with packets, in order."""
    flags = talk.flags
    telling = (talk.length > 0) | ((flags & RST) != 0) | ((flags & (SYN | ACK)) == SYN | ACK)
    places = iter(np.flatnonzero((talk.direction == 0) & telling).tolist())
    for token in case["wire_signature_client"].split():
        answer = truth_of(token, case)
        if answer is None:
            continue
        at, size, fake = answer
        for place in places:
            opening = bool(flags[place] & SYN)
            if (int(talk.offset[place]) - opening, int(talk.length[place])) == (at, size):
                yield place, fake
                break


def test_packets_are_fake_where_the_wire_signature_says_so(shared: Path) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for case, talks in desync(shared, "client"):
        for talk in talks[:1]:
            found = classify(talk)
            for place, fake in signature(case, talk):
                standing = STANDINGS[found.standing[place]]
                counts["fake" if fake else "genuine", standing] += 1
                if standing == ("genuine" if fake else "fake"):
                    wrong.append((case["case_id"], int(talk.frame[place]), standing))
    assert wrong == []
    assert counts["fake", "fake"] > 600
    assert counts["genuine", "genuine"] > 800
    assert counts["fake", "unknown"] + counts["genuine", "unknown"] <= 4


@pytest.mark.parametrize("vantage", ["pre-dpi", "post-dpi", "server"])
def test_no_genuine_packet_is_called_fake_elsewhere(shared: Path, vantage: str) -> None:
    """What the client's capture calls genuine is nowhere fake, by IP-ID, port, number, length."""
    total = 0
    there = {case["case_id"]: talks for case, talks in desync(shared, vantage)}
    for case, talks in desync(shared, "client"):
        if case["set"] == "cooked-any":
            continue
        at_client: dict[Key, set[int]] = {}
        for talk in talks:
            for key, standing in standings(talk):
                at_client.setdefault(key, set()).add(standing)
        for talk in there[case["case_id"]]:
            for key, standing in standings(talk):
                total += 1
                assert standing != FAKE or FAKE in at_client.get(key, {FAKE}), case["file"]
    assert total > 1500


Key = tuple[int, int, int, bytes]


def standings(talk: Conversation) -> Iterator[tuple[Key, int]]:
    found = classify(talk)
    for place in np.flatnonzero((talk.direction == 0) & (talk.length > 0)).tolist():
        numbers = int(talk.ip_id[place]), int(talk.seq[place]), int(talk.length[place])
        yield (*numbers, talk.payload(place)), int(found.standing[place])


def test_marked_packets_at_the_server_are_those_that_were_counted_there(shared: Path) -> None:
    """Where the manifest counts none with a mark, fakes are at most those without a mark."""
    unmarked = re.compile("fake|syndata|SA|dpitunnel|synack")
    for case, talks in desync(shared, "server"):
        found = [classify(talk).standing[talk.direction == 0] for talk in talks]
        fakes = sum(int((standing == FAKE).sum()) for standing in found)
        if case["special_c2s_server"] == "0" and not unmarked.search(case["command"]):
            assert fakes == 0, case["file"]


def test_what_cannot_reach_the_server_is_not_there(shared: Path) -> None:
    """A TTL not above the hops, guessed from the answers alone, at three places on the way."""
    absent = 0
    for vantage in ("client", "pre-dpi", "post-dpi"):
        there = {case["case_id"]: set(arrivals(talks)) for case, talks in desync(shared, "server")}
        for case, talks in desync(shared, vantage):
            if case["set"] == "cooked-any":
                continue
            for talk in talks:
                doomed = (classify(talk).soft & SOFT["unreachable"]) != 0
                for key in arrivals([talk], doomed):
                    assert key not in there[case["case_id"]], (case["file"], key)
                    absent += 1
    assert absent > 1000


def arrivals(
    talks: list[Conversation], chosen: np.ndarray | None = None
) -> Iterator[tuple[int, ...]]:
    """Return what tells the client's packets apart on their way: lower TTLs are other packets."""
    for talk in talks:
        places = np.flatnonzero(talk.direction == 0)
        top = int(talk.ttl[places].max()) if len(places) else 0
        for place in places.tolist():
            if chosen is None or chosen[place]:
                below = top - int(talk.ttl[place])
                numbers = (talk.ip_id, talk.seq, talk.length, talk.flags, talk.checksum_delta)
                yield (below, *(int(column[place]) for column in numbers))


# Ordinary captures


def ordinary(shared: Path) -> Iterator[tuple[str, Conversation, Segments]]:
    with (shared / "captures/expected/files.csv").open() as handle:
        files = [row["file"] for row in csv.DictReader(handle)]
    for file in files:
        try:
            every = read(shared / "captures" / file)
        except CaptureError:
            continue
        for talk in every:
            yield file, talk, classify(talk)


def test_nothing_ordinary_is_called_fake(shared: Path) -> None:
    packets, fakes = 0, set()
    for file, talk, found in ordinary(shared):
        packets += len(talk)
        if (found.standing == FAKE).any() and not file.startswith("netns-lab/nfqws"):
            fakes.add(file)
    assert packets > 20_000
    listed = explained("fake")
    assert sorted(fakes - set(listed)) == []
    assert sorted(set(listed) - fakes) == [], "listed, and does not occur"


def test_the_lab_has_fakes_where_its_labels_say(shared: Path) -> None:
    with (shared / "captures/expected/lab_labels.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        talks = read(shared / "captures" / row["file"])
        fakes = sum(int((classify(talk).standing == FAKE).sum()) for talk in talks)
        sent = "fake" in row["strategy"] and "QUIC" not in row["strategy"]
        assert (fakes > 0) == (sent and row["side"] == "client"), row["file"]


def overlaps(talk: Conversation, side: int) -> tuple[int, int]:
    """Count segments on seen ranges, and those with other bytes than the first copy."""
    chosen = (talk.direction == side) & (talk.length > 0) & ((talk.flags & RST) == 0)
    starts = talk.offset.tolist()
    payloads, held = Payloads(talk.payload, starts), Coverage()
    again = other = 0
    for place in np.flatnonzero(chosen).tolist():
        start, end = starts[place], starts[place] + int(talk.length[place])
        found = held.overlaps(start, end)
        again += bool(found)
        other += any(payloads.differ(place, one.owner, one.start, one.end) for one in found)
        held.add(start, end, place)
    return again, other


def test_overlaps_are_those_that_were_counted_byte_by_byte(shared: Path) -> None:
    with (shared / "captures/expected/flows.csv").open() as handle:
        rows = [
            row for row in csv.DictReader(handle) if row["overlap_fwd"] and row["proto"] == "tcp"
        ]
    wanted = {(row["file"], int(row["first_frame"])): row for row in rows}
    differing, compared = set(), 0
    listed = explained("overlap")
    for file, talk, _ in ordinary(shared):
        row = wanted.get((file, int(talk.frame[0])))
        if row is None or talk.protocol != TCP:
            continue
        first = int(talk.direction[0])
        forward, back = overlaps(talk, first), overlaps(talk, 1 - first)
        mine = (*forward, *back)
        names = ("overlap_fwd", "overlap_conflict_fwd", "overlap_rev", "overlap_conflict_rev")
        compared += 1
        if mine != tuple(int(row[name]) for name in names):
            differing.add(file)
    assert compared > 500
    assert sorted(differing - set(listed)) == []
    assert sorted(set(listed) - differing) == [], "listed, and does not occur"


def test_suricata_keeps_the_first_of_two_overlapping_payloads(shared: Path) -> None:
    """Its default policy is BSD: the stream has the bytes that came first; both are unmarked."""
    name = "suricata-verify/eve-overlap-payload-01/tcp-overlap.pcap"
    with (shared / "captures/expected/upstream/suricata-verify.jsonl").open() as handle:
        texts = [json.loads(line) for line in handle]
    assert any(one["capture"] == name and '"GOOD"' in one["text"] for one in texts)
    talk = read(shared / "captures" / name)[0]
    found = naive_stream(talk, 0, "bsd")
    assert found.data.endswith(b"GOOD")
    assert [one.dropped for one in found.conflicts] == [b"EVIL"]
    standing = classify(talk).standing[talk.length > 0]
    assert set(standing[-2:].tolist()) == {STANDINGS.index("unknown")}


def test_suricata_and_we_miss_the_same_four_bytes(shared: Path) -> None:
    name = "suricata-verify/eve-payload-06-tcp-data-leading-gap/tcp-leading-gap.pcap"
    talk = read(shared / "captures" / name)[0]
    found = genuine_stream(talk, classify(talk), 0)
    assert (found.data, found.gaps, found.islands) == (b"", ((0, 4),), ((4, b"GOODDATA"),))
