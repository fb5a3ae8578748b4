"""The manifest: what each file holds, how it was made, and the hash that says it is unchanged."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from making.containers import read_header, read_records
from making.isolation import MODULES, find_program
from making.network import DELAY_MS, MEGABITS
from making.samples import SAMPLES, Sample
from workbench.errors import InputError

NAME = "manifest.json"
LICENCE = "Apache-2.0"
ORIGIN = (
    "Made for this project by data/make.py: real programs in Linux network namespaces, "
    f"{DELAY_MS} ms one way at {MEGABITS} Mbit/s, offloads off. No foreign traffic, no real names."
)
LINK_TYPES = {1: "ethernet"}
VERSION_OPTIONS = {"openssl": "version", "ip": "-Version", "nginx": "-v", "ping": "-V"}
VERSIONED = ("tcpdump", "curl", "openssl", "nginx", "chromium", "iptables", "ping")
VERSION = re.compile(r"\d+(?:\.\d+)+\w*|\b20\d{6}\b")
Entry = dict[str, Any]


def program_versions(sample: Sample) -> dict[str, str]:
    """Return the versions of what made a sample.

    Parameters
    ----------
    sample : Sample
        The sample.

    Returns
    -------
    dict
        Version by program or Python package.
    """
    found = {name: version(name) for name in MODULES}
    for name in VERSIONED:
        path = find_program(name)
        if path is None or name not in ("tcpdump", *sample.programs):
            continue
        words = (path, VERSION_OPTIONS.get(name, "--version"))
        said = subprocess.run(words, capture_output=True, timeout=20, check=False)
        match = VERSION.search((said.stdout + said.stderr).decode(errors="replace"))
        found[name] = match[0] if match else "unknown"
    return dict(sorted(found.items()))


def describe(sample: Sample, folder: Path, session: Mapping[str, Any]) -> list[Entry]:
    """Describe the files of a sample that was just made.

    Parameters
    ----------
    sample : Sample
        The sample.
    folder : Path
        Where its files and what tcpdump wrote are.
    session : mapping
        When and how it was made.

    Returns
    -------
    list of dict
        One entry a file.
    """
    versions = program_versions(sample)
    entries = []
    for file, vantage in sample.files.items():
        content = (folder / "captures" / file).read_bytes()
        raw = folder / f"{Path(file).stem}.raw"
        header = read_header(raw)
        entries.append(
            {
                "file": file,
                "sample": sample.name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "size_bytes": len(content),
                "packets": sum(1 for _ in read_records(raw)),
                "container": Path(file).suffix[1:],
                "time_resolution": "nanoseconds",
                "link_type": LINK_TYPES[header.link_type],
                "snap_length_bytes": header.snap_length_bytes,
                "vantage": vantage,
                "contents": list(sample.contents),
                "made": session["made"],
                "commands": session["commands"],
                "programs": versions,
                "licence": LICENCE,
            }
        )
    return entries


def load(folder: Path) -> list[Entry]:
    """Return the entries of a manifest, or none where there is none yet.

    Parameters
    ----------
    folder : Path
        The folder of the samples.

    Returns
    -------
    list of dict
        One entry a file.

    Raises
    ------
    InputError
        When the manifest is no manifest.
    """
    path = folder / NAME
    if not path.exists():
        return []
    try:
        return list(json.loads(path.read_text())["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no manifest of samples: delete it, and make all.") from error


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def publish(made: list[Entry], source: Path, target: Path) -> None:
    """Put new files and the manifest in place; entries of other files stay as they are.

    Parameters
    ----------
    made : list of dict
        Entries of the new files.
    source, target : Path
        Where they are, and where they go.
    """
    entries = {entry["file"]: entry for entry in [*load(target), *made]}
    order = [file for sample in SAMPLES for file in sample.files]
    kept = [entries[file] for file in order if file in entries]
    for entry in made:
        _replace(target / entry["file"], (source / entry["file"]).read_bytes())
    manifest = {"licence": LICENCE, "origin": ORIGIN, "files": kept}
    _replace(target / NAME, (json.dumps(manifest, indent=2) + "\n").encode())
