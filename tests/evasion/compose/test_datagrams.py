"""UDP: fakes, lengths, fragments, remains."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import INITIAL, PATH, PATH6, words
from workbench.evasion.compose import compose
from workbench.evasion.compose.datagrams import datagram_kind
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import Payload, Strategy, Udp

QUIC = "nfqws --filter-udp=443 "
DHT = b"d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe"


def sent(options: str, request: bytes = INITIAL, path=PATH):
    return compose(parse(QUIC + options), request, path)


def test_fakes_go_before_the_datagram_and_its_remains_behind() -> None:
    made = sent("--dpi-desync=fake --dpi-desync-repeats=3 --dpi-desync-ttl=3")
    assert words(made) == "F F F O J"
    assert {packet.ip_id for packet in made} == {PATH.ip_id}
    assert [packet.ttl for packet in made] == [3, 3, 3, 64, 1]
    assert made[-1].transport() == made[-2].transport()


@pytest.mark.parametrize(("increment", "size"), [(2, 1202), (-100, 1100), (-5000, 1)])
def test_another_length(increment, size) -> None:
    made = sent(f"--dpi-desync=udplen --dpi-desync-udplen-increment={increment}")
    assert (made[0].length, made[1].protocol) == (size, 255)
    assert made[0].payload[:1] == INITIAL[:1]


def test_a_length_may_have_a_pattern() -> None:
    udp = Udp("udplen", 3, Payload("bytes", data=b"ab"))
    assert compose(Strategy(udp=udp), INITIAL)[0].payload[-3:] == b"aba"


def test_keys_are_put_before_a_dht_message() -> None:
    made = compose(parse("nfqws --dpi-desync=tamper"), DHT)
    assert made[0].payload == b"d2:001:x" + DHT[1:]
    assert compose(parse("nfqws --dpi-desync=tamper"), INITIAL)[0].payload == INITIAL


def test_fragments() -> None:
    made = sent("--dpi-desync=fake,ipfrag2 --dpi-desync-ipfrag-pos-udp=16")
    assert [packet.fragment for packet in made] == [None, (0, True), (16, False), None]
    assert made[1].ip_id == made[0].ip_id + 1
    assert made[1].transport() + made[2].transport() == made[3].transport()


def test_ipv6_headers() -> None:
    made = sent("--dpi-desync=hopbyhop", path=PATH6)
    assert made[0].extensions == (0,)
    assert made[0].payload == INITIAL


def test_wrong_checksums() -> None:
    made = sent("--dpi-desync=fake --dpi-desync-fooling=badsum")
    assert [packet.checksum_good for packet in made[:2]] == [False, True]


def test_copies() -> None:
    assert words(compose(parse("nfqws --dup=2 --dup-cutoff=n2 --dup-ttl=3"), INITIAL)) == "D D O J"
    assert (
        words(compose(parse("nfqws --dpi-desync=fake --filter-tcp=443 --filter-udp=80"), INITIAL))
        == "O"
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (INITIAL, "quic"), (DHT, "dht"), (b"", "unknown-udp"),
        (b"\x01\0\0\0" + bytes(144), "wireguard"),
        (b"\0\x01\0\0\x21\x12\xa4\x42" + bytes(12), "stun"),
        (b"\0\x01\0\x46" + bytes(70), "discord"),
        (bytes(600), "unknown-udp"),
    ],
)  # fmt: skip
def test_kinds_of_datagrams(data, kind) -> None:
    assert datagram_kind(data) == kind


def test_unknown_datagrams_are_left_alone() -> None:
    strategy = parse("nfqws --dpi-desync=udplen")
    assert words(compose(strategy, b"hello")) == "O"
    anything = parse("nfqws --dpi-desync=udplen --dpi-desync-any-protocol=1")
    assert compose(anything, b"hello")[0].payload == b"hello\0\0"


def test_youtubeunblock_sends_zeros() -> None:
    command = (
        "youtubeUnblock --udp-mode=fake --udp-filter-quic=all --udp-fake-seq-len=2"
        " --udp-faking-strategy=ttl --faking-ttl=4"
    )
    made = compose(parse(command), INITIAL)
    assert words(made) == "F F O"
    assert made[0].payload == bytes(64)
    assert (made[0].ttl, made[0].dont_fragment) == (4, False)
    dropped = parse("youtubeUnblock --udp-mode=drop --udp-filter-quic=all")
    assert compose(dropped, INITIAL) == []
