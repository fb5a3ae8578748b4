"""Running notebooks: limits, errors, progress, interruption."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.publishing.notebooks_made import to_run
from workbench.errors import CaptureError, ReportError, WorkbenchError
from workbench.publishing import configure_logs, runner
from workbench.publishing.parameters import ExploreParameters

PARAMETERS = ExploreParameters(capture='a "quoted" \\ {name}\u202e.pcap', focus="#3")


def run(
    tmp_path: Path, *sources: str, limit_s: int = 60, stream: io.StringIO | None = None
) -> list[str]:
    """Run cells after the parameters; return the text that each printed."""
    folder = tmp_path / "{run}"
    folder.mkdir()
    notebook = to_run(tmp_path / "explore.ipynb", *sources)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "notebook_path", lambda _: notebook)
        progress = runner.Progress("explore", stream or io.StringIO())
        done = runner.run("explore", PARAMETERS, folder, cell_limit_s=limit_s, progress=progress)
    assert "widgets" not in done.metadata
    code = [cell for cell in done.cells if cell.cell_type == "code"]
    return [
        "".join(each.get("text", "") for each in cell.outputs) for cell in code[-len(sources) :]
    ]


def test_a_kernel_of_our_own_with_our_parameters_and_our_limits(tmp_path: Path) -> None:
    stream = io.StringIO()
    seen, flood, widget, settled = run(
        tmp_path,
        "import json, os, sys, workbench\n"
        "print(json.dumps([sys.executable, capture, focus, os.getcwd(), os.environ['IPYTHONDIR'],"
        " workbench.__file__]))",
        "for _ in range(3000): print('x' * 100)",
        "import ipywidgets\nslider = ipywidgets.IntSlider()\nslider\nprint('made')",
        "print('last')",
        stream=stream,
    )
    executable, capture, focus, folder, profile, package = json.loads(seen)
    assert executable == sys.executable
    assert (capture, focus) == (PARAMETERS.capture, PARAMETERS.focus)
    assert Path(folder) == tmp_path / "{run}"
    assert Path(profile).parent == tmp_path / "{run}"
    assert package == sys.modules["workbench"].__file__
    assert len(flood) < 21_000
    assert flood.endswith("left out\n")
    assert (widget, settled) == ("made\n", "last\n")
    assert stream.getvalue() == "report explore: running 6 cells …\n"


def test_our_errors_are_shown_as_they_are(tmp_path: Path) -> None:
    source = "from workbench.errors import CaptureError\nraise CaptureError.empty('a.pcap')"
    with pytest.raises(CaptureError) as caught:
        run(tmp_path, source)
    assert str(caught.value) == str(CaptureError.empty("a.pcap"))


def test_other_errors_name_cell_and_exception_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "workbench"), pytest.raises(ReportError) as caught:
        run(tmp_path, "1", "{}['na\\nme']")
    assert str(caught.value) == "notebook 'explore.ipynb' failed in cell 4: KeyError: 'na\\nme'"
    assert "KeyError" in caplog.text
    assert "\x1b" not in caplog.text


def test_a_slow_cell_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="did not finish within 1 s"):
        run(tmp_path, "import time\ntime.sleep(60)", limit_s=1)


def test_a_kernel_that_dies_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="its kernel died"):
        run(tmp_path, "import os\nos._exit(1)")


def test_an_edited_notebook_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = to_run(tmp_path / "explore.ipynb", parameters='capture: str = "other"\n')
    monkeypatch.setattr(runner, "notebook_path", lambda _: notebook)
    with pytest.raises(ReportError, match="parameters cell"):
        runner.run("explore", PARAMETERS, tmp_path, cell_limit_s=9)


def test_a_broken_notebook_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = tmp_path / "explore.ipynb"
    notebook.write_text("{")
    monkeypatch.setattr(runner, "notebook_path", lambda _: notebook)
    with pytest.raises(WorkbenchError, match="cannot be run") as caught:
        runner.run("explore", PARAMETERS, tmp_path, cell_limit_s=9)
    assert "\n" not in str(caught.value)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_stays_in_one_line() -> None:
    stream = Terminal()
    progress = runner.Progress("explore", stream)
    cells = [
        {"cell_type": "code", "source": ""},
        {"cell_type": "markdown", "source": "## Who talks"},
        {"cell_type": "code", "source": ""},
    ]
    progress.begin(cells)
    for index, cell in enumerate(cells):
        progress.cell(cell, index)
    progress.end()
    text = stream.getvalue()
    assert "\n" not in text
    assert "1/3 reading the capture" in text
    assert "3/3 Who talks" in text
    assert text.endswith("\r")


def test_progress_is_structured_where_the_log_is() -> None:
    log, terminal, package = io.StringIO(), Terminal(), logging.getLogger("workbench")
    state = package.handlers[:], package.level, package.propagate
    try:
        configure_logs("json", stream=log)
        progress = runner.Progress("explore", terminal)
        progress.begin([{"cell_type": "code", "source": ""}])
        progress.cell({"cell_type": "code", "source": ""}, 0)
        progress.end()
    finally:
        package.handlers[:], package.level, package.propagate = state
    assert terminal.getvalue() == ""
    assert json.loads(log.getvalue())["cells"] == 1


def test_progress_survives_a_reader_that_left() -> None:
    stream = Terminal()
    progress = runner.Progress("explore", stream)
    stream.close()
    progress.cell({"cell_type": "code", "source": ""}, 0)
    progress.end()
    assert not progress.live


SCRIPT = """
import sys
from pathlib import Path
from workbench.publishing import configure_logs, runner
from workbench.publishing.parameters import ExploreParameters
runner.notebook_path = lambda _: Path(sys.argv[1])
folder = Path(sys.argv[2])
try:
    runner.run("explore", ExploreParameters(), folder, cell_limit_s=90)
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_ends_the_run_and_its_kernel(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    cell = f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    notebook = to_run(tmp_path / "explore.ipynb", cell)
    (tmp_path / "run").mkdir()
    command = [sys.executable, "-c", SCRIPT, str(notebook), str(tmp_path / "run")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: mark.is_file() and bool(mark.read_text()))
        kernel = int(mark.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    wait_for(lambda: not alive(kernel))


def wait_for(condition, limit_s: float = 30) -> None:
    """Wait until a condition holds, or fail."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Return whether a process still runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.is_file() or state.read_text().rpartition(")")[2].split()[0] != "Z"
