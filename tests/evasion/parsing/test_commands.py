from __future__ import annotations

import contextlib
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.parsing import PARSERS, parse, parse_profiles, tool_of
from workbench.evasion.strategy import TOOLS, Strategy

#: The command lines by which the tools' own scripts and manuals show each purpose.
CANONICAL = """
nfqws --dpi-desync=fake --dpi-desync-ttl=5
nfqws --dpi-desync=fake --dpi-desync-ttl=1 --dpi-desync-autottl=-2
nfqws --dpi-desync=fake --dpi-desync-fooling=badsum
nfqws --dpi-desync=fake --dpi-desync-fooling=badseq
nfqws --dpi-desync=fake --dpi-desync-fooling=md5sig
nfqws --dpi-desync=fake --dpi-desync-fooling=datanoack
nfqws --dpi-desync=fake --dpi-desync-fooling=ts
nfqws --dpi-desync=fake --dpi-desync-fooling=badseq --dpi-desync-badseq-increment=0
nfqws --dpi-desync=fake --dpi-desync-fooling=md5sig --dup=1 --dup-cutoff=n2 --dup-fooling=md5sig
nfqws --dpi-desync=fake --dpi-desync-fake-tls=0x00000000 --dpi-desync-fake-tls=! --dpi-desync-fake-tls-mod=rnd,rndsni,dupsid
nfqws --dpi-desync=fake --dpi-desync-fake-tls=0x1603 --dpi-desync-fake-tls=!+2 --dpi-desync-fake-tcp-mod=seq
nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2
nfqws --dpi-desync=multisplit --dpi-desync-split-pos=1,midsld
nfqws --dpi-desync=multisplit --dpi-desync-split-pos=sniext+1
nfqws --dpi-desync=multisplit --dpi-desync-split-pos=host+1
nfqws --dpi-desync=multisplit --dpi-desync-split-pos=10 --dpi-desync-split-seqovl=1
nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2 --dpi-desync-split-seqovl=336 --dpi-desync-split-seqovl-pattern=hello.bin
nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=midsld
nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=sniext+4 --dpi-desync-split-seqovl=sniext+3
nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=2,midsld --dpi-desync-split-seqovl=1
nfqws --dpi-desync=fake,multidisorder --dpi-desync-split-pos=1,midsld --dpi-desync-fooling=badseq --dpi-desync-repeats=6
nfqws --dpi-desync=fakedsplit --dpi-desync-split-pos=midsld --dpi-desync-ttl=1 --dpi-desync-autottl=-1
nfqws --dpi-desync=hostfakesplit --dpi-desync-hostfakesplit-mod=host=name.test,altorder=1
nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3 --dpi-desync-fooling=badsum,badseq
nfqws --dpi-desync=syndata
nfqws --dpi-desync=syndata,fake,multisplit --wssize=1:6
nfqws --hostcase --domcase --methodeol
nfqws --hostspell=hoSt --hostnospace
nfqws --filter-udp=443 --filter-l7=quic --dpi-desync=fake --dpi-desync-repeats=20
nfqws --dpi-desync=ipfrag2 --dpi-desync-ipfrag-pos-udp=64
tpws --split-pos=1,midsld --disorder --oob --tlsrec=sniext+1 --mss=88 --hostdot
goodbyedpi -9
goodbyedpi -f 2 -e 2 --wrong-seq --wrong-chksum --reverse-frag --max-payload -q
ciadpi --disorder 1 --auto=torst --tlsrec 1+s
ciadpi --fake -1 --ttl 8
ciadpi --split 1+s --disorder 3+s
spoofdpi --https-split-mode chunk --https-chunk-size 35 --https-disorder --https-fake-count 2 --default-fake-ttl 8
dpitunnel-cli --desync-attacks=fake,disorder_fake --split-position=2 --auto-ttl=1-4-10 --wrong-seq --wsize=1 --wsfactor=6
engine.py --server-port 443 --strategy "[TCP:flags:PA]-fragment{tcp:8:True}-|"
""".strip().splitlines()  # noqa: E501


@pytest.mark.parametrize("command", CANONICAL)
def test_canonical_commands_are_read_and_do_something(command):
    assert all(parse_profiles(command))


def test_every_tool_of_a_descriptor_has_a_parser_but_the_nameless():
    assert set(PARSERS) == set(TOOLS) - {""}


@pytest.mark.parametrize(
    ("start", "tool"),
    [
        ("nfqws", "nfqws"), ("/opt/zapret/nfq/nfqws", "nfqws"), ("sudo ./dvtws", "nfqws"),
        ("C:/zapret/winws.exe", "nfqws"), ("nfqws2", "nfqws2"), ("ciadpi.exe", "byedpi"),
        ("python3 engine.py", "geneva"), ("youtubeUnblock", "youtubeunblock"),
        ("spoof-dpi", "spoofdpi"), ("gt", "greentunnel"),
    ],
)  # fmt: skip
def test_the_program_s_name_tells_the_tool(start, tool):
    assert tool_of([*shlex.split(start), "--x"]) == (tool, ["--x"])


def test_options_alone_need_the_tool_s_name():
    assert parse("--disorder 1", "byedpi").text == "socket-disorder"
    assert parse("ciadpi --disorder 1", "byedpi").text == "socket-disorder"
    with pytest.raises(ParameterError, match="nfqws, winws"):
        parse("--disorder 1")
    with pytest.raises(ParameterError, match="tool"):
        parse("--disorder 1", "zapper")


@pytest.mark.parametrize("command", ["", "  ", "rm -rf /", "curl https://a.test"])
def test_other_programs_are_not_understood(command):
    with pytest.raises(ParameterError, match="program"):
        parse(command)


def test_geneva_s_text_stands_alone():
    assert parse(r"\/").text == ""
    assert parse("[TCP:flags:PA]-fragment{tcp:8:True}-|").text == "multisplit"


words = st.sampled_from(
    ["nfqws", "tpws", "ciadpi", "goodbyedpi", "engine.py", "youtubeUnblock", "spoofdpi", "nfqws2",
     "dpitunnel-cli", "gt", "--new", "--dpi-desync=fake", "--lua-desync=fake:blob=", "-s", "1+s",
     "--strategy", "[TCP:flags:PA]-duplicate(", "tamper{a:b}", "--auto=", "-9", "--frag=tcp", "="]
) | made.texts  # fmt: skip


@given(st.lists(words, max_size=6), st.sampled_from([None, *PARSERS]))
def test_no_command_raises_any_other_error(parts, tool):
    with contextlib.suppress(ParameterError):
        found = parse_profiles(" ".join(parts), tool)
        assert all(isinstance(one, Strategy) for one in found)
