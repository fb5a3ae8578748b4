"""The process of a middlebox, without its process."""

from __future__ import annotations

import io
import json

import pytest

from workbench.errors import ParameterError, WorkbenchError
from workbench.lab.middleboxes import serving
from workbench.lab.middleboxes.packets import ACK, TCP, Seen, segment
from workbench.lab.middleboxes.settings import Act, Setting
from workbench.lab.queue import ACCEPT, DROP

PACKET = segment(Seen(bytes(4), bytes(4), TCP, 64, (40000, 80), b""), ACK, ttl=9, seq=1)


class Judge:
    """Says what it was told to say."""

    def __init__(self, act):
        self.act, self.asked = act, 0

    def judge(self, data, seen, now_s):
        self.asked += 1
        return self.act


def serve(act):
    sent: list[bytes] = []
    log, judge = io.StringIO(), Judge(act)
    return serving.Serving(judge, sent.append, log), sent, log, judge


def test_what_is_decided_is_done_and_logged() -> None:
    served, sent, log, _ = serve(Act(False, (b"one", b"two"), "x.com", "blocked"))
    assert served.decide(PACKET) == DROP
    assert sent == [b"one", b"two"]
    line = json.loads(log.getvalue())
    assert (line["name"], line["action"]) == ("x.com", "blocked")
    assert line["flow"] == "0.0.0.0:40000 > 0.0.0.0:80 tcp"


def test_what_decides_nothing_is_not_logged() -> None:
    served, _, log, _ = serve(Act())
    assert served.decide(PACKET) == ACCEPT
    assert log.getvalue() == ""


def test_what_cannot_be_read_passes_unseen() -> None:
    served, _, _, judge = serve(Act(passes=False))
    assert served.decide(b"\x45") == ACCEPT
    assert judge.asked == 0


def test_it_runs_on_its_host_only(tmp_path) -> None:
    with pytest.raises(WorkbenchError, match="on its host in a laboratory"):
        serving.main(["freeze", "{}", str(tmp_path / "log")])
    assert list(tmp_path.iterdir()) == []


def test_only_known_ones_are_served() -> None:
    with pytest.raises(ParameterError, match="suricata"):
        serving.judge_of("suricata", Setting())
