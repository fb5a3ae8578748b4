"""Strategies for property tests: any descriptor, and those that one tool can say whole."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from workbench.evasion.additions import Dup, Http, Limits, Oob, Orig, Scope, Udp, Window
from workbench.evasion.parsing.nfqws_options import FAKE_OPTIONS, PHASE1
from workbench.evasion.parsing.zapret import FOOLING as ZAPRET_FOOLING
from workbench.evasion.parsing.zapret import MARKERS as ZAPRET_MARKERS
from workbench.evasion.phases import FAKED, HEADER_MODES, Fake, Opening, Split
from workbench.evasion.sockets import Piece, Sockets
from workbench.evasion.strategy import IP_ID_MODES, TOOLS, Strategy
from workbench.evasion.values import (
    CHECKSUMS,
    FOOLING,
    MARKERS,
    SCOPES,
    Evidence,
    Fooling,
    Payload,
    Position,
    Tamper,
    Token,
    Ttl,
)

#: Texts that try to leave their quotes, in a shell, in Python, in HTML and in zapret's own lists.
HOSTILE = (
    "'; rm -rf ~ #", '"; reboot; "', "$(id)", "`id`", "a\nb", "a\r\n--new", "--new", "<script>x()",
    "</script>", "a,altorder=1", "'''\nimport os\n'''", "\\", "%s{0}", "\u202eevil", "\x00", "",
    "=!", "@/etc/passwd", "+1@x", "0x", " ", "x" * 300, "ü.example", "-n", "*",
)  # fmt: skip

SPLITS = ("multisplit", "multidisorder", *FAKED, "hostfakesplit", "ipfrag2")

texts = st.sampled_from(HOSTILE) | st.text(max_size=12)
hosts = st.from_regex(r"[a-z][a-z0-9-]{0,10}\.[a-z]{2,5}", fullmatch=True)
paths = st.from_regex(r"[a-zA-Z0-9_./ '$-]{1,20}\.bin", fullmatch=True)
offsets = st.integers(-300, 300) | st.integers(-(2**15), 2**15 - 1)
bounds = st.just("") | st.builds("{}{}".format, st.sampled_from("nds"), st.integers(1, 50))
bits = st.integers(0, 0xFFF)
int32 = st.integers(-(2**31), 2**31 - 1)
byte = st.integers(0, 255)


def subsets(choices):
    """Frozen sets of some choices."""
    return st.frozensets(st.sampled_from(choices), max_size=4)


def tuples_of(one, size=3):
    """Tuples of at most so many."""
    return st.lists(one, max_size=size).map(tuple)


@st.composite
def auto_ttls(draw):
    """TTLs computed from the distance."""
    low, high = sorted((draw(st.integers(1, 255)), draw(st.integers(1, 255))))
    return Ttl.auto(draw(st.integers(-127, 127)), low, high, fallback=draw(st.integers(0, 9)))


fixed_ttls = st.builds(Ttl.fixed, st.integers(1, 255))
ttls = st.just(Ttl()) | fixed_ttls | auto_ttls()
positions = st.builds(Position, st.sampled_from(MARKERS), offsets, st.sampled_from(SCOPES))
foolings = st.builds(
    Fooling, subsets(FOOLING), int32, int32, int32, st.sampled_from(CHECKSUMS), bits, bits
)
payloads = st.builds(
    Payload,
    st.sampled_from(["default", "bytes", "file", "zeros", "random", "hello"]),
    st.sampled_from(["", "tls", "http", "quic", "unknown", "syndata", "dns"]),
    texts, texts, st.none() | subsets(["rnd", "rndsni", "dupsid", "padencap", "other"]),
    st.integers(0, 700), st.integers(0, 2000), texts, st.none() | st.binary(max_size=40),
)  # fmt: skip
tampers = st.builds(Tamper, texts, texts, st.sampled_from(["replace", "corrupt", "add"]), texts)
openings = st.builds(
    Opening, st.sampled_from(["synack", "syndata", "synack-split"]), ttls, st.none() | ttls,
    foolings, payloads, texts,
)  # fmt: skip
fakes = st.builds(
    Fake, st.sampled_from(PHASE1), ttls, st.none() | ttls, foolings, tuples_of(payloads),
    st.integers(0, 30), st.booleans(), st.sampled_from(["data", "ack", "syn"]), st.booleans(),
    tuples_of(tampers), st.sampled_from(["", "udp"]),
)  # fmt: skip
splits = st.builds(
    Split,
    st.sampled_from(SPLITS),
    tuples_of(positions, 5), st.integers(0, 20), st.none() | positions, st.none() | payloads,
    st.none() | payloads, texts, st.none() | positions, ttls, st.none() | ttls, foolings,
    st.integers(0, 30), st.integers(0, 100), st.integers(0, 100), st.integers(0, 99),
)  # fmt: skip
piece_kinds = st.sampled_from(["split", "disorder", "oob", "disoob", "fake"])
pieces = st.builds(Piece, piece_kinds, positions)
sockets = st.builds(
    Sockets, tuples_of(pieces, 5), st.booleans(), st.integers(0, 90), byte, ttls, foolings,
    tuples_of(payloads), st.booleans(), st.booleans(), st.sampled_from(SCOPES),
    st.sampled_from(SCOPES), st.none() | positions, st.booleans(),
)  # fmt: skip
windows = st.builds(
    Window, st.sampled_from(["wssize", "wsize", "inbound"]), st.integers(0, 65535),
    st.none() | byte, bounds, st.booleans(),
)  # fmt: skip
flags = st.booleans()
https = st.builds(
    Http, texts, flags, flags, flags, flags, flags, flags, flags, st.integers(0, 900)
)  # fmt: skip
dups = st.builds(
    Dup, st.integers(0, 9), flags, ttls, st.none() | ttls, foolings,
    st.sampled_from(["same", "zero", "seq", "rnd"]), bounds, bounds,
)  # fmt: skip
origs = st.builds(Orig, ttls, st.none() | ttls, bits, bits, bounds, bounds)
scopes = st.builds(
    Scope, texts, texts, tuples_of(texts), texts, tuples_of(texts), tuples_of(texts),
    tuples_of(texts),
)  # fmt: skip
evidence = st.builds(
    Evidence, tuples_of(st.integers(1, 99)), tuples_of(texts), st.integers(0, 9),
    st.integers(0, 9), texts,
)  # fmt: skip

#: Every field of a descriptor with any value, sensible or not.
anything = st.builds(
    Strategy,
    phase0=tuples_of(openings, 2),
    phase1=tuples_of(fakes),
    phase2=st.none() | splits,
    sockets=st.none() | sockets,
    tls_records=tuples_of(positions),
    tls_minor=st.none() | byte,
    http=https,
    udp=st.none() | st.builds(
        Udp, st.sampled_from(["udplen", "tamper", "drop"]), st.integers(-900, 900),
        st.none() | payloads,
    ),
    window=st.none() | windows,
    mss=st.integers(0, 65535),
    oob=st.none() | st.builds(Oob, byte, st.none() | positions),
    dup=st.none() | dups,
    orig=st.none() | origs,
    ip_id_mode=st.sampled_from(IP_ID_MODES),
    limits=st.builds(Limits, bounds, bounds, flags, flags),
    tool=st.sampled_from(TOOLS),
    program=texts,
    scope=scopes,
    evidence=st.dictionaries(texts, evidence, max_size=2),
    unexplained=tuples_of(st.builds(Token, texts, tuples_of(st.integers(1, 99)), texts), 2),
    others=tuples_of(texts, 2),
)  # fmt: skip

zapret_positions = st.builds(Position, st.sampled_from(("", *ZAPRET_MARKERS)), offsets).filter(
    lambda one: one != Position()
)
zapret_cuts = st.lists(zapret_positions, min_size=1, max_size=6).map(tuple)
byte_payloads = st.builds(
    Payload, st.just("bytes"), data=st.binary(min_size=1, max_size=40)
) | st.builds(Payload, st.just("file"), name=paths, offset=st.integers(0, 90))


@st.composite
def zapret_foolings(draw):
    """Foolings that nfqws can say, the parameters of absent kinds left alone."""
    kinds = draw(subsets([one for one in ZAPRET_FOOLING if one != "none"]))
    made = Fooling(kinds, draw(int32), draw(int32), draw(int32))
    up, down = draw(st.just((0, 0)) | st.tuples(bits, bits))
    flagged = kinds | {"flags"} if up or down else kinds
    return replace(made, kinds=flagged, flags_set=up, flags_unset=down).plain()


@st.composite
def zapret_fake_payloads(draw):
    """Payloads of fakes by protocol, hellos with mods among them."""
    made = []
    for protocol in draw(subsets([*FAKE_OPTIONS.values()])):
        for _ in range(draw(st.integers(1, 2))):
            one = replace(draw(byte_payloads), protocol=protocol)
            if protocol == "tls" and draw(flags):
                mods = draw(subsets(["rnd", "rndsni", "dupsid", "padencap"]))
                one = replace(one, mods=mods, sni=draw(st.just("") | hosts))
            made.append(one)
    if draw(flags):
        made.append(Payload(protocol="tls", offset=draw(st.integers(1, 9)), mods=frozenset()))
    hellos = [one for one in made if one.protocol == "tls"]
    if len({one.mods is None for one in hellos}) > 1:
        made = [one for one in made if one.protocol != "tls" or one.mods is not None]
    return tuple(made)


@st.composite
def nfqws_splits(draw, ttl, ttl6, fooling, repeats):
    """Second phases that nfqws can say."""
    kind = draw(
        st.sampled_from(["multisplit", "multidisorder", *FAKED, "hostfakesplit", "ipfrag2"])
    )
    orders = [*range(4), 8, 11, 16, 19] if kind in FAKED else [0, 1]
    return Split(
        kind,
        () if kind == "ipfrag2" else draw(zapret_cuts),
        draw(st.sampled_from(orders)),
        draw(st.none() | zapret_positions),
        draw(st.none() | byte_payloads),
        draw(st.none() | byte_payloads),
        draw(st.just("") | hosts),
        draw(st.none() | zapret_positions),
        ttl, ttl6, fooling, repeats,
        8 * draw(st.integers(1, 40)),
        8 * draw(st.integers(1, 40)),
    )  # fmt: skip


@st.composite
def nfqws(draw):
    """Strategies that nfqws can say whole: one TTL, one fooling, one number of repeats."""
    ttl, fooling = draw(ttls), draw(zapret_foolings())
    ttl6 = draw(st.none() | ttls) if ttl.mode != "auto" else None
    ttl6 = None if ttl6 and ttl6.mode == "same" and ttl.mode != "same" else ttl6
    repeats = draw(st.integers(1, 1024))
    first = draw(st.none() | st.sampled_from(PHASE1))
    phase1: tuple[Fake, ...] = ()
    if first in HEADER_MODES:
        phase1 = (Fake(first),)
    elif first:
        data = draw(zapret_fake_payloads())
        phase1 = (Fake(first, ttl, ttl6, fooling, data, repeats, draw(flags)),)
    second = draw(st.none() | nfqws_splits(ttl, ttl6, fooling, repeats))
    http = draw(st.builds(Http, st.sampled_from(["", "host", "HOST", "ho't"]), domain_case=flags))
    http = replace(http, **draw(st.sampled_from([{}, {"no_space": True}, {"method_eol": True}])))
    udps = st.builds(Udp, st.just("udplen"), st.integers(-900, 900), st.none() | byte_payloads)
    window = st.builds(Window, st.just("wssize"), st.integers(1, 65535), byte, bounds, flags)
    wsize = st.builds(Window, st.just("wsize"), byte, st.none() | byte)
    return Strategy(
        phase0=draw(_nfqws_openings(ttl, ttl6, fooling)),
        phase1=phase1,
        phase2=second,
        udp=None if second else draw(st.none() | udps | st.just(Udp("tamper"))),
        http=http,
        window=draw(st.none() | window | wsize),
        dup=draw(st.none() | _nfqws_dups()),
        orig=draw(st.none() | _nfqws_origs()),
        ip_id_mode=draw(st.sampled_from(IP_ID_MODES)),
        limits=draw(st.builds(Limits, bounds, bounds, flags, flags)),
        tool="nfqws",
        scope=draw(_zapret_scopes()),
    )


@st.composite
def tpws(draw):
    """Strategies that tpws can say whole."""
    written = st.builds(
        Sockets, zapret_cuts.map(lambda cuts: tuple(Piece("split", one) for one in cuts)),
        alternate=flags, first_oob=flags, oob_byte=byte,
        alternate_scope=st.sampled_from(["", "tls", "http"]),
        oob_scope=st.sampled_from(["", "tls", "http"]),
    )  # fmt: skip
    spellings = st.sampled_from(["", "host", "HOST", "ho't"])
    blocks = st.just("") | st.builds("{}{}".format, st.sampled_from("ds"), st.integers(0, 50))
    return Strategy(
        sockets=draw(st.none() | written),
        tls_records=draw(st.lists(zapret_positions, max_size=1).map(tuple)),
        http=replace(draw(https), spelling=draw(spellings)),
        mss=draw(st.just(0) | st.integers(88, 32767)),
        limits=draw(st.builds(Limits, blocks, blocks, flags)),
        tool="tpws",
        scope=replace(draw(_zapret_scopes()), udp="", l7=draw(st.sampled_from([(), ("tls",)]))),
    )


named = st.builds(
    Position, st.sampled_from(["host", "endhost", "midhost", "randhost"]), offsets,
    st.sampled_from(["", "tls"]),
)  # fmt: skip
byedpi_positions = named | st.builds(
    Position, st.sampled_from(["", "end", "middle", "random"]), offsets
)


@st.composite
def byedpi(draw):
    """Strategies that byedpi can say whole."""
    ttl = draw(fixed_ttls)
    hello = draw(byte_payloads | st.just(Payload()))
    hello = replace(hello, offset=0, mods=draw(st.none() | subsets(["rnd", "orig", "msize=9"])))
    if hello.mods == frozenset():
        hello = replace(hello, mods=None)
    names = draw(st.lists(hosts, max_size=2))
    faked = [replace(hello, protocol="tls", sni=name) for name in names]
    written = st.builds(
        Sockets, tuples_of(st.builds(Piece, piece_kinds, byedpi_positions), 9), oob_byte=byte,
        ttl=st.just(ttl), fooling=st.sampled_from([Fooling(), Fooling.of("md5sig")]),
        payloads=st.just(tuple(faked or [hello])), drop_sack=flags,
        fake_offset=st.none() | byedpi_positions,
    )  # fmt: skip
    records = byedpi_positions.filter(lambda one: one.marker or one.delta < 0 or one.delta >= 5)
    udp_fake = Fake("fake", ttl, repeats=draw(st.integers(1, 60)), transport="udp")
    http = st.builds(Http, st.sampled_from(["", "hOsT"]), flags, flags)
    return Strategy(
        phase1=draw(st.sampled_from([(), (udp_fake,)])),
        sockets=draw(written),
        tls_records=draw(tuples_of(records)),
        tls_minor=draw(st.none() | st.integers(1, 255)),
        http=draw(http),
        udp=draw(st.none() | st.just(Udp("drop"))),
        orig=draw(st.none() | st.builds(Orig, fixed_ttls)),
        tool="byedpi",
        scope=draw(st.sampled_from([Scope(), Scope(l7=("tls",), lists=("hosts=a b",))])),
    )


@st.composite
def goodbyedpi(draw):
    """Strategies that GoodbyeDPI can say whole."""
    low, high = sorted((draw(st.integers(1, 127)), draw(st.integers(1, 127))))
    auto = st.builds(Ttl.auto, st.integers(-127, -1), st.just(low), st.just(high))
    data = st.builds(Payload, st.just("bytes"), data=st.binary(min_size=1, max_size=30))
    hello = st.builds(Payload, st.just("hello"), st.just("tls"), sni=hosts)
    shared = draw(tuples_of(data | hello | st.just(Payload("random"))))
    repeats = draw(st.integers(1, 100))
    spoilt = [
        Fake(ttl=draw(fixed_ttls | auto)),
        Fake(fooling=Fooling(frozenset({"badsum"}), checksum="-1")),
        Fake(fooling=Fooling.of("badseq")),
    ]
    fakes = [replace(one, payloads=shared, repeats=repeats) for one in spoilt if draw(flags)]
    size = st.integers(1, 0xFFFF)
    cuts = st.builds(Position, st.just(""), size).map(lambda one: (one,)) | st.tuples(
        st.builds(Position, st.just(""), size, st.just("http")), st.just(Position("host", 0, "tls"))
    )
    split = draw(
        st.none() | st.builds(Split, st.sampled_from(["multisplit", "multidisorder"]), cuts)
    )
    window = st.builds(Window, st.just("inbound"), size, http_size=st.none() | st.just(0))
    http = st.builds(Http, st.sampled_from(["", "hoSt"]), flags, flags)
    return Strategy(
        phase1=tuple(fakes),
        phase2=split,
        http=draw(http | st.just(Http(no_space=True, method_space=True))),
        udp=draw(st.none() | st.just(Udp("drop"))),
        window=None if split else draw(st.none() | window),
        tool="goodbyedpi",
        scope=Scope(lists=draw(st.sampled_from([("passive",), ("passive", "blacklist=a b.txt")]))),
    )


geneva_tampers = st.builds(
    Tamper, st.just("TCP"), st.sampled_from(["dataofs", "options-uto", "urgptr"]),
    st.sampled_from(["replace", "corrupt"]), st.sampled_from(["", "10", "a:b"]),
)  # fmt: skip
geneva_foolings = subsets(["badsum", "badack", "randseq", "md5sig"]).map(
    lambda kinds: Fooling(kinds, 0, 0).plain()
)
geneva_fakes = st.builds(
    Fake, st.sampled_from(["fake", "rst", "rstack"]), st.just(Ttl()) | fixed_ttls,
    fooling=geneva_foolings, tampers=st.lists(geneva_tampers, min_size=1, max_size=2).map(tuple),
    at=st.sampled_from(["data", "ack", "syn"]), after=flags,
)  # fmt: skip


def _in_geneva_order(fakes):
    moments = ["data", "ack", "syn"]
    return tuple(sorted(fakes, key=lambda one: (moments.index(one.at), one.after)))


@st.composite
def geneva(draw):
    """Strategies that Geneva can say whole."""
    cuts = st.integers(1, 900).map(lambda at: Position("", at))
    splits = st.builds(Split, st.just("multisplit"), st.lists(cuts, min_size=1).map(tuple))
    splits |= st.builds(Split, st.just("multidisorder"), st.tuples(cuts))
    splits |= st.builds(Split, st.just("multidisorder"), st.just((Position("middle"),)))
    splits |= st.integers(1, 90).map(lambda at: Split("ipfrag2", fragment_tcp=8 * at))
    window = st.builds(
        Window, st.just("inbound"), st.integers(0, 65535), st.sampled_from([None, 0])
    )
    fakes = _in_geneva_order(draw(st.lists(geneva_fakes, max_size=5)))
    both = draw(st.none() | splits)
    if any(one.at == "data" for one in fakes):
        both = None
    return Strategy(phase1=fakes, phase2=both, window=draw(st.none() | window), tool="geneva")


@st.composite
def youtubeunblock(draw):
    """Strategies that youtubeUnblock can say whole."""
    kinds = draw(subsets(["badsum", "md5sig", "ts", "pastseq"]))
    if draw(flags):
        kinds = kinds - {"pastseq"} | {"randseq"}
    shift, behind = draw(st.integers(-(2**30), 2**30)), draw(st.integers(0, 2**31))
    fooling = Fooling(kinds, shift, ts_increment=-behind, checksum="+1").plain()
    ttl = draw(fixed_ttls if not kinds else st.just(Ttl()) | fixed_ttls)
    cuts = draw(
        st.sampled_from(
            [
                (Position("", 9),),
                (Position("midhost", 0, "tls"),),
                (Position("", 1), Position("midhost", 0, "tls")),
            ]
        )
    )
    data = draw(st.sampled_from([(), (Payload("random"),)]) | st.tuples(byte_payloads))
    data = tuple(replace(one, offset=0) for one in data)
    fake = Fake("fake", ttl, None, fooling, data, draw(st.integers(1, 90)))
    fakes = (fake,) if draw(flags) else ()
    zeros = (Payload("zeros", length=draw(st.integers(1, 1200))),)
    spoilt = draw(st.sampled_from([Fooling(), Fooling(frozenset({"badsum"}), checksum="+1")]))
    udp = Fake("fake", Ttl(), None, spoilt, zeros, draw(st.integers(1, 60)), transport="udp")
    split = draw(
        st.none() | st.builds(
            Split, st.sampled_from(["multisplit", "multidisorder", *FAKED, "ipfrag2"]),
            st.just(cuts), ttl=st.just(ttl), fooling=st.just(fooling), pause_ms=st.integers(0, 99),
        )
    )  # fmt: skip
    opening = Opening(
        "syndata", payload=Payload("hello", "syndata", length=draw(st.integers(0, 99)))
    )
    return Strategy(
        phase0=draw(st.sampled_from([(), (opening,)])),
        phase1=fakes + draw(st.sampled_from([(), (udp,)])),
        phase2=split,
        udp=None,
        window=draw(st.none() | st.builds(Window, st.just("wssize"), st.integers(1, 65535))),
        tool="youtubeunblock",
    )


@st.composite
def spoofdpi(draw):
    """Strategies that SpoofDPI can say whole."""
    first, random = Piece("split", Position("", 1)), Piece("split", Position("random"))
    writes = st.sampled_from(
        [
            Sockets((first,)), Sockets((first,), alternate=True), Sockets((random,)),
            Sockets((Piece("split", Position("host")),), name_bytes=True), Sockets(chunk=35),
            Sockets(chunk=1, alternate=True),
        ]
    )  # fmt: skip
    hops = st.integers(1, 255).map(lambda at: Ttl.auto(-1, 1, 255, fallback=at))
    data = st.sampled_from([(), (Payload("bytes", data=b"\x16\x03"),)])
    counts = st.integers(1, 255)
    fakes = st.builds(Fake, st.just("fake"), hops, payloads=data, repeats=counts)
    datagrams = st.builds(
        Fake, st.just("fake"), hops, payloads=data, repeats=counts, transport=st.just("udp")
    )
    phase1 = draw(st.lists(fakes, max_size=1)) + draw(st.lists(datagrams, max_size=1))
    return Strategy(phase1=tuple(phase1), sockets=draw(st.none() | writes), tool="spoofdpi")


@st.composite
def _nfqws_openings(draw, ttl, ttl6, fooling):
    data = st.just(Payload(protocol="syndata")) | byte_payloads.map(
        lambda one: replace(one, protocol="syndata")
    )
    variants = st.sampled_from(["syn", "synack", "acksyn"])
    halves = st.builds(Opening, st.just("synack-split"), variant=variants)
    others = st.builds(Opening, st.just("syndata"), payload=data)
    others |= st.just(Opening("synack", ttl, ttl6, fooling))
    return draw(st.lists(halves, max_size=1).map(tuple)) + draw(
        st.lists(others, max_size=1).map(tuple)
    )


@st.composite
def _nfqws_dups(draw):
    ttl = draw(ttls)
    made = draw(st.builds(Dup, st.integers(1, 1024), flags, start=bounds, cutoff=bounds))
    ids = draw(st.sampled_from(["same", "zero", "seq", "rnd"]))
    return replace(made, ttl=ttl, fooling=draw(zapret_foolings()), ip_id=ids)


@st.composite
def _nfqws_origs(draw):
    ttl6 = draw(st.none() | fixed_ttls)
    return Orig(draw(fixed_ttls), ttl6, draw(bits), draw(bits), draw(bounds), draw(bounds))


@st.composite
def _zapret_scopes(draw):
    return Scope(
        draw(st.sampled_from(["", "443", "80,443", "~22,1-1024", "*"])),
        draw(st.sampled_from(["", "443"])),
        draw(tuples_of(st.sampled_from(["tls", "http", "quic"]), 2)),
        draw(st.sampled_from(["", "ipv4", "ipv6"])),
        draw(tuples_of(hosts, 2)),
        draw(tuples_of(hosts, 1)),
        draw(tuples_of(paths.map("hostlist={}".format), 1)),
    )
