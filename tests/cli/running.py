"""Runs the command line, within this process or as one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.cli import main

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
PROGRAM = [sys.executable, "-c", "import sys; from workbench.cli import main; sys.exit(main())"]


@dataclass(frozen=True)
class Done:
    """What came of a run."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON Lines of standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(capsys, *words: object) -> Done:
    """Run within this process."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return Done(code, out, err)


def spawn(*words: object, stdin: bytes = b"", **environment: str) -> Done:
    """Run as a process of its own."""
    done = subprocess.run(
        [*PROGRAM, *map(str, words)],
        input=stdin,
        capture_output=True,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
