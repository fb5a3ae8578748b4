from __future__ import annotations

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.evasion.explaining import explain
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE, Split, Strategy


@given(made.anything)
def test_every_strategy_has_an_explanation_that_is_safe_to_print(strategy):
    lines = explain(strategy)
    assert lines
    assert all(line.isprintable() for line in lines)


@given(made.anything)
def test_every_act_is_named(strategy):
    told = "\n".join(explain(strategy))
    assert all(f"{name}:" in told for name in strategy.names())


def test_nothing_is_said_to_be_nothing():
    assert explain(NONE) == ["Nothing is changed: the request goes out as the kernel sends it."]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nfqws --dpi-desync=fake --dpi-desync-autottl=-2", "TTL hops-2, from 3 to 20"),
        ("nfqws --dpi-desync=fake --dpi-desync-fooling=badseq", "badseq -10000/-66000"),
        ("nfqws --dpi-desync=fake --dpi-desync-repeats=6", "6 times"),
        ("nfqws --dpi-desync=multisplit --dpi-desync-split-seqovl=5", "overlap of 5 with zeros"),
        ("nfqws --dpi-desync=ipfrag2", "Cut 32 bytes (TCP) or 8 (UDP)"),
        ("nfqws --dpi-desync=udplen --dpi-desync-udplen-increment=-4", "By -4 bytes"),
        ("nfqws --wssize=1:6", "Window 1, scale 6"),
        ("nfqws --dup=2 --dup-start=n3 --dup-cutoff=n5", "from packet 3 before packet 5"),
        ("nfqws --filter-tcp=443 --hostlist-domains=a.test", "TCP 443; names a.test"),
        ("ciadpi -d1 -s1+s", "Up to 1: written with TTL 1"),
        ("tpws --hostspell=HOST", "written HOST"),
        ("tpws --tlsrec=sniext+1", "Records end at sniext+1"),
        ('engine.py --strategy "[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R})-|"',
         "after each bare acknowledgement"),
    ],
)  # fmt: skip
def test_values_are_told(command, said):
    assert said in "\n".join(explain(parse(command)))


def test_hostile_names_are_escaped():
    hostile = Strategy(phase2=Split("hostfakesplit", host_fake="\u202ea\nb"))
    assert "\\u202ea\\nb" in "\n".join(explain(hostile))
