"""Named pipes: a writer that comes late is waited for, one that never comes is not."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from workbench.capture import pipes
from workbench.capture.reader import read_packets
from workbench.errors import CaptureError


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_opening_does_not_wait_for_the_other_end(pipe) -> None:
    descriptor = pipes.open_without_waiting(str(pipe), os.O_RDONLY)
    assert os.read(descriptor, 10) == b""
    os.close(descriptor)


def test_a_writer_that_comes_late_is_waited_for(pipe) -> None:
    def write() -> None:
        time.sleep(0.2)
        pipe.write_bytes(b"late")

    writer = threading.Thread(target=write)
    descriptor = pipes.open_without_waiting(str(pipe), os.O_RDONLY)
    writer.start()
    pipes.await_writer("pipe", descriptor)
    os.set_blocking(descriptor, True)
    assert os.read(descriptor, 10) == b"late"
    writer.join()
    os.close(descriptor)


def test_a_pipe_that_nobody_writes_to_is_an_error(pipe, monkeypatch) -> None:
    monkeypatch.setattr(pipes, "WAIT_MS", 20)
    with pytest.raises(CaptureError, match=r"nothing was written to this pipe for 0\.02 s"):
        read_packets(pipe)


def test_a_pipe_that_is_closed_without_a_word_is_empty(pipe) -> None:
    writer = threading.Thread(target=pipe.write_bytes, args=(b"",))
    writer.start()
    with pytest.raises(CaptureError, match="is empty"):
        read_packets(pipe)
    writer.join()
