"""Text columns that are searched again and again: each distinct text is looked at once."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]


class TextColumn:
    """A column of text as codes into its distinct texts.

    Parameters
    ----------
    column : pandas.Series
        Text, categories of text, or anything that has a text form.
    """

    def __init__(self, column: pd.Series[Any]) -> None:
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes, texts = column.cat.codes.to_numpy(), column.cat.categories.to_numpy()
        else:
            # As objects: a column of text would refuse what is no valid text.
            codes, texts = pd.factorize(column.to_numpy(dtype=object))
        self.codes: npt.NDArray[np.int64] = codes.astype(np.int64)
        self.texts: list[str] = [str(text) for text in texts]

    @cached_property
    def lowered(self) -> list[str]:
        """Distinct texts in small letters."""
        return [text.lower() for text in self.texts]

    @cached_property
    def rank(self) -> npt.NDArray[np.int64]:
        """Place of each row's text among the sorted texts, -1 for none: int64, shape (n,)."""
        order = sorted(range(len(self.texts)), key=self._sort_key)
        ranks = np.full(len(order) + 1, -1, np.int64)
        ranks[np.array(order, dtype=np.int64)] = np.arange(len(order))
        # An empty text is no text.
        ranks[[at for at, text in enumerate(self.texts) if not text]] = -1
        return ranks[self.codes]

    def _sort_key(self, at: int) -> tuple[int, int, str]:
        """Return what a text is sorted by: addresses as numbers, and before all other texts."""
        text = self.lowered[at]
        if text[:1].isdigit() or ":" in text:
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                return 9, 0, text
            return address.version, int(address), text
        return 9, 0, text

    def where(self, holds: Callable[[str], bool]) -> Mask:
        """Return the rows whose text, in small letters, meets a condition.

        Parameters
        ----------
        holds : callable
            Takes a text, returns whether it does.

        Returns
        -------
        numpy.ndarray of bool, shape (n,)
            False where there is no text.
        """
        hits = np.fromiter((holds(text) for text in self.lowered), bool, len(self.lowered))
        return np.append(hits, False)[self.codes]

    def contains(self, part: str) -> Mask:
        """Return the rows whose text contains a part, small and capital letters alike."""
        wanted = part.lower()
        return self.where(lambda text: wanted in text)

    def equals(self, whole: str) -> Mask:
        """Return the rows whose text is the given one, small and capital letters alike."""
        wanted = whole.lower()
        return self.where(lambda text: text == wanted)

    def inside(self, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Mask:
        """Return the rows whose text is an address of a network."""

        def holds(text: str) -> bool:
            try:
                return ipaddress.ip_address(text) in network
            except ValueError:
                return False

        return self.where(holds)
