from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.evasion.parsing import parse
from workbench.evasion.rendering import render

#: What zapret 1 has and the library of zapret 2 has not, or not in the same form.
LOST = (
    "phase0", "phase1:", "phase1[0]:", "phase1[0].kind", "phase1[0].payloads",
    "phase1[0].advance_seq", "phase2.altorder", "http.spelling", "http.no_space", "window",
    "dup.replace", "limits",
)  # fmt: skip


@given(made.nfqws())
def test_what_zapret_1_can_say_survives_but_for_a_few_fields(strategy):
    known = replace(strategy, tool="nfqws2", ip_id_mode="")
    rendered = render(known, "nfqws2")
    assert all(one.startswith(LOST) for one in rendered.lossy), rendered


L = "--lua-desync="


@pytest.mark.parametrize(
    "calls",
    [
        f"{L}fake:blob=fake_default_tls:ip_ttl=3:repeats=6",
        f"{L}fake:blob=0x1603:badsum:tcp_seq=-10000:tcp_ack=-66000",
        f"{L}rst:rstack:tcp_ts=-600000",
        f"{L}multidisorder_legacy:pos=1,midsld:seqovl=midsld-1:seqovl_pattern=0x16",
        f"{L}fakedsplit:pos=2:nofake1:nofake2",
        f"{L}hostfakesplit:host=a.test:midhost=midsld",
        f"{L}send:ipfrag:ipfrag_pos_tcp=40:ipfrag_pos_udp=8 {L}drop",
        f"{L}wssize:wsize=1:scale=6",
        f"'--out-range=s1<d1' {L}pktmod:ip_ttl=1 --out-range=a",
        f"{L}oob:byte=5:urp=midsld",
        f"{L}http_hostcase:spell=HOST {L}http_domcase",
        f"{L}udplen:increment=5",
    ],
)
def test_calls_come_back_as_they_were(calls):
    rendered = render(parse(f"nfqws2 {calls}"), "nfqws2")
    assert rendered.lossy == ()
    assert rendered.command.endswith(calls)


def test_files_become_blobs():
    command = render(parse(f"nfqws2 '--blob=x:@a b' {L}fake:blob=x:badsum"), "nfqws2").command
    assert "'--blob=blob1:@a b'" in command
    assert "fake:blob=blob1:badsum" in command
