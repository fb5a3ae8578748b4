"""Fingerprints against their published examples, and rule by rule."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples
from tests.traffic.messages.samples import extension, list16, parsed
from workbench.traffic.messages import fingerprints
from workbench.traffic.messages.hello import ClientHello
from workbench.traffic.messages.server import server_hello

SUITES = "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"
KINDS = "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015"
SIGNATURES = "0403,0804,0401,0503,0805,0501,0806,0601"
SORTED_SUITES = "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9"
SORTED_KINDS = "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01"


def codes(text: str) -> tuple[int, ...]:
    return tuple(int(code, 16) for code in text.split(","))


def example(*, grease: bool = True, signatures: str = SIGNATURES) -> ClientHello:
    """Return the hello that FoxIO's description of JA4 works through."""
    bodies = {
        0: samples.server_name(b"example.com")[4:],
        13: samples.counted(list16(*codes(signatures))) if signatures else b"\0\0",
        16: samples.alpn(b"h2")[4:],
        43: samples.counted(list16(0x0303, 0x0304), 1),
    }
    kinds = [extension(kind, bodies.get(kind, b"")) for kind in codes(KINDS)]
    odd = (0xDADA,) if grease else ()
    message = samples.hello(
        *(extension(kind, b"") for kind in odd), *kinds, suites=odd + codes(SUITES)
    )
    return parsed(samples.record(message))


@pytest.mark.parametrize("grease", [True, False])
def test_ja4_is_that_of_the_published_example(grease) -> None:
    hello = example(grease=grease)
    assert fingerprints.ja4(hello) == "t13d1516h2_8daaf6152771_e5627efa2ab1"
    assert fingerprints.ja4(hello, "q") == "q13d1516h2_8daaf6152771_e5627efa2ab1"
    raw = f"t13d1516h2_{SORTED_SUITES}_{SORTED_KINDS}_{SIGNATURES}"
    assert fingerprints.ja4_raw(hello) == raw


def test_ja4_without_signature_algorithms_is_that_of_the_published_example() -> None:
    assert fingerprints.ja4(example(signatures="")).endswith("_6d807ffa2a79")


@pytest.mark.parametrize(
    ("protocol", "mark"),
    [
        ("ab", "ab"), ("20", "20"), ("abcd", "ad"), ("2061", "21"), ("30ab", "3b"), ("6120", "60"),
        ("3031abcd", "3d"), ("30abcd31", "01"), ("6832", "h2"), ("68", "hh"), ("", "00"),
    ],
)  # fmt: skip
def test_alpn_marks_are_those_of_the_published_examples(protocol, mark) -> None:
    raw = bytes.fromhex(protocol)
    assert fingerprints.alpn_mark(raw) == mark
    hello = parsed(samples.record(samples.hello(samples.alpn(raw))))
    assert fingerprints.ja4(hello)[8:10] == mark


@given(st.permutations(codes(KINDS)), st.permutations(codes(SUITES)))
def test_ja4_does_not_depend_on_the_order_of_extensions_and_suites(kinds, suites) -> None:
    hello = parsed(
        samples.record(samples.hello(*(extension(k, b"") for k in kinds), suites=tuple(suites)))
    )
    assert fingerprints.ja4(hello) == "t12d151600_8daaf6152771_6d807ffa2a79"


def test_an_empty_hello_has_zeros_and_an_address_for_its_target() -> None:
    message = samples.handshake(1, b"\3\1" + bytes(32) + b"\0\0\0\1\0")
    hello = parsed(samples.record(message))
    assert fingerprints.ja4(hello) == "t10i000000_000000000000_000000000000"
    assert fingerprints.ja4_raw(hello) == "t10i000000__"


def test_counts_stop_at_99() -> None:
    message = samples.hello(
        *(extension(1000 + kind, b"") for kind in range(120)), suites=tuple(range(1, 150))
    )
    assert fingerprints.ja4(parsed(samples.record(message))).startswith("t12i999900_")


@pytest.mark.parametrize(
    ("offered", "mark"),
    [
        ((0x4A4A, 0x0303), "12"),
        ((0x7F1D, 0x0304), "00"),
        ((0xFEFD, 0xFEFC), "d2"),
        ((0xFEFD,), "d2"),
    ],
)
def test_the_version_is_the_highest_number_offered(offered, mark) -> None:
    versions = extension(43, samples.counted(list16(*offered), 1))
    hello = parsed(samples.record(samples.hello(versions)))
    assert fingerprints.ja4(hello)[1:3] == mark


def test_ja3_lists_in_the_order_sent_without_grease() -> None:
    text = fingerprints.ja3_text(parsed(samples.record(samples.hello())))
    assert text == "771,4865-4866-49195,0-23-10-11-16-13-51-43,29-23,0"


def test_ja3_is_that_of_the_published_example() -> None:
    # salesforce/ja3, README: both texts and both sums.
    text = "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
    suites = (47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4)
    parts = [
        samples.server_name(b"a.org"),
        extension(10, samples.counted(list16(23, 24, 25))),
        extension(11, b"\1\0"),
    ]
    hello = parsed(samples.record(samples.hello(*parts, suites=suites, version=0x0301)))
    assert fingerprints.ja3_text(hello) == text
    assert fingerprints.ja3(hello) == "ada70206e40642a3e4461f35503241d5"
    bare = samples.handshake(
        1,
        b"\3\1"
        + bytes(32)
        + b"\0"
        + samples.counted(list16(4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99))
        + b"\1\0",
    )
    hello = parsed(samples.record(bare))
    assert fingerprints.ja3_text(hello) == "769,4-5-10-9-100-98-3-6-19-18-99,,,"
    assert fingerprints.ja3(hello) == "de350869b8c85de67a350c8d186f11e6"


def test_ja3s_is_version_cipher_and_extensions() -> None:
    message = samples.server(extension(65281, b"\0"), extension(0, b""), cipher=47)
    hello = server_hello(samples.record(message))
    assert hello is not None
    assert fingerprints.ja3s_text(hello) == "771,47,65281-0"
    assert fingerprints.ja3s(hello) == hashlib.md5(b"771,47,65281-0").hexdigest()


@given(st.integers(6, 150))
def test_a_cut_hello_has_no_fingerprint(cut) -> None:
    hello = parsed(samples.record(samples.hello())[:cut])
    assert fingerprints.ja4(hello) == fingerprints.ja4_raw(hello) == fingerprints.ja3(hello) == ""
    reply = server_hello(samples.record(samples.server(extension(0, b"")))[: min(cut, 40)])
    assert reply is not None
    assert fingerprints.ja3s(reply) == ""
