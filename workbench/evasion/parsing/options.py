"""Command lines as words, and words as options: what every parser stands on.

Options are read as the C library's ``getopt_long`` reads them, which all these tools use or
imitate.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.errors import ParameterError

Argument = Literal["none", "needed", "optional"]

MAX_COMMAND = 1 << 18
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Table:
    """The options that a tool understands.

    Parameters
    ----------
    tool : str
        Name for messages.
    long : mapping of str to {"none", "needed", "optional"}
        Long options and whether they take an argument.
    short : mapping of str to str
        Long option by its letter.
    single_dash : bool
        Whether one dash does for two.
    abbreviated : bool
        Whether a long option may be cut as long as it stays unique.
    unnamed : frozenset of str
        Keys of `long` that stand for a letter without a long option.
    """

    tool: str
    long: Mapping[str, Argument]
    short: Mapping[str, str]
    single_dash: bool = False
    abbreviated: bool = True
    unnamed: frozenset[str] = frozenset()

    def known(self) -> tuple[str, ...]:
        """Return every option as a person types it."""
        letters = tuple(f"-{letter}" for letter in self.short)
        return (*(f"--{name}" for name in self.long if name not in self.unnamed), *letters)


def bounded(command: str) -> str:
    """Return a command that is not too long to be read.

    Raises
    ------
    ParameterError
        If it has more than 256 KiB.
    """
    if len(command) > MAX_COMMAND:
        raise ParameterError.out_of_range("characters of a command", len(command), 0, MAX_COMMAND)
    return command


def split_words(command: str) -> list[str]:
    """Return the words of a command line by the rules of a POSIX shell, nothing being expanded.

    Parameters
    ----------
    command : str
        At most 256 KiB.

    Returns
    -------
    list of str

    Raises
    ------
    ParameterError
        If it is too long, or a quote is left open.

    Examples
    --------
    >>> split_words("nfqws --comment='a b' # not a comment")
    ['nfqws', '--comment=a b', '#', 'not', 'a', 'comment']
    """
    try:
        return shlex.split(bounded(command))
    except ValueError as error:
        example = f"a command whose quotes are closed ({error})"
        raise ParameterError.not_understood("command", command, example) from None


def read_options(words: Sequence[str], table: Table) -> list[tuple[str, str | None]]:
    """Return long names and arguments of the options in some words, in their order.

    Parameters
    ----------
    words : sequence of str
        Without the program's name.
    table : Table
        What is understood.

    Returns
    -------
    list of tuple
        Name and argument; None where an option has none.

    Raises
    ------
    ParameterError
        If a word is no option, or an option is unknown or lacks its argument.

    Examples
    --------
    >>> table = Table("tpws", {"split-pos": "needed", "oob": "optional"}, {})
    >>> read_options(["--split-pos", "2", "--oob"], table)
    [('split-pos', '2'), ('oob', None)]
    """
    found: list[tuple[str, str | None]] = []
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        if word.startswith("--") or (table.single_dash and len(word) > 2 and word[0] == "-"):
            found.append(_long(word, waiting, table))
        elif word.startswith("-") and len(word) > 1:
            found += _letters(word[1:], waiting, table)
        else:
            raise ParameterError.unknown(word, table.known(), table.tool)
    return found


def number(name: str, text: str, low: int, high: int) -> int:
    """Return a whole number, decimal or with ``0x``, if it lies within bounds.

    Parameters
    ----------
    name : str
        Option that it belongs to.
    text : str
        Digits.
    low, high : int
        Bounds, included.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        If it is no number or out of bounds.

    Examples
    --------
    >>> number("--ttl", "0x10", 1, 255)
    16
    """
    if not _NUMBER.fullmatch(text):
        raise ParameterError.not_understood(name, text, f"a whole number from {low} to {high}")
    digits = text.lstrip("+-")
    value = int(digits, 16 if digits[:2] in {"0x", "0X"} else 10)
    value = -value if text.startswith("-") else value
    if not low <= value <= high:
        raise ParameterError.out_of_range(name, value, low, high)
    return value


def hex_bytes(name: str, text: str) -> bytes:
    """Return the bytes of a text of hexadecimal digits, ``0x`` in front or not.

    Raises
    ------
    ParameterError
        If it has other characters, an odd number of digits, or none.
    """
    digits = text[2:] if text[:2] in {"0x", "0X"} else text
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits) is None:
        raise ParameterError.not_understood(name, text, "hex digits in pairs, such as 0x1603")
    return bytes.fromhex(digits)


def listed(name: str, text: str, choices: Sequence[str]) -> list[str]:
    """Return the words of a list with commas, each one of the choices.

    Raises
    ------
    ParameterError
        If one is not among them.
    """
    words = text.split(",")
    for word in words:
        if word not in choices:
            raise ParameterError.not_among(name, word, choices)
    return words


def _long(word: str, waiting: list[str], table: Table) -> tuple[str, str | None]:
    """Return a long option with its argument, taken from the next word where it must be."""
    typed, equals, given = word.lstrip("-").partition("=")
    name = _named(typed, word, table)
    need = table.long[name]
    if equals and need == "none":
        raise ParameterError.not_understood(f"--{name}", given, f"--{name} without an argument")
    if equals or need != "needed":
        return name, given if equals else None
    if not waiting:
        raise ParameterError.missing(f"--{name}", table.tool)
    return name, waiting.pop()


def _named(typed: str, word: str, table: Table) -> str:
    """Return the long option that was typed, perhaps cut short."""
    every = [name for name in table.long if name not in table.unnamed]
    if typed in every:
        return typed
    close = [name for name in every if name.startswith(typed)] if table.abbreviated else []
    if typed and len(close) == 1:
        return close[0]
    raise ParameterError.unknown(word, table.known(), table.tool)


def _letters(letters: str, waiting: list[str], table: Table) -> list[tuple[str, str | None]]:
    """Return the options of a word of letters, the last of which may have an argument."""
    found: list[tuple[str, str | None]] = []
    while letters:
        name = table.short.get(letters[0])
        if name is None:
            raise ParameterError.unknown(f"-{letters[0]}", table.known(), table.tool)
        rest, need = letters[1:], table.long[name]
        if need == "none":
            found.append((name, None))
            letters = rest
            continue
        if not rest and need == "needed":
            if not waiting:
                raise ParameterError.missing(f"-{letters[0]}", table.tool)
            rest = waiting.pop()
        found.append((name, rest or None))
        letters = ""
    return found
