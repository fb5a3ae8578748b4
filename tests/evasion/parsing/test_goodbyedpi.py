from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Http,
    Payload,
    Position,
    Split,
    Strategy,
    Ttl,
    Udp,
    Window,
)

BADSUM = Fooling(frozenset({"badsum"}), checksum="-1")
TWO = (Position("", 2),)


def test_the_default_is_modeset_nine():
    nine = Strategy(
        phase1=(Fake(fooling=BADSUM), Fake(fooling=Fooling.of("badseq"))),
        phase2=Split("multidisorder", TWO),
        udp=Udp("drop"),
        tool="goodbyedpi",
    )
    assert parse("goodbyedpi") == parse("goodbyedpi -9") == nine
    assert parse("goodbyedpi.exe -f 2 -e 2 --wrong-seq --wrong-chksum --reverse-frag -q") == nine


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-5", {"phase1": (Fake(ttl=Ttl.auto(-4, 1, 10)),), "phase2": Split("multidisorder", TWO)}),
        ("-1", {"window": Window("inbound", 2), "http": Http("hoSt", no_space=True)}),
        ("-2", {"window": Window("inbound", 40, http_size=2), "http": Http("hoSt", no_space=True)}),
        ("-3", {"window": Window("inbound", 40, http_size=0), "http": Http("hoSt", no_space=True)}),
        ("-e 40 --native-frag", {"phase2": Split("multisplit", (Position("", 40, "tls"),))}),
        ("-f 2 -e 9 --native-frag", {"phase2": Split(
            "multisplit", (Position("", 2, "http"), Position("", 9, "tls")))}),
        ("-f 2 -e 2 --frag-by-sni --reverse-frag", {"phase2": Split(
            "multidisorder", (Position("", 2, "http"), Position("host", 0, "tls")))}),
        ("--set-ttl 4 --fake-resend 3", {"phase1": (Fake(ttl=Ttl.fixed(4), repeats=3),)}),
        ("--auto-ttl 2-5-9 -p", {"phase1": (Fake(ttl=Ttl.auto(-5, 2, 9)),)}),
        ("--auto-ttl -p", {"phase1": (Fake(ttl=Ttl.auto(-4, 1, 10)),)}),
        ("--wrong-seq --fake-from-hex 1603 --fake-with-sni a.test --fake-gen 1", {"phase1": (
            Fake(fooling=Fooling.of("badseq"), payloads=(
                Payload("bytes", data=b"\x16\x03"), Payload("hello", "tls", sni="a.test"),
                Payload("random"))),)}),
        ("--wrong-seq --fake-resend 0", {}),
        ("-a -m", {"http": Http(no_space=True, domain_case=True, method_space=True)}),
        ("-pq --blacklist a.txt", {"udp": Udp("drop")}),
        ("-9r", {"phase1": (Fake(fooling=BADSUM), Fake(fooling=Fooling.of("badseq"))),
                 "phase2": Split("multidisorder", TWO), "udp": Udp("drop"), "http": Http("hoSt")}),
    ],
)  # fmt: skip
def test_options(words, expected):
    assert parse(f"goodbyedpi {words}") == Strategy(**expected, tool="goodbyedpi")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-f x", "0 to 65535"),
        ("-f 2 -k 3", "the same size twice"),
        ("--set-ttl 0", "1 to 255"),
        ("--auto-ttl 1-2", "1-4-10"),
        ("--fake-gen 99", "1 to 30"),
        ("--fake-from-hex x", "hex digits"),
        ("-x", "--auto-ttl"),
    ],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        parse(f"goodbyedpi {words}")
