"""A wire with length: every frame is carried over after a delay, at a rate, through a queue.

Not every kernel has netem, and without a delay all round trips would take microseconds: charts of
sequence numbers and of handshakes would show nothing. Frames are not changed here, and lost only
when the queue is full; the losses of the samples are made in the router, by iptables.
"""

from __future__ import annotations

import argparse
import select
import socket
import time
from collections import deque
from dataclasses import dataclass, field

EVERY_PROTOCOL = 0x0003
FRAME_LIMIT_BYTES = 65536
BATCH = 64


@dataclass(slots=True)
class Direction:
    """One way over the wire."""

    source: socket.socket
    sink: socket.socket
    delay_ns: int
    ns_per_byte: int
    queue_frames: int
    free_at_ns: int = 0
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)

    def take(self) -> None:
        """Queue what has arrived."""
        for _ in range(BATCH):
            try:
                frame, address = self.source.recvfrom(FRAME_LIMIT_BYTES)
            except BlockingIOError:
                return
            if address[2] == socket.PACKET_OUTGOING or len(self.waiting) >= self.queue_frames:
                continue
            now_ns = time.monotonic_ns()
            self.free_at_ns = max(now_ns, self.free_at_ns) + len(frame) * self.ns_per_byte
            self.waiting.append((self.free_at_ns + self.delay_ns, frame))

    def give(self) -> None:
        """Send what has travelled long enough."""
        while self.waiting and self.waiting[0][0] <= time.monotonic_ns():
            self.sink.send(self.waiting.popleft()[1])


def _socket(interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    opened.bind((interface, 0))
    opened.setblocking(False)
    return opened


def carry(directions: tuple[Direction, ...]) -> None:
    """Carry frames until the process is ended.

    Parameters
    ----------
    directions : tuple of Direction
        Both ways, or one.
    """
    sources = [direction.source for direction in directions]
    while True:
        due_ns = [each.waiting[0][0] for each in directions if each.waiting]
        wait_s = max(0, min(due_ns) - time.monotonic_ns()) / 1e9 if due_ns else None
        select.select(sources, (), (), wait_s)
        for direction in directions:
            direction.take()
            direction.give()


def main() -> None:
    """Read the command line and carry frames."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("near")
    parser.add_argument("far")
    parser.add_argument("--delay-ms", type=float, required=True)
    parser.add_argument("--megabits", type=float, required=True)
    parser.add_argument("--queue", type=int, default=400)
    options = parser.parse_args()
    near, far = _socket(options.near), _socket(options.far)
    delay_ns = int(options.delay_ms * 1e6)
    ns_per_byte = int(8000 / options.megabits)
    print("carrying", flush=True)
    carry(
        (
            Direction(near, far, delay_ns, ns_per_byte, options.queue),
            Direction(far, near, delay_ns, ns_per_byte, options.queue),
        )
    )


if __name__ == "__main__":
    main()
