"""The server's programs: nginx for HTTP and TLS, a name server, HTTP/3 by aioquic.

Every name of the topology has an address of its own, all with the same pages: ``/`` is small, and
``/4k``, ``/64k``, ``/1m`` are as long as they say. Names are resolved by a hosts file, or asked of
the name server by clients that are told to.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from workbench.errors import ParameterError
from workbench.lab.certificates import Identity, make_identity
from workbench.lab.inside import RESOLVING
from workbench.lab.isolation import require
from workbench.lab.namespaces import Lab
from workbench.lab.topology import SERVER, Topology

KINDS = ("web", "dns", "quic")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A page of the laboratory</title>
<h1>A page of the laboratory</h1>
<p>This page is served between network namespaces of one machine. Nobody outside of it can see
it, and it looks at nobody. It has a little more than five hundred bytes, so that it fits into
one segment behind its head, as the small pages of many real services do. Whoever reads it has
got through, or had nothing in the way; which of the two is what the laboratory finds out.</p>
</html>
"""
SIZES: Mapping[str, int] = MappingProxyType({"4k": 4096, "64k": 65536, "1m": 1 << 20})
NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr error;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
  log_format plain '$msec\t$scheme\t$host\t$request_uri\t$status\t$body_bytes_sent';
  access_log {folder}/requests.log plain; default_type text/html; server_tokens off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_buffer_size 4k; ssl_session_tickets on;
  ssl_certificate {certificate}; ssl_certificate_key {key};
  root {folder}/www;
{servers}
}}
"""
SITE = """  server {{ server_name {name}; listen {v4}:80; listen [{v6}]:80; listen {v4}:443 ssl;
    listen [{v6}]:443 ssl; }}
"""
LISTENING = {"tcp": "0A", "udp": "07"}
READY = "serving"


@dataclass(frozen=True, slots=True)
class Ends:
    """What clients need to know about the servers.

    Parameters
    ----------
    identity : Identity
        The authority to trust.
    kinds : tuple of str
        What is served.
    requests : Path
        nginx's log of requests, one a line.
    """

    identity: Identity
    kinds: tuple[str, ...]
    requests: Path

    def served(self) -> int:
        """Return how many HTTP requests nginx has answered.

        Returns
        -------
        int
            Lines of its log.
        """
        return self.requests.read_text(errors="replace").count("\n")


def start_ends(lab: Lab, kinds: Iterable[str] = ("web",)) -> Ends:
    """Start servers, and have the clients find them.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    kinds : iterable of {"web", "dns", "quic"}
        What is served.

    Returns
    -------
    Ends
        What clients need.

    Raises
    ------
    ParameterError
        For another kind.
    """
    wanted = tuple(kinds)
    for kind in wanted:
        if kind not in KINDS:
            raise ParameterError.not_among("kinds", kind, KINDS)
    folder, topology = lab.folder, lab.topology
    identity = make_identity(folder, tuple(topology.domains))
    write_resolving(folder, topology)
    requests = folder / "requests.log"
    requests.touch()
    if "web" in wanted:
        _start_web(lab, identity)
    for kind in ("dns", "quic"):
        if kind in wanted:
            _start_python(lab, kind, identity)
    return Ends(identity, wanted, requests)


def write_resolving(folder: Path, topology: Topology) -> None:
    """Write the files by which the laboratory's programs find addresses.

    Parameters
    ----------
    folder : Path
        The laboratory's folder, where they are seen as those of /etc.
    topology : Topology
        Whose names they are.
    """
    lines = [
        f"{topology.address(name, version=version)} {name}\n"
        for name in topology.domains
        for version in (4, 6)
    ]
    # Written in place: what is mounted on /etc/hosts is this very file.
    (folder / "hosts").write_text(RESOLVING["hosts"] + "".join(lines))
    (folder / "resolv.conf").write_text(f"nameserver {topology.name_server()}\n")


def write_pages(folder: Path) -> None:
    """Write what nginx serves.

    Parameters
    ----------
    folder : Path
        The document root.
    """
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text(PAGE)
    for name, size_bytes in SIZES.items():
        line = b"bytes of a long page, counted to the last one: "
        (folder / name).write_bytes((line * (size_bytes // len(line) + 1))[:size_bytes])


def configuration(folder: Path, topology: Topology, identity: Identity) -> str:
    """Return nginx's configuration.

    Parameters
    ----------
    folder : Path
        The laboratory's folder.
    topology : Topology
        Whose names it serves.
    identity : Identity
        Its certificate.

    Returns
    -------
    str
        The configuration.
    """
    servers = "".join(
        SITE.format(name=name, v4=topology.address(name), v6=topology.address(name, version=6))
        for name in topology.domains
    )
    return NGINX.format(
        folder=folder, servers=servers, certificate=identity.certificate, key=identity.key
    )


def listening(process: subprocess.Popen[bytes], protocol: str, port: int) -> int:
    """Return how many sockets of a process's namespace listen on a port; no packet is sent for it.

    Parameters
    ----------
    process : subprocess.Popen
        Any process of the namespace.
    protocol : {"tcp", "udp"}
        The transport.
    port : int
        The port.

    Returns
    -------
    int
        The number, over IPv4 and IPv6.
    """
    count = 0
    for suffix in ("", "6"):
        try:
            text = Path(f"/proc/{process.pid}/net/{protocol}{suffix}").read_text()
        except OSError:
            continue
        wanted = rf"^\s*\d+: \S+:{port:04X} \S+ {LISTENING[protocol]} "
        count += len(re.findall(wanted, text, re.MULTILINE))
    return count


def _start_web(lab: Lab, identity: Identity) -> None:
    require(("nginx",))
    folder = lab.folder
    write_pages(folder / "www")
    path = folder / "nginx.conf"
    path.write_text(configuration(folder, lab.topology, identity))
    words = ("nginx", "-p", str(folder), "-e", "stderr", "-c", str(path))
    process = lab.start(SERVER, "nginx", *words)
    expected = 2 * len(lab.topology.domains)
    lab.wait(lambda: listening(process, "tcp", 443) >= expected or _ended(lab, process), "nginx")


def _ended(lab: Lab, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        lab.wait_said(process, "nginx", "")
    return False


def _start_python(lab: Lab, kind: str, identity: Identity) -> None:
    topology = lab.topology
    if kind == "dns":
        addresses = [topology.name_server(version=version) for version in (4, 6)]
        zone = [f"{name}={number}" for name, number in topology.domains.items()]
        words = (str(topology.server_hop), *addresses, *zone)
    else:
        names = topology.domains
        pairs = [topology.address(name, version=version) for name in names for version in (4, 6)]
        words = (str(identity.certificate), str(identity.key), *pairs)
    module = f"workbench.lab.programs.{kind}_server"
    process = lab.start(SERVER, kind, sys.executable, "-m", module, *words)
    lab.wait_said(process, kind, READY)
