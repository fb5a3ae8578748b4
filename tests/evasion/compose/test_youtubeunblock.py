"""youtubeUnblock's way of sending."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import (
    HELLO,
    PATH,
    PATH6,
    parsed,
    reassembled,
    relative,
    volley,
    words,
)  # fmt: skip
from workbench.evasion.compose import compose
from workbench.evasion.compose.headers import walk_options
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing import parse


def sent(options: str, request: bytes = HELLO, path=PATH):
    return compose(parse(f"youtubeUnblock --sni-domains=all {options}"), request, path)


def test_a_fake_then_parts_in_reverse() -> None:
    made = volley(sent("--faking-strategy=ttl --faking-ttl=3"))
    assert [packet.role for packet in made] == ["fake", "part", "part", "part"]
    assert [packet.length for packet in made] == [517, 383, 133, 1]
    assert parsed(made[0].payload).server_name == "www.google.com"
    assert (made[0].ttl, made[0].dont_fragment, made[0].ip_id) == (3, False, 0x4000)
    assert len({packet.ip_id for packet in made[1:]}) == 3
    assert reassembled(made) == HELLO


def test_a_wrong_checksum_is_wrong_by_256() -> None:
    fake = volley(sent("--faking-strategy=tcp_check --frag=none"))[0]
    right = int.from_bytes(fake.but(checksum_add=0).transport()[16:18], "big")
    stored = int.from_bytes(fake.transport()[16:18], "big")
    assert (stored - right) % 65536 == 256


def test_the_md5_option_takes_the_place_of_the_others() -> None:
    fake, original = volley(sent("--faking-strategy=md5sum --frag=none"))
    assert fake.option_layout == (19, 1, 1)
    assert fake.options[2:12] == original.options[2:12]
    assert len(fake.options) == 20


def test_an_old_timestamp() -> None:
    fake, original = volley(sent("--faking-strategy=timestamp --frag=none"))
    before, after = (dict(walk_options(one.options))[8] for one in (original, fake))
    assert int.from_bytes(before[:4], "big") - int.from_bytes(after[:4], "big") == 600_000
    assert fake.option_layout == (1, 1, 8)


@pytest.mark.parametrize(("strategy", "places"), [("pastseq", [-516, -516]), ("ttl", [1, 518])])
def test_further_fakes(strategy, places) -> None:
    made = volley(sent(f"--faking-strategy={strategy} --frag=none --fake-sni-seq-len=2"))
    assert [relative(one.seq, PATH.client_isn) for one in made[:2]] == places
    assert [one.ip_id for one in made[:2]] == [0x4000, 0x4001]


def test_a_fake_between_the_parts() -> None:
    forward = sent("--frag-sni-faked=1 --frag-sni-reverse=0 --frag-middle-sni=0 --frag-sni-pos=5")
    assert words(forward) == "F R0 F R0"
    backward = sent("--frag-sni-faked=1 --frag-middle-sni=0 --frag-sni-pos=5")
    assert [one.length for one in volley(backward)] == [517, 512, 517, 5]
    assert relative(volley(backward)[2].seq, PATH.client_isn) == 6


def test_fragments_of_ip() -> None:
    last, whole = volley(sent("--frag=ip --fake-sni=0"))
    assert last.fragment == (144, False)
    assert whole.payload == HELLO
    only = volley(sent("--frag=ip --fake-sni=0 --frag-middle-sni=0 --frag-sni-pos=5"))
    assert [one.fragment for one in only] == [(8, False), (0, True)]
    assert words(sent("--frag=ip --fake-sni=0", path=PATH6)) == "O"


def test_a_second_segment_may_wait() -> None:
    made = volley(sent("--seg2delay=50 --fake-sni=0 --frag-middle-sni=0 --frag-sni-pos=5"))
    assert max(one.pause_ns for one in made) >= 50_000_000


def test_what_is_no_hello_is_left_alone() -> None:
    assert words(sent("", b"GET / HTTP/1.1\r\nHost: x.com\r\n\r\n")) == "O"


def test_data_in_the_syn_keeps_the_options() -> None:
    syn = sent("--synfake=1")[0]
    assert syn.option_layout == (2, 4, 8, 1, 3)
    assert syn.payload[:1] == b"\x16"


def test_the_server_reads_the_request() -> None:
    strategy = parse("youtubeUnblock --sni-domains=all --faking-strategy=tcp_check")
    assert play(strategy, HELLO).delivered == HELLO
