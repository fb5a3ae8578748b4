from __future__ import annotations

import shlex

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.evasion.parsing import parse
from workbench.evasion.rendering import render
from workbench.evasion.strategy import Fake, Fooling, Payload, Scope, Split, Strategy, Ttl


@given(made.nfqws())
def test_what_nfqws_can_say_survives_the_way_there_and_back(strategy):
    rendered = render(strategy, "nfqws")
    assert rendered.lossy == ()
    back = parse(rendered.command)
    assert back == strategy
    assert back.scope == strategy.scope


@pytest.mark.parametrize("program", ["winws", "dvtws"])
def test_the_other_two_programs_say_the_same(program):
    strategy = parse("nfqws --dpi-desync=fake,multisplit --dpi-desync-split-pos=1,midsld")
    rendered = render(strategy, program)
    assert shlex.split(rendered.command)[0] == program
    assert rendered.lossy == ()
    assert parse(rendered.command) == strategy


def test_the_driver_of_windows_gets_its_ports():
    scoped = Strategy(tool="nfqws", scope=Scope(tcp="80,443"))
    assert "--wf-tcp=80,443" in render(scoped, "winws").command
    quic = render(Strategy(tool="nfqws", scope=Scope(udp="443")), "winws").command
    assert "--wf-udp=443" in quic
    assert "--wf-tcp" not in quic


def test_defaults_are_left_out():
    command = "nfqws --qnum=200 --dpi-desync=fake --dpi-desync-ttl=3"
    assert render(parse(command + " --dpi-desync-repeats=1 --ip-id=seq"), "nfqws").command == (
        command + " --ip-id=seq"
    )


def test_one_fooling_for_each_fake_is_more_than_nfqws_has():
    fakes = (Fake(fooling=Fooling.of("badsum")), Fake(fooling=Fooling.of("badseq")))
    rendered = render(Strategy(phase1=fakes), "nfqws")
    assert len(rendered.lossy) == 1
    assert rendered.lossy[0].startswith("phase1[1]: ")


def test_a_lossy_command_names_the_fields():
    strategy = Strategy(
        phase1=(Fake(ttl=Ttl.fixed(3), payloads=(Payload("zeros", "tls", length=9),)),),
        phase2=Split("fakedsplit", ttl=Ttl.fixed(4)),
        tool="byedpi",
    )
    paths = [one.partition(":")[0] for one in render(strategy, "nfqws").lossy]
    assert paths == ["tool", "phase1[0].payloads", "phase2.ttl", "phase2.positions"]
