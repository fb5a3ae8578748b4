"""nDPI through its C library, against what it did in recorded cases."""

from __future__ import annotations

import pytest

from tests.lab.middleboxes import replaying
from workbench.errors import WorkbenchError
from workbench.lab.middleboxes import ndpi
from workbench.lab.middleboxes.packets import ACK, PSH, SYN, TCP, Seen, read, segment
from workbench.lab.middleboxes.settings import PASS, SWALLOW, Setting

ENDS = Seen(bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]), TCP, 64, (40001, 80), b"")


@pytest.fixture
def judge():
    if reason := ndpi.missing():
        pytest.skip(reason)
    return ndpi.NdpiJudge(Setting())


def ask(judge, name, seq=1, ends=ENDS):
    request = b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n"
    opening = segment(ends, SYN, ttl=64, seq=seq)
    asking = segment(ends, PSH | ACK, ttl=64, seq=seq + 1, ack=1, payload=request)
    return [judge.judge(data, read(data), 1.0) for data in (opening, asking)]


def test_a_blocked_name_ends_its_flow_in_both_directions(judge) -> None:
    opened, asked = ask(judge, b"www.x.com")
    assert opened == PASS
    assert (asked.passes, asked.name, asked.action) == (False, "www.x.com", "blocked")
    back = Seen(ENDS.destination, ENDS.source, TCP, 64, (80, 40001), b"")
    answer = segment(back, ACK, ttl=64, seq=1, ack=50)
    assert judge.judge(answer, read(answer), 1.1) == SWALLOW


def test_an_allowed_name_is_decided_once_and_a_new_connection_anew(judge) -> None:
    assert ask(judge, b"example.org")[1].action == "allowed"
    again = segment(ENDS, ACK, ttl=64, seq=90, ack=1, payload=b"GET / HTTP/1.1\r\nHost: x.com\r\n")
    assert judge.judge(again, read(again), 1.2) == PASS
    assert ask(judge, b"x.com", seq=5000)[1].action == "blocked"


def test_what_is_remembered_is_bounded(judge, monkeypatch) -> None:
    monkeypatch.setattr(ndpi, "MOST_FLOWS", 5)
    for port in range(20):
        ends = Seen(ENDS.source, ENDS.destination, TCP, 64, (40000 + port, 80), b"")
        assert ask(judge, b"x.com", ends=ends)[1].action == "blocked"
    assert len(judge._flows) == 5


@pytest.mark.parametrize("data", [b"", b"\x45", bytes(20), b"\xff" * 1500])
def test_what_is_no_packet_is_no_harm(judge, data) -> None:
    engine = judge._engine
    flow = engine.new_flow()
    assert engine.inspect(flow, data, 0) == ""
    engine.free_flow(flow)


def test_a_library_that_is_not_there_is_named(monkeypatch) -> None:
    monkeypatch.setattr(ndpi, "VERSIONS", ("0.0",))
    ndpi._library.cache_clear()
    assert "libndpi 0.0 is not installed (libndpi4.2)" in ndpi.missing()
    with pytest.raises(WorkbenchError):
        ndpi.Engine()
    ndpi._library.cache_clear()


def test_it_lets_pass_packet_by_packet_what_passed_in_every_recorded_case(judge, shared) -> None:
    replayed = [
        replaying.replay(shared, row, "ndpi-drop") for row in replaying.cases(shared, "ndpi-drop")
    ]
    assert len(replayed) >= 70
    assert [case for case in replayed if case.now or case.then] == []


def test_a_name_blocks_in_the_laboratory_over_both_ip_versions(within, needs) -> None:
    needs("ndpi-drop")
    found = within("blocking", "ndpi-drop")
    assert found["x.com 4"] == found["x.com 6"] == ["timeout", 0]
    assert found["example.org 4"][0] == found["example.org 6"][0] == "success"
    decided = dict(found["verdicts"])
    assert decided == {"example.org allowed": 2, "x.com blocked": 2}
    assert found["after"] == "success"
    assert "NFQUEUE" not in found["rules"]
