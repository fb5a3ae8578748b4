from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse, parse_profiles
from workbench.evasion.strategy import (
    Dup,
    Fake,
    Fooling,
    Http,
    Oob,
    Opening,
    Orig,
    Payload,
    Position,
    Split,
    Strategy,
    Ttl,
    Udp,
    Window,
)

L = "--lua-desync="
TWO = (Position("", 2),)
BADSEQ = Fooling.of("badseq")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"{L}fake:blob=fake_default_tls:ip_ttl=3:repeats=6",
         {"phase1": (Fake(ttl=Ttl.fixed(3), repeats=6),)}),
        (f"{L}fake:blob=0x1603:tcp_seq=-10000:tcp_ack=-66000",
         {"phase1": (Fake(fooling=BADSEQ, payloads=(Payload("bytes", data=b"\x16\x03"),)),)}),
        (f"{L}fake:blob=fake_default_tls:tls_mod=rnd,sni=a.test:ip_autottl=-1,3-20:tcp_md5",
         {"phase1": (Fake(ttl=Ttl.auto(), fooling=Fooling.of("md5sig"), payloads=(
             Payload(protocol="tls", sni="a.test", mods=frozenset({"rnd"})),)),)}),
        (f"--blob=x:+4@a.bin {L}fake:blob=x:badsum",
         {"phase1": (Fake(fooling=Fooling.of("badsum"),
                          payloads=(Payload("file", name="a.bin", offset=4),)),)}),
        (f"{L}rst:rstack:tcp_ts=-600000", {"phase1": (Fake("rstack", fooling=Fooling.of("ts")),)}),
        (f"{L}multisplit", {"phase2": Split("multisplit", TWO)}),
        (f"{L}multidisorder_legacy:pos=1,midsld:seqovl=midsld-1:seqovl_pattern=0x16",
         {"phase2": Split("multidisorder", (Position("", 1), Position("midsld")),
                          seqovl=Position("midsld", -1),
                          seqovl_pattern=Payload("bytes", data=b"\x16"))}),
        (f"{L}fakedsplit:nofake1:nofake2:tcp_flags_unset=ack",
         {"phase2": Split("fakedsplit", TWO, 2, fooling=Fooling.of("datanoack"))}),
        (f"{L}fakeddisorder:nofake1:nofake2:nofake4:pattern=0x16",
         {"phase2": Split("fakeddisorder", TWO, 3, pattern=Payload("bytes", data=b"\x16"))}),
        (f"{L}hostfakesplit:host=a.test:midhost=midsld",
         {"phase2": Split("hostfakesplit", host_fake="a.test", midhost=Position("midsld"))}),
        (f"{L}send:ipfrag:ipfrag_pos_tcp=40 {L}drop",
         {"phase2": Split("ipfrag2", fragment_tcp=40)}),
        (f"{L}syndata", {"phase0": (Opening("syndata"),)}),
        (f"{L}synack", {"phase0": (Opening("synack"),)}),
        (f"{L}synack_split:mode=syn", {"phase0": (Opening("synack-split", variant="syn"),)}),
        (f"{L}wssize:wsize=1:scale=6", {"window": Window("wssize", 1, 6)}),
        (f"--out-range=<n3 {L}wssize:wsize=1:forced_cutoff=no",
         {"window": Window("wssize", 1, None, "n3", forced_cutoff=False)}),
        (f"{L}wsize:wsize=1", {"window": Window("wsize", 1)}),
        (f"--out-range=n2-d5 {L}send:repeats=2:ip_ttl=3:ip_id=rnd",
         {"dup": Dup(2, ttl=Ttl.fixed(3), ip_id="rnd", start="n2", cutoff="d6")}),
        (f"--out-range=s1<d1 {L}pktmod:ip_ttl=1",
         {"orig": Orig(Ttl.fixed(1), start="s1", cutoff="d1")}),
        (f"{L}udplen:increment=5", {"udp": Udp("udplen", 5)}),
        (f"{L}dht_dn", {"udp": Udp("tamper")}),
        (f"--payload=quic_initial {L}drop", {"udp": Udp("drop")}),
        (f"{L}oob:byte=5:urp=midsld", {"oob": Oob(5, Position("midsld"))}),
        (f"{L}oob:char=a:urp=e", {"oob": Oob(97, Position("end"))}),
        (f"{L}http_hostcase:spell=HOST {L}http_domcase {L}http_methodeol {L}http_unixeol", {
            "http": Http("HOST", domain_case=True, method_eol=True, unix_eol=True)}),
        (f"{L}fake:blob=fake_default_tls:ip6_ttl=3:ip6_hopbyhop2",
         {"phase1": (Fake(ttl6=Ttl.fixed(3), fooling=Fooling.of("hopbyhop2")),)}),
    ],
)  # fmt: skip
def test_functions(words, expected):
    quoted = words.replace("<", "'<'")
    assert parse(f"nfqws2 --qnum=1 {quoted}") == Strategy(**expected, tool="nfqws2")


def test_fakes_of_the_same_kind_are_one_fake_with_several_payloads():
    made = parse(f"nfqws2 {L}fake:blob=0x16:badsum {L}fake:blob=0x17:badsum")
    assert len(made.plain().phase1) == 1
    assert len(made.plain().phase1[0].payloads) == 2


def test_profiles():
    first, second = parse_profiles(f"nfqws2 {L}multisplit --new {L}multidisorder")
    assert (first.text, second.text) == ("multisplit", "multidisorder")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"{L}odd", "multisplit"),
        (f"{L}fake", "blob"),
        (f"{L}fake:blob=mine", "fake_default_tls"),
        (f"{L}fake:blob=0x16:odd=1", "ip_ttl"),
        (f"{L}fake:blob=0x16:tls_mod=odd", "padencap"),
        (f"{L}fakedsplit:nofake2", "nofake1"),
        (f"{L}hostfakesplit:nofake1", "zapret 1"),
        (f"{L}pktmod:badsum", "tcp_flags_set"),
        (f"{L}multisplit:pos=odd", "-N, method"),
        (f"{L}synack_split:mode=odd", "acksyn"),
        ("--blob=x", "name:@file"),
        ("--out-range=odd", "s1<d1"),
        (f"{L}oob:char=ab", "one character"),
        ("--dpi-desync=fake", "--lua-desync"),
    ],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        parse(f"nfqws2 {words}")
