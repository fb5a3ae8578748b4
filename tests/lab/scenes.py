"""What tests have done inside a laboratory: each scene is a function that returns plain values."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.lab.certificates import make_identity
from workbench.lab.clients import Request, fetch
from workbench.lab.ends import KINDS, start_ends
from workbench.lab.middleboxes.interface import Middlebox
from workbench.lab.namespaces import NETNS, Lab, host_here
from workbench.lab.queue import ACCEPT, DROP, Queue
from workbench.lab.record import recording
from workbench.lab.topology import Impairment, Topology

QUICK = Topology(impairment=Impairment(delay_ms=0))
SHORT_S = 0.5


def hops(folder: Path) -> dict[str, Any]:
    """Send echo requests with every TTL, over both IP versions."""
    with Lab(Topology(), folder) as lab:
        found: dict[str, Any] = {"here": host_here(), "addresses": [], "times": []}
        with lab.entered("dpi"):
            found["there"] = host_here()
        for version in (4, 6):
            address, said = lab.topology.address("x.com", version=version), ""
            for ttl in range(1, 6):
                words = ("ping", "-n", "-c", "1", "-W", "1", "-t", str(ttl), address)
                said = lab.run("client", *words, privileged=True).output.splitlines()[1]
                found["addresses"].append(said.lower().split("from ")[1].split(" ")[0].strip(":"))
            found["times"].append(float(said.split("time=")[1].split(" ")[0]))
        status = lab.run("client", "cat", "/proc/self/status").output
        found["capabilities"] = [line.split()[1] for line in status.splitlines() if "Cap" in line]
        found["outside"] = lab.run("client", "ip", "route", "get", "192.0.2.1").code
    found["left"] = [place.name for place in NETNS.iterdir()]
    return found


def limited_life(folder: Path) -> dict[str, Any]:
    """Record a datagram that dies behind the middlebox."""
    with Lab(QUICK, folder) as lab, recording(lab, folder, "dying") as files:
        with lab.entered("client"):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for ttl in (1, 2, 3, 4, 5):
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            sender.sendto(b"ttl %d" % ttl, (lab.topology.address("x.com"), 9))
        sender.close()
    return {vantage: str(path) for vantage, path in files.items()}


def pages(folder: Path) -> dict[str, Any]:
    """Fetch with every kind of client."""
    (folder / "other").mkdir()
    stranger = make_identity(folder / "other", ("x.com",)).authority
    requests = {
        "curl": Request("x.com"),
        "ipv6": Request("x.com", version=6),
        "http": Request("x.com", scheme="http"),
        "tls1.2": Request("x.com", tls="1.2", path="/4k"),
        "missing": Request("x.com", path="/none"),
        "long": Request("x.com", path="/1m"),
        "openssl": Request("example.org", client="openssl"),
        "python": Request("example.org", client="python", path="/64k"),
        "quic": Request("example.org", client="quic", path="/4k"),
        "distrusting": Request("x.com", more=("--cacert", str(stranger))),
        "nobody": Request("x.com", more=("--connect-to", f"::{Topology().nobody()}:"), limit_s=0.4),
        "refused": Request("x.com", more=("--connect-to", "::10.77.5.11:81")),
    }
    with Lab(QUICK, folder) as lab:
        ends = start_ends(lab, KINDS)
        found: dict[str, Any] = {
            name: asdict(fetch(lab, ends, request)) for name, request in requests.items()
        }
        found["served"] = ends.served()
        found["resolved"] = lab.run("client", "getent", "ahostsv4", "x.com").output.split()[0]
        script = "import dnslib, sys; q = dnslib.DNSRecord.question('x.com', 'AAAA'); "
        script += "print(dnslib.DNSRecord.parse(q.send(sys.argv[1], 53, tcp=True, timeout=2)).a)"
        name_server = lab.topology.name_server()
        found["asked"] = lab.run("client", sys.executable, "-c", script, name_server).output
    return found


def blocking(folder: Path, preset: str, setting: str = "{}", scheme: str = "https") -> Any:
    """Ask a middlebox for a blocked and an allowed name, and record the blocked one."""
    box = Middlebox.named(preset, json.loads(setting))
    found: dict[str, Any] = {}
    with Lab(QUICK, folder) as lab:
        ends = start_ends(lab)
        with box.attach(lab) as attached:
            with recording(lab, folder, "blocked", vantages=("client", "server")) as files:
                path = "/64k" if box.name in {"freeze", "police"} else "/"
                for name in ("x.com", "example.org"):
                    for version in (4, 6):
                        request = Request(
                            name, version=version, limit_s=SHORT_S, scheme=scheme, path=path
                        )
                        got = fetch(lab, ends, request)
                        found[f"{name} {version}"] = [got.outcome, got.size_bytes]
            found["verdicts"] = sorted(
                Counter(f"{v.name} {v.action}" for v in attached.verdicts()).items()
            )
        found["after"] = fetch(lab, ends, Request("x.com")).outcome
        found["rules"] = lab.firewall("dpi", "-S")
    return found | {"files": {vantage: str(path) for vantage, path in files.items()}}


def lookups(folder: Path) -> Any:
    """Ask the name server through the middlebox that answers in its place."""
    with Lab(QUICK, folder) as lab:
        start_ends(lab, ("dns",))
        with lab.entered("client"):
            asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asking.settimeout(0.4)
        from dnslib import DNSRecord

        answers: dict[str, list[str]] = {}
        with Middlebox.named("dns").attach(lab):
            for name in ("x.com", "example.org"):
                asking.sendto(DNSRecord.question(name).pack(), (lab.topology.name_server(), 53))
                answers[name] = []
                while True:
                    try:
                        reply = DNSRecord.parse(asking.recv(2000))
                    except TimeoutError:
                        break
                    answers[name].append(str(reply.a.rdata))
        asking.close()
    return answers


def queueing(folder: Path) -> Any:
    """Drop, replace and let pass what a queue holds."""
    with Lab(QUICK, folder) as lab:
        with lab.entered("client"):
            queue = Queue(7)
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            refused = ""
            try:
                Queue(7)
            except WorkbenchError as error:
                refused = str(error)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.3)
        rule = ("-A", "OUTPUT", "-o", "lo", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "7")
        lab.firewall("client", *rule)
        for text in (b"one", b"two", b"six"):
            sender.sendto(text, receiver.getsockname())

        def decide(data: bytes) -> Any:
            text = data[28:]
            # The checksum of UDP over IPv4 may be left out (RFC 768).
            other = data[:26] + bytes(2) + b"SIX"
            return {b"one": ACCEPT, b"two": DROP}.get(text, other)

        end = time.monotonic() + 0.2
        queue.run(decide, stopped=lambda: time.monotonic() > end, check_every_s=0.02)
        got = []
        while True:
            try:
                got.append(receiver.recv(100).decode())
            except TimeoutError:
                break
        for one in (queue, sender, receiver):
            one.close()
    return {"got": got, "refused": refused}


def impaired(folder: Path, delay_ms: str, loss: str, reorder: str) -> Any:
    """Send numbered datagrams over a path that delays, loses and reorders."""
    impairment = Impairment(float(delay_ms), float(loss), float(reorder), rate_mbit=50)
    with Lab(Topology(impairment=impairment), folder) as lab:
        with lab.entered("client"):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with lab.entered("server"):
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        target = (lab.topology.address("x.com"), 999)
        receiver.bind(target)
        receiver.settimeout(0.3)
        started = time.monotonic()
        for number in range(200):
            sender.sendto(b"%d" % number, target)
        got, first = [], 0.0
        while True:
            try:
                got.append(int(receiver.recv(100)))
                first = first or time.monotonic() - started
            except TimeoutError:
                break
        sender.close()
        receiver.close()
    return {"got": got, "first_s": first}


def rebuilt(folder: Path) -> Any:
    """Make a laboratory over what an earlier one has left behind, and another shape of it."""
    left = Lab(QUICK, folder)
    left.build()
    with Lab(Topology(middlebox_hop=1, server_hop=3, mtu=1400, offload=True), folder) as lab:
        hosts = sorted(place.name for place in NETNS.iterdir())
        shown = lab.run("client", "ip", "-o", "link", "show", "far").output
    with suppress(KeyboardInterrupt), Lab(QUICK, folder):
        signal.raise_signal(signal.SIGINT)
    left_over = [place.name for place in NETNS.iterdir()]
    return {"hosts": hosts, "mtu": "mtu 1400" in shown, "left": left_over}


if __name__ == "__main__":
    chosen = {
        scene.__name__: scene
        for scene in (
            hops, limited_life, pages, blocking, lookups, queueing, impaired, rebuilt,
        )
    }  # fmt: skip
    told = chosen[sys.argv[3]](Path(sys.argv[1]), *sys.argv[4:])
    Path(sys.argv[2]).write_text(json.dumps(told))
