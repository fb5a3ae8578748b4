"""The sample captures are those of the manifest, and show what it says they show."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dpkt
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
ENTRIES: list[dict[str, Any]] = json.loads((DATA / "manifest.json").read_text())["files"]
FILES = [entry["file"] for entry in ENTRIES]
LIMIT_BYTES = 1_500_000
FIRST_LIMIT_BYTES = 800_000
RETRANSMITTED = "tcp.analysis.retransmission"

Fields = Callable[..., list[list[str]]]


@pytest.fixture(scope="session")
def fields(tool) -> Fields:
    """Return a function that gives fields of the packets that a display filter keeps."""

    def read(file: str, shown: str, *names: str) -> list[list[str]]:
        chosen = [word for name in names for word in ("-e", name)]
        command = [tool("tshark"), "-n", "-r", str(DATA / file), "-Y", shown, "-T", "fields"]
        command += ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
        done = subprocess.run(
            [*command, *(chosen or ["-e", "frame.number"])],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    return read


def records(path: Path) -> list[bytes]:
    """Return every frame, as a reader that is not ours sees it."""
    with path.open("rb") as opened:
        reader = dpkt.pcapng.Reader if path.suffix == ".pcapng" else dpkt.pcap.Reader
        return [bytes(frame) for _, frame in reader(opened)]


def test_every_capture_is_listed_and_every_listed_one_is_there() -> None:
    found = {path.name for path in DATA.iterdir() if path.suffix in {".pcap", ".pcapng"}}
    assert found == set(FILES)
    assert len(FILES) == len(set(FILES)) >= 11


def test_they_are_small() -> None:
    assert sum(entry["size_bytes"] for entry in ENTRIES) < LIMIT_BYTES
    assert (DATA / "ordinary.pcapng").stat().st_size < FIRST_LIMIT_BYTES


def test_the_readme_names_every_capture() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert [file for file in FILES if f"`{file}`" not in text] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=FILES)
def test_a_capture_is_the_one_that_was_made(entry) -> None:
    content = (DATA / entry["file"]).read_bytes()
    assert len(content) == entry["size_bytes"]
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("entry", ENTRIES, ids=FILES)
def test_a_capture_has_the_packets_it_should(entry) -> None:
    frames = records(DATA / entry["file"])
    assert len(frames) == entry["packets"] > 0
    assert max(map(len, frames)) <= entry["snap_length_bytes"]


@pytest.mark.parametrize("entry", ENTRIES, ids=FILES)
def test_an_origin_is_complete_and_names_no_folder_of_a_machine(entry) -> None:
    assert entry["licence"] == "Apache-2.0"
    assert entry["made"].endswith("Z")
    assert entry["contents"]
    assert "tcpdump" in entry["programs"]
    assert any("tcpdump" in line for line in entry["commands"])
    assert not [line for line in entry["commands"] if "/tmp" in line or "/home" in line]


@pytest.mark.parametrize("entry", ENTRIES, ids=FILES)
def test_another_reader_counts_the_same(entry, tool) -> None:
    command = [tool("capinfos"), "-M", "-T", "-r", "-c", "-E", "-N", str(DATA / entry["file"])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert str(entry["packets"]) in done.stdout.split()
    assert "ether" in done.stdout


@pytest.mark.parametrize("file", FILES)
def test_only_the_network_of_the_samples_is_in_it(file, fields) -> None:
    rows = fields(file, "frame", "eth.src", "eth.dst", "ip.addr", "ipv6.addr")
    hardware = {address for row in rows for address in row[:2]}
    assert {address for address in hardware if not address.startswith("02:77:00:00:0")} <= {
        "ff:ff:ff:ff:ff:ff",
        "33:33:ff:00:00:01",
        "33:33:ff:00:00:02",
    }
    addresses = {address for row in rows for address in ",".join(row[2:]).split(",") if address}
    own = ("10.77.1.", "10.77.2.", "fd77:0:0:", "fe80::77:ff:fe00:", "ff02::")
    assert [address for address in addresses if not address.startswith(own)] == []


@pytest.mark.parametrize("file", FILES)
def test_every_checksum_is_right_and_nothing_is_malformed(file, fields) -> None:
    wrong = "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    assert fields(file, wrong) == []
    # tshark also means data that is sent again in other pieces than the first time.
    assert fields(file, "_ws.malformed && !tcp.analysis.flags") == []


def option_codes(content: bytes, offset: int) -> set[int]:
    """Return the codes of pcapng options that begin at `offset`."""
    found = set[int]()
    while (option := struct.unpack_from("<HH", content, offset)) != (0, 0):
        found.add(option[0])
        offset += 4 + option[1] + -option[1] % 4
    return found


@pytest.mark.parametrize("file", [file for file in FILES if file.endswith(".pcapng")])
def test_a_pcapng_says_nothing_about_the_machine(file) -> None:
    content = (DATA / file).read_bytes()
    (section_length,) = struct.unpack_from("<I", content, 4)
    # No hardware and operating system; of the interface only name, description and resolution.
    assert option_codes(content, 24) == {1, 4}
    assert option_codes(content, section_length + 16) == {2, 3, 9}


def server_names(fields: Fields, file: str) -> set[str]:
    name = "tls.handshake.extensions_server_name"
    return {row[0] for row in fields(file, f"tls.handshake.type == 1 && {name}", name)}


@pytest.mark.parametrize(
    ("file", "names"),
    [
        (
            "ordinary.pcapng",
            {
                "api.example.org",
                "blocked.example",
                "downloads.example.com",
                "legacy.example.com",
                "quic.example.net",
                "www.example.com",
                "www.example.net",
                "www.example.org",
            },
        ),
        (
            "tls12.pcap",
            {
                "blocked.example",
                "legacy.example.com",
                "www.example.com",
                "www.example.net",
                "www.example.org",
            },
        ),
        (
            "tls13.pcap",
            {
                "api.example.org",
                "blocked.example",
                "curves.example.com",
                "www.example.com",
                "www.example.net",
                "www.example.org",
            },
        ),
        ("tls13-postquantum.pcapng", {"www.example.org"}),
        ("quic.pcapng", {"quic.example.net", "www.example.net"}),
        ("large-transfer.pcap", set()),
    ],
)
def test_the_client_asked_for_these_names(file, names, fields) -> None:
    assert server_names(fields, file) == names


def test_the_first_capture_tells_its_story(fields) -> None:
    file = "ordinary.pcapng"
    for shown in (
        "arp",
        "icmp.type == 8",
        "icmpv6.type == 128",
        "dns.flags.response == 1",
        "http.response.code == 301",
        "tls.handshake.type == 12",
        "tls.handshake.extensions.supported_version == 0x0304 && tls.handshake.type == 2",
        "quic.long.packet_type == 0 && ipv6",
        "quic.long.packet_type == 0 && ip",
        RETRANSMITTED,
        "tcp.flags.reset == 1",
        "icmp.type == 3 && icmp.code == 3",
        "icmp.type == 3 && icmp.code == 13",
        "icmpv6.type == 1 && icmpv6.code == 4",
    ):
        assert fields(file, shown), shown
    sent = Counter[str]()
    for stream, length in fields(file, "tcp.len > 0", "tcp.stream", "tcp.len"):
        sent[stream] += int(length)
    assert max(sent.values()) > 250_000


def test_names_are_looked_up(fields) -> None:
    asked = {row[0] for row in fields("dns.pcap", "dns.flags.response == 0", "dns.qry.type")}
    assert {"1", "28", "15", "16", "12", "65"} <= asked
    assert fields("dns.pcap", "dns.resp.type == 5")
    assert fields("dns.pcap", "dns.flags.rcode == 3")
    assert len(fields("dns.pcap", "dns.flags.truncated == 1 && udp")) == 1
    assert len(fields("dns.pcap", "dns.flags.response == 1 && tcp")) == 1
    assert fields("dns.pcap", "dns && ipv6")


def test_http_is_used_in_its_usual_forms(fields) -> None:
    methods = {row[0] for row in fields("http.pcap", "http.request", "http.request.method")}
    assert methods == {"GET", "HEAD", "POST"}
    codes = {row[0] for row in fields("http.pcap", "http.response", "http.response.code")}
    assert codes == {"200", "301", "404"}
    assert fields("http.pcap", "http.transfer_encoding == chunked")


def test_tls12_has_a_resumed_session_and_a_refusal(fields) -> None:
    hellos = fields("tls12.pcap", "tls.handshake.type == 2", "tls.handshake.version", "tcp.stream")
    certificates = fields("tls12.pcap", "tls.handshake.type == 11", "tcp.stream")
    assert {row[0] for row in hellos} == {"0x0303"}
    assert len({row[1] for row in hellos} - {row[0] for row in certificates}) == 1
    assert len(fields("tls12.pcap", "tls.alert_message.desc == 48")) == 1


def test_tls13_has_a_retry_and_a_refusal(fields) -> None:
    chosen = "tls.handshake.extensions.supported_version"
    shown = f"tls.handshake.type == 2 && {chosen}"
    assert {row[0] for row in fields("tls13.pcap", shown, chosen)} == {"0x0304"}
    hellos = Counter(
        row[0] for row in fields("tls13.pcap", "tls.handshake.type == 1", "tcp.stream")
    )
    assert sorted(hellos.values())[-2:] == [1, 2]
    assert len(fields("tls13.pcap", "tls.alert_message.desc == 48")) == 1


def test_the_postquantum_hello_needs_two_segments(fields) -> None:
    hello = fields(
        "tls13-postquantum.pcapng",
        "tls.handshake.type == 1",
        "tls.handshake.extensions_key_share_group",
        "tls.handshake.length",
        "tcp.segment.count",
    )
    assert hello
    for groups, length, segments in hello:
        assert "4588" in groups.split(",")
        assert int(length) > 1500
        assert int(segments) == 2


def test_quic_has_both_versions_and_a_scattered_hello(fields) -> None:
    file, first = "quic.pcapng", "quic.long.packet_type == 0 && udp.dstport == 443"
    versions = {row[0].split(",")[0] for row in fields(file, "quic.version", "quic.version")}
    assert versions == {"0x00000001", "0x6b3343cf"}
    offsets = [row[0].split(",") for row in fields(file, first, "quic.crypto.offset")]
    assert [found for found in offsets if len(found) > 1 and found != sorted(found, key=int)]


def test_what_was_lost_was_sent_again(fields) -> None:
    def sent(file: str, port: str) -> Counter[tuple[str, ...]]:
        rows = fields(file, f"{port} == 80", "tcp.stream", "tcp.seq_raw", "tcp.len", "ip.id")
        return Counter(tuple(row) for row in rows)

    for port, origin, goal in (
        ("tcp.dstport", "lossy.pcapng", "lossy-server.pcapng"),
        ("tcp.srcport", "lossy-server.pcapng", "lossy.pcapng"),
    ):
        lost = sent(origin, port) - sent(goal, port)
        assert len(lost) >= 4
        assert sent(goal, port) - sent(origin, port) == Counter()
        starts = Counter(row[:2] for row in sent(origin, port).elements() if int(row[2]) > 0)
        data = [row for row in lost if int(row[2]) > 0]
        assert data
        assert [row for row in data if starts[row[:2]] < 2] == []
    assert fields("lossy.pcapng", RETRANSMITTED)


def test_the_large_transfer_keeps_headers_and_true_lengths(fields) -> None:
    rows = fields("large-transfer.pcap", "tcp.srcport == 443", "frame.len", "frame.cap_len")
    assert sum(int(length) for length, _ in rows) > 900_000
    assert max(int(captured) for _, captured in rows) == 128
    assert max(int(length) for length, _ in rows) == 1514
    assert fields("large-transfer.pcap", RETRANSMITTED) == []


def test_refusals_are_of_every_kind(fields) -> None:
    file = "refused.pcap"
    assert len(fields(file, "tcp.flags.reset == 1")) == 2
    assert len(fields(file, "icmp.code == 3 || icmpv6.code == 4")) == 2
    assert len(fields(file, "icmp.code == 13")) == 1
    assert len(fields(file, "tcp.flags.syn == 1 && ip.dst == 10.77.2.60")) >= 3
    assert fields(file, "ip.src == 10.77.2.60") == []
