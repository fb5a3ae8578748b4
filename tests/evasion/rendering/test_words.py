from __future__ import annotations

import pytest

from tests.evasion.made import HOSTILE
from workbench.evasion.rendering.words import (
    MAX_BYTES,
    file_or_hex,
    flag_names,
    is_host,
    is_path,
    option,
)
from workbench.evasion.strategy import Payload


def test_options():
    assert option("a", 3) == ["--a=3"]
    assert option("a") == ["--a"]


@pytest.mark.parametrize("name", ["a.test", "xn--p1ai", "1.2.3.4", "a_b"])
def test_host_names(name):
    assert is_host(name)


@pytest.mark.parametrize("name", [*HOSTILE, "a.test\n", "a test", "a,b", "a" * 254])
def test_what_is_no_host_name(name):
    assert is_host(name) == (name == "0x")


@pytest.mark.parametrize("name", ["", "a\nb", "\x00", "\u202e", "x" * 5000])
def test_what_is_no_file_name(name):
    assert not is_path(name)
    assert file_or_hex(Payload("file", name=name)) is None


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (Payload("bytes", data=b"\x16"), "0x16"),
        (Payload("bytes", data=b"\x16", offset=1), None),
        (Payload("bytes", data=bytes(MAX_BYTES + 1)), None),
        (Payload("bytes", data=b""), None),
        (Payload("file", name="a'b", offset=3), "+3@a'b"),
        (Payload("file", name="0x16"), "@0x16"),
        (Payload("zeros", length=3), None),
    ],
)
def test_payloads(payload, text):
    assert file_or_hex(payload) == text


def test_flags_have_zapret_s_names():
    assert flag_names(0x802) == "SYN,R3"
    assert flag_names(0) == ""
