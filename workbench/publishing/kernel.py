"""One kernel for one report: this interpreter's, private, limited, and gone afterwards.

The kernel comes from no kernel specification: those that are installed may be missing, belong to
another environment or bear a colleague's name. It reads no profile of the user's either, so that a
start-up file cannot change a report.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

import workbench

ENGINE = "workbench"
KERNEL_NAME = "python3"

START_LIMIT_S = 120
CELL_LIMIT_S = 900
PRINTED_CHARACTERS = 20_000


class OwnKernelManager(AsyncKernelManager):
    """Starts ipykernel with the interpreter that runs this."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification of the only kernel there is."""
        if self._kernel_spec is None:
            self._kernel_spec = KernelSpec(
                argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                display_name="Python 3",
                language="python",
                # What ipykernel says of itself; without it each run warns of a plain connection.
                metadata={"supported_encryption": ["curve"]},
            )
        return self._kernel_spec


class ReportClient(PapermillNotebookClient):
    """Runs cells, keeps what they print short, and notices when it was interrupted."""

    folder: Path

    def create_kernel_manager(self) -> OwnKernelManager:
        """Return a manager whose connection file lies in the report's own folder."""
        self.km = OwnKernelManager(
            kernel_name=KERNEL_NAME, connection_file=str(self.folder / "kernel.json")
        )
        return self.km

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take a message of the kernel; cut what a cell prints at `PRINTED_CHARACTERS`."""
        if msg["msg_type"] == "stream":
            printed = cell.metadata.get("printed", 0)
            text = msg["content"]["text"]
            cell.metadata["printed"] = printed + len(text)
            if printed >= PRINTED_CHARACTERS:
                return None
            if printed + len(text) > PRINTED_CHARACTERS:
                kept = text[: PRINTED_CHARACTERS - printed]
                msg["content"]["text"] = f"{kept}\n… what was printed after this is left out\n"
        return super().process_message(msg, cell, cell_index)

    @property
    def interrupted(self) -> bool:
        """Whether an interrupt ended the kernel before its time."""
        return getattr(self, "_async_cleanup_kernel_future", None) is not None


class ReportEngine(Engine):
    """papermill's engine with the kernel above."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,  # noqa: ARG003 there is one kernel
        **options: Any,
    ) -> Any:
        """Run all cells of a notebook.

        Parameters
        ----------
        nb_man : NotebookExecutionManager
            papermill's wrapper of the notebook.
        kernel_name : str
            Not used: there is one kernel.
        **options : object
            ``folder`` (pathlib.Path) for all temporary files, and ``on_cell_start``.

        Returns
        -------
        nbformat.NotebookNode
            The executed notebook.

        Raises
        ------
        KeyboardInterrupt
            If the user interrupted the run.
        """
        folder: Path = options["folder"]
        client = ReportClient(
            nb_man,
            timeout=options["cell_limit_s"],
            startup_timeout=START_LIMIT_S,
            iopub_timeout=30,
            store_widget_state=False,
            on_cell_start=options["on_cell_start"],
        )
        client.folder = folder
        environment = (
            os.environ
            | _same_package()
            | {
                "IPYTHONDIR": str(folder / "ipython"),
                "JUPYTER_RUNTIME_DIR": str(folder),
                # Widgets would be blank in a page, and their state would be stored in it.
                "WORKBENCH_REPORT": "1",
                # Debuggers of the parent must not wait for a kernel's frozen modules.
                "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            }
        )
        with (folder / "kernel.log").open("wb") as log:
            try:
                return client.execute(env=environment, cwd=str(folder), stdout=log, stderr=log)
            except Exception:
                if client.interrupted:
                    raise KeyboardInterrupt from None
                raise


def _same_package() -> dict[str, str]:
    """Return what makes the kernel import the package that runs this, also from a bare checkout."""
    home = Path(workbench.__file__).parents[1]
    # An installed package is found anyway, and its neighbours must not hide the standard library.
    if home.name in {"site-packages", "dist-packages"}:
        return {}
    given = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": f"{home}{os.pathsep}{given}" if given else str(home)}


papermill_engines.register(ENGINE, ReportEngine)
