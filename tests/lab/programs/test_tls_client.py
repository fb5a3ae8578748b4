"""The client on Python's ssl: the words for how it ends."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.lab.programs.tls_client import judge, outcome_of


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ConnectionResetError("x"), "reset"), (BrokenPipeError("x"), "reset"),
        (TimeoutError("x"), "timeout"), (ssl.SSLError("x"), "tls-error"),
        (ssl.SSLCertVerificationError("x"), "cert-error"),
        (ConnectionRefusedError("x"), "connect-fail"),
    ],
)  # fmt: skip
def test_every_error_has_its_word(error, word) -> None:
    def attempt():
        raise error

    assert outcome_of(attempt)["outcome"] == word


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok!", "success"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nok!", "partial"),
        (b"HTTP/1.1 404 No\r\n\r\n", "http-404"),
        (b"", "partial"),
    ],
)
def test_a_reply_is_whole_or_partial(reply, outcome) -> None:
    assert judge(reply)["outcome"] == outcome


@given(st.binary(max_size=80))
def test_no_reply_does_harm(data) -> None:
    assert judge(data)["outcome"]
