"""Names of the views, loaded when they are first used."""

from __future__ import annotations

import pytest

from workbench import publishing, views


@pytest.mark.parametrize("package", [views, publishing])
def test_every_name_is_there_and_no_other(package) -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("package", [views, publishing])
def test_names_are_listed_where_they_live(package) -> None:
    assert sorted(package.__all__) == sorted(package._HOMES)
