"""Suricata 7, an intrusion prevention system that others wrote, inline behind a packet queue.

Its rules drop or reject TLS by server name, HTTP by host and QUIC by server name; its stream engine
is left as it is: packets are inspected before they pass, checksums are checked, TCP is reassembled.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from workbench.lab.isolation import find_program
from workbench.lab.middleboxes.interface import Verdict, queued
from workbench.lab.middleboxes.settings import Setting
from workbench.lab.namespaces import Lab
from workbench.lab.topology import MIDDLEBOX

QUEUE, MAJOR, NAME = 51, 7, "suricata"
READY = "Engine started"
FIRST_SIGNATURE, MESSAGE = 1_000_000, "blocked name "
CONFIGURATION = """%YAML 1.1
---
vars:
  address-groups: {{ HOME_NET: "any", EXTERNAL_NET: "any" }}
default-log-dir: {folder}
default-rule-path: {folder}
rule-files: [ {rules} ]
classification-file: {folder}/classification.config
reference-config-file: {folder}/reference.config
threshold-file: {folder}/threshold.config
stats: {{ enabled: no }}
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: {log}
      types: [ {{ alert: {{ metadata: no, tagged-packets: no }} }} ]
logging:
  default-log-level: notice
  outputs: [ {{ console: {{ enabled: yes }} }} ]
app-layer:
  protocols:
    tls: {{ enabled: yes, detection-ports: {{ dp: 443 }} }}
    http: {{ enabled: yes }}
    quic: {{ enabled: yes }}
stream:
  memcap: 64mb
  checksum-validation: yes
  inline: auto
  reassembly: {{ memcap: 128mb, depth: 1mb }}
flow: {{ memcap: 64mb, hash-size: 4096, prealloc: 256 }}
defrag: {{ memcap: 16mb, hash-size: 4096, trackers: 4096, max-frags: 4096, timeout: 60 }}
host: {{ memcap: 16mb, hash-size: 1024, prealloc: 16 }}
nfq: {{ mode: accept, fail-open: no }}
max-pending-packets: 256
runmode: workers
unix-command: {{ enabled: no }}
pid-file: {folder}/suricata.pid
detect: {{ profile: low }}
mpm-algo: ac
spm-algo: bm
engine-analysis: {{ rules-fast-pattern: no, rules: no }}
"""
BUFFERS = (("tls", "tls.sni"), ("http", "http.host"), ("quic", "quic.sni"))


@lru_cache(maxsize=1)
def missing() -> str:
    """Return why Suricata cannot be used here.

    Returns
    -------
    str
        One sentence; empty where it can.
    """
    program = find_program("suricata")
    if program is None:
        return f"suricata {MAJOR} is not installed (on Debian 12: bookworm-backports)."
    said = subprocess.run(  # noqa: S603
        (program, "-V"), capture_output=True, text=True, timeout=20, check=False
    ).stdout
    found = re.search(r"version (\d+)\.", said)
    if found is None or int(found[1]) < MAJOR:
        return f"suricata {MAJOR} or newer is needed, found: {said.strip()}"
    return ""


def rules(setting: Setting) -> str:
    """Return Suricata's rules for a setting.

    Parameters
    ----------
    setting : Setting
        Names and action.

    Returns
    -------
    str
        One rule a line; QUIC, which knows no reset, is dropped always.

    Examples
    --------
    >>> print(rules(Setting(blocked=("x.com",))).splitlines()[0][:60])
    drop tls any any -> any any (msg:"blocked name x.com"; tls.s
    """
    verb = "drop" if setting.action == "drop" else "reject"
    lines: list[str] = []
    for name in setting.blocked:
        for protocol, buffer in BUFFERS:
            number = FIRST_SIGNATURE + len(lines)
            chosen = "drop" if protocol == "quic" else verb
            small = "" if buffer == "http.host" else " nocase;"
            lines.append(
                f'{chosen} {protocol} any any -> any any (msg:"{MESSAGE}{name}"; {buffer}; '
                f'dotprefix; content:".{name}"; endswith;{small} sid:{number}; rev:1;)'
            )
    return "\n".join(lines) + "\n"


def write(folder: Path, setting: Setting) -> Path:
    """Write Suricata's configuration and rules.

    Parameters
    ----------
    folder : Path
        Where they go.
    setting : Setting
        What is blocked, and how.

    Returns
    -------
    Path
        The configuration.
    """
    rule_file, log = folder / "suricata.rules", folder / "suricata.json"
    rule_file.write_text(rules(setting))
    log.write_text("")
    for name in ("classification", "reference", "threshold"):
        (folder / f"{name}.config").write_text("")
    path = folder / "suricata.yaml"
    path.write_text(CONFIGURATION.format(folder=folder, rules=rule_file.name, log=log))
    return path


def read_log(text: str) -> list[Verdict]:
    """Read the alerts that Suricata has written.

    Parameters
    ----------
    text : str
        Its log of events, one object a line.

    Returns
    -------
    list of Verdict
        In order; what is no alert of ours is left out.
    """
    found = []
    for line in text.split("\n")[:-1]:
        event = json.loads(line)
        alert = event.get("alert", {})
        if alert.get("signature", "").startswith(MESSAGE):
            when = datetime.fromisoformat(event["timestamp"])
            ends = (
                f"{event[f'{side}_ip']}:{event.get(f'{side}_port', 0)}" for side in ("src", "dest")
            )
            flow = f"{' > '.join(ends)} {event['proto'].lower()}"
            name = alert["signature"].removeprefix(MESSAGE)
            found.append(Verdict(round(when.timestamp() * 1e9), flow, name, alert["action"]))
    return found


class Attached:
    """Suricata, while it is in the path.

    Parameters
    ----------
    log : Path
        Its log of events.
    """

    def __init__(self, log: Path) -> None:
        self._log = log

    def verdicts(self) -> list[Verdict]:
        """Return what was blocked so far.

        Returns
        -------
        list of Verdict
            In order.
        """
        return read_log(self._log.read_text(errors="replace"))


@contextmanager
def attach(lab: Lab, setting: Setting) -> Iterator[Attached]:
    """Have Suricata inspect what crosses the middlebox's host while the block runs.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    setting : Setting
        What is blocked, and how.

    Yields
    ------
    Attached
        Tells what was blocked.
    """
    path = write(lab.folder, setting)
    words = ("suricata", "-c", str(path), "-q", str(QUEUE), "-l", str(lab.folder))
    process = lab.start(MIDDLEBOX, NAME, *words, privileged=True)
    try:
        lab.wait_said(process, NAME, READY)
        with queued(lab, QUEUE):
            yield Attached(lab.folder / "suricata.json")
    finally:
        lab.stop(process)
