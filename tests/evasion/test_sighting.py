"""The client's packets as strategies look at them."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, LONG, PATH, PATH6
from tests.evasion.sequences import conversation, scene
from workbench.evasion.compose.capture import View
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.seen import RST, SYN
from workbench.evasion.sighting import highest_ttl, look
from workbench.traffic.segments import classify

FAKE = "nfqws --dpi-desync=fake --dpi-desync-ttl=3"


def test_the_ttl_is_told_as_it_left_the_client() -> None:
    for place in (0, 1, 2):
        loaded = [one for one in scene(FAKE, view=View(vantage=place)).packets if one.length]
        assert [one.ttl for one in loaded] == [3, 0]


def test_distances_and_segments() -> None:
    seen = scene(FAKE)
    assert (seen.steps, seen.hops, seen.distance, seen.full) == (0, 12, 12, 1448)
    behind = scene(FAKE, view=View(vantage=5))
    assert (behind.steps, behind.distance) == (5, 12)
    assert (seen.stamped, seen.heard, seen.low_ack, seen.acked) == (True, True, False, 517)


def test_one_side_alone() -> None:
    seen = scene(FAKE, view=View(one_sided="client"))
    assert (seen.heard, seen.hops, seen.distance) == (False, -1, -1)


def test_exact_shifts() -> None:
    seen = scene("nfqws --dpi-desync=fake --dpi-desync-fooling=badseq,md5sig")
    fake = next(one for one in seen.packets if one.length)
    assert (fake.offset, fake.ack_shift, fake.md5, fake.hard) == (-10_000, -66_000, True, True)


def test_copies_that_a_tool_sends_survive_a_capture_that_doubles_everything() -> None:
    command = "nfqws --dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-repeats=3 --ip-id=zero"
    for view in (View(), View(doubled=True, cooked=True)):
        loaded = [one for one in scene(command, view=view).packets if one.length]
        assert len(loaded) == 4


def test_checksums_of_a_host_that_leaves_them_to_its_card() -> None:
    seen = scene(
        "nfqws --dpi-desync=fake --dpi-desync-fooling=badsum", view=View(partial_checksums=True)
    )
    loaded = [one for one in seen.packets if one.length]
    assert [one.checksum is not None for one in loaded] == [True, False]


@pytest.mark.parametrize(("kind", "number"), [("hopbyhop", 0), ("destopt", 60)])
def test_extension_headers(kind: str, number: int) -> None:
    seen = scene(f"nfqws --dpi-desync={kind}", path=PATH6)
    assert next(one for one in seen.packets if one.length).headers == (number,)


@pytest.mark.parametrize("path", [PATH, PATH6])
def test_the_first_fragment(path: PathFacts) -> None:
    seen = scene("nfqws --dpi-desync=ipfrag2 --dpi-desync-ipfrag-pos-tcp=40", path=path)
    assert next(one for one in seen.packets if one.length).cut == 40


def test_the_handshakes_ack_and_its_copies() -> None:
    low = scene("nfqws --orig-ttl=5 --orig-mod-start=s1 --orig-mod-cutoff=d2 --dpi-desync=fake")
    assert low.low_ack
    spoken = conversation("nfqws --dup=1 --dup-ttl=3 --dup-cutoff=n3")
    assert not look(spoken, classify(spoken)).low_ack
    first = int((spoken.flags == SYN).nonzero()[0][0])
    assert (int(spoken.ttl[first]), highest_ttl(spoken, first)) == (3, 64)


def test_only_what_says_something_is_looked_at() -> None:
    seen = scene("nfqws", LONG)
    assert [bool(one.length or one.flags & (SYN | RST)) for one in seen.packets] == [True] * 3
    assert seen.packets[1].data + seen.packets[2].data == LONG
    assert b"".join(one.data for one in scene("nfqws", HELLO).packets) == HELLO
