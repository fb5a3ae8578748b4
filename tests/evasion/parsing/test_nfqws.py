from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse, parse_profiles
from workbench.evasion.strategy import (
    NONE,
    Dup,
    Fake,
    Fooling,
    Http,
    Limits,
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

D = "--dpi-desync"
H = f"{D}-hostfakesplit"
HOST_FAKE = f"{D}=hostfakesplit {H}-mod=host=a.test,altorder=1 {H}-midhost=midsld"
TWO = (Position("", 2),)


def read(*words):
    return parse("nfqws --qnum=200 " + " ".join(words))


def test_the_canonical_example():
    fooled = Fooling.of("badsum", "badseq")
    assert read(
        f"{D}=fake,fakeddisorder {D}-ttl=3 {D}-split-pos=3 {D}-fooling=badsum,badseq"
    ) == Strategy(
        phase1=(Fake("fake", Ttl.fixed(3), fooling=fooled),),
        phase2=Split("fakeddisorder", (Position("", 3),), ttl=Ttl.fixed(3), fooling=fooled),
        tool="nfqws",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [("split", "fakedsplit"), ("split2", "multisplit"), ("disorder", "fakeddisorder"),
     ("disorder2", "multidisorder")],
)  # fmt: skip
def test_old_names_mean_what_they_meant(old, new):
    assert read(f"{D}={old}").text == new
    assert read(f"{D}={old}") == read(f"{D}={new}")


@pytest.mark.parametrize("modes", ["fake,fake", "multisplit,fake", "fake,syndata", "a", "fake,"])
def test_phases_stand_in_order(modes):
    with pytest.raises(ParameterError, match="--dpi-desync"):
        read(f"{D}={modes}")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"{D}=syndata {D}-fake-syndata=0x16", {"phase0": (
            Opening("syndata", payload=Payload("bytes", "syndata", data=b"\x16")),)}),
        ("--synack-split=acksyn", {"phase0": (Opening("synack-split", variant="acksyn"),)}),
        (f"{D}=synack {D}-ttl=3", {"phase0": (Opening("synack", Ttl.fixed(3)),)}),
        (f"{D}=udplen {D}-udplen-increment=-3", {"udp": Udp("udplen", -3)}),
        (f"{D}=tamper", {"udp": Udp("tamper")}),
        ("--wssize=1:6", {"window": Window("wssize", 1, 6)}),
        ("--wssize=1 --wssize-cutoff=n3 --wssize-forced-cutoff=0",
         {"window": Window("wssize", 1, 0, "n3", forced_cutoff=False)}),
        ("--wssize=0", {}),
        ("--wsize=3", {"window": Window("wsize", 3)}),
        ("--dup=2 --dup-replace --dup-ttl=3 --dup-cutoff=3",
         {"dup": Dup(2, replace=True, ttl=Ttl.fixed(3), cutoff="n3")}),
        ("--orig-autottl", {"orig": Orig(Ttl.auto(5, 3, 64))}),
        ("--orig-tcp-flags-set=FIN", {"orig": Orig(flags_set=1)}),
        ("--hostspell=HOST --domcase", {"http": Http("HOST", domain_case=True)}),
        ("--hostnospace", {"http": Http(no_space=True)}),
        ("--ip-id=rnd", {"ip_id_mode": "rnd"}),
        (f"{D}-any-protocol {D}-cutoff=d2", {"limits": Limits("", "d2", any_protocol=True)}),
        (f"{D}-skip-nosni=0", {"limits": Limits(skip_nosni=False)}),
        (f"{D}=ipfrag2 {D}-ipfrag-pos-tcp=40", {"phase2": Split("ipfrag2", fragment_tcp=40)}),
        (f"{D}=hopbyhop", {"phase1": (Fake("hopbyhop"),)}),
        (HOST_FAKE,
         {"phase2": Split("hostfakesplit", (), 1, host_fake="a.test", midhost=Position("midsld"))}),
        (f"{D}=fakedsplit {D}-fakedsplit-mod=altorder=9 {D}-fakedsplit-pattern=0x16",
         {"phase2": Split("fakedsplit", TWO, 9, pattern=Payload("bytes", data=b"\x16"))}),
        (f"{D}=multisplit {D}-split-tls=sni {D}-split-http-req=method",
         {"phase2": Split("multisplit", (Position("host", 1), Position("method", 2)))}),
    ],
)  # fmt: skip
def test_options(words, expected):
    assert read(words) == Strategy(**expected, tool="nfqws")


def test_mods_hold_for_the_hello_before_them_and_for_those_after():
    hex_fake, built_in = (
        read(
            f"{D}=fake {D}-fake-tls=0x00000000 {D}-fake-tls=! "
            f"{D}-fake-tls-mod=rnd,dupsid,sni=a.test"
        )
        .phase1[0]
        .payloads
    )
    assert hex_fake == Payload("bytes", "tls", data=bytes(4))
    assert built_in == Payload(protocol="tls", sni="a.test", mods=frozenset({"rnd", "dupsid"}))
    (later,) = read(f"{D}=fake {D}-fake-tls-mod=none {D}-fake-tls=!+2").phase1[0].payloads
    assert later == Payload(protocol="tls", mods=frozenset(), offset=2)


def test_mods_alone_are_the_built_in_hello_s():
    (only,) = read(f"{D}=fake {D}-fake-tls-mod=padencap").phase1[0].payloads
    assert only == Payload(protocol="tls", mods=frozenset({"padencap"}))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"{D}-repeats=0", "1 to 1024"),
        (f"{D}=fake {D}-fake-tls-mod=odd", "padencap"),
        (f"{D}=fake {D}-fake-tls-mod=sni", "sni="),
        (f"{D}=fake {D}-fake-tls=!2", r"!\+2"),
        (f"{D}=fake {D}-fake-tcp-mod=x", "none, seq"),
        (f"{D}=fakedsplit {D}-fakedsplit-mod=altorder=4", "altorder"),
        (f"{D}=fakedsplit {D}-fakedsplit-mod=host=a", "altorder=1"),
        (f"{D}=ipfrag2 {D}-ipfrag-pos-tcp=9", "multiple of 8"),
        ("--hostspell=x", "four letters"),
        ("--hostnospace --methodeol", "only one"),
        ("--wsize=1 --wssize=1", "only one"),
        ("--synack-split=odd", "acksyn"),
        (f"{D}=multisplit {D}-split-http-req=path", "method"),
        ("--ip-id=odd", "seqgroup"),
        (f"{D}-splitpos=2", "Did you mean --dpi-desync-split-pos"),
    ],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        read(words)


def test_profiles_are_strategies_of_their_own():
    first, second = parse_profiles(
        f"nfqws --filter-tcp=443 --hostlist-domains=x.test {D}=fake --new {D}=multisplit"
    )
    assert (first.text, second.text) == ("fake", "multisplit")
    assert first.scope.hosts == ("x.test",)
    with pytest.raises(ParameterError, match="parse_profiles"):
        read("--new --hostcase")


def test_without_options_nothing_is_done():
    assert read() == Strategy(tool="nfqws")
    assert read().text == NONE.text
    assert not read("--dry-run --comment=x --daemon")
