"""Machine code of the kernels: the same numbers as their source, checked where that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import compiler
from workbench.capture.engine import CAPTURE
from workbench.capture.kernels import primitives
from workbench.capture.kernels.primitives import pointer, word_sum


def reach(buf: Any, at: int) -> Any:
    """Return a byte, wherever it is."""
    return buf[at]


def total(buf: Any, start: int, stop: int) -> Any:
    """Sum words as kernels do: through a pointer, once compiled."""
    return word_sum(pointer(buf), start, stop)


def kernels() -> dict[str, FunctionType]:
    every = CAPTURE.kernels()
    own = {
        name: kernel for name, kernel in every.items() if kernel.__module__ == primitives.__name__
    }
    added = [kernel for kernel in (reach, total) if isinstance(kernel, FunctionType)]
    return own | {kernel.__name__: kernel for kernel in added}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return Path(tmp_path_factory.mktemp("kernels"))


@pytest.fixture(scope="module")
def fast(folder: Path) -> dict[str, Callable[..., Any]]:
    return compiler.compile_kernels(kernels(), folder, ["total", "reach"])


@pytest.fixture(scope="module")
def checked() -> dict[str, Callable[..., Any]]:
    return compiler.compile_kernels(kernels(), None, ["total", "reach"])


@given(data=st.binary(max_size=200), start=st.integers(0, 30), stop=st.integers(0, 200))
def test_words_are_summed_as_the_source_says(fast, checked, data, start, stop) -> None:
    stop = min(stop, len(data))
    start = min(start, stop)
    buf = np.frombuffer(data, np.uint8)
    plain = primitives.word_sum_loop(data, start, stop)
    assert int(checked["total"](buf, start, stop)) == plain
    assert int(fast["total"](buf, start, stop)) == plain
    # Zero and 65535 are the same number in ones' complement.
    assert plain == (~build.internet_sum(data[start:stop]) & 0xFFFF) % 65535


def test_the_longest_packet_does_not_overflow(fast) -> None:
    data = b"\xff" * 65_535 + b"\xfe"
    found = fast["total"](np.frombuffer(data, np.uint8), 0, len(data))
    assert int(found) == primitives.word_sum_loop(data, 0, len(data))


def test_bounds_are_checked_where_that_is_wanted(checked) -> None:
    buf = np.frombuffer(b"abc", np.uint8)
    assert checked["reach"](buf, 2) == ord("c")
    with pytest.raises(IndexError, match="out of bounds"):
        checked["reach"](buf, 3)


def test_only_entry_points_are_kept_on_disk(fast, folder: Path) -> None:
    buf = np.frombuffer(b"abc", np.uint8)
    assert (fast["reach"](buf, 1), fast["total"](buf, 0, 2)) == (ord("b"), 0x6162)
    kept = " ".join(path.name for path in folder.rglob("*.nbi"))
    assert len(kept.split()) == 2
    assert "reach" in kept
    assert "total" in kept


def test_the_source_stays_what_it_was(fast) -> None:
    assert isinstance(primitives.word_sum, FunctionType)
    assert not any(hasattr(kernel, "py_func") for kernel in vars(primitives).values())
    assert fast["word_sum_loop"].py_func.__code__ is primitives.word_sum_loop.__code__


def test_where_numba_keeps_its_own_code_is_left_alone(fast) -> None:
    assert compiler._config.CACHE_DIR == ""


def test_compiling_is_announced(capsys) -> None:
    compiler.announce("capture")
    assert "compiling the capture kernels, once on this machine" in capsys.readouterr().err
