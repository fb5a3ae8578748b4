"""Delay, loss and reordering on the path, by a forwarder of our own; and a rate, by the kernel.

Not every kernel has netem. The forwarder is a process on the last router before the server: packets
wait in its queue (NFQUEUE) until their time has come, are dropped, or overtake.
"""

from __future__ import annotations

import argparse
import select
import sys
import time
from collections import deque
from random import Random
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.lab.queue import ACCEPT, DROP, Queue, Queued
from workbench.lab.topology import FAR, NEAR, Impairment

if TYPE_CHECKING:
    from workbench.lab.namespaces import Lab

QUEUE, READY, NAME = 40, "forwarding", "impair"
IDLE_S = 1.0
BURST, LATENCY_MS = "16k", 100


class Forwarder:
    """Decides when, and whether, a packet goes on.

    Parameters
    ----------
    impairment : Impairment
        What happens to packets.
    """

    def __init__(self, impairment: Impairment) -> None:
        self._delay_ns = round(impairment.delay_ms * 1e6)
        self._loss, self._reorder = impairment.loss, impairment.reorder
        self._random = Random(impairment.seed)  # noqa: S311
        self._waiting: deque[tuple[int, Queued]] = deque()

    def take(self, packet: Queued, now_ns: int) -> int | None:
        """Take a packet that has arrived.

        Parameters
        ----------
        packet : Queued
            The packet.
        now_ns : int
            The time.

        Returns
        -------
        int or None
            Its verdict where it is decided at once.

        Examples
        --------
        >>> packet = Queued(1, b"", 2, 0)
        >>> Forwarder(Impairment(loss=1)).take(packet, 0) == DROP
        True
        """
        if self._random.random() < self._loss:
            return DROP
        if not self._delay_ns or self._random.random() < self._reorder:
            return ACCEPT
        self._waiting.append((now_ns + self._delay_ns, packet))
        return None

    def due(self, now_ns: int) -> list[Queued]:
        """Return the packets whose time has come, and forget them.

        Parameters
        ----------
        now_ns : int
            The time.

        Returns
        -------
        list of Queued
            In the order in which they came.

        Examples
        --------
        >>> forwarder = Forwarder(Impairment(delay_ms=1))
        >>> forwarder.take(Queued(1, b"", 2, 0), 0)
        >>> len(forwarder.due(999_999)), len(forwarder.due(1_000_000))
        (0, 1)
        """
        ready = []
        while self._waiting and self._waiting[0][0] <= now_ns:
            ready.append(self._waiting.popleft()[1])
        return ready

    def pause_s(self, now_ns: int) -> float:
        """Return how long nothing will be due.

        Parameters
        ----------
        now_ns : int
            The time.

        Returns
        -------
        float
            Seconds, never below 0.

        Examples
        --------
        >>> Forwarder(Impairment()).pause_s(0)
        1.0
        """
        return max(0, self._waiting[0][0] - now_ns) / 1e9 if self._waiting else IDLE_S


def forward(queue: Queue, forwarder: Forwarder) -> None:
    """Forward packets until the process is ended.

    Parameters
    ----------
    queue : Queue
        Where packets come from.
    forwarder : Forwarder
        Decides.
    """
    while True:
        arrived = select.select([queue], [], [], forwarder.pause_s(time.monotonic_ns()))[0]
        now_ns = time.monotonic_ns()
        for packet in queue.receive() if arrived else []:
            verdict = forwarder.take(packet, now_ns)
            if verdict is not None:
                queue.decide(packet, ACCEPT if verdict else DROP)
        for packet in forwarder.due(now_ns):
            queue.decide(packet, ACCEPT)


def attach(lab: Lab) -> None:
    """Put the impairment of a laboratory's topology into its path.

    Parameters
    ----------
    lab : Lab
        The laboratory, whose hosts are there.

    Raises
    ------
    WorkbenchError
        Where this kernel lacks what is needed.
    """
    wanted, host = lab.topology.impairment, lab.topology.impaired
    if wanted.queued:
        words = [f"--{name}={getattr(wanted, name)}" for name in ("delay_ms", "loss", "reorder")]
        module = (sys.executable, "-m", "workbench.lab.impair", *words, f"--seed={wanted.seed}")
        process = lab.start(host, NAME, *module, privileged=True)
        lab.wait_said(process, NAME, READY)
        target = ("-j", "NFQUEUE", "--queue-num", str(QUEUE))
        for version in (4, 6):
            lab.firewall(host, "-t", "mangle", "-A", "FORWARD", *target, version=version)
    if wanted.rate_mbit:
        _limit(lab, host, wanted.rate_mbit)


def _limit(lab: Lab, host: str, rate_mbit: float) -> None:
    limits = ("rate", f"{rate_mbit:g}mbit", "burst", BURST, "latency", f"{LATENCY_MS}ms")
    for interface in (NEAR, FAR):
        words = ("tc", "qdisc", "add", "dev", interface, "root", "tbf", *limits)
        done = lab.run(host, *words, privileged=True)
        if done.code:
            raise WorkbenchError(f"this kernel limits no rates (tbf): {done.errors.strip()}")


def main() -> None:
    """Read the command line and forward."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("delay_ms", "loss", "reorder"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    with Queue(QUEUE) as queue:
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        forward(queue, Forwarder(Impairment(**vars(options))))


if __name__ == "__main__":
    main()
