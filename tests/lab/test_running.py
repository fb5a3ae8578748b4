"""Programs on hosts: how they are called, followed and ended."""

from __future__ import annotations

import sys

import pytest

from workbench.errors import LimitError, WorkbenchError
from workbench.lab import running
from workbench.lab.running import UNPRIVILEGED, Hosts


class Here(Hosts):
    """Hosts whose programs run right here, so that no namespace is needed."""

    def command(self, host, command, *, privileged=False):
        return tuple(command)


@pytest.fixture
def hosts(tmp_path):
    made = Here(tmp_path)
    yield made
    made.end_all()


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def test_a_command_enters_its_host_and_gives_up_its_rights(tmp_path) -> None:
    words = Hosts(tmp_path).command("client", ("curl", "x"))
    assert words[:3] == ("nsenter", "--net=/run/netns/wblab-client", "--")
    assert words[3:] == (*UNPRIVILEGED, "curl", "x")
    assert Hosts(tmp_path).command("dpi", ("ip",), privileged=True)[3:] == ("ip",)


def test_a_program_is_run_to_its_end(hosts) -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    done = hosts.run("client", *python(script))
    assert (done.code, done.output, done.errors) == (3, "out\n", "err\n")
    with pytest.raises(WorkbenchError, match="ended with 3: err"):
        hosts.run("client", *python(script), expect=(0,))


def test_what_takes_too_long_is_ended(hosts) -> None:
    with pytest.raises(WorkbenchError, match=r"took more than 0\.2 s"):
        hosts.run("client", *python("import time; time.sleep(60)"), timeout_s=0.2)


def test_a_started_program_is_followed_by_its_log_and_asked_to_end(hosts) -> None:
    script = "import time; print('ready', flush=True); time.sleep(60)"
    process = hosts.start("client", "sleeper", *python(script))
    hosts.wait_said(process, "sleeper", "ready")
    hosts.stop(process)
    assert process.returncode == -15


def test_one_that_will_not_end_is_ended(hosts) -> None:
    script = "import signal, time; signal.signal(15, signal.SIG_IGN); "
    script += "print('ready', flush=True); time.sleep(60)"
    process = hosts.start("client", "deaf", *python(script))
    hosts.wait_said(process, "deaf", "ready")
    hosts.stop(process, patience_s=0.1)
    assert process.returncode == -9


def test_one_that_ends_early_is_quoted(hosts) -> None:
    process = hosts.start("client", "brief", *python("raise SystemExit('no such thing')"))
    with pytest.raises(WorkbenchError, match="brief ended early: no such thing"):
        hosts.wait_said(process, "brief", "ready")


def test_waiting_has_an_end(hosts) -> None:
    with pytest.raises(WorkbenchError, match=r"the moon was not ready within 0\.05 s"):
        hosts.wait(lambda: False, "the moon", timeout_s=0.05)


def test_the_number_of_programs_is_bounded_and_all_are_ended(hosts, monkeypatch) -> None:
    monkeypatch.setattr(running, "MOST_PROCESSES", 2)
    sleeping = python("import time; time.sleep(60)")
    started = [hosts.start("client", f"s{number}", *sleeping) for number in range(2)]
    with pytest.raises(LimitError, match="MOST_PROCESSES"):
        hosts.start("client", "s3", *sleeping)
    hosts.end_all()
    assert [process.returncode for process in started] == [-9, -9]


def test_only_the_end_of_a_long_log_is_read(hosts, monkeypatch) -> None:
    monkeypatch.setattr(running, "LOG_BYTES", 10)
    (hosts.folder / "long.log").write_bytes(b"x" * 100 + b"end\xff")
    assert hosts.log("long").endswith("end\ufffd")
    assert len(hosts.log("long")) == 10


def test_a_host_that_is_not_there_cannot_be_entered(hosts) -> None:
    with pytest.raises(FileNotFoundError), hosts.entered("nowhere"):
        pass
