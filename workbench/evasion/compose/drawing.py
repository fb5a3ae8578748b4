"""Where the composer's random choices come from: seeds that the caller gives, nothing else."""

from __future__ import annotations

from random import Random


def dice(*seed: object) -> Random:
    """Return a generator that draws the same for the same seed.

    Parameters
    ----------
    *seed
        Anything with a text of its own.

    Returns
    -------
    random.Random
        Not for secrets: what is drawn is written into captures.

    Examples
    --------
    >>> dice(1, "a").random() == dice(1, "a").random()
    True
    """
    return Random(" ".join(map(str, seed)))  # noqa: S311 (composed packets are to be repeatable)
