"""The HTTP/3 server's pages; that it serves them is in the tests of the clients."""

from __future__ import annotations

import pytest

from workbench.lab.ends import PAGE, SIZES
from workbench.lab.programs.quic_server import page


@pytest.mark.parametrize("name", sorted(SIZES))
def test_pages_are_as_long_as_nginxs(name) -> None:
    assert len(page(f"/{name}")) == SIZES[name]


@pytest.mark.parametrize("path", ["/", "", "/../etc/passwd", "/999999999999"])
def test_every_other_path_is_the_small_page(path) -> None:
    assert page(path) == PAGE.encode()
