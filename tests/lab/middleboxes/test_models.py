"""The plain middleboxes: against recorded cases, by hand-made packets, and in the laboratory."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.lab.middleboxes import replaying
from workbench.lab.middleboxes.models import MODELS
from workbench.lab.middleboxes.packets import ACK, PSH, SYN, TCP, UDP, Seen
from workbench.lab.middleboxes.settings import PASS, SWALLOW, Setting

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


def request(name: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n"


class Talk:
    """Packets of one connection put to a model."""

    def __init__(self, kind, setting=None, port=40000):
        self.model = MODELS[kind](setting or Setting())
        self.ports, self.now_s = (port, 80), 1.0
        self.up(b"", seq=0, flags=SYN)

    def up(self, payload, seq=1, flags=PSH | ACK):
        seen = Seen(CLIENT, SERVER, TCP, 64, self.ports, payload, seq, 1, flags)
        return self.model.judge(b"", seen, self.now_s)

    def down(self, payload):
        seen = Seen(SERVER, CLIENT, TCP, 64, self.ports[::-1], payload, 1, 1, ACK)
        return self.model.judge(b"", seen, self.now_s)


@pytest.mark.parametrize(
    ("preset", "least"), [("perpkt-drop", 18), ("tspu-drop", 72), ("trunc16k", 3)]
)
def test_presets_let_pass_what_passed_in_every_recorded_case(preset, least, shared) -> None:
    replayed = [replaying.replay(shared, row, preset) for row in replaying.cases(shared, preset)]
    assert len(replayed) >= least
    assert [case for case in replayed if case.now or case.then] == []


@pytest.mark.parametrize(("preset", "each"), [("gfw-rst", 6), ("rst-client", 3)])
def test_resets_are_those_of_every_recorded_case(preset, each, shared) -> None:
    for row in replaying.cases(shared, preset):
        replayed = replaying.replay(shared, row, preset)
        assert not replayed.now, row["case_id"]
        if row["set"] != "multi":
            assert bool(replayed.injected) == (row["outcome"] == "reset"), row["case_id"]
        assert replayed.injected.total() % each == 0
        # What else went out then are the RSTs: the same ends, numbers and flags.
        recorded = Counter(key[1:] for key in replayed.then.elements())
        assert recorded == replayed.injected, row["case_id"]


def test_per_packet_needs_the_whole_name_in_one_packet() -> None:
    talk = Talk("per-packet")
    whole = request(b"x.com")
    assert talk.up(whole[:24]) == PASS
    assert talk.up(whole[24:], seq=25) == PASS
    assert Talk("per-packet").up(whole).action == "blocked"


def test_first_payload_looks_no_further() -> None:
    talk = Talk("first-payload")
    assert talk.up(b"hello") == PASS
    assert talk.up(request(b"x.com"), seq=6) == PASS
    assert Talk("first-payload").up(request(b"x.com")).action == "blocked"


def test_an_on_path_injector_lets_pass_and_adds() -> None:
    act = Talk("reset", Setting(count=3, both_ends=True)).up(request(b"x.com"))
    assert (act.passes, len(act.sent), act.action) == (True, 6, "blocked")


def test_a_silent_drop_begins_with_the_part_that_completes_the_name() -> None:
    talk, whole = Talk("silent-drop"), request(b"x.com")
    assert talk.up(whole[:24]) == PASS
    assert talk.down(b"") == PASS
    assert talk.up(whole[24:], seq=25).action == "blocked"
    assert talk.up(b"more", seq=60) == SWALLOW
    assert talk.down(b"") == SWALLOW


def test_parts_in_any_order_are_put_together_and_the_first_copy_counts() -> None:
    talk, whole = Talk("silent-drop"), request(b"x.com")
    assert talk.up(whole[24:], seq=25) == PASS
    assert talk.up(whole[:24]).action == "blocked"
    other = Talk("silent-drop")
    assert other.up(request(b"ok.com")[:24]) == PASS
    assert other.up(whole[:24]) == PASS


def test_the_first_request_decides_and_no_request_ends_the_search() -> None:
    talk = Talk("silent-drop")
    assert talk.up(request(b"example.org")).action == "allowed"
    assert talk.up(request(b"x.com")) == PASS
    garbled = Talk("silent-drop")
    assert garbled.up(bytes(4)) == PASS
    assert garbled.up(request(b"x.com"), seq=5) == PASS


def test_what_froze_stays_frozen_both_ways() -> None:
    talk = Talk("freeze", Setting(limit_bytes=3000))
    assert talk.up(request(b"x.com")).action == "marked"
    assert talk.down(bytes(1460)) == talk.down(bytes(1460)) == PASS
    assert talk.down(bytes(1460)).action == "frozen"
    assert talk.down(b"") == SWALLOW
    assert talk.up(b"", seq=50) == SWALLOW


def test_a_policer_lets_the_rate_pass_and_drops_the_rest() -> None:
    talk = Talk("police", Setting(rate_kbit=80, burst_bytes=3000))
    talk.up(request(b"x.com"))
    passed = 0
    for step in range(1000):
        talk.now_s = 1 + step / 100
        passed += talk.down(bytes(1000)).passes
    # Ten seconds of 10 000 bytes, and the burst.
    assert 100 <= passed <= 104
    free = Talk("police")
    free.up(request(b"example.org"))
    assert all(free.down(bytes(1460)) == PASS for _ in range(100))


def test_residual_blocking_lasts_as_long_as_it_is_told_to() -> None:
    talk = Talk("per-packet", Setting(residual_s=10, action="reset"))
    assert talk.up(request(b"x.com")).action == "blocked"
    talk.ports = (40001, 80)
    again = talk.up(b"", flags=SYN)
    assert (again.passes, again.action, len(again.sent)) == (False, "residual", 1)
    talk.now_s += 11
    talk.ports = (40002, 80)
    assert talk.up(b"", flags=SYN) == PASS


def test_datagrams_are_judged_one_by_one() -> None:
    model = MODELS["silent-drop"](Setting(quic_bytes=1001))
    first = bytes.fromhex("c000000001") + bytes(1195)

    def sent(payload):
        return model.judge(b"", Seen(CLIENT, SERVER, UDP, 64, (40000, 443), payload), 1.0)

    assert not sent(first).passes
    assert sent(bytes(1200)) == PASS
    assert sent(first[:1000]) == PASS


@pytest.mark.parametrize("kind", sorted(MODELS))
@pytest.mark.parametrize("payload", [b"", b"\x16", b"\x16\x03\x01\xff\xff\x01", bytes(1460)])
def test_odd_payloads_pass(kind, payload) -> None:
    assert Talk(kind).up(payload).passes
    for protocol in (TCP, UDP):
        seen = Seen(CLIENT, SERVER, protocol, 64, (40000, 53), payload)
        assert MODELS[kind](Setting()).judge(b"", seen, 1.0).passes


@pytest.mark.parametrize(
    ("preset", "blocked"),
    [("gfw-rst", "reset"), ("tspu-drop", "timeout"), ("trunc16k", "partial")],
)
def test_presets_do_in_the_laboratory_what_they_did_when_recorded(preset, blocked, within) -> None:
    found = within("blocking", preset)
    assert found["x.com 4"][0] == found["x.com 6"][0] == blocked
    assert found["example.org 4"][0] == found["example.org 6"][0] == "success"
    if preset == "trunc16k":
        # As long as the recorded one, to the byte.
        assert found["x.com 4"][1] == 12053


def test_a_block_page_comes_in_the_servers_place(within) -> None:
    found = within("blocking", "page", "{}", "http")
    assert found["x.com 4"][0] == found["x.com 6"][0] == "http-403"
    assert found["example.org 4"][0] == "success"


def test_a_false_answer_comes_before_the_true_one(within) -> None:
    assert within("lookups") == {
        "x.com": ["10.10.34.36", "10.77.5.11"],
        "example.org": ["10.77.5.15"],
    }
