"""tcpdump at the vantages of a path, from the moment all listen until nothing moves any more."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.lab.namespaces import Lab
from workbench.lab.topology import VANTAGES

STOP_LIMIT_S, QUIET_S, SETTLE_LIMIT_S = 5.0, 0.15, 5.0
SNAP_BYTES = 262144
# Address resolution and group membership are the hosts' own talk, not the connection's.
FILTER = (
    "not arp and not ip multicast and not ip6 multicast and not "
    "(icmp6 and ip6[40] >= 130 and ip6[40] <= 137)"
)


@contextmanager
def recording(
    lab: Lab,
    folder: Path,
    name: str,
    *,
    vantages: Sequence[str] = VANTAGES,
    snap_bytes: int = SNAP_BYTES,
    only: str = "",
) -> Iterator[dict[str, Path]]:
    """Record what passes at vantages while the block runs, all by one clock.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    folder : Path
        Where the captures go.
    name : str
        What their names begin with: ``name-client.pcap`` and so on.
    vantages : sequence of str
        Some of client, pre-dpi, post-dpi, server.
    snap_bytes : int
        How much of a packet is kept.
    only : str
        A further filter, in tcpdump's words.

    Yields
    ------
    dict
        The file of each vantage: nanosecond pcap, complete after the block.

    Raises
    ------
    WorkbenchError
        When a recorder does not start, or has lost packets.
    """
    files = {vantage: folder / f"{name}-{vantage}.pcap" for vantage in vantages}
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for vantage, file in files.items():
            started[vantage] = _start(lab, vantage, file, snap_bytes, only)
        for vantage, process in started.items():
            lab.wait_said(process, f"tcpdump-{vantage}", "listening on")
        yield files
        settle(lab, [process.pid for process in started.values()])
    except BaseException:
        for process in started.values():
            process.kill()
        raise
    for process in started.values():
        process.send_signal(signal.SIGINT)
    for vantage, process in started.items():
        process.wait(STOP_LIMIT_S)
        _judge(vantage, lab.log(f"tcpdump-{vantage}"))


def settle(lab: Lab, pids: Sequence[int], *, quiet_s: float = QUIET_S) -> None:
    """Wait until nothing moves on the hosts of some processes, and those processes sleep.

    Parameters
    ----------
    lab : Lab
        The laboratory; its delay is added to what counts as quiet.
    pids : sequence of int
        The recorders. One that sleeps has taken everything that the kernel holds for it.
    quiet_s : float
        How long nothing must have moved.
    """
    needed = quiet_s + 2 * lab.topology.impairment.delay_ms / 1e3
    seen: list[str] = []
    since = time.monotonic()
    end = since + SETTLE_LIMIT_S
    while time.monotonic() - since < needed and time.monotonic() < end:
        time.sleep(0.01)
        now = [Path(f"/proc/{pid}/net/dev").read_text() for pid in pids]
        if now != seen or not all(_asleep(pid) for pid in pids):
            seen, since = now, time.monotonic()


def _start(
    lab: Lab, vantage: str, file: Path, snap_bytes: int, only: str
) -> subprocess.Popen[bytes]:
    host, interface = lab.topology.vantage(vantage)
    wanted = f"{FILTER} and ({only})" if only else FILTER
    # -U and --immediate-mode: what tcpdump has seen is in the file, whenever it is stopped.
    command = (
        "tcpdump", "-i", interface, "-n", "-p", "-s", str(snap_bytes), "-U", "--immediate-mode",
        "--time-stamp-precision=nano", "-w", str(file), wanted,
    )  # fmt: skip
    return lab.start(host, f"tcpdump-{vantage}", *command, privileged=True)


def _asleep(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    except OSError:
        return True


def _judge(vantage: str, said: str) -> None:
    lost = re.search(r"(\d+) packets? dropped by kernel", said)
    if lost is None or lost[1] != "0":
        raise WorkbenchError(f"the recorder at {vantage} lost packets: {said.strip()[-300:]}")
