"""Turns kernels into machine code with numba. The only module that imports it.

Every kernel module's functions are copied into one set of globals, in which the names of other
kernels mean compiled ones. Nothing else about them changes, so the interpreted source stays the
reference.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from llvmlite import ir
from numba.core import config as numba_config
from numba.core import types
from numba.extending import intrinsic

INLINED = frozenset(
    {
        "plain_frame",
        "plain_ipv4",
        "plain_ipv6",
        "plain_transport",
        "plain_verdict",
        "decode_any",
        "intern_v4",
        "home",
        "next_record",
    }
)
"""Kernels of the short way, put in place of their calls."""


def announce(name: str) -> None:
    """Say on standard error that compiling is about to happen."""
    sys.stderr.write(
        f"workbench: compiling the {name} kernels, once on this machine (some seconds) …\n"
    )
    sys.stderr.flush()


@intrinsic
def _pointer(typing_context: Any, array: Any) -> Any:
    """Return the pointer to an array's first element; whoever called holds the array."""
    del typing_context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate


@intrinsic
def _load_u64_intrinsic(typing_context: Any, data: Any, at: Any) -> Any:
    """Load eight bytes at any address as a little-endian number, unchecked."""
    del typing_context, at

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        address = builder.gep(arguments[0], [arguments[1]])
        loaded = builder.load(builder.bitcast(address, ir.IntType(64).as_pointer()))
        loaded.align = 1
        return loaded

    return types.uint64(data, types.int64), generate


@intrinsic
def _prefetch(typing_context: Any, data: Any, at: Any) -> Any:
    """Ask for the cache line at a position, which need not be inside the buffer."""
    del typing_context, at

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        address = builder.gep(arguments[0], [arguments[1]])
        builder.call(hint, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(data, types.int64), generate


_load_u64: Any = _load_u64_intrinsic
_config: Any = numba_config
_njit: Any = numba.njit


def word_sum_fast(buf: Any, start: int, stop: int) -> Any:
    """Sum as `word_sum` does, eight bytes at a time.

    The ones' complement sum does not depend on byte order (RFC 1071, 2B): little-endian words are
    summed and the result is swapped at the end.
    """
    low = numba.uint64(0)
    high = numba.uint64(0)
    count = (stop - start) >> 3
    for k in range(count):
        word = _load_u64(buf, start + 8 * k)
        low += word & numba.uint64(0xFFFFFFFF)
        high += word >> numba.uint64(32)
    total = numba.int64(low + high)
    at = start + 8 * count
    while at + 1 < stop:
        total += (numba.int64(buf[at + 1]) << 8) | numba.int64(buf[at])
        at += 2
    if at < stop:
        total += numba.int64(buf[at])
    total %= 65535
    return ((total & 0xFF) << 8) | (total >> 8)


def compile_kernels(
    kernels: dict[str, FunctionType], folder: Path | None, entry_points: Iterable[str]
) -> dict[str, Callable[..., Any]]:
    """Compile kernels lazily, with their machine code in `folder`.

    Parameters
    ----------
    kernels
        Functions by name.
    folder
        Where machine code is kept; None checks bounds and keeps nothing.
    entry_points
        Names of the kernels that are called from Python: those whose code is kept.

    Returns
    -------
    dict
        Dispatchers by name; each compiles at its first call.
    """
    kernels = dict(kernels)
    shared: dict[str, Any] = {}
    for kernel in kernels.values():
        shared.update(kernel.__globals__)
    shared.update(signed=numba.int64, unsigned=numba.uint64)
    checked = folder is None
    if not checked:
        del kernels["pointer"], kernels["prefetch"]
        kernels = {**kernels, "word_sum": _renamed(word_sum_fast, "word_sum")}
        shared.update(numba=numba, _load_u64=_load_u64, pointer=_pointer, prefetch=_prefetch)
    else:
        kernels = {**kernels, "word_sum": kernels["word_sum_loop"]}
    entries = set(entry_points)
    before = _config.CACHE_DIR
    try:
        _config.CACHE_DIR = str(folder or "")
        for name, kernel in kernels.items():
            copy = FunctionType(kernel.__code__, shared, kernel.__name__, kernel.__defaults__)
            copy.__qualname__ = kernel.__qualname__
            copy.__module__ = kernel.__module__
            kept = name in entries and not checked
            shared[name] = _njit(
                copy,
                cache=kept,
                nogil=True,
                boundscheck=checked,
                error_model="numpy",
                forceinline=name in INLINED,
                # Only what is called from Python is made callable from Python.
                no_cpython_wrapper=not (checked or name in entries),
                no_cfunc_wrapper=True,
                no_rewrites=True,
            )
    finally:
        _config.CACHE_DIR = before
    return {name: shared[name] for name in kernels}


def _renamed(function: Callable[..., Any], name: str) -> FunctionType:
    code = function.__code__.replace(co_name=name)
    return FunctionType(code, function.__globals__, name, function.__defaults__)
