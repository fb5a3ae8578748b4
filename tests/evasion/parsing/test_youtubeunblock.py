from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse, parse_profiles
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Opening,
    Payload,
    Position,
    Split,
    Strategy,
    Ttl,
    Udp,
    Window,
)

ONE, MIDDLE = Position("", 1), Position("midhost", 0, "tls")
DEFAULT = Fooling(frozenset({"badsum", "ts"}), checksum="+1")
BARE = "--fake-sni=0 --frag=none"


def test_defaults():
    assert parse("youtubeUnblock --queue-num=537") == Strategy(
        phase1=(Fake(fooling=DEFAULT),),
        phase2=Split("multidisorder", (ONE, MIDDLE)),
        tool="youtubeunblock",
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--frag=none --faking-strategy=ttl --faking-ttl=3", {"phase1": (Fake(ttl=Ttl.fixed(3)),)}),
        ("--frag=none --faking-strategy=randseq --fake-seq-offset=5 --fake-sni-seq-len=2", {
            "phase1": (Fake(fooling=Fooling(frozenset({"randseq"}), -5), repeats=2),)}),
        ("--frag=none --faking-strategy=md5sum --fake-sni-type=custom --fake-custom-payload=16", {
            "phase1": (Fake(fooling=Fooling.of("md5sig"),
                            payloads=(Payload("bytes", data=b"\x16"),)),)}),
        ("--frag=none --faking-strategy=md5sum --fake-sni-type=random", {
            "phase1": (Fake(fooling=Fooling.of("md5sig"), payloads=(Payload("random"),)),)}),
        ("--fake-sni=0 --frag-sni-reverse=0 --frag-sni-pos=5 --frag-middle-sni=0",
         {"phase2": Split("multisplit", (Position("", 5),))}),
        ("--fake-sni=0 --frag-sni-faked=1 --seg2delay=9", {"phase2": Split(
            "fakeddisorder", (ONE, MIDDLE), fooling=DEFAULT, pause_ms=9)}),
        ("--fake-sni=0 --frag=ip", {"phase2": Split("ipfrag2", (ONE, MIDDLE))}),
        ("--fake-sni=0 --frag-sni-pos=0 --frag-middle-sni=0", {}),
        ("--tls=disabled", {}),
        (f"{BARE} --udp-mode=fake --udp-filter-quic=all --udp-faking-strategy=checksum", {
            "phase1": (Fake(fooling=Fooling(frozenset({"badsum"}), checksum="+1"), repeats=6,
                            payloads=(Payload("zeros", length=64),), transport="udp"),)}),
        (f"{BARE} --udp-mode=fake", {}),
        (f"{BARE} --quic-drop", {"udp": Udp("drop")}),
        (f"{BARE} --udp-mode=drop --udp-filter-quic=parse", {"udp": Udp("drop")}),
        (f"{BARE} --fk-winsize=9", {"window": Window("wssize", 9)}),
        (f"{BARE} --synfake=1 --synfake-len=7", {
            "phase0": (Opening("syndata", payload=Payload("hello", "syndata", length=7)),)}),
    ],
)  # fmt: skip
def test_options(words, expected):
    assert parse(f"youtubeUnblock {words}") == Strategy(**expected, tool="youtubeunblock")


def test_sections_are_profiles():
    outside, inside = parse_profiles(
        f"youtubeUnblock --sni-domains=all --fbegin --sni-domains=a.test {BARE} --fend --silent"
    )
    assert outside.text == "fake,multidisorder"
    assert inside.scope.hosts == ("a.test",)
    assert not inside


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--frag=udp", "tcp, ip, none"),
        ("--faking-strategy=odd", "randseq"),
        ("--faking-strategy=pastseq,randseq", "only one"),
        ("--fake-sni-type=custom", "--fake-custom-payload"),
        ("--fake-sni=2", "0, 1"),
        ("--udp-faking-strategy=ttl2", "checksum"),
        ("--frag-sni-pos=-1", "0 to 65535"),
    ],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        parse(f"youtubeUnblock --udp-filter-quic=all {words}")
