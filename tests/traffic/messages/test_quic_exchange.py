"""Several datagrams read together: order, gaps, fakes, retries, answers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import quic_making, samples, vectors
from tests.traffic.messages.quic_making import crypto, initial
from workbench.traffic.messages import quic_exchange as module
from workbench.traffic.messages.quic_exchange import QuicExchange, quic_exchange
from workbench.traffic.messages.quic_keys import VERSION_2

BIG = samples.hello(
    samples.server_name(b"late.example"),
    samples.key_shares(samples.POST_QUANTUM_SHARE, samples.X25519_SHARE),
)
ANSWER = samples.server(samples.extension(43, b"\3\4"))


@given(st.lists(st.integers(1, len(BIG) - 1), max_size=6), st.randoms(use_true_random=False))
def test_a_hello_over_several_datagrams_is_put_together_in_any_order(cuts, random) -> None:
    edges = sorted({0, *cuts, len(BIG)})
    pieces = [(a, BIG[a:b]) for a, b in pairwise(edges)]
    random.shuffle(pieces)
    datagrams = [initial(crypto(*piece), number=i) for i, piece in enumerate(pieces)]
    exchange = quic_exchange(datagrams)
    assert exchange.hello is not None
    assert exchange.hello.complete
    assert exchange.hello.server_name == "late.example"
    assert exchange.hello.post_quantum
    assert exchange.problems == ()
    assert (exchange.version, exchange.packets) == (1, len(datagrams))


def test_a_missing_datagram_leaves_what_is_before_it() -> None:
    exchange = quic_exchange(
        [initial(crypto(0, BIG[:200])), initial(crypto(900, BIG[900:]), number=1)]
    )
    assert exchange.hello is not None
    assert exchange.hello.server_name == "late.example"
    assert not exchange.hello.complete
    assert any("wait behind a gap at byte 200" in text for text in exchange.problems)


def test_the_vectors_of_the_rfc_are_one_exchange() -> None:
    for client, server in (
        (vectors.CLIENT_1, vectors.SERVER_1),
        (vectors.CLIENT_2, vectors.SERVER_2),
    ):
        exchange = quic_exchange([client], [server])
        assert exchange.connection_id == vectors.CONNECTION_ID
        assert exchange.server_id == bytes.fromhex("f067a5502a4262b5")
        assert exchange.server_hello is not None
        assert (exchange.server_hello.version, exchange.server_hello.cipher) == (0x304, 0x1301)
        assert exchange.problems == ()


def test_a_fake_before_the_genuine_hello_is_told_from_it_by_the_answer() -> None:
    fake, genuine = samples.hello(name="www.google.com"), samples.hello(name="blocked.example")
    exchange = QuicExchange()
    exchange.add(bytes([0x40]) + bytes(619), client=True)
    exchange.add(initial(crypto(0, fake), b"fake-id!"), client=True)
    exchange.add(initial(crypto(0, genuine), b"true-id!", scid=b"me"), client=True)
    assert [hello.server_name for _, hello in exchange.hellos] == [
        "www.google.com",
        "blocked.example",
    ]
    answer = initial(crypto(0, ANSWER), b"me", keyed=b"true-id!", scid=b"you", client=False)
    exchange.add(answer, client=False)
    assert exchange.hello is not None
    assert exchange.hello.server_name == "blocked.example"
    assert (exchange.client_id, exchange.server_id) == (b"me", b"you")


def test_later_packets_keep_the_first_keys() -> None:
    hello = samples.hello()
    exchange = QuicExchange()
    exchange.add(initial(crypto(0, hello[:50]), b"original"), client=True)
    exchange.add(initial(b"\1", b"", keyed=b"original", scid=b"server", client=False), client=False)
    exchange.add(
        initial(crypto(50, hello[50:]), b"server", keyed=b"original", number=1), client=True
    )
    assert exchange.hello is not None
    assert exchange.hello.complete
    assert exchange.problems == ()


def test_a_retry_gives_new_keys_and_a_token() -> None:
    exchange = QuicExchange()
    exchange.add(vectors.CLIENT_1, client=True)
    exchange.add(vectors.RETRY_1, client=False)
    assert exchange.retry_token == b"token"
    again = initial(crypto(0, samples.hello()), bytes.fromhex("f067a5502a4262b5"), token=b"token")
    exchange.add(again, client=True)
    assert len(exchange.hellos) == 2
    assert exchange.problems == ()
    forged = vectors.RETRY_1[:-1] + b"\0"
    exchange.add(forged, client=False)
    assert list(exchange.problems) == ["a Retry packet that answers no Initial seen"]


def test_a_server_may_answer_in_another_version() -> None:
    exchange = QuicExchange()
    exchange.add(initial(crypto(0, samples.hello()), b"original"), client=True)
    reply = initial(crypto(0, ANSWER), b"", keyed=b"original", version=VERSION_2, client=False)
    exchange.add(reply, client=False)
    assert exchange.server_hello is not None
    assert exchange.problems == ()


def test_negotiation_refusal_and_unknown_versions_are_kept() -> None:
    exchange = QuicExchange()
    exchange.add(b"\x80\0\0\0\0\0\0" + bytes.fromhex("00000001"), client=False)
    exchange.add(b"\xc0Q043" + bytes(20), client=True)
    assert exchange.versions_offered == (1,)
    assert (exchange.version, exchange.hello, exchange.hellos) == (0, None, ())
    assert exchange.problems == ("version Q043 cannot be opened here",)
    exchange.add(initial(crypto(0, samples.hello())), client=True)
    closed = b"\x1c" + quic_making.varint(0x178) + b"\0\2no"
    exchange.add(initial(closed, b"", keyed=b"12345678", client=False), client=False)
    assert (exchange.close_code, exchange.close_reason) == (0x178, "no")


def test_what_cannot_be_opened_is_said() -> None:
    cut = quic_exchange([vectors.CLIENT_1[:800]])
    assert cut.problems == ("packet cut after 782 of 1182 bytes",)
    alone = quic_exchange([], [vectors.SERVER_1])
    assert alone.problems == ("an Initial packet of the server cannot be opened",)


def test_work_is_bounded() -> None:
    datagrams = [initial(b"\1" * 20, number.to_bytes(8, "big")) for number in range(80)]
    exchange = quic_exchange(datagrams)
    assert exchange.packets == 80
    assert exchange.problems[-1] == "more than 64 Initial packets: the rest was not opened"
    assert len(exchange._sides) <= module.MOST_IDS


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=80)), max_size=6))
def test_any_datagrams_are_read_without_an_exception(datagrams) -> None:
    exchange = QuicExchange()
    exchange.add(vectors.CLIENT_1, client=True)
    for client, data in datagrams:
        exchange.add(b"\xc0\0\0\0\1" + data, client=client)
        exchange.add(data, client=client)
    assert exchange.hello is not None
    assert exchange.hello.server_name == "example.com"
