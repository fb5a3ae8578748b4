"""Descriptors as JSON, checked by the types of the dataclasses themselves; and the schema of it.

Bytes are hexadecimal, sets sorted lists, tuples lists; what has its default value is left out.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union

from workbench.errors import ParameterError
from workbench.evasion.strategy import Strategy

VERSION = 1
MAX_CHARACTERS = 4 << 20
MAX_ITEMS = 100_000


def encode(strategy: Strategy) -> str:
    """Return a descriptor as JSON text.

    Parameters
    ----------
    strategy : Strategy
        Any descriptor.

    Returns
    -------
    str
        One line, keys in the order of the fields.

    Examples
    --------
    >>> encode(Strategy(tool="tpws", mss=88))
    '{"version": 1, "mss": 88, "tool": "tpws"}'
    """
    return json.dumps({"version": VERSION, **_plain(strategy)})


def decode(text: str) -> Strategy:
    """Return the descriptor in a JSON text.

    Parameters
    ----------
    text : str
        As `encode` writes it.

    Returns
    -------
    Strategy

    Raises
    ------
    ParameterError
        If it is no JSON of this form.

    Examples
    --------
    >>> decode('{"version": 1, "mss": 88}').text
    'mss'
    """
    if len(text) > MAX_CHARACTERS:
        raise ParameterError.out_of_range("characters of JSON", len(text), 0, MAX_CHARACTERS)
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise ParameterError.not_understood("strategy", text, "JSON of a strategy") from None
    if not isinstance(held, dict):
        raise ParameterError.wrong_type("strategy", held, "a JSON object")
    if held.pop("version", VERSION) != VERSION:
        raise ParameterError.not_understood("version", text, f'"version": {VERSION}')
    made = _made(Strategy, held, "strategy")
    if not isinstance(made, Strategy):
        raise ParameterError.wrong_type("strategy", held, "a JSON object")
    return made


def schema() -> dict[str, Any]:
    """Return the JSON Schema of descriptors, as shipped in ``strategy.schema.json``."""
    definitions: dict[str, Any] = {}
    _define(Strategy, definitions)
    top = definitions.pop("Strategy")
    top["properties"] = {"version": {"const": VERSION}, **top["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Strategy",
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def _plain(value: object) -> Any:
    """Return a value in JSON's own types."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((one, getattr(value, one.name)) for one in fields(value))
        return {one.name: _plain(held) for one, held in pairs if held != _default(one)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _default(one: Field[Any]) -> object:
    """Return a field's default, or a mark that equals nothing."""
    if one.default_factory is not MISSING:
        return one.default_factory()
    return one.default


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields."""
    return typing.get_type_hints(kind)


def _made(kind: Any, value: object, where: str) -> object:
    """Return a value of the type asked for, made from JSON's own types."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {Union, types.UnionType}:
        other = next(one for one in inner if one is not types.NoneType)
        return None if value is None else _made(other, value, where)
    if is_dataclass(kind) and isinstance(kind, type):
        return _made_object(kind, value, where)
    if origin is Literal:
        return _among(value, inner, where)
    if origin in {tuple, frozenset}:
        made = [_made(inner[0], one, f"{where}[]") for one in _checked(value, list, where)]
        return tuple(made) if origin is tuple else frozenset(made)
    if origin is Mapping:
        pairs = _checked(value, dict, where).items()
        return types.MappingProxyType({key: _made(inner[1], one, where) for key, one in pairs})
    return _bytes(value, where) if kind is bytes else _checked(value, kind, where)


def _made_object(kind: type, value: object, where: str) -> object:
    """Return a dataclass made from a JSON object, every name known and every needed one there."""
    held: dict[str, object] = _checked(value, dict, where)
    known = _hints(kind)
    for name in held:
        if name not in known:
            raise ParameterError.unknown(name, known, where)
    for one in fields(kind):
        if one.name not in held and _default(one) is MISSING:
            raise ParameterError.missing(one.name, where)
    made = {name: _made(known[name], one, f"{where}.{name}") for name, one in held.items()}
    return kind(**made)


def _checked(value: object, kind: type, where: str) -> Any:
    """Return a value if it is of a type, truth values being no numbers, and not endless."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ParameterError.wrong_type(where, value, f"of type {kind.__name__}")
    if isinstance(value, list | dict) and len(value) > MAX_ITEMS:
        raise ParameterError.out_of_range(f"items of {where}", len(value), 0, MAX_ITEMS)
    return value


def _among(value: object, choices: tuple[object, ...], where: str) -> object:
    """Return a value if it is one of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise ParameterError.not_among(where, value, choices)
    return value


def _bytes(value: object, where: str) -> bytes:
    """Return bytes from hexadecimal digits."""
    text = _checked(value, str, where)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ParameterError.not_understood(where, value, "an even number of hex digits") from None


def _define(kind: type, definitions: dict[str, Any]) -> None:
    """Add the schema of a dataclass, and of those in it, to the definitions."""
    if kind.__name__ in definitions:
        return
    definitions[kind.__name__] = made = {"type": "object", "additionalProperties": False}
    hints = _hints(kind)
    made["properties"] = {one.name: _typed(hints[one.name], definitions) for one in fields(kind)}
    needed = [one.name for one in fields(kind) if _default(one) is MISSING]
    if needed:
        made["required"] = needed


def _typed(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {Union, types.UnionType}:
        other = next(one for one in inner if one is not types.NoneType)
        return {"anyOf": [_typed(other, definitions), {"type": "null"}]}
    if is_dataclass(kind) and isinstance(kind, type):
        _define(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in {tuple, frozenset}:
        return {"type": "array", "items": _typed(inner[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _typed(inner[1], definitions)}
    if kind is bytes:
        return {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
    return {"type": {str: "string", int: "integer", bool: "boolean"}[kind]}
