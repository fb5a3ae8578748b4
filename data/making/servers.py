"""What the server side runs: nginx, a name server and an HTTP/3 server."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from making.certificates import Authority
from making.network import Network
from making.places import CURVES, LEGACY, MODERN, NAMES, SERVER, WEB_PLACES, Place

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sample page</title>
<link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,">
<h1>A sample page</h1>
<p>It is fetched between network namespaces, so that a capture of it can be given away.</p>
<img src="/picture.svg" alt="A few bars" width="320" height="160">
<script src="/script.js"></script>
</html>
"""
WORDS = (
    "capture",
    "packet",
    "segment",
    "stream",
    "request",
    "router",
    "server",
    "window",
    "offset",
)
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/plain; client_max_body_size 2m;
  types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg;
           application/json json; application/octet-stream bin; }}
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi; uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  gzip_types text/plain text/css application/json; ssl_session_cache shared:tls:1m;
  root {folder}/www;
{sites}
}}
"""
SITE = """  server {{
    listen {place.ipv4}:80; listen [{place.ipv6}]:80;
    listen {place.ipv4}:443 ssl http2; listen [{place.ipv6}]:443 ssl http2;
    server_name {names}; {tls}
    ssl_certificate {identity.certificate}; ssl_certificate_key {identity.key};
    location = /moved {{ return 301 $scheme://$host/; }}
    location = /form {{ return 200 "Thank you.\\n"; }}
    location = /upload {{ client_body_in_file_only off; proxy_pass http://127.0.0.1:8080; }}
    location = /packed.txt {{ gzip on; gzip_min_length 0; alias {folder}/www/text-20000.txt; }}
  }}
"""
SINK = """  server { listen 127.0.0.1:8080; location / { return 200 "Received.\\n"; } }
"""
TLS_SETTINGS = {
    LEGACY: "ssl_protocols TLSv1.2;",
    CURVES: "ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve secp384r1;",
}
MODERN_TLS = "ssl_protocols TLSv1.2 TLSv1.3;"


def _text(size_bytes: int) -> str:
    chosen = random.Random(size_bytes)
    words = " ".join(chosen.choice(WORDS) for _ in range(size_bytes // 5))
    return words[: size_bytes - 1] + "\n"


def write_pages(folder: Path) -> None:
    """Write the files that nginx serves.

    Parameters
    ----------
    folder : Path
        The document root, which must not exist yet.
    """
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "style.css").write_text("body { font: 1rem/1.5 sans-serif; margin: 2rem }\n")
    (folder / "script.js").write_text("document.title += ', complete';\n")
    bars = "".join(f'<rect x="{x}" y="{x % 90}" width="9" height="70"/>' for x in range(0, 320, 12))
    (folder / "picture.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{bars}</svg>\n')
    (folder / "data.json").write_text('{"sample": true, "values": [3, 1, 4, 1, 5, 9]}\n')
    for size_bytes in (2000, 20_000, 60_000, 120_000, 250_000, 900_000):
        (folder / f"text-{size_bytes}.txt").write_text(_text(size_bytes))


def _site(place: Place, authority: Authority, folder: Path) -> str:
    return SITE.format(
        place=place,
        names=" ".join(place.names),
        tls=TLS_SETTINGS.get(place, MODERN_TLS),
        identity=authority.legacy if place == LEGACY else authority.modern,
        folder=folder,
    )


def start_nginx(network: Network, authority: Authority) -> None:
    """Start nginx on every place that has web pages.

    Parameters
    ----------
    network : Network
        Where it runs.
    authority : Authority
        Certificates and keys.
    """
    folder = network.folder
    write_pages(folder / "www")
    sites = "".join(_site(place, authority, folder) for place in WEB_PLACES) + SINK
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, sites=sites))
    words = ("nginx", "-p", str(folder), "-e", "stderr", "-c", str(configuration))
    process = network.start(SERVER, "nginx", *words)
    network.wait_listening(process, "tcp", 443, 2 * len(WEB_PLACES))


def start_names(network: Network) -> None:
    """Start the name server.

    Parameters
    ----------
    network : Network
        Where it runs.
    """
    words = (sys.executable, "-m", "making.programs.dns_server")
    process = network.start(SERVER, "names", *words)
    network.wait_listening(process, "udp", 53, 2)
    network.wait_listening(process, "tcp", 53, 1)


def start_quic(network: Network, authority: Authority) -> None:
    """Start the HTTP/3 server.

    Parameters
    ----------
    network : Network
        Where it runs.
    authority : Authority
        Certificates and keys.
    """
    identity = authority.modern
    files = ("--certificate", str(identity.certificate), "--key", str(identity.key))
    words = ("-m", "making.programs.quic_server", *files, MODERN.ipv4, MODERN.ipv6)
    process = network.start(SERVER, "quic", sys.executable, *words)
    network.wait_listening(process, "udp", 443, 2)


def write_resolver_files(folder: Path) -> tuple[Path, Path]:
    """Write what the client's resolver reads: our name server, and no names of this machine.

    Parameters
    ----------
    folder : Path
        Where they are written.

    Returns
    -------
    tuple of Path
        Stand-ins for /etc/resolv.conf and /etc/hosts.
    """
    resolver, hosts = folder / "resolv.conf", folder / "hosts"
    resolver.write_text(f"nameserver {NAMES.ipv4}\noptions timeout:2 attempts:2\n")
    hosts.write_text("127.0.0.1 localhost\n")
    return resolver, hosts
