"""Chooses how kernels run: as plain Python on memory views, or compiled on arrays.

numba is imported only when a capture is large enough to pay for it. Compiled code is kept in a
folder of the user's cache that is named after the kernels' source, so that a changed kernel never
meets old machine code.
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
from types import FunctionType
from typing import Any

import numpy as np

from workbench.capture.kernels.types import Buffer
from workbench.settings import private_cache_dir, settings


@dataclass(frozen=True)
class KernelSet:
    """Kernel modules that are compiled together.

    Attributes
    ----------
    name
        Short name, for the folder of their machine code.
    modules
        Full names of the modules; function names are unique over them.
    entry_points
        Kernels that are called from outside: their code is kept on disk.
    warm_up
        `module:function` that calls each entry point with the engine once, so that all compiling
        happens at the first use and not bit by bit.
    """

    name: str
    modules: tuple[str, ...]
    entry_points: tuple[str, ...]
    warm_up: str

    def kernels(self) -> dict[str, FunctionType]:
        """Return all functions of the modules by name.

        Raises
        ------
        AssertionError
            When two of them have one name.
        """
        found: dict[str, FunctionType] = {}
        for name in self.modules:
            module = importlib.import_module(name)
            for kernel, value in vars(module).items():
                if inspect.isfunction(value) and value.__module__ == name:
                    if kernel in found:
                        raise AssertionError(f"two kernels are called {kernel}")
                    found[kernel] = value
        return found

    def digest(self) -> str:
        """Return a digest of everything that decides what the kernels compile to."""
        import numba

        digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
        compiler = "workbench.capture.compiler"
        for name in (*self.modules, compiler, "workbench.capture.kernels.types"):
            digest.update(inspect.getsource(importlib.import_module(name)).encode())
        return digest.hexdigest()[:16]


_PACKAGE = "workbench.capture.kernels"
CAPTURE = KernelSet(
    "capture",
    tuple(
        f"{_PACKAGE}.{name}"
        for name in (
            "primitives",
            "addresses",
            "link",
            "tunnels",
            "network",
            "transport",
            "plain",
            "decode",
            "walk",
            "extras",
        )
    ),
    (
        "walk_pcap",
        "walk_pcapng",
        "decode_rows",
        "decode_extras",
        "rehash",
        "remap",
    ),
    "workbench.capture.warmup:warm_up",
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

    def arrays(self, group: Any) -> Any:
        """Return a named tuple of arrays in the form that this engine's kernels index."""
        return group if self.compiled else type(group)(*(memoryview(column) for column in group))

    def call(self, name: str, *arguments: Any) -> Any:
        """Run a kernel by name."""
        return self.functions[name](*arguments)


def engine_for(size_bytes: int, kernels: KernelSet = CAPTURE) -> Engine:
    """Return the engine for a capture of `size_bytes`.

    Parameters
    ----------
    size_bytes
        Size of the capture, decompressed; the settings say from which size compiling pays.
    kernels
        Kernels to run.

    Returns
    -------
    Engine
        The interpreted or the compiled one.
    """
    return compiled(kernels) if settings().compiles(size_bytes) else interpreted(kernels)


@cache
def interpreted(kernels: KernelSet = CAPTURE) -> Engine:
    """Return the engine that runs kernels as plain Python."""
    return Engine(compiled=False, functions=dict(kernels.kernels()))


@cache
def compiled(kernels: KernelSet = CAPTURE, *, check_bounds: bool = False) -> Engine:
    """Return the engine that runs kernels as machine code.

    Parameters
    ----------
    kernels
        Kernels to run.
    check_bounds
        Check every access, for fuzzing; such code is not kept on disk.

    Returns
    -------
    Engine
        Its first use on a machine compiles, which is announced on standard error.
    """
    from workbench.capture import compiler

    with _compiling:
        folder = None
        if not check_bounds:
            folder = private_cache_dir() / "kernels" / f"{kernels.name}-{kernels.digest()}"
        functions = compiler.compile_kernels(kernels.kernels(), folder, kernels.entry_points)
        engine = Engine(compiled=True, functions=functions)
        if folder is not None and not any(folder.rglob("*.nbi")):
            compiler.announce(kernels.name)
            module, _, name = kernels.warm_up.partition(":")
            getattr(importlib.import_module(module), name)(engine)
        return engine
