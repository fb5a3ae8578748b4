"""A comparison as a whole."""

from __future__ import annotations

import pytest

from workbench.api.comparisons import _side
from workbench.comparison.comparing import compare
from workbench.errors import ParameterError


def _same(domain=None):
    side = _side("reference", "data/http.pcap")
    return compare(side, side, domain)


def test_a_capture_equals_itself():
    found = _same()
    assert found.verdict.word == "same"
    assert not found.found
    assert found.differences.empty
    assert [pair.reference for pair in found.pairs] == list(found.reference.attempts)
    assert {row.mark for row in found.aligned(0)} == {"same"}
    assert found.of_pair(0) == ()


def test_a_domain_leaves_out_the_rest():
    assert len(_same("example.org").pairs) < len(_same().pairs)
    with pytest.raises(ParameterError, match=r"leave it out"):
        _same("nobody.test")


@pytest.mark.parametrize("number", [-1, 99])
def test_pairs_that_do_not_exist(number):
    with pytest.raises(ParameterError, match="pair"):
        _same().aligned(number)
    with pytest.raises(ParameterError, match="pair"):
        _same().of_pair(number)
