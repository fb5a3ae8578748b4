"""Clients: the words for how they end, and each of them for real."""

from __future__ import annotations

import pytest

from workbench.errors import ParameterError, WorkbenchError
from workbench.lab.clients import Request, judge_chromium, judge_curl, judge_openssl, judge_program
from workbench.lab.namespaces import Done


@pytest.mark.parametrize(
    ("code", "output", "errors", "outcome"),
    [
        (0, "200 530 0.06 0.07", "", "success"),
        (0, "404 10 0.06 0.07", "", "http-404"),
        (28, "000 0 0 2.5", "curl: (28) Connection timed out after 2500 ms", "timeout"),
        (28, "200 12053 0.1 2.5", "curl: (28) Operation timed out", "partial"),
        (18, "200 99 0.1 0.2", "curl: (18) transfer closed", "partial"),
        (35, "000 0 0 0.02", "curl: (35) Recv failure: Connection reset by peer", "reset"),
        (35, "000 0 0 0.02", "curl: (35) error: tlsv1 alert decode error", "tls-error"),
        (56, "000 0 0 0.02", "curl: (56) Recv failure: Connection reset by peer", "reset"),
        (56, "000 0 0 0.02", "curl: (56) OpenSSL SSL_read: alert", "tls-error"),
        (52, "000 0 0 0.02", "curl: (52) Empty reply from server", "reset"),
        (60, "000 0 0 0.02", "curl: (60) SSL certificate problem", "cert-error"),
        (7, "000 0 0 0.02", "curl: (7) Failed to connect", "connect-fail"),
        (2, "", "curl: option --nonsense: is unknown", "curl-2"),
    ],
)
def test_every_end_of_curl_has_its_word(code, output, errors, outcome) -> None:
    assert judge_curl(Done(code, output, errors, 0.1)).outcome == outcome


@pytest.mark.parametrize(
    ("code", "said", "outcome"),
    [
        (0, "CONNECTION ESTABLISHED", "success"),
        (1, "verify error:num=20\nCONNECTION ESTABLISHED", "cert-error"),
        (124, "", "timeout"),
        (1, "write:errno=104", "reset"),
        (1, "connect:errno=111", "connect-fail"),
        (1, "alert decode error", "tls-error"),
    ],
)
def test_every_end_of_openssl_has_its_word(code, said, outcome) -> None:
    assert judge_openssl(Done(code, "", said, 0.1)).outcome == outcome


def test_what_a_program_prints_is_checked() -> None:
    assert judge_program(Done(0, '{"outcome": "timeout"}', "", 2.5)).total_s == 2.5
    for text in ("", "{}", '{"outcome": "x", "colour": 1}', "[]"):
        with pytest.raises(WorkbenchError, match="ended early"):
            judge_program(Done(1, text, "Traceback", 0.1))


@pytest.mark.parametrize(
    ("page", "outcome"),
    [("ERR_CONNECTION_RESET", "reset"), ("ERR_SSL_PROTOCOL_ERROR", "tls-error"), ("", "timeout")],
)
def test_an_error_page_of_chromium_is_read(page, outcome) -> None:
    assert judge_chromium(Done(0, page, "", 1.0)).outcome == outcome


@pytest.mark.parametrize("values", [{"client": "lynx"}, {"scheme": "ftp"}, {"version": 5}])
def test_an_unknown_wish_is_refused(values) -> None:
    with pytest.raises(ParameterError):
        Request("x.com", **values)


def test_every_client_gets_through_and_every_failure_is_told(within) -> None:
    found = within("pages")
    outcomes = {name: told["outcome"] for name, told in found.items() if isinstance(told, dict)}
    assert outcomes == {
        "curl": "success", "ipv6": "success", "http": "success", "tls1.2": "success",
        "long": "success", "openssl": "success", "python": "success", "quic": "success",
        "missing": "http-404", "distrusting": "cert-error", "nobody": "timeout",
        "refused": "connect-fail",
    }  # fmt: skip
    sizes = {name: found[name]["size_bytes"] for name in ("tls1.2", "long", "python", "quic")}
    assert sizes == {"tls1.2": 4096, "long": 1 << 20, "python": 65536, "quic": 4096}
    assert 0 < found["curl"]["first_byte_s"] <= found["curl"]["total_s"]
    assert found["served"] == 7
    assert found["resolved"] == "10.77.5.11"
    assert "fd77:5::11" in found["asked"]
