"""Suricata: its rules and log, and what it does in the laboratory."""

from __future__ import annotations

import subprocess

import pytest

import workbench as wb
from workbench.lab.isolation import search_path
from workbench.lab.middleboxes import suricata
from workbench.lab.middleboxes.settings import Setting

ALERT = (
    '{"timestamp":"2026-11-21T09:28:19.304557+0000","event_type":"alert","src_ip":"10.77.1.1",'
    '"src_port":60530,"dest_ip":"10.77.5.11","dest_port":443,"proto":"TCP","alert":'
    '{"action":"blocked","signature":"blocked name x.com"}}\n'
)


def test_every_name_has_a_rule_for_each_protocol() -> None:
    lines = suricata.rules(Setting(blocked=("x.com", "y.com"), action="reset")).splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["reject", "tls"], ["reject", "http"], ["drop", "quic"],
    ]  # fmt: skip
    assert len({line.split("sid:")[1] for line in lines}) == 6
    assert all('content:".' in line for line in lines)


def test_alerts_are_read_and_other_events_left_out() -> None:
    other = '{"timestamp":"2026-11-21T09:28:19.304557+0000","event_type":"flow"}\n'
    (verdict,) = suricata.read_log(ALERT + other + '{"half')
    assert verdict.flow == "10.77.1.1:60530 > 10.77.5.11:443 tcp"
    assert (verdict.name, verdict.action) == ("x.com", "blocked")
    assert verdict.time_ns == 1795253299304557056


def test_what_is_missing_is_said(monkeypatch) -> None:
    monkeypatch.setattr(suricata, "find_program", lambda _: None)
    assert "suricata 7 is not installed" in suricata.missing.__wrapped__()
    monkeypatch.setattr(suricata, "find_program", lambda _: "/bin/echo")
    assert "suricata 7 or newer is needed" in suricata.missing.__wrapped__()


def test_it_takes_the_configuration_without_a_word(tmp_path, needs) -> None:
    needs("suri-drop")
    path = suricata.write(tmp_path, Setting())
    done = subprocess.run(
        ["suricata", "-T", "-c", str(path), "-l", str(tmp_path)],
        capture_output=True, text=True, check=False, env={"PATH": search_path()},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()


@pytest.mark.parametrize(
    ("preset", "outcome"), [("suri-drop", "timeout"), ("suri-reject", "reset")]
)
def test_a_name_blocks_in_the_laboratory(preset, outcome, within, needs) -> None:
    needs(preset)
    found = within("blocking", preset)
    assert found["x.com 4"] == found["x.com 6"] == [outcome, 0]
    assert found["example.org 4"][0] == found["example.org 6"][0] == "success"
    assert dict(found["verdicts"]) == {"x.com blocked": 2}
    assert found["after"] == "success"


def test_its_reset_is_the_recorded_one(within, needs) -> None:
    needs("suri-reject")
    packets = wb.read(within("blocking", "suri-reject")["files"]["client"]).packets
    resets = packets[(packets["tcp_flags"] & 4 != 0) & (packets["source"] == "10.77.5.11")]
    # One RST+ACK of hop 2 that acknowledges the whole request, its window copied from the client.
    assert resets[["ttl", "tcp_flags"]].to_numpy().tolist() == [[63, 0x14]]
    request = packets[(packets["source"] == "10.77.1.1") & (packets["payload_length"] > 0)].iloc[0]
    reset = resets.iloc[0]
    assert reset["ack"] == (int(request["seq"]) + int(request["payload_length"])) % (1 << 32)
    assert reset["window"] == request["window"]
