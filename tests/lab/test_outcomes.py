"""Words for what came of a request are those of the recorded cases."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose import observed
from workbench.lab.outcomes import Outcome, is_word, of_curl

SAID = {
    "reset": "curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to x.com:443",
    "tls-error": "curl: (35) OpenSSL/3.0: error:0A000126:SSL routines::unexpected eof",
    "timeout": "curl: (28) Connection timed out after 2501 milliseconds",
}


def written(**facts) -> str:
    return json.dumps({"http_code": 0, "size_download": 0, "time_total": 0.1, **facts})


@pytest.mark.parametrize(
    ("code", "status", "size", "said", "word"),
    [
        (0, 200, 540, "", "success"),
        (0, 301, 0, "", "success"),
        (0, 404, 153, "", "http-404"),
        (0, 400, 157, "", "http-400"),
        (7, 0, 0, "Failed to connect to x.com port 443: No route to host", "connect-fail"),
        (18, 200, 12053, "transfer closed with 53483 bytes remaining to read", "partial"),
        (28, 0, 0, SAID["timeout"], "timeout"),
        (28, 200, 12053, "Operation timed out", "partial"),
        (35, 0, 0, SAID["reset"], "reset"),
        (35, 0, 0, SAID["tls-error"], "tls-error"),
        (
            35,
            0,
            0,
            "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to x.com:443",
            "tls-error",
        ),
        (52, 0, 0, "Empty reply from server", "empty"),
        (56, 0, 0, "Recv failure: Connection reset by peer", "reset"),
        (56, 200, 4096, "Recv failure: Connection reset by peer", "partial"),
        (56, 0, 0, "Proxy CONNECT aborted", "failed"),
        (60, 0, 0, "SSL certificate problem: self signed certificate", "cert-error"),
        (6, 0, 0, "Could not resolve host", "failed"),
        (-9, 0, 0, "", "failed"),
    ],
)
def test_exit_codes(code, status, size, said, word) -> None:
    got = of_curl(code, written(http_code=status, size_download=size), said)
    assert (got.word, got.status, got.body_bytes, got.said) == (word, status, size, said)
    assert is_word(got.word)
    assert got.succeeded is (word == "success")


def test_recorded_cases(shared) -> None:
    compared = 0
    for row in observed.cases(shared / "captures" / "desync"):
        if not row["curl_exit"] or "+" in row["outcome"]:
            continue
        said = SAID.get(row["outcome"], "")
        facts = written(http_code=int(row["http_status"]), size_download=int(row["body_len"]))
        got = of_curl(int(row["curl_exit"]), facts, said)
        compared += 1
        assert got.word == row["outcome"], row["case_id"]
    assert compared >= 390


def test_times() -> None:
    facts = written(http_code=200, time_starttransfer=0.0625, time_total=0.065)
    got = of_curl(0, facts)
    assert (got.first_byte_ns, got.total_ns) == (62_500_000, 65_000_000)
    assert of_curl(28, written(time_starttransfer=0.02)).first_byte_ns == -1


@given(
    st.integers(-15, 99),
    st.one_of(
        st.text(),
        st.dictionaries(
            st.sampled_from(["http_code", "size_download", "time_total", "errormsg"]),
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        ).map(json.dumps),
    ),
    st.text(),
)
def test_whatever_curl_writes_becomes_an_outcome(code, text, error) -> None:
    got = of_curl(code, text, error)
    assert is_word(got.word)
    assert got.total_ns >= 0
    assert got.said.isprintable()


@pytest.mark.parametrize("text", ["", "Success", "http-", "http-20", "http-2000", "http-abc"])
def test_other_texts_are_no_words(text) -> None:
    assert not is_word(text)


def test_an_outcome_without_an_answer_has_no_first_byte() -> None:
    assert Outcome("timeout").first_byte_ns == -1
