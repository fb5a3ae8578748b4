"""Laboratories that stay between commands."""

from __future__ import annotations

import os
import signal

import pytest

from tests.lab.test_isolation import eventually, working_for
from workbench.errors import ParameterError, WorkbenchError
from workbench.lab import commands
from workbench.lab.middleboxes.interface import Middlebox


@pytest.fixture
def up(able, own_folders):
    """Return what starts a laboratory, and take all of them down afterwards."""
    yield commands.up
    commands.down()
    assert eventually(lambda: not working_for(own_folders))
    assert list(own_folders.iterdir()) == []


def test_one_stays_until_it_is_taken_down(up, capfd) -> None:
    state = up(middlebox=Middlebox.named("xt-reset"))
    assert commands.status() == [state]
    fetch = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    assert commands.run("client", [*fetch, "https://example.org/"]) == 0
    assert capfd.readouterr().out == "200"
    assert commands.run("client", [*fetch, "https://x.com/"]) == 35
    assert commands.run("r1", ["sh", "-c", "exit 3"], name=state.name) == 3
    # Nobody who is let in can change its networks, unless root asks for it.
    change = ["ip", "link", "set", "lo", "mtu", "60000"]
    assert commands.run("client", change) != 0
    if os.geteuid() == 0:
        assert commands.run("client", change, privileged=True) == 0
    with pytest.raises(ParameterError, match="r9"):
        commands.run("r9", ["true"])
    assert commands.down(state.name) == [state.name]
    assert commands.status() == []


def test_one_that_is_killed_is_gone_and_cleaned_up(up, own_folders) -> None:
    state = up()
    os.kill(state.pid, signal.SIGKILL)
    assert eventually(lambda: not working_for(own_folders))
    assert commands.status() == []
    assert not state.folder.exists()


def test_one_takes_itself_down(up, own_folders) -> None:
    state = up(life_s=0.2)
    assert eventually(lambda: not working_for(own_folders))
    assert commands.status() == []
    assert not state.folder.exists()


def test_one_that_cannot_start_leaves_nothing(able, own_folders) -> None:
    with pytest.raises(WorkbenchError, match=r"did not start.*kinds"):
        commands.up(kinds=("gopher",))
    assert list(own_folders.iterdir()) == []
    assert eventually(lambda: not working_for(own_folders))


def test_several_are_told_apart(able, up) -> None:
    first, second = up(), up()
    with pytest.raises(WorkbenchError, match=r"several laboratories are up.*Say which"):
        commands.run("client", ["true"])
    assert commands.run("client", ["true"], name=second.name) == 0
    assert commands.down(first.name) == [first.name]
    assert commands.run("client", ["true"]) == 0


def test_what_is_not_up_is_said(own_folders) -> None:
    assert commands.status() == []
    assert commands.down() == []
    with pytest.raises(WorkbenchError, match="no laboratory is up"):
        commands.run("client", ["true"])
    with pytest.raises(ParameterError, match="laboratory"):
        commands.down("another")


@pytest.mark.parametrize("life_s", [0, -1, 1e9, float("nan")])
def test_a_life_without_end_is_refused(life_s, own_folders) -> None:
    with pytest.raises(ParameterError, match="life_s"):
        commands.up(life_s=life_s)


def test_a_hostile_state_is_no_laboratory(own_folders) -> None:
    from workbench.lab import isolation

    folder = isolation.make_folder()
    (folder / "state.json").write_text("[not json")
    assert commands.status() == []
