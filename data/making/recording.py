"""tcpdump at one vantage, from the moment it listens to the moment nothing moves any more."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from making.network import Network
from making.places import INTERFACE
from workbench.errors import WorkbenchError

STOP_TIMEOUT_S = 10


def _command(snap_length_bytes: int, target: Path) -> tuple[str, ...]:
    # -U and --immediate-mode: what tcpdump has seen is in the file, whenever it is stopped.
    return (
        "tcpdump", "-i", INTERFACE, "-n", "-p", "-s", str(snap_length_bytes), "-U",
        "--immediate-mode", "--time-stamp-precision=nano", "-w", str(target),
    )  # fmt: skip


def _stop(network: Network, process: subprocess.Popen[bytes], name: str) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(STOP_TIMEOUT_S)
    lost = re.search(r"(\d+) packets? dropped by kernel", network.log(name))
    if lost is None or lost[1] != "0":
        raise WorkbenchError(f"tcpdump lost packets: {network.log(name).strip()}")


@contextmanager
def recording(
    network: Network, place: str, target: Path, *, snap_length_bytes: int
) -> Iterator[None]:
    """Record what passes at a vantage while the block runs.

    Parameters
    ----------
    network : Network
        The network.
    place : str
        The vantage.
    target : Path
        The pcap file, nanosecond resolution.
    snap_length_bytes : int
        How much of a packet is kept.

    Yields
    ------
    None
        Once the recorder listens.

    Raises
    ------
    WorkbenchError
        When it does not start, or has lost packets.
    """
    name = f"tcpdump-{target.stem}"
    command = _command(snap_length_bytes, target)
    network.note(place, command)
    process = network.start(place, name, *command)
    try:
        network.wait(lambda: "listening on" in network.log(name), "tcpdump")
        yield
        network.settle()
        network.wait(lambda: _complete(target, process), "the end of the capture")
    except BaseException:
        process.kill()
        raise
    _stop(network, process, name)


def _complete(target: Path, process: subprocess.Popen[bytes]) -> bool:
    # Sleeping in poll means that the recorder has taken everything the kernel holds for it.
    state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return target.exists() and state == "S"
