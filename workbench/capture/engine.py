"""Chooses how kernels run: as plain Python on memory views, or compiled on arrays.

numba is imported only when a capture is large enough to pay for it. Compiled code is kept in a folder of
the user's cache that is named after the kernels' source, so that a changed kernel never meets old
machine code.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from workbench.capture.kernels.types import Buffer
from workbench.settings import private_cache_dir, settings

PACKAGE = "workbench.capture.kernels"
MODULES = ("primitives", "addresses", "link", "tunnels", "network", "plain", "decode", "walk", "extras")
ENTRY_POINTS = (
    "walk_pcap",
    "walk_pcapng",
    "decode_rows",
    "scan_pcap",
    "decode_extras",
    "rehash",
    "remap",
)

_compiling = threading.Lock()


@dataclass(frozen=True)
class Engine:
    """One way to run the kernels.

    Attributes
    ----------
    compiled
        Whether functions are machine code that releases the interpreter lock.
    functions
        Kernels by name.
    """

    compiled: bool
    functions: dict[str, Callable[..., Any]]

    def buffer(self, data: Any) -> Buffer:
        """Return bytes in the form that this engine's kernels index."""
        if self.compiled:
            return np.frombuffer(data, np.uint8)
        return memoryview(data).cast("B")

    def array(self, values: Any) -> Any:
        """Return an array in the form that this engine's kernels index."""
        return values if self.compiled else memoryview(values)

    def arrays(self, group: NamedTuple) -> Any:
        """Return a named tuple of arrays in the form that this engine's kernels index."""
        return group if self.compiled else type(group)(*(memoryview(column) for column in group))

    def call(self, name: str, *arguments: Any) -> Any:
        """Run a kernel by name."""
        return self.functions[name](*arguments)


def engine_for(size_bytes: int) -> Engine:
    """Return the engine for a capture of `size_bytes`.

    Parameters
    ----------
    size_bytes
        Size of the capture, decompressed; the settings say from which size compiling pays.

    Returns
    -------
    Engine
        The interpreted or the compiled one.
    """
    return compiled() if settings().compiles(size_bytes) else interpreted()


def _modules() -> list[ModuleType]:
    return [importlib.import_module(f"{PACKAGE}.{name}") for name in MODULES]


def _kernels() -> dict[str, FunctionType]:
    """All functions of the kernel modules, by name; names are unique over the modules."""
    found: dict[str, FunctionType] = {}
    for module in _modules():
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                if name in found:
                    raise AssertionError(f"two kernels are called {name}")
                found[name] = value
    return found


@cache
def interpreted() -> Engine:
    """Return the engine that runs kernels as plain Python."""
    return Engine(compiled=False, functions=dict(_kernels()))


def source_digest() -> str:
    """Return a digest of everything that decides what the kernels compile to."""
    import numba

    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for module in [*_modules(), importlib.import_module(f"{PACKAGE}.types")]:
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()[:16]


@cache
def compiled(*, check_bounds: bool = False) -> Engine:
    """Return the engine that runs kernels as machine code.

    Parameters
    ----------
    check_bounds
        Check every access, for fuzzing; such code is not kept on disk.

    Returns
    -------
    Engine
        Its first use on a machine compiles, which is announced on standard error.
    """
    from workbench.capture import compiler

    with _compiling:
        if check_bounds:
            return Engine(True, compiler.compile_kernels(_kernels(), None, ENTRY_POINTS))
        folder = private_cache_dir() / "kernels" / source_digest()
        compiler.announce(folder)
        return Engine(True, compiler.compile_kernels(_kernels(), folder, ENTRY_POINTS))
