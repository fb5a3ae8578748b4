"""Units for time axes: the one in which a span reads best."""

from __future__ import annotations

_UNITS = (
    ("µs", 1_000, 2_000_000),
    ("ms", 1_000_000, 2_000_000_000),
    ("s", 1_000_000_000, 600_000_000_000),
    ("min", 60_000_000_000, 10_800_000_000_000),
    ("h", 3_600_000_000_000, 259_200_000_000_000),
    ("days", 86_400_000_000_000, 0),
)


def time_unit(span_ns: int) -> tuple[str, int]:
    """Return the unit for an axis that covers a span.

    Parameters
    ----------
    span_ns : int
        Length of the axis in nanoseconds.

    Returns
    -------
    tuple of str and int
        Name of the unit, and how many nanoseconds it has.

    Examples
    --------
    >>> time_unit(1_500_000_000), time_unit(90_000_000_000)
    (('ms', 1000000), ('s', 1000000000))
    """
    for name, size, below in _UNITS:
        if span_ns < below:
            return name, size
    return _UNITS[-1][:2]
