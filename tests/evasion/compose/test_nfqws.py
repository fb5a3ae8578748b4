"""nfqws: phases, limits, long requests, windows, IPv6."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import (
    HELLO,
    LONG,
    PAGE,
    PATH,
    PATH6,
    parsed,
    reassembled,
    relative,
    row,
    volley,
    words,
)  # fmt: skip
from workbench.evasion.compose import compose
from workbench.evasion.compose.headers import walk_options
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.nfqws import small_window
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing import parse


def sent(options: str, request: bytes = HELLO, path=PATH, **more):
    return compose(parse(f"nfqws {options}"), request, path, **more)


def test_an_original_behind_a_fake_is_the_kernels() -> None:
    fake, original = volley(sent("--dpi-desync=fake --dpi-desync-ttl=3"))
    assert fake.ip_id == original.ip_id == 0x4000
    assert (fake.option_layout, original.option_layout) == ((8, 1, 1), (1, 1, 8))


def test_several_fakes_stay_or_advance() -> None:
    two = "--dpi-desync=fake --dpi-desync-fake-tls=0x1603 --dpi-desync-fake-tls=0x00000000"
    assert [row(packet)[1:5:3] for packet in volley(sent(two))] == [
        (0x4000, 2),
        (0x4001, 4),
        (0x4000, 517),
    ]
    places = [
        relative(packet.seq, PATH.client_isn)
        for packet in volley(sent(two + " --dpi-desync-fake-tcp-mod=seq"))
    ]
    assert places == [1, 3, 1]


@pytest.mark.parametrize(("mode", "flags"), [("rst", 0x04), ("rstack", 0x14)])
def test_resets(mode, flags) -> None:
    first, second = volley(sent(f"--dpi-desync={mode} --dpi-desync-ttl=3"))
    assert (first.flags, first.length, first.ttl) == (flags, 0, 3)
    assert second.payload == HELLO
    assert play(parse(f"nfqws --dpi-desync={mode} --dpi-desync-ttl=3"), HELLO).delivered == HELLO


def test_data_in_the_syn() -> None:
    first, left, *_ = sent("--dpi-desync=syndata")
    assert (first.flags, first.payload, first.ttl) == (2, bytes(16), 64)
    assert first.option_layout == (2, 4, 8, 3, 1)
    assert (left.protocol, left.ip_id) == (255, first.ip_id)


def test_a_syn_ack_before_the_syn() -> None:
    first, second, *_ = sent("--dpi-desync=synack --dpi-desync-ttl=3")
    assert (first.flags, first.ttl, first.seq) == (0x12, 3, second.seq)
    assert second.flags == 2


def test_a_window_until_the_request() -> None:
    syn, ack, hello = sent("--wssize=1:6")
    assert (syn.window, ack.window, hello.window) == (1, 1, 1)
    assert dict(walk_options(syn.options))[3] == b"\x06"
    scene = play(parse("nfqws --wssize=1:6"), HELLO)
    assert scene.events[-1].packet.window == 63


def test_a_scale_is_never_raised() -> None:
    syn = Kernel(PATH).syn()
    assert dict(walk_options(small_window(syn, 1, 12).options))[3] == b"\x0a"
    assert small_window(syn, 1, None).options == syn.options


def test_a_long_request_is_held_and_fakes_come_once() -> None:
    made = sent("--dpi-desync=fake,multisplit --dpi-desync-split-pos=1500 --dpi-desync-ttl=3", LONG)
    assert words(made) == "F O R1 R2"
    assert [packet.length for packet in volley(made)] == [680, 1448, 52, 500]
    assert reassembled(made) == LONG
    assert volley(made)[0].pause_ns > volley(made)[1].pause_ns


def test_an_overlap_is_for_the_first_packet() -> None:
    made = volley(
        sent(
            "--dpi-desync=multisplit --dpi-desync-split-pos=2,1500 --dpi-desync-split-seqovl=1",
            LONG,
        )
    )
    assert [packet.overlap for packet in made] == [1, 0, 0, 0]


def test_identifications_go_on_through_a_long_request() -> None:
    made = volley(sent("--dpi-desync=multisplit --dpi-desync-split-pos=2,1500", LONG))
    assert [packet.ip_id - 0x4000 for packet in made] == [0, 1, 2, 3]
    split_first = volley(sent("--dpi-desync=multisplit --dpi-desync-split-pos=2", LONG))
    assert [packet.ip_id - 0x4000 for packet in split_first] == [0, 1, 2]


def test_fragments_of_the_first_packet_alone() -> None:
    made = volley(sent("--dpi-desync=ipfrag2", LONG))
    assert [packet.fragment for packet in made] == [(0, True), (32, False), None]
    assert made[0].ip_id == made[1].ip_id
    assert play(parse("nfqws --dpi-desync=ipfrag2"), HELLO).delivered == HELLO


@pytest.mark.parametrize(("mode", "kind"), [("hopbyhop", 0), ("destopt", 60), ("ipfrag1", 44)])
def test_ipv6_headers_on_genuine_packets(mode, kind) -> None:
    (whole,) = volley(sent(f"--dpi-desync={mode}", path=PATH6))
    assert (whole.extensions, whole.payload) == ((kind,), HELLO)
    parts = volley(sent(f"--dpi-desync={mode},multisplit --dpi-desync-split-pos=2", path=PATH6))
    assert [packet.extensions for packet in parts] == [(kind,), (kind,)]
    (plain,) = volley(sent(f"--dpi-desync={mode}"))
    assert plain.extensions == ()


def test_ipv6_fragments_keep_the_header_before_them() -> None:
    first, second = volley(sent("--dpi-desync=hopbyhop,ipfrag2", path=PATH6))
    assert first.datagram()[6] == second.datagram()[6] == 0
    assert first.datagram()[40] == 44


@pytest.mark.parametrize(
    "options",
    [
        "--dpi-desync=fake --dpi-desync-cutoff=n3",
        "--dpi-desync=fake --dpi-desync-start=n9",
        "--dpi-desync=fake --hostlist-domains=other.org",
        "--dpi-desync=fake --filter-tcp=80",
        "--dpi-desync=fake --filter-l7=http",
    ],
)
def test_configured_is_not_sent(options) -> None:
    assert words(sent(options)) == "O"


def test_unknown_requests_are_left_alone() -> None:
    assert words(sent("--dpi-desync=fake", b"SSH-2.0-x\r\n")) == "O"
    made = volley(sent("--dpi-desync=fake --dpi-desync-any-protocol=1", b"SSH-2.0-x\r\n"))
    assert made[0].payload == bytes(256)
    assert (
        words(sent("--dpi-desync=fakeknown --dpi-desync-any-protocol=1", b"SSH-2.0-x\r\n")) == "O"
    )


def test_a_page_request_has_fakes_of_its_own() -> None:
    fake, original = volley(sent("--dpi-desync=fake --hostcase", PAGE))
    assert b"www.iana.org" in fake.payload
    assert b"host: www.example.com" in original.payload


def test_a_fake_that_does_not_fit_stops_all() -> None:
    path = PATH.but(mtu=600)
    made = volley(sent("--dpi-desync=fake,multisplit --dpi-desync-split-pos=2", path=path))
    assert [packet.role for packet in made] == ["original"]


def test_repeats_have_a_cap() -> None:
    made = volley(sent("--dpi-desync=fake --dpi-desync-repeats=1024"))
    assert words(made) == " ".join(["F"] * 1024 + ["O"])


def test_the_automatic_ttl_follows_the_distance() -> None:
    near = volley(sent("--dpi-desync=fake --dpi-desync-autottl=-2", path=PATH.but(hops=9)))
    far = volley(sent("--dpi-desync=fake --dpi-desync-autottl=-2", path=PATH.but(hops=19)))
    assert (near[0].ttl, far[0].ttl) == (7, 17)


def test_the_fakes_name_is_the_same_all_through_a_run() -> None:
    first, second = (
        parsed(volley(sent("--dpi-desync=fake", path=PATH.but(client_port=port)))[0].payload)
        for port in (1, 2)
    )
    assert first.server_name == second.server_name


def test_a_window_may_end_earlier_or_not_at_all() -> None:
    syn, ack, hello = sent("--wssize=1:6 --wssize-cutoff=n2")
    assert (syn.window, ack.window, hello.window) == (1, 63, 63)
    stays = play(parse("nfqws --wssize=1:6 --wssize-forced-cutoff=0"), HELLO)
    assert stays.events[-1].packet.window == 1
