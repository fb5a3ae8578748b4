"""What runs inside the namespaces: build the network, record the samples, write down what was done.

Started by `making.isolation` as the first process of a process namespace of its own. When it ends,
however it ends, the kernel ends every program it started and removes every namespace.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from making.acts import Lab
from making.certificates import make_authority
from making.containers import pcapng
from making.network import Network
from making.places import CLIENT, all_names
from making.recording import recording
from making.samples import SAMPLES, Sample
from making.servers import start_names, start_nginx, start_quic, write_resolver_files
from workbench.errors import WorkbenchError


def _refuse_outside() -> None:
    # The mounts below must never happen in the namespaces of the machine itself.
    interfaces = {name for _, name in socket.if_nameindex()}
    if os.getpid() != 1 or interfaces != {"lo"}:
        raise WorkbenchError("making.session is started by data/make.py, in namespaces of its own.")


def _end_with_parent() -> None:
    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, timeout=10, check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip()
        raise WorkbenchError(f"{shlex.join(command)} failed: {reason}")


def _mount(folder: Path) -> None:
    """Give this mount namespace its own /run and its own resolver files."""
    _call("mount", "-t", "tmpfs", "tmpfs", "/run")
    Path("/run/netns").mkdir()
    resolver, hosts = write_resolver_files(folder)
    for source, name in ((resolver, "/etc/resolv.conf"), (hosts, "/etc/hosts")):
        # It may be a link into /run, which is empty now.
        target = Path(name).resolve()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        _call("mount", "--bind", str(source), str(target))


def _record(lab: Lab, sample: Sample, output: Path) -> None:
    network = lab.network
    raw = {file: network.folder / f"{Path(file).stem}.raw" for file in sample.files}
    network.settle()
    with ExitStack() as stack:
        for file, vantage in sample.files.items():
            at_client = vantage == CLIENT
            length = sample.snap_length_bytes if at_client else sample.server_snap_length_bytes
            stack.enter_context(recording(network, vantage, raw[file], snap_length_bytes=length))
        sample.perform(lab)
    for file, vantage in sample.files.items():
        content = raw[file].read_bytes()
        if file.endswith(".pcapng"):
            content = pcapng(
                raw[file],
                interface=vantage,
                description=f"the {vantage}'s end of the sample network",
                comment=f"workbench sample data: {sample.contents[0]}",
            )
        (output / file).write_bytes(content)


def make(names: list[str], folder: Path) -> None:
    """Make samples.

    Parameters
    ----------
    names : list of str
        Which ones.
    folder : Path
        A private, empty folder: captures go to ``captures``, everything else beside it.
    """
    _mount(folder)
    output = folder / "captures"
    output.mkdir()
    authority = make_authority(folder, all_names())
    network = Network(folder)
    network.build()
    start_names(network)
    start_nginx(network, authority)
    start_quic(network, authority)
    lab = Lab(network, authority)
    done: dict[str, dict[str, object]] = {}
    for sample in (each for each in SAMPLES if each.name in names):
        started, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
        network.commands.clear()
        _record(lab, sample, output)
        stamp = started.replace(microsecond=0).isoformat().replace("+00:00", "Z")
        done[sample.name] = {"made": stamp, "commands": list(network.commands)}
        sizes = ", ".join(f"{file} {(output / file).stat().st_size} B" for file in sample.files)
        print(f"{sizes} ({time.monotonic() - clock:.1f} s)", file=sys.stderr, flush=True)
    (output / "session.json").write_text(json.dumps(done))


def main() -> int:
    """Read the command line, make the samples, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("samples", nargs="+")
    options = parser.parse_args()
    try:
        _refuse_outside()
        _end_with_parent()
        make(options.samples, options.folder)
    except WorkbenchError as error:
        print(f"data/make.py: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
