"""Names, fingerprints and messages against tshark, nDPI and Zeek, over the captures they read."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.traffic.messages import observed, truth
from tests.traffic.messages.observed import TCP, Seen
from workbench.traffic.messages import fingerprints
from workbench.traffic.messages.hello import ClientHello
from workbench.traffic.messages.quic import version_text

Differing = set[tuple[str, str, int]]
"""What differs, in which file, in the connection with which first frame."""
LISTED = tomllib.loads(Path(__file__).with_name("disagreements.toml").read_text(encoding="utf-8"))


def explained(tool: str) -> Differing:
    return {
        (field, file, frame)
        for entry in LISTED[tool]
        for field in entry["fields"]
        for file, frames in entry["places"].items()
        for frame in frames
    }


@cache
def connections(path: Path) -> list[tuple[Seen, dict[str, Any]]]:
    return [(one, observed.findings(one)) for one in observed.connections(path)]


def of_file(shared: Path, file: str) -> list[tuple[Seen, dict[str, Any]]]:
    return connections(shared / "captures" / file)


def ends_of(one: Seen) -> truth.Ends:
    return "tcp" if one.protocol == TCP else "udp", frozenset({one.client, one.server})


def test_every_disagreement_has_a_reason() -> None:
    for tool in ("tshark", "ndpi"):
        for entry in LISTED[tool]:
            assert len(entry["reason"]) > 30
            assert entry["places"]


def test_server_names_are_those_of_tshark(shared) -> None:
    differing: Differing = set()
    compared = 0
    for file, flows in truth.names_of_tshark(shared).items():
        ours = {one.first_frame: found for one, found in of_file(shared, file)}
        for flow in flows:
            compared += 1
            frame = int(flow["first_frame"])
            if ours.get(frame, {}).get("server_name") != flow["sni"]:
                differing.add(("server_name", file, frame))
    assert differing == explained("tshark")
    assert compared > 150


def in_words_of_ndpi(hello: ClientHello, ja4: str) -> str:
    """Return a JA4 fingerprint as nDPI of that commit writes it (see disagreements.toml)."""
    first, suites, extensions = ja4.split("_")
    version = "s3" if hello.version == 0x0100 else first[1:3]
    address = re.fullmatch(r"[0-9.]+|[0-9a-f:]+:[0-9a-f:]*", hello.server_name)
    name = "i" if address else "d"
    mark = hello.first_protocol[:2].decode("ascii", "replace") or "00"
    if extensions == "0" * 12:
        extensions = "e3b0c44298fc"
    return f"{first[0]}{version}{name}{first[4:8]}{mark}_{suites}_{extensions}"


def test_names_and_fingerprints_are_those_of_ndpi(shared) -> None:
    differing: Differing = set()
    compared: Counter[str] = Counter()
    for file, flows in truth.flows_of_ndpi(shared).items():
        for ends, fields in flows:
            candidates = [pair for pair in of_file(shared, file) if ends_of(pair[0]) == ends]
            for field, theirs in fields.items():
                compared[field] += 1
                if not any(theirs in said(found, field) for _, found in candidates):
                    frame = candidates[0][0].first_frame if candidates else 0
                    differing.add((field, file, frame))
    assert differing == explained("ndpi")
    assert min(compared.values()) > 80
    assert set(compared) == {"server_name", "alpn", "ja3", "ja4", "ja3s"}


def said(found: dict[str, Any], field: str) -> list[Any]:
    """Return what we say about a field, in nDPI's words."""
    if field == "ja4" and found.get("ja4"):
        return [in_words_of_ndpi(found["hello"], found["ja4"])]
    if field == "server_name":
        return [str(found.get("server_name")).lower(), *found.get("names", [])]
    return [found.get(field)]


def matching(shared: Path, file: str, row: dict[str, str], protocol: str) -> list[dict[str, Any]]:
    """Return what we found in the connections with the ends of a row of Zeek's."""
    there = {(row["id.orig_h"], int(row["id.orig_p"])), (row["id.resp_h"], int(row["id.resp_p"]))}
    ends = (protocol, frozenset(there))
    return [found for one, found in of_file(shared, file) if ends_of(one) == ends]


def by_zeek(row: dict[str, str], field: str) -> str:
    return "" if row.get(field, "-") in {"-", "(empty)"} else row[field]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_server_names_of_tls_are_those_of_zeek(shared, protocol) -> None:
    compared = 0
    for file, row in truth.logs_of_zeek(shared, "ssl"):
        for found in matching(shared, file, row, protocol):
            compared += 1
            assert found["server_name"] == by_zeek(row, "server_name"), (file, row)
            reply = found.get("server")
            if reply is not None and by_zeek(row, "next_protocol"):
                assert reply.alpn == row["next_protocol"]
    assert compared >= 5


def test_quic_connections_are_those_of_zeek(shared) -> None:
    compared = 0
    for file, row in truth.logs_of_zeek(shared, "quic"):
        if "version" not in row:
            continue
        [found] = matching(shared, file, row, "udp")
        exchange = found["quic"]
        compared += 1
        assert version_text(exchange.version).removeprefix("v") == row["version"]
        assert exchange.connection_id.hex() == by_zeek(row, "client_initial_dcid")
        assert exchange.client_id.hex() == by_zeek(row, "client_scid")
        assert exchange.server_id.hex() == by_zeek(row, "server_scid")
        assert found["server_name"] == by_zeek(row, "server_name")
        assert found["alpn"].split(";")[0] == by_zeek(row, "client_protocol")
    assert compared >= 5


def test_dns_messages_are_those_of_zeek(shared) -> None:
    compared = 0
    for file, row in truth.logs_of_zeek(shared, "dns"):
        [found] = matching(shared, file, row, row["proto"])
        compared += 1
        query = found["dns"][0]
        reply = next(message for message in found["dns"] if message.response)
        assert (query.server_name, str(query.id)) == (row["query"], row["trans_id"])
        if by_zeek(row, "qtype"):
            assert str(query.questions[0].type) == row["qtype"]
        assert (str(reply.rcode), reply.rcode_name) == (row["rcode"], row["rcode_name"])
        flags = [reply.authoritative, reply.truncated]
        assert ["FT"[flag] for flag in flags] == [row["AA"], row["TC"]]
        # Zeek writes names in lower case.
        shown = [answer.value.lower() for answer in reply.answers if answer.section == "answer"]
        for text in by_zeek(row, "answers").split(","):
            known = " " not in text and text
            assert not known or text in shown, (file, text, shown)
    assert compared >= 4


def test_http_messages_are_those_of_zeek(shared) -> None:
    compared = 0
    for file, row in truth.logs_of_zeek(shared, "http"):
        for found in matching(shared, file, row, "tcp"):
            compared += 1
            requests, depth = found.get("requests", ()), int(row["trans_depth"]) - 1
            ours = ["", "", ""]
            if depth < len(requests):
                request = requests[depth]
                ours = [request.method, request.host, request.target]
            assert ours == [by_zeek(row, name) for name in ("method", "host", "uri")], (file, row)
            if depth == 0 and by_zeek(row, "status_code"):
                assert str(found["response"].status) == row["status_code"]
                assert found["response"].reason == row["status_msg"]
    assert compared >= 3


def test_fingerprints_of_the_same_client_agree_over_connections(shared) -> None:
    # Chrome permutes its extensions: JA3 changes with each connection, JA4 does not.
    found = [each for _, each in of_file(shared, "zeek/tls/tls13-ech.pcap") if "hello" in each]
    assert len({each["ja4"] for each in found}) == 1 < len({each["ja3"] for each in found})
    assert all(each["hello"].ech == "outer" for each in found)
    assert all(fingerprints.ja4_raw(each["hello"]).startswith("t13d1517h2_") for each in found)
