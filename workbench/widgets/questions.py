"""What a page may ask: values of a question, checked before they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.errors import ParameterError

Question = Mapping[str, object]

TEXT_CHARACTERS = 2_000
LARGEST = 2**53


def text(question: Question, name: str, default: str = "") -> str:
    """Return a text of a question.

    Parameters
    ----------
    question : mapping
        What the page sent.
    name : str
        Which value.
    default : str
        What is meant where it says nothing.

    Returns
    -------
    str
        At most `TEXT_CHARACTERS` long.

    Raises
    ------
    ParameterError
        If it is no text, or too long.
    """
    value = question.get(name, default)
    if not isinstance(value, str) or len(value) > TEXT_CHARACTERS:
        raise ParameterError.wrong_type(name, value, f"text of at most {TEXT_CHARACTERS:,} signs")
    return value


def whole(
    question: Question, name: str, default: int | None = None, *, low: int = 0, high: int = LARGEST
) -> int:
    """Return a whole number of a question.

    Parameters
    ----------
    question : mapping
        What the page sent.
    name : str
        Which value.
    default : int, optional
        What is meant where it says nothing; without one it must say something.
    low, high : int
        Smallest and largest number that is accepted.

    Returns
    -------
    int
        Within `low` and `high`.

    Raises
    ------
    ParameterError
        If it is none, or out of range.

    Examples
    --------
    >>> whole({"first": 7}, "first"), whole({}, "first", 3)
    (7, 3)
    """
    value = question.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParameterError.wrong_type(name, value, "a whole number")
    if not low <= value <= high:
        raise ParameterError.out_of_range(name, value, low, high)
    return value


def among(question: Question, name: str, choices: Sequence[str]) -> str:
    """Return one of several words; the first is meant where a question says nothing.

    Parameters
    ----------
    question : mapping
        What the page sent.
    name : str
        Which value.
    choices : sequence of str
        What it may be.

    Returns
    -------
    str
        One of them.

    Raises
    ------
    ParameterError
        If it is none of them.
    """
    value = question.get(name, choices[0])
    if value not in choices:
        raise ParameterError.not_among(name, value, choices)
    return str(value)


def texts(question: Question, name: str, *, most: int = 100) -> list[str]:
    """Return several texts of a question; none where it says nothing.

    Parameters
    ----------
    question : mapping
        What the page sent.
    name : str
        Which value.
    most : int
        Most of them.

    Returns
    -------
    list of str
        In the order given.

    Raises
    ------
    ParameterError
        If it is no list of texts, or too long.
    """
    value = question.get(name, [])
    if not isinstance(value, list) or len(value) > most:
        raise ParameterError.wrong_type(name, value, f"a list of at most {most} texts")
    return [text({name: each}, name) for each in value]
