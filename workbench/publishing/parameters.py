"""What each report takes: names, types, defaults and a sentence each, checked before anything runs.

papermill ignores a misspelt parameter and does not look at types. Here a frozen dataclass says what
a report takes, and the parameters cell of its notebook has to agree with it.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from workbench.errors import CaptureError, ParameterError, ReportError


def _parameter(default: Any, about: str, *, required: bool = False, file: bool = False) -> Any:
    """Return a field with what is to be said about it."""
    return field(default=default, metadata={"about": about, "required": required, "file": file})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreParameters:
    """What the report ``explore`` takes."""

    capture: str = _parameter(
        "../data/ordinary.pcapng", "path of the capture file", required=True, file=True
    )
    focus: str = _parameter(
        "",
        "connection to look at closely: its number, an address or a name; the most telling one "
        "if empty",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyParameters(ExploreParameters):
    """What the report ``strategy`` takes."""

    capture: str = _parameter(
        "../data/x.com/reference-client.pcap", "path of the capture file", required=True, file=True
    )
    focus: str = _parameter(
        "",
        "connection whose strategy to look at: its number, an address or a name; the clearest one "
        "if empty",
    )


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, for help texts.

    Parameters
    ----------
    name, kind : str
        Its name, and the name of its type.
    default : object
        Its value where none is given; None where one must be.
    about : str
        What it is.
    """

    name: str
    kind: str
    default: object
    about: str

    def __str__(self) -> str:
        default = "required" if self.default is None else f"default {self.default!r}"
        return f"{self.name} ({self.kind}, {default})"


#: Parameters by report; the notebook of a report has the report's name.
REPORTS: dict[str, type[ExploreParameters]] = {
    "explore": ExploreParameters,
    "strategy": StrategyParameters,
}


def parameters_of(report: str) -> type[ExploreParameters]:
    """Return the class that holds a report's parameters.

    Parameters
    ----------
    report : str
        Name of a report.

    Returns
    -------
    type
        A frozen dataclass.

    Raises
    ------
    ReportError
        If there is no such report.
    """
    if report not in REPORTS:
        raise ReportError.unknown(report, REPORTS)
    return REPORTS[report]


def describe(report: str) -> tuple[Parameter, ...]:
    """Return what a report takes.

    Parameters
    ----------
    report : str
        Name of a report.

    Returns
    -------
    tuple of Parameter
        In the order of the notebook.

    Raises
    ------
    ReportError
        If there is no such report.

    Examples
    --------
    >>> print(*describe("explore"), sep="; ")
    capture (str, required); focus (str, default '')
    """
    owner = parameters_of(report)
    kinds = get_type_hints(owner)
    return tuple(
        Parameter(
            each.name,
            kinds[each.name].__name__,
            None if each.metadata["required"] else each.default,
            each.metadata["about"],
        )
        for each in fields(owner)
    )


def validate(report: str, given: Mapping[str, object]) -> ExploreParameters:
    """Return parameters checked and complete.

    Parameters
    ----------
    report : str
        Name of a report.
    given : mapping of str to object
        Value by name. A path may stand where a text is asked for; files are made absolute, since a
        notebook runs in another folder.

    Returns
    -------
    ExploreParameters
        Frozen.

    Raises
    ------
    ReportError
        If there is no such report.
    ParameterError
        If a name is unknown, a value has another type, or one that must be given is missing; the
        message lists the valid ones with types and defaults.
    CaptureError
        If a file is not there.

    Examples
    --------
    >>> validate("explore", {"capture": "a.pcap", "fokus": "3"})
    Traceback (most recent call last):
    ...
    workbench.errors.ParameterError: report explore has no parameter 'fokus'. Did you mean focus?
    Parameters: capture (str, required), focus (str, default '').
    """
    owner, known = parameters_of(report), {each.name: each for each in describe(report)}
    for name in given:
        if name not in known:
            raise _unknown(report, name, known)
    values: dict[str, Any] = {}
    for each in fields(owner):
        if each.name not in given:
            if each.metadata["required"]:
                raise ParameterError(
                    f"report {report} needs the parameter {each.name}: {each.metadata['about']}. "
                    f"Parameters: {', '.join(map(str, known.values()))}."
                )
            continue
        value = _typed(known[each.name], given[each.name], known)
        values[each.name] = _file(value) if each.metadata["file"] else value
    return owner(**values)


def _unknown(report: str, name: object, known: Mapping[str, Parameter]) -> ParameterError:
    """Return the error for a name that the report does not have, valid ones with their types."""
    plain = str(ParameterError.unknown(name, known, f"report {report}"))
    head = plain.partition(" Parameters: ")[0]
    return ParameterError(f"{head} Parameters: {', '.join(map(str, known.values()))}.")


def _typed(parameter: Parameter, value: object, known: Mapping[str, Parameter]) -> object:
    """Return a value of the parameter's type, or raise."""
    if parameter.kind == "str" and isinstance(value, os.PathLike):
        return os.fspath(value)
    # Types are compared exactly: True is no number here.
    if type(value).__name__ != parameter.kind:
        plain = str(ParameterError.wrong_type(parameter.name, value, f"of type {parameter.kind}"))
        raise ParameterError(f"{plain} Parameters: {', '.join(map(str, known.values()))}.")
    return value


def _file(value: object) -> str:
    """Return the absolute path of a file that is there."""
    path = Path(str(value)).expanduser()
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise CaptureError.unreadable(str(value), error) from None
    if not found:
        raise CaptureError.missing(str(value))
    return str(path.absolute())


def check_notebook(report: str, notebook: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise if a notebook's parameters cell and the report's parameters differ.

    Parameters
    ----------
    report : str
        Name of a report.
    notebook : mapping
        What papermill's ``inspect_notebook`` says: by name, ``inferred_type_name`` and ``default``.

    Raises
    ------
    ReportError
        If a name, a type or a default differs; the message names both sides.
    """
    owner = parameters_of(report)
    kinds = get_type_hints(owner)
    ours = {
        each.name: (kinds[each.name].__name__, _default(each.default)) for each in fields(owner)
    }
    theirs = {
        name: (str(seen["inferred_type_name"]), _literal(seen["default"]))
        for name, seen in notebook.items()
    }
    if ours != theirs:
        raise ReportError(
            f"the parameters cell of notebook {report} says {theirs}, the package says {ours}: "
            "both come from one release, so one of them was edited."
        )


def _default(value: object) -> object:
    """Return a default that exists."""
    return None if value is MISSING else value


def _literal(text: object) -> object:
    """Return the value that source text stands for, or the text where it is no literal."""
    try:
        return ast.literal_eval(str(text))
    except (ValueError, SyntaxError):
        return text
