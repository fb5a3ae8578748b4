"""What a user may set from outside, read from the environment and frozen.

Every field has one environment variable: ``WORKBENCH_`` and the field's name in capitals, but for
`use_compiled`, which is ``WORKBENCH_COMPILED``. Sizes take a plain number, or one with KiB, MiB,
GiB or TiB behind it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from workbench.errors import OutputError, ParameterError

CompiledUse = Literal["auto", "always", "never"]

KIB, MIB, GIB, TIB = 2**10, 2**20, 2**30, 2**40
MAX_THREADS = 256

_COMPILED_USES: tuple[CompiledUse, ...] = ("auto", "always", "never")
_UNITS = {"": 1, "b": 1, "kib": KIB, "mib": MIB, "gib": GIB, "tib": TIB}
_COUNT = re.compile(r"([0-9][0-9_]{0,18})\s*([a-z]*)")


def available_cpus() -> int:
    """Return how many processors this process may use, between 1 and the most threads allowed."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, min(count, MAX_THREADS))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Limits and places, the same for a whole run.

    Parameters
    ----------
    cache_dir : pathlib.Path
        Folder of decoded tables and compiled kernels; see :func:`private_cache_dir`.
    max_decompressed_bytes : int
        Most bytes that one compressed capture may unpack to.
    max_problems : int
        Most problems listed one by one; further ones are counted by kind.
    max_reassembly_bytes : int
        Most bytes of IP fragments and stream data held back while waiting for what is missing.
    max_cache_bytes : int
        Size the cache is kept below, the longest unused going first.
    compiled_from_bytes : int
        Capture size from which the compiled kernels are used.
    use_compiled : {"auto", "always", "never"}
        Whether kernels are compiled: by size, for every capture, or for none.
    threads : int
        Most threads that decode side by side.

    Examples
    --------
    >>> Settings.from_environment({"WORKBENCH_COMPILED_FROM_BYTES": "4 MiB"}).compiled_from_bytes
    4194304
    """

    cache_dir: Path
    max_decompressed_bytes: int = 16 * GIB
    max_problems: int = 10_000
    max_reassembly_bytes: int = 64 * MIB
    max_cache_bytes: int = 8 * GIB
    compiled_from_bytes: int = 16 * MIB
    use_compiled: CompiledUse = "auto"
    threads: int = field(default_factory=available_cpus)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings that an environment asks for.

        Parameters
        ----------
        environment : mapping of str to str, optional
            Variables by name; those of this process by default. Unset and empty ones count alike.

        Returns
        -------
        Settings
            Defaults wherever nothing is set.

        Raises
        ------
        ParameterError
            If a variable holds what its field cannot be; the message names the variable.
        """
        given = os.environ if environment is None else environment

        def count(name: str, default: int, low: int, high: int = 2**63 - 1) -> int:
            return _count(given, f"WORKBENCH_{name}", default, low, high)

        return cls(
            cache_dir=_cache_dir(given),
            max_decompressed_bytes=count("MAX_DECOMPRESSED_BYTES", cls.max_decompressed_bytes, 1),
            max_problems=count("MAX_PROBLEMS", cls.max_problems, 1),
            max_reassembly_bytes=count("MAX_REASSEMBLY_BYTES", cls.max_reassembly_bytes, 0),
            max_cache_bytes=count("MAX_CACHE_BYTES", cls.max_cache_bytes, 0),
            compiled_from_bytes=count("COMPILED_FROM_BYTES", cls.compiled_from_bytes, 0),
            use_compiled=_compiled_use(given),
            threads=count("THREADS", available_cpus(), 1, MAX_THREADS),
        )

    def compiles(self, size_bytes: int) -> bool:
        """Return whether a capture of `size_bytes` is decoded by compiled kernels."""
        if self.use_compiled == "auto":
            return size_bytes >= self.compiled_from_bytes
        return self.use_compiled == "always"


def settings() -> Settings:
    """Return the settings of this process as its environment stands now.

    Returns
    -------
    Settings
        Read anew on each call, which costs microseconds; hold on to one value within a task.

    Raises
    ------
    ParameterError
        If a variable holds what its field cannot be.
    """
    return Settings.from_environment()


def private_cache_dir(chosen: Settings | None = None) -> Path:
    """Return the cache folder, made if it is missing and private to the user in any case.

    Parameters
    ----------
    chosen : Settings, optional
        Settings to take the folder from; those of this process by default.

    Returns
    -------
    pathlib.Path
        An existing folder of this user, with mode 0700.

    Raises
    ------
    OutputError
        If it cannot be made, belongs to someone else, or is open to other users.
    """
    path = (chosen or settings()).cache_dir
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        # A symbolic link may lead to a larger disk, but nobody else may have put it there.
        owners, mode = {path.lstat().st_uid, path.stat().st_uid}, path.stat().st_mode
    except OSError as error:
        raise OutputError.cannot_write(path, error) from error
    if os.name == "posix":
        if owners != {os.geteuid()}:
            raise OutputError.cannot_write(path, "it belongs to another user")
        if mode & 0o077:
            raise OutputError.not_private(path, mode)
    return path


def _cache_dir(given: Mapping[str, str]) -> Path:
    """Return the folder named for this package, for caches in general, or at home."""
    if own := given.get("WORKBENCH_CACHE_DIR"):
        return Path(own).expanduser().absolute()
    general = Path(given.get("XDG_CACHE_HOME", ""))
    # The base directory specification has relative paths ignored.
    if general.is_absolute():
        return general / "workbench"
    home = given.get("HOME")
    return (Path(home) if home else Path.home()) / ".cache" / "workbench"


def _compiled_use(given: Mapping[str, str]) -> CompiledUse:
    """Return the value of WORKBENCH_COMPILED, checked."""
    value = given.get("WORKBENCH_COMPILED") or "auto"
    for use in _COMPILED_USES:
        if value == use:
            return use
    raise ParameterError.not_among("WORKBENCH_COMPILED", value, _COMPILED_USES)


def _count(given: Mapping[str, str], variable: str, default: int, low: int, high: int) -> int:
    """Return the number in an environment variable, checked, or its default."""
    text = given.get(variable, "").strip()
    if not text:
        return default
    found = _COUNT.fullmatch(text.lower())
    if found is None or found[2] not in _UNITS:
        raise ParameterError.not_understood(variable, text, "a number such as 4096 or 64 MiB")
    value = int(found[1]) * _UNITS[found[2]]
    if not low <= value <= high:
        raise ParameterError.out_of_range(variable, value, low, high)
    return value
