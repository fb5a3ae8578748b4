"""Segments written anew, and what is wrong with them."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, PATH, PATH6, relative
from workbench.evasion.compose.craft import Crafter, Identifications, auto_ttl, fake_flags
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.headers import walk_options
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.strategy import Fooling, Ttl


def crafter(path=PATH) -> Crafter:
    return Crafter(path, dice(1))


def data(path=PATH):
    kernel = Kernel(path)
    return next(iter(kernel.write(HELLO)))


def made(*kinds: str, path=PATH, **more):
    return crafter(path).segment(data(path), b"abc", fooling=Fooling.of(*kinds), **more)


def test_the_layout_is_zaprets() -> None:
    assert made().option_layout == (8, 1, 1)
    assert made("md5sig").option_layout == (19, 8)
    assert made("md5sig", path=PATH.but(timestamps=False)).option_layout == (19, 1, 1)
    assert made(path=PATH.but(timestamps=False)).option_layout == ()
    syn = Kernel(PATH).syn()
    assert crafter().segment(syn, opening=True).option_layout == (2, 4, 8, 3, 1)
    assert crafter().segment(syn).option_layout == (8, 3, 1, 1, 1)


def test_numbers_are_shifted() -> None:
    one = made("badseq", shift=3)
    assert relative(one.seq, PATH.client_isn) == 1 + 3 - 10_000
    assert relative(one.ack, PATH.server_isn) == 1 - 66_000
    other = crafter().segment(data(), fooling=Fooling(frozenset({"badack"}), badack_increment=-5))
    assert relative(other.ack, PATH.server_isn) == -4
    assert other.seq == data().seq


def test_timestamps_go_back_and_echoes_stay() -> None:
    before = dict(walk_options(data().options))[8]
    after = dict(walk_options(made("ts").options))[8]
    assert int.from_bytes(before[:4], "big") - int.from_bytes(after[:4], "big") == 600_000
    assert before[4:] == after[4:]


def test_flags() -> None:
    assert made("datanoack").flags == 0x08
    assert crafter().segment(data(), flags=0x14, fooling=Fooling.of("datanoack")).flags == 0x14
    spoiled = Fooling(frozenset({"flags"}), flags_set=1, flags_unset=16)
    assert fake_flags(0x18, spoiled) == 0x09
    assert fake_flags(0x18, Fooling.of("badsum")) == 0x18


@pytest.mark.parametrize(
    ("how", "kept"), [("random", "checksum_xor"), ("-1", "checksum_add"), ("+1", "checksum_add")]
)
def test_checksums_are_spoiled_as_asked(how, kept) -> None:
    one = crafter().segment(data(), fooling=Fooling(frozenset({"badsum"}), checksum=how))
    assert not one.checksum_good
    assert getattr(one, kept)


def test_ipv6_headers() -> None:
    assert made("hopbyhop").extensions == ()
    assert made("hopbyhop", path=PATH6).extensions == (0,)
    assert made("hopbyhop", "hopbyhop2", path=PATH6).extensions == (0, 0)
    assert made(path=PATH6, header_modes=("destopt",)).extensions == (60,)
    assert made("hopbyhop", path=PATH6, header_modes=("ipfrag1",)).extensions == (0, 44)


@pytest.mark.parametrize(
    ("wanted", "hops", "value"),
    [
        (Ttl.auto(-1), 12, 11), (Ttl.auto(-1), 4, 3), (Ttl.auto(-1), 3, 0), (Ttl.auto(-2), 30, 20),
        (Ttl.auto(5, 3, 64), 12, 17), (Ttl.auto(5, 3, 10), 12, 0), (Ttl.auto(-1), None, 0),
        (Ttl.auto(-1), 0, 0),
    ],
)  # fmt: skip
def test_the_automatic_ttl(wanted, hops, value) -> None:
    assert auto_ttl(wanted, hops) == value


def test_a_ttl_falls_back() -> None:
    packet = data()
    near = Crafter(PATH.but(hops=0), dice(1))
    assert near.ttl(Ttl.auto(-1, fallback=5), None, packet) == 5
    assert near.ttl(Ttl.auto(-1), None, packet) == 64
    assert crafter().ttl(Ttl.auto(-1), None, packet) == 11
    assert crafter().ttl(Ttl.fixed(3), Ttl.fixed(4), packet) == 3
    assert crafter(PATH6).ttl(Ttl.fixed(3), Ttl.fixed(4), data(PATH6)) == 4
    assert crafter(PATH6).ttl(Ttl.fixed(3), None, data(PATH6)) == 3


def test_identifications() -> None:
    packet = data()
    seq = Identifications("seq", dice(1))
    assert seq.first(packet) == packet.ip_id
    assert (seq.add(5), seq.add(0xFFFF), seq.add(1, -1), seq.add(0)) == (6, 1, 0xFFFF, 0)
    assert Identifications("zero", dice(1)).first(packet) == 0
    assert Identifications("rnd", dice(1)).first(packet) != Identifications("rnd", dice(2)).first(
        packet
    )
    assert Identifications("same", dice(1)).add(7) == 7
    assert seq.first(data(PATH6)) == 0
    assert Identifications("seqgroup", dice(1)).grouped


def test_the_system_refuses_what_is_too_large() -> None:
    assert crafter().fits(crafter().segment(data(), bytes(1448)))
    assert not crafter().fits(crafter().segment(data(), bytes(1449)))
    assert not crafter().fits(crafter().segment(data(), bytes(1440), fooling=Fooling.of("md5sig")))
