"""One interface for every middlebox: a name, a setting, and what it decided."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from workbench.errors import ParameterError, WorkbenchError
from workbench.lab.middleboxes.settings import Setting, from_mapping
from workbench.lab.namespaces import Lab
from workbench.lab.topology import MIDDLEBOX

NAMES = (
    "none", "ndpi", "suricata", "string", "per-packet", "first-payload", "reset", "silent-drop",
    "freeze", "police", "page", "dns",
)  # fmt: skip
PRESETS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "suri-drop": ("suricata", {}),
        "suri-reject": ("suricata", {"action": "reset"}),
        "xt-drop": ("string", {}),
        "xt-reset": ("string", {"action": "reset"}),
        "ndpi-drop": ("ndpi", {}),
        "gfw-rst": ("reset", {"ttl": 47, "count": 3, "both_ends": True, "extensions": True}),
        "rst-client": ("reset", {"ttl": 61, "count": 3, "extensions": True}),
        "tspu-drop": ("silent-drop", {"quic_bytes": 1001, "extensions": True}),
        "perpkt-drop": ("per-packet", {"extensions": True}),
        "trunc16k": ("freeze", {"limit_bytes": 16384}),
    }
)
MOST_VERDICTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision of a middlebox.

    Parameters
    ----------
    time_ns : int
        When it was logged, since 1970.
    flow : str
        Both ends, as far as the middlebox says.
    name : str
        The name that decided.
    action : str
        What was done: blocked, allowed, drop, reset and the like.
    """

    time_ns: int
    flow: str
    name: str
    action: str


class Attached(Protocol):
    """A middlebox that is in the path."""

    def verdicts(self) -> list[Verdict]:
        """Return what it has decided so far.

        Returns
        -------
        list of Verdict
            In order.
        """
        ...


@dataclass(frozen=True, slots=True)
class Middlebox:
    """A middlebox and how it is set.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    setting : Setting
        What it is told.

    Raises
    ------
    ParameterError
        For another name.
    """

    name: str
    setting: Setting = field(default_factory=Setting)

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ParameterError.not_among("middlebox", self.name, (*NAMES, *PRESETS))

    @classmethod
    def named(cls, name: str, values: Mapping[str, Any] | None = None) -> Middlebox:
        """Return a middlebox by its name, or by that of a preset.

        Parameters
        ----------
        name : str
            One of `NAMES` or `PRESETS`.
        values : mapping, optional
            Fields of `Setting` that differ from the preset's.

        Returns
        -------
        Middlebox
            The value.

        Examples
        --------
        >>> Middlebox.named("gfw-rst").setting.count
        3
        """
        kind, preset = PRESETS.get(name, (name, {}))
        return cls(kind, from_mapping({**preset, **(values or {})}))

    def missing(self) -> str:
        """Return why it cannot be attached on this machine.

        Returns
        -------
        str
            One sentence; empty where it can.

        Examples
        --------
        >>> Middlebox("none").missing()
        ''
        """
        if self.name == "ndpi":
            from workbench.lab.middleboxes import ndpi

            return ndpi.missing()
        if self.name == "suricata":
            from workbench.lab.middleboxes import suricata

            return suricata.missing()
        return ""

    def attach(self, lab: Lab) -> AbstractContextManager[Attached]:
        """Put it into the path of a laboratory while a block runs.

        Parameters
        ----------
        lab : Lab
            The laboratory.

        Returns
        -------
        context manager
            Gives what tells the verdicts.

        Raises
        ------
        WorkbenchError
            Where it cannot be attached.
        """
        if reason := self.missing():
            raise WorkbenchError(f"the middlebox {self.name} cannot be used: {reason}")
        if self.name == "string":
            from workbench.lab.middleboxes import string_match

            return string_match.attach(lab, self.setting)
        if self.name == "suricata":
            from workbench.lab.middleboxes import suricata

            return suricata.attach(lab, self.setting)
        if self.name == "none":
            return _nothing()
        return _served(lab, self)


class Logged:
    """A middlebox whose verdicts are lines of JSON in a file.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def verdicts(self) -> list[Verdict]:
        """Return what was decided so far.

        Returns
        -------
        list of Verdict
            In order; a line that is being written is left for later.
        """
        lines = self._path.read_text(errors="replace").split("\n")[:-1]
        return [Verdict(**json.loads(line)) for line in lines[:MOST_VERDICTS]]


@contextmanager
def queued(lab: Lab, number: int) -> Iterator[None]:
    """Send every packet that crosses the middlebox's host to a queue while the block runs.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    number : int
        The queue, which must be there already.

    Yields
    ------
    None
        While the rules hold.
    """
    rule = ("FORWARD", "-j", "NFQUEUE", "--queue-num", str(number))
    made: list[int] = []
    try:
        for version in (4, 6):
            lab.firewall(MIDDLEBOX, "-A", *rule, version=version)
            made.append(version)
        yield
    finally:
        for version in made:
            lab.firewall(MIDDLEBOX, "-D", *rule, version=version)


@contextmanager
def _served(lab: Lab, box: Middlebox) -> Iterator[Logged]:
    from workbench.lab.middleboxes.serving import QUEUE, READY

    path = lab.folder / f"{box.name}.verdicts"
    words = ("-m", "workbench.lab.middleboxes.serving", box.name, box.setting.to_json(), str(path))
    process = lab.start(MIDDLEBOX, box.name, sys.executable, *words, privileged=True)
    try:
        lab.wait_said(process, box.name, READY)
        with queued(lab, QUEUE):
            yield Logged(path)
    finally:
        lab.stop(process)


class _Silent:
    def verdicts(self) -> list[Verdict]:
        return []


@contextmanager
def _nothing() -> Iterator[_Silent]:
    yield _Silent()
