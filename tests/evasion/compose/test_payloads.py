"""Fakes and patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose.stage import HELLO, PAGE, parsed
from workbench.errors import ParameterError
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.hellos import SHAPES, hello
from workbench.evasion.compose.payloads import (
    Fakes,
    host_fake,
    pattern_bytes,
    random_host,
    with_name,
)
from workbench.evasion.strategy import Payload
from workbench.traffic.messages.hello import client_hello

OWN = hello(SHAPES["google"], dice(1))


def fakes(tool: str = "nfqws", seed: int = 0) -> Fakes:
    return Fakes(tool, dice(9), {"f.bin": OWN}, seed)


def made(payload: Payload, tool: str = "nfqws", kind: str = "tls") -> bytes:
    return fakes(tool).bytes_of(payload, HELLO, kind)


@pytest.mark.parametrize(
    ("tool", "kind", "size"),
    [
        ("nfqws", "tls", 680), ("nfqws", "quic", 620), ("nfqws", "unknown", 256),
        ("nfqws", "syndata", 16), ("nfqws", "dht", 64), ("goodbyedpi", "tls", 517),
        ("byedpi", "tls", 517), ("byedpi", "http", 43), ("youtubeunblock", "quic", 64),
        ("dpitunnel", "tls", 517),
    ],
)  # fmt: skip
def test_the_tools_own_payloads(tool, kind, size) -> None:
    assert len(made(Payload(protocol=kind), tool, kind)) == size


def test_zapret_draws_name_and_random_and_copies_the_session() -> None:
    one = parsed(made(Payload(protocol="tls")))
    again = parsed(fakes().bytes_of(Payload(protocol="tls"), HELLO, "tls"))
    other = parsed(fakes(seed=5).bytes_of(Payload(protocol="tls"), HELLO, "tls"))
    assert one.server_name == again.server_name != other.server_name
    assert len(one.server_name) == len("www.microsoft.com")
    assert one.server_name[-4] == "."
    assert one.session_id == parsed(HELLO).session_id
    assert one.random != parsed(HELLO).random


def test_a_custom_payload_is_left_alone() -> None:
    assert made(Payload("file", "tls", "f.bin")) == OWN
    assert made(Payload("bytes", "tls", data=b"\x16\x03")) == b"\x16\x03"
    assert made(Payload("bytes", "tls", data=b"abcdef", offset=2)) == b"cdef"


def test_no_modifications_leave_the_built_in_name() -> None:
    plain = made(Payload(protocol="tls", mods=frozenset()))
    assert parsed(plain).server_name == "www.microsoft.com"


def test_a_name_changes_every_length() -> None:
    found = parsed(made(Payload(protocol="tls", sni="a.example", mods=frozenset())))
    assert found.server_name == "a.example"
    assert found.complete
    assert found.problems == ()
    assert found.length == 680 - 8


def test_a_session_of_another_length_is_not_copied() -> None:
    short = HELLO[:43] + b"\x10" + HELLO[44:]
    data = fakes().bytes_of(Payload(protocol="tls", mods=frozenset({"dupsid"})), short, "tls")
    assert data[44:76] == hello(SHAPES["zapret"], dice(680))[44:76]


def test_encapsulation_claims_the_request() -> None:
    plain = made(Payload(protocol="tls", mods=frozenset()))
    data = made(Payload(protocol="tls", mods=frozenset({"padencap"})))
    assert len(data) == len(plain) + 4
    assert int.from_bytes(data[3:5], "big") == len(plain) - 5 + 4 + len(HELLO)
    assert data[-4:].hex() == f"0015{len(HELLO):04x}"
    padded = fakes("byedpi").bytes_of(
        Payload(protocol="tls", mods=frozenset({"padencap"})), PAGE, "tls"
    )
    assert len(padded) == 517
    assert int.from_bytes(padded[3:5], "big") == 512 + len(PAGE)


def test_kinds_of_payload() -> None:
    assert made(Payload("zeros", length=7)) == bytes(7)
    assert len(made(Payload("random", length=9))) == 9
    seen = made(Payload("hello", "tls", sni="b.example", length=600, digest="x"))
    assert len(seen) == 600
    assert parsed(seen).server_name == "b.example"


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ParameterError, match=r"other\.bin"):
        made(Payload("file", "tls", "other.bin"))


def test_payloads_are_chosen_by_protocol() -> None:
    both = (Payload("bytes", "http", data=b"h"), Payload("bytes", "tls", data=b"t"))
    assert [one.data for one in fakes().chosen(both, "tls")] == [b"t"]
    assert fakes().chosen(both, "quic") == [Payload(protocol="quic")]


@given(st.integers(1, 80), st.sampled_from(["", "google.com", "x"]))
def test_a_host_fake_has_the_length_of_the_host(length, template) -> None:
    name = host_fake(length, template, dice(length))
    assert len(name) == length
    assert set(name) <= set(b"abcdefghijklmnopqrstuvwxyz0123456789.")
    if template and length > len(template):
        assert name.endswith(b"." + template.encode())


def test_random_names_begin_with_a_letter() -> None:
    for seed in range(50):
        name = random_host(17, dice(seed)).decode()
        assert name[0].isalpha()
        assert name[-4] == "."


@given(st.integers(0, 60), st.integers(0, 20), st.binary(max_size=8))
def test_a_pattern_is_taken_at_its_place(size, offset, data) -> None:
    whole = pattern_bytes(Payload("bytes", data=data), size + offset)
    assert pattern_bytes(Payload("bytes", data=data), size, offset) == whole[offset:]
    assert pattern_bytes(None, size, offset) == bytes(size)


def test_a_pattern_from_a_file() -> None:
    pattern = Payload("file", name="f.bin")
    assert pattern_bytes(pattern, 10, 0, {"f.bin": OWN}) == OWN[:10]


@given(st.binary(max_size=80))
def test_what_is_no_hello_keeps_its_bytes(data) -> None:
    if client_hello(data) is None:
        assert with_name(data, b"x") == data
