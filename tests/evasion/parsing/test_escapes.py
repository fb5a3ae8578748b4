from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.evasion.parsing.escapes import escaped, unescaped


@given(st.binary(min_size=1, max_size=60))
def test_bytes_survive_their_text(data):
    assert unescaped("x", escaped(data)) == data
    assert escaped(data).isprintable()


@pytest.mark.parametrize(("text", "data"), [(r"\n\\", b"\n\\"), (r"\101", b"A"), (r"\x1", b"\x01")])
def test_escapes_of_c(text, data):
    assert unescaped("x", text) == data


@pytest.mark.parametrize("text", ["", "\\", r"\q", r"\9"])
def test_other_escapes_are_not_known(text):
    with pytest.raises(ParameterError):
        unescaped("x", text)
