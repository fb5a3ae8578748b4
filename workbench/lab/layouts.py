"""A topology as TOML: the one way in which a user writes one down."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from workbench.errors import InputError, ParameterError
from workbench.lab.topology import BLOCKED, Impairment, Topology

FILE_LIMIT_BYTES = 1 << 20
_SCALARS = ("middlebox_hop", "server_hop", "mtu", "offload")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "middlebox_hop": int, "server_hop": int, "mtu": int, "offload": bool, "blocked": list,
    "impairment": dict, "domains": dict, "delay_ms": (int, float), "loss": (int, float),
    "reorder": (int, float), "rate_mbit": (int, float), "seed": int,
}  # fmt: skip


def written(topology: Topology) -> str:
    """Write a topology down; `parse` reads it again.

    Parameters
    ----------
    topology : Topology
        The value.

    Returns
    -------
    str
        TOML.

    Examples
    --------
    >>> parse(written(Topology(mtu=1400))).mtu
    1400
    """
    lines = [f"{name} = {_toml(getattr(topology, name))}" for name in _SCALARS]
    lines.append(f"blocked = {_toml(list(topology.blocked))}")
    parts = {"impairment": asdict(topology.impairment), "domains": dict(topology.domains)}
    for title, values in parts.items():
        lines += ["", f"[{title}]"]
        lines += [f"{_toml(name)} = {_toml(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def parse(text: str) -> Topology:
    r"""Read a topology from TOML; what is left out has its default.

    Parameters
    ----------
    text : str
        The TOML.

    Returns
    -------
    Topology
        The value.

    Raises
    ------
    InputError
        For text that is no TOML.
    ParameterError
        For names and values that are not understood.

    Examples
    --------
    >>> parse("server_hop = 8\n[impairment]\ndelay_ms = 25").impairment.delay_ms
    25
    """
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the topology is no TOML: {error}.") from error
    names = {one.name for one in fields(Topology)}
    _check(read, names, "a topology")
    if "impairment" in read:
        inner = read["impairment"]
        _check(inner, {one.name for one in fields(Impairment)}, "impairment")
        read["impairment"] = Impairment(**inner)
    if "blocked" in read:
        read["blocked"] = tuple(read["blocked"])
    elif "domains" in read:
        read["blocked"] = tuple(name for name in BLOCKED if name in read["domains"])
    return Topology(**read)


def load(path: Path) -> Topology:
    """Read a topology from a file.

    Parameters
    ----------
    path : Path
        A TOML file.

    Returns
    -------
    Topology
        The value.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    try:
        with path.open("rb") as opened:
            data = opened.read(FILE_LIMIT_BYTES)
        return parse(data.decode())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the topology {str(path)!r}: {error}.") from error


def _check(read: Mapping[str, Any], names: set[str], owner: str) -> None:
    for name, value in read.items():
        if name not in names:
            raise ParameterError.unknown(name, sorted(names), owner)
        wanted = _TYPES[name]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            shown = wanted.__name__ if isinstance(wanted, type) else "number"
            raise ParameterError.wrong_type(name, value, shown)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return repr(value)
