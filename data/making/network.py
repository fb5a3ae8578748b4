"""The network: four namespaces in a row, and how programs are run in them.

client -- wire -- router -- server. The wire adds a delay and a rate, the router takes one from the
TTL and drops what it is told to drop. There is no route to anywhere else.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from making.places import (
    CLIENT,
    CLIENT_ADDRESSES,
    HARDWARE_ADDRESSES,
    INTERFACE,
    PLACES,
    PREFIX,
    ROUTER,
    ROUTER_ADDRESSES,
    ROUTER_SERVER_SIDE,
    SERVER,
    WIRE,
)
from workbench.errors import WorkbenchError

DELAY_MS, MEGABITS = 10, 20
OFFLOADS = ("rx", "tx", "sg", "tso", "gso", "gro")
SETTINGS = {
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.tcp_no_metrics_save": 1,
    "net.ipv6.conf.all.accept_dad": 0,
    "net.ipv6.conf.default.accept_dad": 0,
    "net.ipv6.conf.default.router_solicitations": 0,
}
ROUTER_SETTINGS = {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1}
LISTENING = {"tcp": "0A", "udp": "07"}
QUIET_S = 0.3


class Network:
    """The namespaces, and every process that runs in them.

    Parameters
    ----------
    folder : Path
        Where logs, home folder and other files of the programs go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands: list[str] = []
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin",
            "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def build(self) -> None:
        """Make the namespaces, cables, addresses and routes, and start the wire."""
        for place in (CLIENT, WIRE, ROUTER, SERVER):
            self._tool("ip", "netns", "add", f"{PREFIX}-{place}")
            self._settings(place, SETTINGS)
            self._link(place, "set", "lo", "up")
        # A cable has no addresses of its own, so it must not announce any.
        self._settings(WIRE, {"net.ipv6.conf.all.disable_ipv6": 1})
        self._cable((CLIENT, INTERFACE), (WIRE, "near"))
        self._cable((WIRE, "far"), (ROUTER, "lan0"))
        self._cable((ROUTER, "wan0"), (SERVER, INTERFACE))
        self._settings(ROUTER, ROUTER_SETTINGS)
        self._addresses(CLIENT, INTERFACE, CLIENT_ADDRESSES)
        self._addresses(ROUTER, "lan0", ROUTER_ADDRESSES)
        self._addresses(ROUTER, "wan0", ROUTER_SERVER_SIDE)
        for served in PLACES:
            self._addresses(SERVER, INTERFACE, (served.ipv4, served.ipv6))
        self._routes(CLIENT, ROUTER_ADDRESSES)
        self._routes(SERVER, ROUTER_SERVER_SIDE)
        wire = ("-m", "making.programs.wire", "near", "far")
        limits = ("--delay-ms", str(DELAY_MS), "--megabits", str(MEGABITS))
        self._wire = self.start(WIRE, "wire", sys.executable, *wire, *limits)
        self.wait(lambda: "carrying" in self.log("wire"), "the wire")

    def run(
        self, place: str, *command: str, expect: Sequence[int] = (0,), timeout_s: float = 20
    ) -> str:
        """Run a program to its end.

        Parameters
        ----------
        place : str
            The namespace.
        *command : str
            Program and arguments.
        expect : sequence of int
            Exit codes that are right.
        timeout_s : float
            How long it may take.

        Returns
        -------
        str
            What it printed.

        Raises
        ------
        WorkbenchError
            When it ends with another code, or not in time.
        """
        self.note(place, command)
        try:
            done = subprocess.run(
                self._inside(place, command), env=self._environment, cwd=self.folder,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise WorkbenchError(f"{command[0]} took more than {timeout_s:g} s.") from late
        if done.returncode not in expect:
            last = done.stderr.decode(errors="replace").strip()[-600:]
            raise WorkbenchError(f"{shlex.join(command)} ended with {done.returncode}: {last}")
        return done.stdout.decode(errors="replace")

    def start(self, place: str, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start a program that goes on; its messages go to the log `name`.

        Parameters
        ----------
        place : str
            The namespace.
        name : str
            What its log is called.
        *command : str
            Program and arguments.

        Returns
        -------
        subprocess.Popen
            The process.
        """
        with self._log(name).open("wb") as log:
            return subprocess.Popen(
                self._inside(place, command), env=self._environment, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def note(self, place: str, command: Sequence[str]) -> None:
        """Remember a command for the manifest, without the paths of this machine.

        Parameters
        ----------
        place : str
            Where it runs.
        command : sequence of str
            Program and arguments.
        """
        words = ["python" if word == sys.executable else word for word in command]
        line = shlex.join(words).replace(str(self.folder), "TEMP")
        self.commands.append(f"{place}: {line}")

    def log(self, name: str) -> str:
        """Return what a started program has said so far.

        Parameters
        ----------
        name : str
            The name given to `start`.

        Returns
        -------
        str
            The text of its log.
        """
        return self._log(name).read_text(errors="replace")

    def wait(self, ready: Callable[[], bool], what: str, timeout_s: float = 10) -> None:
        """Wait until something holds.

        Parameters
        ----------
        ready : callable
            Asked again and again.
        what : str
            What is waited for, in words.
        timeout_s : float
            When to give up.

        Raises
        ------
        WorkbenchError
            When it does not hold in time.
        """
        end = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > end:
                raise WorkbenchError(f"{what} was not ready within {timeout_s:g} s.")
            time.sleep(0.02)

    def wait_listening(
        self, process: subprocess.Popen[bytes], protocol: str, port: int, count: int
    ) -> None:
        """Wait until a process's namespace has sockets on a port; no packet is sent for it.

        Parameters
        ----------
        process : subprocess.Popen
            Any process of the namespace.
        protocol : {"tcp", "udp"}
            The transport.
        port : int
            The port.
        count : int
            How many sockets there must be.
        """
        tables = [Path(f"/proc/{process.pid}/net/{protocol}{suffix}") for suffix in ("", "6")]
        ending = f":{port:04X}"

        def ready() -> bool:
            lines = [line.split() for table in tables for line in table.read_text().splitlines()]
            state = LISTENING[protocol]
            found = [line for line in lines if line[1].endswith(ending) and line[3] == state]
            return len(found) >= count

        self.wait(ready, f"{protocol} port {port}")

    def settle(self) -> None:
        """Wait until nothing travels on the wire any more."""
        table = Path(f"/proc/{self._wire.pid}/net/dev")
        seen, since, end = "", time.monotonic(), time.monotonic() + 10
        while time.monotonic() - since < QUIET_S and time.monotonic() < end:
            time.sleep(0.02)
            if (now := table.read_text()) != seen:
                seen, since = now, time.monotonic()

    @contextmanager
    def rules(self, *rules: str) -> Iterator[None]:
        """Have the router treat packets by these rules while the block runs.

        Parameters
        ----------
        *rules : str
            Rules of iptables, or of ip6tables where they name an IPv6 address.

        Yields
        ------
        None
            While the rules hold.
        """
        split = [("ip6tables" if "fd77:" in rule else "iptables", rule.split()) for rule in rules]
        for tool, words in split:
            self.run(ROUTER, tool, "-A", "FORWARD", *words)
        try:
            yield
        finally:
            for tool, words in reversed(split):
                self._tool(*self._inside(ROUTER, (tool, "-D", "FORWARD", *words)))

    def forget_neighbours(self) -> None:
        """Have the client look up its router's hardware address again."""
        self._tool("ip", "-n", f"{PREFIX}-{CLIENT}", "neigh", "flush", "all")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _inside(self, place: str, command: Sequence[str]) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{PREFIX}-{place}", "--", *command]

    def _tool(self, *command: str) -> None:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, timeout=10, check=False
        )
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip()
            raise WorkbenchError(f"{shlex.join(command)} failed: {reason}")

    def _link(self, place: str, *words: str) -> None:
        self._tool("ip", "-n", f"{PREFIX}-{place}", "link", *words)

    def _settings(self, place: str, settings: Mapping[str, int]) -> None:
        words = [f"{name}={value}" for name, value in settings.items()]
        self._tool(*self._inside(place, ("sysctl", "--quiet", "--write", *words)))

    def _cable(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        peer = ("peer", "name", other[1], "netns", f"{PREFIX}-{other[0]}")
        self._link(one[0], "add", "dev", one[1], "type", "veth", *peer)
        for place, interface in (one, other):
            if address := HARDWARE_ADDRESSES.get((place, interface)):
                self._link(place, "set", interface, "address", address)
            switches = [word for offload in OFFLOADS for word in (offload, "off")]
            self._tool(*self._inside(place, ("ethtool", "-K", interface, *switches)))
            self._link(place, "set", interface, "up")

    def _addresses(self, place: str, interface: str, addresses: Sequence[str]) -> None:
        for address in addresses:
            end = ["/64", "nodad"] if ":" in address else ["/24"]
            words = ("addr", "add", address + end[0], "dev", interface, *end[1:])
            self._tool("ip", "-n", f"{PREFIX}-{place}", *words)

    def _routes(self, place: str, gateways: Sequence[str]) -> None:
        for gateway in gateways:
            words = ("route", "add", "default", "via", gateway)
            self._tool("ip", "-n", f"{PREFIX}-{place}", *words)
