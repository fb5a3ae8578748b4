"""The first process of a laboratory's tree."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.lab import inside, isolation

LIMIT_S = 20


def test_the_machine_itself_is_never_prepared(tmp_path, capsys) -> None:
    with pytest.raises(WorkbenchError, match="in namespaces of its own"):
        inside.refuse_outside()
    assert inside.main(["-", str(tmp_path), "true"]) == WorkbenchError.exit_code
    assert "namespaces of its own" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_command_is_followed_to_its_end() -> None:
    assert inside.supervise((sys.executable, "-c", "raise SystemExit(5)")) == 5


def test_a_command_that_is_killed_is_told_as_a_shell_would() -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert inside.supervise((sys.executable, "-c", script)) == 128 + 9


@pytest.mark.usefixtures("able")
def test_names_are_resolved_by_the_files_of_the_laboratory_alone(own_folders) -> None:
    script = (
        "from pathlib import Path; import sys; folder = Path(sys.argv[1]);"
        "assert Path('/etc/hosts').read_text() == (folder / 'hosts').read_text();"
        "(folder / 'hosts').write_text('10.0.0.1 x.com');"
        "assert Path('/etc/hosts').read_text() == '10.0.0.1 x.com';"
        "assert Path('/etc/resolv.conf').read_text() == ''"
    )
    before = Path("/etc/hosts").stat().st_ino
    with isolation.private_folder() as folder:
        command = (sys.executable, "-c", script, str(folder))
        assert isolation.run(command, folder, limit_s=LIMIT_S) == 0
    assert Path("/etc/hosts").stat().st_ino == before


@pytest.mark.usefixtures("able")
def test_an_orphan_does_not_stay(own_folders) -> None:
    # The shell leaves a child behind; its end must not be mistaken for the command's.
    script = "(sleep 0.05 &) ; sleep 0.3; exit 4"
    with isolation.private_folder() as folder:
        assert isolation.run(("sh", "-c", script), folder, limit_s=LIMIT_S) == 4
