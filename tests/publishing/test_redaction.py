"""What must not leave the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.publishing.redaction import REMOVED, redact, redact_all

HOME = Path("/home/ann")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/ann/x.pcap", "~/x.pcap"),
        ('capture = "/home/ann"', 'capture = "~"'),
        ("/home/anna/x", "/home/anna/x"),
        ("/srv/home/ann/x", "/srv/home/ann/x"),
        ("X-SessionToken: abc", f"X-SessionToken: {REMOVED}"),
        ("GET /?token=abc123&x=1", f"GET /?token={REMOVED}&x=1"),
        ("Authorization: Bearer eyJ.a-b", f"Authorization: Bearer {REMOVED}"),
        ('{"api_key": "k-1"}', f'{{"api_key": "{REMOVED}"}}'),
        ("password=hunter2;", f"password={REMOVED};"),
        ("postgres://me:pw@db/x", f"postgres://me:{REMOVED}@db/x"),
        (f"CLIENT_RANDOM {'a' * 64} {'B' * 96}", f"CLIENT_RANDOM {REMOVED}"),
        (f"SERVER_TRAFFIC_SECRET_0 {'a' * 64} {'0' * 64}", f"SERVER_TRAFFIC_SECRET_0 {REMOVED}"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest",
            f"-----BEGIN RSA PRIVATE KEY-----{REMOVED}\nrest",
        ),
        ("a capture of 3 tokens", "a capture of 3 tokens"),
    ],
)
def test_secrets_go_and_the_rest_stays(text: str, expected: str) -> None:
    assert redact(text, HOME) == expected


@given(st.text(max_size=80))
def test_text_without_secrets_is_not_touched_twice(text: str) -> None:
    once = redact(text, HOME)
    assert redact(once, HOME) == once


def test_all_of_a_value_is_redacted_but_packed_numbers() -> None:
    value = {"/home/ann": ["/home/ann/a", 1, None], "bdata": "/home/ann", "image/png": "/home/ann"}
    assert redact_all(value, HOME) == {
        "~": ["~/a", 1, None],
        "bdata": "/home/ann",
        "image/png": "/home/ann",
    }


def test_a_user_without_a_home_has_none_to_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", nowhere)
    assert redact("/etc/passwd") == "/etc/passwd"


def test_the_own_home_is_taken_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/users/bob")
    assert redact("/users/bob/a") == "~/a"
