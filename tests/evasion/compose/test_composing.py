"""The worked packet lists of the domain reference's section 8, packet by packet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose.stage import (
    FACTS,
    HELLO,
    INITIAL,
    LONG,
    PAGE,
    PATH,
    parsed,
    reassembled,
    relative,
    row,
    volley,
    words,
)  # fmt: skip
from workbench.errors import ParameterError
from workbench.evasion.compose import PathFacts, compose
from workbench.evasion.compose.capture import packets_of
from workbench.evasion.compose.headers import walk_options
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import (
    NONE,
    Fake,
    Fooling,
    Payload,
    Piece,
    Position,
    Sockets,
    Split,
    Strategy,
    Ttl,
)  # fmt: skip

TS = 8


def at(*texts: str) -> tuple[Position, ...]:
    return tuple(Position.parse(text) for text in texts)


def stamp(packet):
    return int.from_bytes(dict(walk_options(packet.options))[TS][:4], "big")


def test_the_scene_is_that_of_the_reference() -> None:
    assert (FACTS.length, FACTS.host, FACTS.labels) == (517, (127, 142), (131, 138))
    assert FACTS.sniext == 122


def test_every_list_begins_with_the_handshake() -> None:
    syn, ack = compose(NONE, HELLO)[:2]
    assert row(syn)[:3] == (64, 0x3FFE, 0)
    assert syn.option_layout == (2, 4, 8, 1, 3)
    assert row(ack) == (64, 0x3FFF, 1, 1, 0, True)
    assert ack.option_layout == (1, 1, 8)


def test_8_1_fake_and_fakeddisorder() -> None:
    command = (
        "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"
        " --dpi-desync-fooling=badsum,badseq"
    )
    sent = volley(compose(parse(command), HELLO))
    assert [row(packet) for packet in sent] == [
        (3, 0x4000, -9999, -65999, 680, False),
        (3, 0x4001, -9996, -65999, 514, False),
        (64, 0x4002, 4, 1, 514, True),
        (3, 0x4003, -9996, -65999, 514, False),
        (3, 0x4004, -9999, -65999, 3, False),
        (64, 0x4005, 1, 1, 3, True),
        (3, 0x4006, -9999, -65999, 3, False),
    ]
    assert words(compose(parse(command), HELLO)) == "F f2 R2 f2 f1 R1 f1"
    assert {packet.option_layout for packet in sent} == {(8, 1, 1)}
    assert {packet.flags for packet in sent} == {0x18}
    hello = parsed(sent[0].payload)
    assert hello.session_id == HELLO[44:76]
    assert hello.server_name not in {"www.microsoft.com", "www.example.com"}
    assert not any(sent[1].payload)
    assert sent[1].but(ip_id=0, pause_ns=0) == sent[3].but(ip_id=0, pause_ns=0)
    assert sent[2].payload + b"" == HELLO[3:]


def test_8_1_the_kernel_uses_an_identification_again() -> None:
    command = "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"
    scene = play(parse(command + " --dpi-desync-fooling=badsum,badseq"), HELLO)
    events = [event for event in scene.events[3:] if not event.packet.from_client]
    acks = [relative(event.packet.ack, PATH.client_isn) for event in events]
    assert acks[:2] == [1, 518]
    first = events[0].packet
    blocks = dict(walk_options(first.options))[5]
    edges = [relative(int.from_bytes(blocks[i : i + 4], "big"), PATH.client_isn) for i in (0, 4)]
    assert edges == [4, 518]
    assert row(scene.events[-1].packet)[1:4] == (0x4001, 518, 2801)
    assert scene.delivered == HELLO


def test_8_2_fake_and_multisplit() -> None:
    command = (
        "nfqws --dpi-desync=fake,multisplit --dpi-desync-split-pos=1,midsld"
        " --dpi-desync-fooling=md5sig --dpi-desync-repeats=2"
        " --dpi-desync-fake-tls-mod=rnd,dupsid,sni=www.google.com"
    )
    sent = volley(compose(parse(command), HELLO))
    assert [row(packet) for packet in sent] == [
        (64, 0x4000, 1, 1, 677, True),
        (64, 0x4000, 1, 1, 677, True),
        (64, 0x4001, 1, 1, 1, True),
        (64, 0x4002, 2, 1, 133, True),
        (64, 0x4003, 135, 1, 383, True),
    ]
    assert sent[0].option_layout == (19, 8)
    assert sent[0].frame() == sent[1].frame()
    assert sent[2].option_layout == (8, 1, 1)
    assert parsed(sent[0].payload).server_name == "www.google.com"


def test_8_3_multidisorder_with_an_overlap() -> None:
    command = (
        "nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=2,midsld"
        " --dpi-desync-split-seqovl=1"
    )
    sent = volley(compose(parse(command), HELLO))
    assert [row(packet) for packet in sent] == [
        (64, 0x4002, 135, 1, 383, True),
        (64, 0x4001, 2, 1, 133, True),
        (64, 0x4000, 1, 1, 2, True),
    ]
    assert sent[1].payload == b"\0" + HELLO[2:134]
    assert play(parse(command), HELLO).delivered == HELLO


def test_8_3_multisplit_overlaps_the_other_way() -> None:
    command = "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=10 --dpi-desync-split-seqovl=1"
    sent = volley(compose(parse(command), HELLO))
    assert [row(packet)[2:5] for packet in sent] == [(0, 1, 11), (11, 1, 507)]
    assert sent[0].payload == b"\0" + HELLO[:10]


def test_8_4_hostfakesplit() -> None:
    sent = volley(compose(parse("nfqws --dpi-desync=hostfakesplit --dpi-desync-fooling=ts"), HELLO))
    assert [row(packet) for packet in sent] == [
        (64, 0x4000, 1, 1, 127, True),
        (64, 0x4001, 128, 1, 15, True),
        (64, 0x4002, 128, 1, 15, True),
        (64, 0x4003, 128, 1, 15, True),
        (64, 0x4004, 143, 1, 375, True),
    ]
    assert sent[2].payload == b"www.example.com"
    assert sent[1].payload == sent[3].payload != sent[2].payload
    assert stamp(sent[1]) - stamp(sent[2]) == stamp(sent[3]) - stamp(sent[2]) == -600_000


def test_8_4_without_timestamps_the_fake_is_delivered() -> None:
    strategy = parse("nfqws --dpi-desync=hostfakesplit --dpi-desync-fooling=ts")
    scene = play(strategy, HELLO, PATH.but(timestamps=False))
    assert scene.delivered[:127] == HELLO[:127]
    assert scene.delivered[127:142] != b"www.example.com"


def test_8_5_goodbyedpi() -> None:
    strategy = Strategy(
        tool="goodbyedpi",
        phase1=(
            Fake(fooling=Fooling(frozenset({"badsum"}), checksum="-1")),
            Fake(fooling=Fooling.of("badseq")),
        ),
        phase2=Split("multidisorder", at("2")),
    )
    path = PATH.but(ttl=128, timestamps=False)
    sent = volley(compose(strategy, HELLO, path))
    assert [row(packet) for packet in sent] == [
        (128, 0x4000, 1, 1, 517, False),
        (128, 0x4000, -9999, -65999, 517, True),
        (128, 0x4000, 3, 1, 515, True),
        (128, 0x4000, 1, 1, 2, True),
    ]
    right = sent[0].but(checksum_add=0).transport()[16:18]
    wrong = sent[0].transport()[16:18]
    assert int.from_bytes(right, "big") - int.from_bytes(wrong, "big") in {1, -0xFFFF}
    assert parsed(sent[0].payload).server_name == "www.w3.org"


def test_8_6_byedpi_disorder() -> None:
    strategy = Strategy(tool="byedpi", sockets=Sockets((Piece("disorder", Position("", 1)),)))
    sent = volley(compose(strategy, HELLO))
    assert [row(packet) for packet in sent] == [
        (1, 0x4000, 1, 1, 1, True),
        (64, 0x4001, 2, 1, 516, True),
        (64, 0x4002, 1, 1, 1, True),
    ]
    assert {packet.option_layout for packet in sent} == {(1, 1, 8)}
    assert sent[2].pause_ns >= 200_000_000
    assert play(strategy, HELLO).delivered == HELLO


def test_8_6_byedpi_fake() -> None:
    sockets = Sockets((Piece("fake", Position("", -1)),), ttl=Ttl.fixed(8))
    strategy = Strategy(tool="byedpi", sockets=sockets)
    sent = volley(compose(strategy, HELLO))
    assert [row(packet)[:1] + row(packet)[2:5] for packet in sent] == [
        (8, 1, 1, 516),
        (64, 517, 1, 1),
        (64, 1, 1, 516),
    ]
    assert parsed(sent[0].payload).server_name == "www.wikipedia.org"
    assert sent[2].payload == HELLO[:516]
    again = volley(compose(strategy, HELLO, PATH.but(windows=True, timestamps=False)))
    assert again[2].payload == HELLO


def test_8_7_records_and_datagrams() -> None:
    cut = Strategy(tool="tpws", tls_records=at("sniext+1"))
    (one,) = volley(compose(cut, HELLO))
    assert one.length == 522
    assert one.payload[:5].hex() == "1603010076"
    assert one.payload[123:128].hex() == "160301018a"
    command = "nfqws --filter-udp=443 --dpi-desync=fake --dpi-desync-repeats=2"
    first, second, third, _ = compose(parse(command), INITIAL)
    assert first.frame() == second.frame()
    assert first.payload == b"\x40" + bytes(619)
    assert third.payload == INITIAL


@pytest.mark.parametrize("request_bytes", [HELLO, PAGE, LONG])
def test_no_strategy_is_what_the_kernel_sends(request_bytes) -> None:
    sent = compose(NONE, request_bytes)
    assert {packet.role for packet in sent} == {"syn", "handshake", "original"}
    assert reassembled(sent) == request_bytes


def test_the_same_seed_gives_the_same_bytes() -> None:
    strategy = parse("nfqws --dpi-desync=fake --dpi-desync-fooling=badsum,md5sig")
    once, twice, other = (compose(strategy, HELLO, seed=seed) for seed in (1, 1, 2))
    assert [one.frame() for one in once] == [one.frame() for one in twice]
    assert [one.frame() for one in once] != [one.frame() for one in other]


def test_a_payload_file_has_to_be_given() -> None:
    strategy = Strategy(phase1=(Fake(payloads=(Payload("file", "tls", "a.bin"),)),))
    with pytest.raises(ParameterError, match=r"a\.bin"):
        compose(strategy, HELLO)
    sent = compose(strategy, HELLO, files={"a.bin": b"\x16\x03"})
    assert volley(sent)[0].payload == b"\x16\x03"


REQUESTS = {"hello": HELLO, "page": PAGE, "long": LONG}
SPLITS = st.builds(
    Split,
    st.sampled_from(
        ["multisplit", "multidisorder", "fakedsplit", "fakeddisorder", "hostfakesplit", "ipfrag2"]
    ),
    st.lists(
        st.builds(
            Position,
            st.sampled_from(["", "method", "host", "endhost", "midsld", "sniext"]),
            st.integers(-700, 700),
        ),
        max_size=5,
    ).map(tuple),
    altorder=st.integers(0, 3).flatmap(lambda low: st.sampled_from([low, low + 8, low + 16])),
    seqovl=st.none() | st.builds(Position, st.just(""), st.integers(0, 1500)),
    repeats=st.integers(1, 3),
    fooling=st.sets(st.sampled_from(["badsum", "badseq", "md5sig", "ts"])).map(
        lambda kinds: Fooling(frozenset(kinds))
    ),
)
PATHS = st.builds(
    PathFacts,
    client_isn=st.integers(0, 2**32 - 1) | st.integers(2**32 - 700, 2**32 - 1),
    server_isn=st.integers(0, 2**32 - 1),
    mtu=st.sampled_from([576, 1280, 1500]),
    ip_id=st.sampled_from([0, 1, 0xFFFE, 0x3FFE]),
    timestamps=st.booleans(),
)


@given(split=SPLITS, path=PATHS, name=st.sampled_from(sorted(REQUESTS)))
def test_genuine_parts_are_the_request(split, path, name) -> None:
    request_bytes = REQUESTS[name]
    strategy = Strategy(phase1=(Fake(ttl=Ttl.fixed(3)),), phase2=split, tool="nfqws")
    sent = compose(strategy, request_bytes, path)
    if split.kind != "ipfrag2":
        assert reassembled(sent, path) == request_bytes
    for packet in sent:
        if packet.genuine and packet.offset is not None and packet.fragment is None:
            place = relative(packet.seq, path.client_isn) - 1 + packet.overlap
            assert place == packet.offset


@given(split=SPLITS, path=PATHS)
def test_our_reader_sees_what_was_composed(split, path) -> None:
    strategy = Strategy(phase1=(Fake(ttl=Ttl.fixed(3)),), phase2=split, tool="nfqws")
    scene = play(strategy, HELLO, path)
    packets = packets_of(scene)
    assert dict(packets.problems.counts) == {}
    sent = [event.packet for event in scene.events]
    whole = [one for one in sent if one.fragment is None or one.fragment[0] == 0]
    tcp = packets.columns["protocol"] == 6
    assert tcp.sum() >= len(whole)


@given(
    kinds=st.lists(
        st.sampled_from(["split", "disorder", "oob", "disoob", "fake"]), min_size=1, max_size=6
    ),
    places=st.lists(st.integers(1, 516), min_size=1, max_size=6),
    path=PATHS,
    tool=st.sampled_from(["byedpi", "tpws", "spoofdpi"]),
)
def test_sockets_deliver_the_request(kinds, places, path, tool) -> None:
    pieces = tuple(
        Piece(kind, Position("", place))
        for kind, place in zip(kinds, sorted(set(places)), strict=False)
    )
    strategy = Strategy(tool=tool, sockets=Sockets(pieces, oob_byte=97))
    assert reassembled(compose(strategy, HELLO, path), path) == HELLO
    assert play(strategy, HELLO, path).delivered == HELLO
