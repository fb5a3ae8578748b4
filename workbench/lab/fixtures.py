"""Captures with known answers from real clients, servers and middleboxes, and what is true of them.

A set is a folder: captures at every vantage of each case, and ``manifest.json`` with the strategy,
the middlebox and the outcome that was observed. Cases of one set differ from its reference in one
thing each, so that a comparison of the two has one right answer.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.errors import OutputError, ParameterError, WorkbenchError
from workbench.evasion.differences import differences
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE, Strategy
from workbench.lab.crew import laboratories
from workbench.lab.isolation import find_program
from workbench.lab.layouts import written
from workbench.lab.tables import Trial
from workbench.lab.topology import VANTAGES, Topology
from workbench.lab.trials import Job

NAME = "manifest.json"
LICENCE = "Apache-2.0"
ORIGIN = (
    "Made for this project by `workbench lab record`: a real client asks a real server in Linux "
    "network namespaces, through a real middlebox. No foreign traffic, no packet left the machine."
)
VERSIONED = {"curl": "--version", "nginx": "-v", "tcpdump": "--version", "iptables": "--version"}
ATTEMPTS = 3
SEED = 11
REFERENCE, TTL_ONLY = "reference", "ttl-only"
BASE = "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"
CANONICAL = f"{BASE} --dpi-desync-fooling=badsum,badseq"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a set.

    Parameters
    ----------
    name : str
        What its files begin with.
    sentence : str
        What it is, for people.
    command : str
        The tool's command line, empty for none.
    middlebox : str
        What is in the path, empty for nothing.
    domain : str
        What is asked for.
    differs : str
        What distinguishes it from the case `other`; empty for a reference.
    other : str
        The name of the case that it is compared with.
    expected : tuple of str
        Outcomes that are right; empty where any is.
    protocol, ip_version, path
        As in `workbench.lab.trials.Job`.
    """

    name: str
    sentence: str
    command: str = ""
    middlebox: str = ""
    domain: str = "x.com"
    differs: str = ""
    other: str = ""
    expected: tuple[str, ...] = ()
    protocol: str = "tls"
    ip_version: int = 4
    path: str = "/"

    @property
    def strategy(self) -> Strategy:
        """What its command says."""
        return parse(self.command) if self.command else NONE

    def job(self) -> Job:
        """Return the trial that makes it."""
        return Job(
            strategy=self.name, command=self.command, middlebox=self.middlebox, domain=self.domain,
            protocol=self.protocol, ip_version=self.ip_version, path=self.path, seed=SEED,
            captures=self.name,
        )  # fmt: skip


def _candidate(
    name: str, differs: str, sentence: str, command: str, *expected: str, other: str = REFERENCE
) -> Case:
    """Return a case of the x.com set that differs from another one."""
    return Case(name, sentence, command, "ndpi-drop", "x.com", differs, other, expected)


X_COM = (
    Case(REFERENCE, "fake, then the parts in reversed order between shadows: it gets through",
         CANONICAL, "ndpi-drop", expected=("success",)),
    _candidate("forward-order", "order", "the same parts and shadows in forward order",
               CANONICAL.replace("fakeddisorder", "fakedsplit"), "timeout"),
    _candidate("no-fake", "fake", "no fake before the parts",
               CANONICAL.replace("fake,", ""), "success"),
    _candidate("fake-names-blocked", "fake's server name", "the fake names the blocked site itself",
               f"{CANONICAL} --dpi-desync-fake-tls-mod=rnd,dupsid,sni=x.com"),
    _candidate("ttl-too-low", "ttl", "fakes die before the middlebox",
               CANONICAL.replace("ttl=3", "ttl=1"), "success"),
    _candidate(TTL_ONLY, "fooling", "only the TTL keeps the fakes from the server",
               BASE, "success"),
    _candidate("ttl-too-high", "ttl", "without fooling, fakes reach the server and are believed",
               BASE.replace("ttl=3", "ttl=64"), "timeout", "tls-error", other=TTL_ONLY),
    _candidate("not-applied", "strategy", "the strategy is not applied: another name is listed",
               CANONICAL.replace("nfqws", "nfqws --hostlist-domains=twitter.com"), "timeout"),
    Case("allowed-name", "an allowed name without a strategy", "", "ndpi-drop", "example.org",
         expected=("success",)),
    Case("no-middlebox", "the blocked name without strategy and middlebox", "",
         expected=("success",)),
)  # fmt: skip
ORDINARY = (
    Case("tls", "HTTPS over IPv4", domain="example.org", expected=("success",)),
    Case("tls-ipv6", "HTTPS over IPv6", domain="example.org", ip_version=6, expected=("success",)),
    Case("http", "HTTP", domain="example.org", protocol="http", expected=("success",)),
    Case("quic", "HTTP/3", domain="example.org", protocol="quic", expected=("success",)),
    Case("long", "a page of 64 kB", domain="example.org", path="/64k", expected=("success",)),
)
INTERFERENCE = (
    Case("reset", "three RSTs from the path, to both ends", "", "gfw-rst", expected=("reset",)),
    Case("reset-client", "one RST to the client", "", "rst-client", expected=("reset",)),
    Case("silent-drop", "everything is dropped from the completing part on", "", "tspu-drop",
         expected=("timeout",)),
    Case("first-payload", "a whole ClientHello is dropped", "", "perpkt-drop",
         expected=("timeout", "reset")),
    Case("freeze", "the answer stops after 16 kB", "", "trunc16k", path="/64k",
         expected=("partial",)),
    Case("string-drop", "the kernel drops packets with the name", "", "xt-drop",
         expected=("timeout",)),
    Case("string-reset", "the kernel answers with RST", "", "xt-reset", expected=("reset",)),
    Case("engine-drop", "nDPI finds the name; the flow is dropped", "", "ndpi-drop",
         expected=("timeout",)),
)  # fmt: skip
SETS: Mapping[str, tuple[Case, ...]] = {
    "x.com": X_COM, "ordinary": ORDINARY, "interference": INTERFERENCE,
}  # fmt: skip


def record(
    name: str,
    output: Path,
    *,
    topology: Topology | None = None,
    progress: Callable[[Case, Trial], None] | None = None,
) -> Path:
    """Record a set.

    Parameters
    ----------
    name : str
        One of `SETS`.
    output : Path
        The folder that it becomes a folder of; files of the same names are replaced once all is
        recorded.
    topology : Topology, optional
        Of the laboratory.
    progress : callable, optional
        Called after each case.

    Returns
    -------
    Path
        The manifest.

    Raises
    ------
    ParameterError
        For a set that is none.
    WorkbenchError
        Where no laboratory can be made, or a case does not come out as it must.
    OutputError
        When the result cannot be written.
    """
    if name not in SETS:
        raise ParameterError.not_among("set", name, SETS)
    layout = topology or Topology()
    with tempfile.TemporaryDirectory(prefix="workbench-record-") as temporary:
        folder = Path(temporary)
        # The recorders run as another user where the laboratory has one of its own.
        folder.chmod(0o777)
        entries = [_recorded(layout, case, folder, progress) for case in SETS[name]]
        manifest = manifest_of(name, SETS[name], entries, layout)
        return _publish(folder, manifest, output / name)


def _recorded(
    topology: Topology,
    case: Case,
    folder: Path,
    progress: Callable[[Case, Trial], None] | None,
) -> dict[str, Any]:
    """Record one case, again where the machine was too busy for it.

    Each has a laboratory of its own: what a server repeats of an earlier connection is not in it.
    """
    for _ in range(ATTEMPTS):
        with laboratories(topology, 1, folder) as (lab,):
            trial = lab(case.job())
        if not case.expected or trial.outcome in case.expected:
            if progress is not None:
                progress(case, trial)
            return entry_of(case, trial, folder)
    wanted = " or ".join(case.expected)
    raise WorkbenchError(f"{ATTEMPTS} times the case {case.name} did not end with {wanted}.")


def entry_of(case: Case, trial: Trial, folder: Path) -> dict[str, Any]:
    """Return what is true of a case.

    Parameters
    ----------
    case : Case
        The case.
    trial : Trial
        What was observed.
    folder : Path
        Where its captures are.

    Returns
    -------
    dict
        For the manifest.
    """
    strategy = case.strategy
    return {
        "case": case.name,
        "sentence": case.sentence,
        "differs_in": case.differs,
        "differs_from": case.other,
        "domain": case.domain,
        "protocol": case.protocol,
        "ip_version": case.ip_version,
        "path": case.path,
        "middlebox": case.middlebox or "none",
        "command": case.command,
        "strategy": strategy.text,
        "applied": _applied(strategy, case.domain),
        "descriptor": json.loads(strategy.to_json()) if strategy else None,
        "seed": SEED,
        **{key: getattr(trial, key) for key in ("outcome", "status", "body_bytes", "first_byte_ns",
                                                "total_ns", "started")},
        "files": {vantage: _file(folder / f"{case.name}-{vantage}.pcap") for vantage in VANTAGES},
    }  # fmt: skip


def _applied(strategy: Strategy, domain: str) -> bool:
    """Tell whether a strategy is for a domain."""
    hosts = strategy.scope.hosts
    return bool(strategy) and (not hosts or domain in hosts)


def _file(path: Path) -> dict[str, Any]:
    """Return name, hash and size of a capture."""
    data = path.read_bytes()
    return {
        "file": path.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
    }


def manifest_of(
    name: str,
    cases: Sequence[Case],
    entries: Sequence[dict[str, Any]],
    topology: Topology,
) -> dict[str, Any]:
    """Return the manifest of a set.

    Parameters
    ----------
    name : str
        Of the set.
    cases : sequence of Case
        As they were asked for.
    entries : sequence of dict
        What came of them.
    topology : Topology
        Of the laboratory.

    Returns
    -------
    dict
        Strategies of candidates are compared field by field with those that they differ from.
    """
    strategies = {case.name: case.strategy for case in cases}
    for case, entry in zip(cases, entries, strict=True):
        if case.other:
            found = differences(strategies[case.other], case.strategy)
            entry["differences"] = [asdict(one) for one in found]
    return {
        "set": name,
        "licence": LICENCE,
        "origin": ORIGIN,
        "made": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "topology": written(topology),
        "programs": program_versions(),
        "cases": list(entries),
    }


def program_versions() -> dict[str, str]:
    """Return the first line that each program says of its version.

    Returns
    -------
    dict
        By program; programs that are not there are left out.
    """
    found = {}
    for name, option in VERSIONED.items():
        path = find_program(name)
        if path is None:
            continue
        done = subprocess.run(  # noqa: S603
            (path, option), capture_output=True, text=True, timeout=10, check=False
        )
        said = (done.stdout or done.stderr).strip().splitlines()
        found[name] = said[0].strip()[:120] if said else "unknown"
    return found


def _publish(folder: Path, manifest: Mapping[str, Any], target: Path) -> Path:
    """Move a whole set to where it belongs, the manifest last."""
    text = json.dumps(manifest, indent=1, ensure_ascii=True) + "\n"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for entry in manifest["cases"]:
            for file in entry["files"].values():
                part = target / f".{file['file']}.part"
                shutil.copyfile(folder / file["file"], part)
                part.replace(target / file["file"])
        part = target / f".{NAME}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(target / NAME)
    except OSError as error:
        raise OutputError.cannot_write(target, error) from error
    return target / NAME
