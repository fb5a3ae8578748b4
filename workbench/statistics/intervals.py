"""Intervals for proportions: how sure one may be after so many trials."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from workbench.errors import ParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

CONFIDENCE = 0.95


def normal_quantile(confidence: float) -> float:
    """Return how many standard deviations a two-sided interval reaches to each side.

    Parameters
    ----------
    confidence : float
        Between 0 and 1, both excluded.

    Returns
    -------
    float
        1.96 for 0.95.

    Raises
    ------
    ParameterError
        For a confidence that no interval has.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0 < confidence < 1:
        raise ParameterError.not_understood("confidence", confidence, "a number between 0 and 1")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(
    successes: npt.ArrayLike, trials: npt.ArrayLike, confidence: float = CONFIDENCE
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return Wilson's score interval of a proportion, without continuity correction.

    It stays within 0 and 1, and says something even where every trial, or none, succeeded
    (E. B. Wilson, JASA 22, 1927; method 3 of R. G. Newcombe, Statistics in Medicine 17, 1998).

    Parameters
    ----------
    successes, trials : array_like of int
        Counts; no trials at all leave the interval from 0 to 1.
    confidence : float
        How often such intervals hold the true proportion.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper ends.

    Raises
    ------
    ParameterError
        For counts that cannot be, or a confidence that no interval has.

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    import numpy as np

    quantile = normal_quantile(confidence)
    found, total = np.broadcast_arrays(
        np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    if not bool(np.all((found >= 0) & (found <= total) & np.isfinite(total))):
        raise ParameterError("successes must lie between 0 and the number of trials.")
    some = np.maximum(total, 1)
    share, square = found / some, quantile**2
    width = quantile * np.sqrt(share * (1 - share) / some + square / (4 * some**2))
    middle, whole = share + square / (2 * some), 1 + square / some
    empty = total == 0
    # Rounding must not leave an end of 1e-18 where the formula says 0, nor one beside 1.
    low = np.where(empty | (found == 0), 0.0, np.clip((middle - width) / whole, 0, 1))
    high = np.where(empty | (found == total), 1.0, np.clip((middle + width) / whole, 0, 1))
    return low, high
