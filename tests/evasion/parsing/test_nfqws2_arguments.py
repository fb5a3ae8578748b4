from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing.nfqws2_arguments import blob, calls, fooling, only, repeats, ttls
from workbench.evasion.strategy import Fooling, Payload, Ttl


def call(text, **blobs):
    return calls(text, blobs)


def test_arguments_have_values_or_are_switches():
    made = call("fake:blob=a=b:badsum")
    assert made.function == "fake"
    assert made.arguments == {"blob": "a=b", "badsum": ""}


def test_arguments_that_are_not_understood_list_those_that_are():
    only(call("f:a:dir=out"), "a")
    only(call("f:badsum"), common=True)
    with pytest.raises(ParameterError, match="f has no parameter 'b'"):
        only(call("f:b"), "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f", (Ttl(), None)),
        ("f:ip_ttl=3:ip6_ttl=3", (Ttl.fixed(3), None)),
        ("f:ip_autottl=-1,3-20:ip_ttl=2", (Ttl.auto(-1, fallback=2), None)),
        ("f:ip6_autottl=+2,3-20", (Ttl(), Ttl.auto(2))),
    ],
)
def test_ttls(text, expected):
    assert ttls(call(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f", Fooling()),
        ("f:tcp_ack=-66000", Fooling(frozenset({"badseq"}), badseq_increment=0)),
        ("f:tcp_ts_up:ip6_hopbyhop", Fooling.of("tsup", "hopbyhop")),
        ("f:tcp_flags_set=fin,push", Fooling(frozenset({"flags"}), flags_set=9)),
    ],
)
def test_foolings(text, expected):
    assert fooling(call(text)) == expected


def test_blobs_are_built_in_literal_or_named():
    assert blob(call("f"), "blob") is None
    assert blob(call("f:blob=fake_default_quic"), "blob") == Payload(protocol="quic")
    assert blob(call("f:blob=0x16"), "blob") == Payload("bytes", data=b"\x16")
    assert blob(call("f:blob=x", x="@a"), "blob") == Payload("file", name="a")


@pytest.mark.parametrize("text", ["f:repeats=0", "f:ip_ttl=999", "f:ip_autottl=1", "f:tcp_seq=x"])
def test_values_out_of_range_are_refused(text):
    made = call(text)
    with pytest.raises(ParameterError):
        (repeats(made), ttls(made), fooling(made))
