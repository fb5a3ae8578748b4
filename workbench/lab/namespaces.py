"""The hosts of a laboratory: namespaces in a row, their cables, addresses and routes.

Everything here runs inside the process tree that `workbench.lab.isolation` made and refuses to run
anywhere else. There is no route to anywhere but the hosts of the laboratory.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from workbench.errors import WorkbenchError
from workbench.lab.inside import MARK
from workbench.lab.isolation import find_program
from workbench.lab.running import NETNS, PREFIX, READY_LIMIT_S, UNPRIVILEGED, Done, Hosts
from workbench.lab.topology import CLIENT, FAR, NEAR, SERVER, Topology, numbered

__all__ = ["NETNS", "PREFIX", "UNPRIVILEGED", "Done", "Lab", "host_here", "inside"]

OFFLOADS = ("rx", "tx", "sg", "tso", "gso", "gro")
SETTINGS: Mapping[str, int] = {
    "ipv4/ip_unprivileged_port_start": 0,
    "ipv4/tcp_no_metrics_save": 1,
    "ipv4/tcp_orphan_retries": 1,
    "ipv4/icmp_ratelimit": 0,
    "ipv6/icmp/ratelimit": 0,
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/default/dad_transmits": 0,
    "ipv6/conf/default/router_solicitations": 0,
    "netfilter/nf_conntrack_tcp_be_liberal": 1,
    "netfilter/nf_conntrack_checksum": 0,
    "netfilter/nf_conntrack_acct": 1,
}
FORWARDING: Mapping[str, int] = {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1}


def inside() -> bool:
    """Return whether this process runs in the tree of a laboratory.

    Returns
    -------
    bool
        Whether namespaces may be made here.

    Examples
    --------
    >>> inside()
    False
    """
    # The tree has its own /run, so the file is nobody else's; and it is a file system of its own.
    return MARK.is_file() and MARK.stat().st_dev != Path("/").stat().st_dev


def host_here() -> str | None:
    """Return which host of a laboratory this thread is in.

    Returns
    -------
    str or None
        Its name; None outside, which is where nothing may be sent.

    Examples
    --------
    >>> host_here() is None
    True
    """
    if not inside():
        return None
    here = Path("/proc/thread-self/ns/net").stat().st_ino
    for place in NETNS.glob(f"{PREFIX}*"):
        if place.stat().st_ino == here:
            return place.name.removeprefix(PREFIX)
    return None


class Lab(Hosts):
    """Hosts that are there while the block runs.

    Parameters
    ----------
    topology : Topology
        What they look like.
    folder : Path
        A private folder for logs, certificates and pages.

    Raises
    ------
    WorkbenchError
        Outside of a laboratory's process tree.
    """

    def __init__(self, topology: Topology, folder: Path) -> None:
        if not inside():
            raise WorkbenchError(
                "a laboratory is made inside namespaces only; workbench.lab.isolation.run starts "
                "a command there."
            )
        super().__init__(folder)
        self.topology = topology

    def __enter__(self) -> Self:
        try:
            self.build()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    def build(self) -> None:
        """Make the hosts and what is between them; hosts of an earlier one are removed first."""
        self.remove()
        hosts = self.topology.hosts
        self._batch(None, [f"netns add {PREFIX}{host}" for host in hosts])
        for host in hosts:
            self._settings(host)
        lines = [self._cable(hop, near, far) for hop, (near, far) in enumerate(pairwise(hosts), 1)]
        self._batch(None, lines)
        for hop, host in enumerate(hosts):
            self._batch(host, self._own_lines(hop))
            if not self.topology.offload:
                self._switch_offloads_off(host)
        self._impair()

    def remove(self) -> None:
        """End every process that was started here, and remove the hosts."""
        self.end_all()
        names = [place.name for place in NETNS.glob(f"{PREFIX}*")]
        if names:
            self._batch(None, [f"netns del {name}" for name in names])

    def _batch(self, host: str | None, lines: Sequence[str]) -> None:
        there = () if host is None else ("-n", f"{PREFIX}{host}")
        tool = find_program("ip") or "ip"
        done = subprocess.run(  # noqa: S603
            (tool, *there, "-batch", "-"), input="\n".join(lines) + "\n", env=self.environment,
            capture_output=True, text=True, timeout=READY_LIMIT_S, check=False,
        )  # fmt: skip
        if done.returncode:
            raise WorkbenchError(f"ip -batch failed: {done.stderr.strip()[-600:]}")

    def _settings(self, host: str) -> None:
        wanted = dict(SETTINGS)
        if host not in {CLIENT, SERVER}:
            wanted.update(FORWARDING)
        with self.entered(host):
            for name, value in wanted.items():
                path = Path("/proc/sys/net", name)
                # A kernel without connection tracking needs none of its settings.
                if path.exists():
                    path.write_text(f"{value}\n")

    def _cable(self, hop: int, near: str, far: str) -> str:
        # Two ends with the same number look like one device, whose carrier the kernel reports late.
        ends = (
            f"{name} index {10 + 2 * hop + side} mtu {self.topology.mtu} "
            f"address 02:77:00:00:{hop:02x}:0{1 + side} netns {PREFIX}{host}"
            for side, (name, host) in enumerate(((FAR, near), (NEAR, far)))
        )
        return f"link add {' type veth peer name '.join(ends)}"

    def _own_lines(self, hop: int) -> list[str]:
        topology, last = self.topology, self.topology.server_hop
        lines = ["link set lo up"]
        for version, length in ((4, 24), (6, 64)):
            end = f"/{length}" + (" nodad" if version == 6 else "")
            if hop > 0:
                lines += [f"addr add {numbered(hop, 2, version)}{end} dev {NEAR}"]
            if hop < last:
                lines += [f"addr add {numbered(hop + 1, 1, version)}{end} dev {FAR}"]
            if hop == last:
                names = [topology.address(name, version=version) for name in topology.domains]
                names.append(topology.name_server(version=version))
                lines += [f"addr add {address}{end} dev {NEAR}" for address in names]
        lines += [f"link set {NEAR} up"] * (hop > 0) + [f"link set {FAR} up"] * (hop < last)
        for version, length in ((4, 24), (6, 64)):
            zero = f"/{length}"
            for other in range(1, last + 1):
                network = numbered(other, 0, version).removesuffix("0" * (version == 6)) + zero
                if other < hop:
                    via = numbered(hop, 1, version)
                    lines.append(f"route add {network} via {via}")
                elif other > hop + 1:
                    via = numbered(hop + 1, 2, version)
                    lines.append(f"route add {network} via {via}")
        return lines

    def _switch_offloads_off(self, host: str) -> None:
        switches = [word for offload in OFFLOADS for word in (offload, "off")]
        for interface in (NEAR, FAR):
            if (host, interface) not in {(CLIENT, NEAR), (SERVER, FAR)}:
                words = ("ethtool", "-K", interface, *switches)
                self.run(host, *words, privileged=True, expect=(0,))

    def _impair(self) -> None:
        from workbench.lab.impair import attach

        attach(self)
