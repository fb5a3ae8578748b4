"""The names of the package."""

from __future__ import annotations

import pytest

from workbench import widgets


def test_names_load_late() -> None:
    assert {getattr(widgets, name).__name__ for name in widgets.__all__} == {*widgets.__all__}


def test_other_names_are_unknown() -> None:
    with pytest.raises(AttributeError, match="no attribute 'explorers'"):
        _ = widgets.explorers
