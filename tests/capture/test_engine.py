"""Two ways to run kernels: which one is taken, and where its machine code is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.capture import build
from workbench.capture import engine
from workbench.capture.engine import CAPTURE, KernelSet, compiled, engine_for, interpreted
from workbench.capture.extras import decode_extra_columns
from workbench.settings import private_cache_dir

PRIMITIVES = "workbench.capture.kernels.primitives"
SOURCE = """
import numpy as np

def twice(value):
    return value + value

def add_up(values):
    total = 0
    for value in values:
        total += twice(value)
    return total

def warm_up(engine):
    engine.call("add_up", engine.array(np.zeros(1, "i8")))
"""


@pytest.fixture
def kernel_set(tmp_path: Path, monkeypatch) -> Callable[..., KernelSet]:
    """Return a function that makes a kernel set of a module with the given source."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("WORKBENCH_CACHE_DIR", str(tmp_path / "cache"))

    def make(source: str = SOURCE, name: str = "tiny_kernels") -> KernelSet:
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        return KernelSet("tiny", (PRIMITIVES, name), ("add_up",), f"{name}:warm_up")

    return make


@pytest.mark.parametrize(
    ("use", "size", "expected"),
    [
        ("always", 0, True),
        ("never", 1 << 40, False),
        ("auto", 999, False),
        ("auto", 1000, True),
    ],
)
def test_the_settings_choose_the_engine(monkeypatch, use, size, expected) -> None:
    monkeypatch.setenv("WORKBENCH_COMPILED", use)
    monkeypatch.setenv("WORKBENCH_COMPILED_FROM_BYTES", "1000")
    monkeypatch.setattr(engine, "compiled", lambda kernels: (True, kernels))
    monkeypatch.setattr(engine, "interpreted", lambda kernels: (False, kernels))
    found: object = engine_for(size)
    assert found == (expected, CAPTURE)


def test_interpreted_kernels_refuse_what_does_not_fit() -> None:
    plain = interpreted()
    column = plain.array(np.zeros(2, "u1"))
    with pytest.raises(ValueError, match=r"B|range|invalid value"):
        column[0] = 300
    with pytest.raises(IndexError):
        column[2] = 1
    assert plain.buffer(b"\xff\x01")[0] == 255
    assert interpreted() is plain


def test_every_entry_point_is_a_kernel() -> None:
    kernels = CAPTURE.kernels()
    assert set(CAPTURE.entry_points) <= set(kernels)
    assert set(interpreted().functions) == set(kernels)


def test_two_kernels_of_one_name_are_refused(kernel_set) -> None:
    first = kernel_set()
    kernel_set(SOURCE, "other_kernels")
    both = KernelSet("both", (*first.modules, "other_kernels"), (), "")
    with pytest.raises(AssertionError, match="two kernels are called twice"):
        both.kernels()


def test_the_digest_is_that_of_the_source(kernel_set) -> None:
    first = kernel_set().digest()
    assert kernel_set(SOURCE, "same_kernels").digest() == first
    changed = kernel_set(SOURCE.replace("total = 0", "total = 1"), "changed_kernels")
    assert changed.digest() != first
    assert len(first) == 16
    assert int(first, 16) >= 0


def test_machine_code_is_kept_in_a_folder_named_after_the_source(kernel_set, capsys) -> None:
    kernels = kernel_set()
    values = np.arange(5)
    assert interpreted(kernels).call("add_up", values) == 20
    assert compiled(kernels).call("add_up", values) == 20
    assert "compiling the tiny kernels" in capsys.readouterr().err
    [folder] = (private_cache_dir() / "kernels").iterdir()
    assert folder.name == f"tiny-{kernels.digest()}"
    assert any(folder.rglob("*.nbi"))
    again = compiled.__wrapped__(kernels)
    assert again.call("add_up", values) == 20
    assert capsys.readouterr().err == ""
    checked = compiled(kernels, check_bounds=True)
    assert checked.call("add_up", values) == 20
    assert [folder] == list((private_cache_dir() / "kernels").iterdir())


@pytest.mark.parametrize("make", [build.pcap, build.pcapng])
def test_both_engines_agree_on_a_capture(make) -> None:
    frames = [build.tcp4(bytes(number), seq=number, checksum=None) for number in range(20)]
    frames += [build.tcp6(b"six"), build.udp4(b"u", checksum=5), build.ethernet(b"\x25" * 40)]
    frames += [build.ethernet(build.ipv4(build.tcp(), 6), tags=[1, 2]), b"", b"\0" * 13]
    plain, fast = (build.read(make(frames), one) for one in (interpreted(), compiled()))
    assert compiled().compiled
    for name, column in plain.columns.items():
        assert fast.columns[name].tolist() == column.tolist(), name
    assert fast.addresses.texts == plain.addresses.texts
    assert fast.problems.listed == plain.problems.listed
    late = [decode_extra_columns(plain, one)._asdict() for one in (interpreted(), compiled())]
    for name, column in late[0].items():
        assert late[1][name].tolist() == column.tolist(), name
