"""Named pipes: opened without hanging, and waited for, but not for ever."""

from __future__ import annotations

import os
import select

from workbench.errors import CaptureError

WAIT_MS = 30_000
"""How long a named pipe may wait for the program that writes to it."""


def open_without_waiting(path: str, flags: int) -> int:
    """Open a file, and a named pipe before its other end appears; an opener for `open`."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))


def await_writer(name: str, descriptor: int) -> None:
    """Wait for somebody to write to a named pipe, which reads as empty before.

    Parameters
    ----------
    name
        What people call the pipe.
    descriptor
        Its reading end.

    Raises
    ------
    CaptureError
        When nobody does.
    """
    if not hasattr(select, "poll"):
        return
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(WAIT_MS):
        why = f"nothing was written to this pipe for {WAIT_MS / 1000:g} s"
        raise CaptureError.unreadable(name, why)
