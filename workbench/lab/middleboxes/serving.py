"""The process of a middlebox that looks at packet after packet: queue in, verdicts and packets out.

Started on the middlebox's host as ``python -m workbench.lab.middleboxes.serving NAME SETTING LOG``.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from workbench.errors import ParameterError, WorkbenchError
from workbench.lab.middleboxes.packets import read
from workbench.lab.middleboxes.settings import Act, Judge, Setting, from_mapping
from workbench.lab.namespaces import host_here
from workbench.lab.queue import ACCEPT, DROP, Queue, Verdict
from workbench.lab.topology import MIDDLEBOX

QUEUE, READY = 50, "inspecting"
HEADER_INCLUDED_6 = 36


def judge_of(name: str, setting: Setting) -> Judge:
    """Return the middlebox of a name.

    Parameters
    ----------
    name : str
        One that looks at packet after packet.
    setting : Setting
        What it is told.

    Returns
    -------
    Judge
        The middlebox, knowing no flow yet.

    Raises
    ------
    ParameterError
        For another name.
    """
    if name == "ndpi":
        from workbench.lab.middleboxes.ndpi import NdpiJudge

        return NdpiJudge(setting)
    from workbench.lab.middleboxes.models import MODELS

    if name not in MODELS:
        raise ParameterError.not_among("name", name, ("ndpi", *MODELS))
    return MODELS[name](setting)


class Sender:
    """Sends packets that have their IP header already."""

    def __init__(self) -> None:
        self._four = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._six = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._six.setsockopt(socket.IPPROTO_IPV6, HEADER_INCLUDED_6, 1)

    def send(self, packet: bytes) -> None:
        """Send a packet to where its header says.

        Parameters
        ----------
        packet : bytes
            IPv4 or IPv6.
        """
        if packet[0] >> 4 == 4:
            self._four.sendto(packet, (socket.inet_ntop(socket.AF_INET, packet[16:20]), 0))
        else:
            self._six.sendto(packet, (socket.inet_ntop(socket.AF_INET6, packet[24:40]), 0))


class Serving:
    """Puts the packets of a queue to a judge, and does what it says.

    Parameters
    ----------
    judge : Judge
        Decides.
    send : callable
        Sends the packets that it makes.
    log : file
        Gets a line of JSON for every packet that decided something.
    extensions : bool
        Whether extension headers of IPv6 are looked behind.
    """

    def __init__(
        self,
        judge: Judge,
        send: Callable[[bytes], None],
        log: IO[str],
        *,
        extensions: bool = False,
    ) -> None:
        self._judge, self._send, self._log = judge, send, log
        self._extensions = extensions

    def decide(self, data: bytes) -> Verdict:
        """Decide about a packet.

        Parameters
        ----------
        data : bytes
            The packet from its IP header on.

        Returns
        -------
        Verdict
            Whether it goes on.
        """
        seen = read(data, extensions=self._extensions)
        if seen is None:
            return ACCEPT
        act = self._judge.judge(data, seen, time.monotonic())
        for packet in act.sent:
            self._send(packet)
        if act.action:
            self._note(act, seen.text())
        return ACCEPT if act.passes else DROP

    def _note(self, act: Act, flow: str) -> None:
        line = {"time_ns": time.time_ns(), "flow": flow, "name": act.name, "action": act.action}
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()


def main(words: Sequence[str]) -> None:
    """Inspect packets until the process is ended.

    Parameters
    ----------
    words : sequence of str
        Name, setting as JSON, file of the log.

    Raises
    ------
    WorkbenchError
        Anywhere else than on the middlebox's host.
    """
    if host_here() != MIDDLEBOX:
        raise WorkbenchError("a middlebox runs on its host in a laboratory, and nowhere else.")
    name, told, path = words
    setting = from_mapping(json.loads(told))
    judge = judge_of(name, setting)
    with Path(path).open("w") as log, Queue(QUEUE) as queue:
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        serving = Serving(judge, Sender().send, log, extensions=setting.extensions)
        queue.run(serving.decide)


if __name__ == "__main__":
    main(sys.argv[1:])
