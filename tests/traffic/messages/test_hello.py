"""ClientHellos: spread over records, cut anywhere, hostile, and as OpenSSL makes them."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scapy.layers.tls.handshake import TLSClientHello

from tests.traffic.messages import samples
from tests.traffic.messages.samples import NAME, parsed
from workbench.traffic.messages.hello import LONGEST_HELLO, client_hello, hello_of_handshake


def made_by_openssl(name: str = NAME) -> bytes:
    """Return the first flight of Python's own TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_a_hello_of_openssl_is_read_to_the_end() -> None:
    data = made_by_openssl()
    hello = parsed(data)
    assert hello.complete
    assert hello.problems == ()
    assert hello.length == len(data)
    assert (hello.record_version, hello.version, hello.highest_version) == (0x301, 0x303, 0x304)
    assert hello.server_name == NAME
    assert data[hello.name_offset : hello.name_byte(hello.name_length)] == NAME.encode()
    assert hello.sniext_offset == hello.name_offset - 5
    listed = data[hello.extlen_offset :]
    assert int.from_bytes(listed[:2], "big") == len(listed) - 2
    assert hello.alpn == ("h2", "http/1.1")
    assert hello.first_protocol == b"h2"
    assert {0x0304, 0x0303} <= set(hello.supported_versions)
    assert all([hello.groups, hello.key_shares, hello.signature_algorithms])
    assert not hello.psk
    assert not hello.early_data


def test_a_hello_of_openssl_is_read_as_scapy_reads_it() -> None:
    data = made_by_openssl()
    hello, theirs = parsed(data), TLSClientHello(data[5:])
    assert list(hello.cipher_suites) == theirs.ciphers
    assert list(hello.compressions) == theirs.comp
    assert hello.session_id == theirs.sid
    assert [kind for kind, _ in hello.extensions] == [ext.type for ext in theirs.ext]
    assert hello.random[4:] == theirs.random_bytes


@given(samples.hello_parts())
def test_a_hello_gives_back_what_went_in(parts) -> None:
    hello = hello_of_handshake(parts["data"])
    assert hello is not None
    assert hello.problems == ()
    assert hello.server_name == parts["name"]
    assert len(hello.alpn) == len(parts["alpn"])
    assert hello.first_protocol == (parts["alpn"] or [b""])[0]
    assert list(hello.key_shares) == parts["shares"]
    assert hello.post_quantum == any(group == 0x11EC for group, _ in parts["shares"])
    assert set(parts["unknown"]) <= {kind for kind, _ in hello.extensions}
    assert hello.length == len(parts["data"])


@given(samples.hello_parts(), samples.cuts, st.binary(max_size=40))
@example({"data": samples.hello()}, (1, 2, 3, 4, 5), b"")
def test_any_split_over_records_gives_the_same_hello_and_its_true_offsets(
    parts, cuts, more
) -> None:
    message = parts["data"]
    stream = samples.records(message, cuts)
    whole, hello = hello_of_handshake(message), parsed(stream + more)
    assert whole is not None
    assert hello.complete
    assert hello.problems == ()
    assert hello.length == len(stream)
    assert hello.pieces == len({cut % len(message) for cut in cuts} | {0})
    for name in ("server_name", "alpn", "extensions", "cipher_suites", "key_shares", "random"):
        assert getattr(hello, name) == getattr(whole, name)
    offsets = [*samples.wire_offsets(message, cuts), len(stream)]
    for name in ("name_offset", "sniext_offset", "extlen_offset"):
        assert getattr(hello, name) == offsets[getattr(whole, name)]
    spelt = bytes(stream[hello.name_byte(index)] for index in range(hello.name_length))
    assert spelt.decode() == hello.server_name
    assert hello.name_byte(hello.name_length) == hello.name_byte(hello.name_length - 1) + 1


@given(samples.hello_parts(), samples.cuts, st.data())
def test_any_cut_gives_what_is_there_and_nothing_else(parts, cuts, data) -> None:
    stream = samples.records(parts["data"], cuts)
    cut = data.draw(st.integers(0, len(stream) - 1))
    whole, hello = parsed(stream), client_hello(stream[:cut])
    if hello is None:
        assert cut <= 5
        return
    assert not hello.complete
    assert hello.problems
    assert cut <= hello.length <= len(stream)
    for name in ("name_offset", "sniext_offset", "extlen_offset"):
        assert getattr(hello, name) in {-1, getattr(whole, name)}
    ended = cut >= whole.name_byte(whole.name_length)
    assert hello.server_name == (whole.server_name if ended else "")
    assert hello.extensions[:-1] == whole.extensions[: max(len(hello.extensions) - 1, 0)]
    assert hello.alpn == whole.alpn[: len(hello.alpn)]
    assert hello.cipher_suites == whole.cipher_suites[: len(hello.cipher_suites)]
    assert hello.random == whole.random[: len(hello.random)]


@given(
    samples.hello_parts(),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=6),
)
def test_damaged_hellos_are_read_without_an_exception(parts, changes) -> None:
    data = bytearray(samples.records(parts["data"], (60, 200)))
    for place, value in changes:
        data[place % len(data)] = value
    hello = client_hello(bytes(data))
    assert hello is None or -1 <= hello.name_offset < len(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(data) -> None:
    for stream in (data, b"\x16\x03\x01" + data, samples.record(b"\1" + data)):
        hello = client_hello(stream)
        assert hello is None or hello.name_offset < len(stream)
    inside = hello_of_handshake(b"\1" + data)
    assert inside is not None
    assert inside.complete == (len(data) >= 3 and len(data) >= 3 + int.from_bytes(data[:3], "big"))


@pytest.mark.parametrize(
    "data", [b"", b"\x16", b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1", samples.record(b"\2\0\0\0")]
)
def test_what_shows_no_hello_is_none(data) -> None:
    assert client_hello(data) is None


def test_a_cut_hello_says_how_long_it_will_be() -> None:
    message = samples.hello()
    alone = samples.record(message)
    assert parsed(alone[:50]).length == len(alone)
    assert parsed(alone[:7]).problems == ("hello cut after 2 of unknown bytes",)
    # A second header at least has to come where the first record ends early.
    assert parsed(samples.record(message[:50])).length == len(message) + 10


def test_what_interrupts_or_precedes_a_hello_is_noted() -> None:
    message = samples.hello()
    alarm = samples.record(b"\2\x28", 21)
    between = samples.record(message[:60]) + alarm + samples.record(message[60:])
    hello = parsed(between)
    assert not hello.complete
    assert "a record of type 21 interrupts the hello" in hello.problems
    before = parsed(alarm + samples.record(b"") + samples.record(message))
    assert before.complete
    assert before.problems == (
        "a record of type 21 comes before the hello",
        "1 handshake records without content",
    )
    assert before.name_offset == parsed(samples.record(message)).name_offset + 7 + 5


def test_contradicting_lengths_are_noted() -> None:
    message = bytearray(samples.hello())
    at = parsed(samples.record(bytes(message))).extlen_offset - 5
    message[at + 1] -= 1
    hello = parsed(samples.record(bytes(message)))
    assert hello.server_name == NAME
    assert any("lists end at byte" in problem for problem in hello.problems)


def test_a_hello_that_is_too_long_to_be_one_is_noted() -> None:
    hello = hello_of_handshake(b"\1" + (LONGEST_HELLO - 3).to_bytes(3, "big") + b"\3\3")
    assert hello is not None
    assert any("more than one can have" in problem for problem in hello.problems)


def test_doubled_extensions_are_noted_and_the_first_counts() -> None:
    twice = [samples.server_name(name) for name in (b"first.org", b"second.org")]
    hello = parsed(samples.record(samples.hello(*twice)))
    assert hello.server_name == "first.org"
    assert hello.problems == ("extensions sent twice: 0",)


@pytest.mark.parametrize(
    ("body", "kind", "problems"),
    [
        (b"\0rest", "outer", ()),
        (b"\1", "inner", ()),
        (b"\2", "", ("encrypted client hello of no known kind",)),
    ],
)
def test_encrypted_hellos_have_a_kind(body, kind, problems) -> None:
    hello = parsed(samples.record(samples.hello(samples.extension(0xFE0D, body))))
    assert (hello.ech, hello.problems) == (kind, problems)


def test_flags_come_from_their_extensions() -> None:
    sent = [samples.extension(kind, b"") for kind in (42, 41, 0xFFCE)]
    hello = parsed(samples.record(samples.hello(*sent)))
    assert hello.early_data
    assert hello.psk
    assert hello.ech == "esni"
    assert not hello.has_server_name
    assert hello.name_byte(0) == -1
    assert hello.extension(41) == b""
    assert hello.extension(99) is None


def test_an_empty_server_name_is_present_without_a_name() -> None:
    hello = parsed(samples.record(samples.hello(samples.extension(0, b""))))
    assert hello.has_server_name
    assert (hello.server_name, hello.name_offset) == ("", -1)


def test_a_hello_without_extensions_is_whole() -> None:
    message = samples.handshake(1, b"\3\0" + bytes(32) + b"\0\0\2\0\x05\1\0")
    hello = parsed(samples.record(message))
    assert (hello.complete, hello.problems, hello.extlen_offset) == (True, (), -1)
    assert (hello.highest_version, hello.cipher_suites) == (0x300, (5,))


def test_versions_of_another_protocol_are_noted() -> None:
    hello = parsed(samples.record(samples.hello(version=0x0505)))
    assert hello.problems == ("no version of TLS: 0x0505",)


def test_names_of_unusual_bytes_are_escaped() -> None:
    hello = parsed(samples.record(samples.hello(samples.server_name(b"a\x1b\xff.org"))))
    assert hello.server_name == "a\\x1b\\xff.org"
    assert hello.name_length == 7


def test_the_worst_stream_costs_work_in_proportion_to_its_bytes() -> None:
    message = samples.handshake(1, bytes(100_000))
    hello = parsed(b"".join(samples.record(message[i : i + 1]) for i in range(len(message))))
    assert hello.complete
    assert hello.pieces == len(message)
