"""Checks of the values that descriptors are made of, wherever they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.errors import ParameterError

#: All twelve bits of the TCP flags.
ALL_FLAGS = 0xFFF
INT32 = 2**31
#: Most copies of one packet, and most bytes or milliseconds that a part may ask for.
MAX_COUNT = 1 << 16
_BOUND = re.compile(r"[nds][0-9]{1,10}")


def check_choice(name: str, value: object, choices: Iterable[object]) -> None:
    """Raise an error unless a value is one of the choices.

    Parameters
    ----------
    name : str
        Parameter that the message names.
    value : object
        What was given.
    choices : iterable
        What is allowed.

    Raises
    ------
    ParameterError
        If it is not among them.
    """
    every = tuple(choices)
    if value not in every:
        raise ParameterError.not_among(name, value, every)


def check_range(name: str, value: int, low: int, high: int) -> None:
    """Raise an error unless a number lies within bounds.

    Parameters
    ----------
    name : str
        Parameter that the message names.
    value, low, high : int
        The number and its bounds, which are included.

    Raises
    ------
    ParameterError
        If it does not.
    """
    if not low <= value <= high:
        raise ParameterError.out_of_range(name, value, low, high)


def check_bounds(**bounds: str) -> None:
    """Raise an error unless each text names a packet, as ``n3``, ``d1`` or ``s100``, or is empty.

    Parameters
    ----------
    **bounds : str
        Texts by the names that messages use.

    Raises
    ------
    ParameterError
        If one has another form.
    """
    for name, text in bounds.items():
        if text and _BOUND.fullmatch(text) is None:
            raise ParameterError.not_understood(name, text, "n3, d1 or s100")
