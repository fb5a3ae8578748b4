"""The samples: what is in each, how it is recorded and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from making.acts import CURL_FAILED_TO_CONNECT, CURL_TIMED_OUT, Lab
from making.places import CLIENT, CLOSED, FAR, FILTERED, MODERN, NAMES, PAGES, SERVER, SILENT

WHOLE_PACKETS, HEADERS_ONLY = 262_144, 128
COMMON = ("ip", "nsenter", "ethtool", "sysctl", "tcpdump")
LOSS = "-p tcp {way} {address} -m statistic --mode nth --every {every} --packet {first} -j DROP"


@dataclass(frozen=True, slots=True)
class Sample:
    """One act of the client, recorded into one file or more."""

    name: str
    files: dict[str, str]
    contents: tuple[str, ...]
    perform: Callable[[Lab], None]
    programs: tuple[str, ...]
    snap_length_bytes: int = WHOLE_PACKETS
    server_snap_length_bytes: int = HEADERS_ONLY


def _losses(every: int) -> tuple[str, str]:
    # The first packets pass, so that the handshake itself is never what is lost.
    there = LOSS.format(way="-d", address=FAR.ipv4, every=every, first=every - 1)
    back = LOSS.format(way="-s", address=FAR.ipv4, every=every, first=every - 1)
    return there, back


def ordinary(lab: Lab) -> None:
    """Do a little of everything, as a first capture to look at."""
    lab.network.forget_neighbours()
    lab.ping(PAGES.ipv4)
    lab.ping(PAGES.ipv6)
    lab.pause()
    lab.curl("-4", "--location", "http://www.example.org/moved")
    lab.pause()
    lab.chromium("https://www.example.org/")
    lab.pause()
    lab.curl("-4", "--tls-max", "1.2", "https://legacy.example.com/text-2000.txt")
    lab.curl("-6", "https://www.example.com/", "https://www.example.com/text-20000.txt")
    lab.python_https("1.3", "api.example.org", "/data.json", "/data.json")
    lab.openssl("blocked.example:443", "-tls1_3")
    lab.pause()
    lab.quic("1", "quic.example.net", MODERN.ipv4, "/", "/8000")
    lab.quic("1", "www.example.net", MODERN.ipv6, "/")
    lab.pause()
    lab.curl("-4", "https://downloads.example.com/text-250000.txt")
    lab.pause()
    with lab.network.rules(*_losses(14)):
        lab.curl("-4", "http://far.example.net/text-60000.txt")
    lab.pause()
    refusals(lab)


def refusals(lab: Lab) -> None:
    """Ask where nobody answers, or where somebody says no."""
    lab.curl("-4", "http://closed.example/", expect=CURL_FAILED_TO_CONNECT)
    lab.curl("-6", "https://closed.example/", expect=CURL_FAILED_TO_CONNECT)
    lab.python("udp_client", CLOSED.ipv4, "9999", "is anybody there?")
    lab.python("udp_client", CLOSED.ipv6, "9999", "is anybody there?")
    prohibited = f"-p tcp -d {FILTERED.ipv4} -j REJECT --reject-with icmp-admin-prohibited"
    with lab.network.rules(f"-p tcp -d {SILENT.ipv4} -j DROP", prohibited):
        lab.curl("-4", "https://filtered.example/", expect=CURL_FAILED_TO_CONNECT)
        wait = ("--connect-timeout", "4")
        lab.curl("-4", *wait, "https://silent.example/", expect=CURL_TIMED_OUT)


def dns(lab: Lab) -> None:
    """Look names up."""
    lab.network.run(CLIENT, "getent", "ahosts", "www.example.org")
    lab.network.run(CLIENT, "getent", "ahosts", "shop.example.com")
    lab.network.run(CLIENT, "getent", "ahosts", "missing.example.org", expect=(2,))
    kinds = ("example.org/MX", "quic.example.net/HTTPS", "10.2.77.10.in-addr.arpa/PTR")
    lab.python("dns_client", NAMES.ipv4, *kinds, "long.example.org/TXT")
    lab.python("dns_client", NAMES.ipv6, "www.example.com/AAAA", "blocked.example/A")


def http(lab: Lab) -> None:
    """Use HTTP/1.1 in its usual forms."""
    lab.curl("-4", "http://www.example.org/", "http://www.example.org/style.css")
    lab.curl("-4", "--head", "http://www.example.org/picture.svg")
    lab.curl("-6", "--location", "http://example.org/moved")
    lab.curl("-4", "--data", "name=sample&count=3", "http://www.example.com/form")
    lab.curl("-4", "--compressed", "http://www.example.com/packed.txt")
    lab.curl("-4", "http://blocked.example/", "http://blocked.example/missing")


def tls12(lab: Lab) -> None:
    """Shake hands with TLS 1.2."""
    session = str(lab.network.folder / "session.pem")
    limit = ("--tls-max", "1.2")
    lab.curl("-4", *limit, "https://legacy.example.com/")
    lab.curl(
        "-4", *limit, "--http1.1", "https://www.example.org/", "https://www.example.org/style.css"
    )
    lab.curl("-6", *limit, "https://blocked.example/")
    lab.openssl("legacy.example.com:443", "-tls1_2", "-sess_out", session)
    lab.openssl("legacy.example.com:443", "-tls1_2", "-sess_in", session)
    lab.python_https("1.2", "www.example.com", "/data.json")
    lab.curl_without_trust("-4", *limit, "https://www.example.net/")


def tls13(lab: Lab) -> None:
    """Shake hands with TLS 1.3."""
    lab.curl("-4", "https://www.example.org/", "https://www.example.org/style.css")
    lab.curl("-6", "--http1.1", "https://www.example.com/")
    lab.curl("-4", "https://blocked.example/")
    lab.openssl("curves.example.com:443", "-tls1_3", "-groups", "X25519:P-384")
    lab.python_https("1.3", "api.example.org", "/data.json")
    lab.curl_without_trust("-4", "https://www.example.net/")


def postquantum(lab: Lab) -> None:
    """Open a page in a browser whose ClientHello does not fit into one packet."""
    lab.chromium("https://www.example.org/")


def quic(lab: Lab) -> None:
    """Use HTTP/3, with QUIC versions 1 and 2 and with a browser's split hello."""
    lab.quic("1", "quic.example.net", MODERN.ipv4, "/", "/20000")
    lab.quic("2", "www.example.net", MODERN.ipv6, "/")
    lab.chromium("https://quic.example.net/", quic=True)


def lossy(lab: Lab) -> None:
    """Fetch and send through a router that drops every eleventh packet."""
    with lab.network.rules(*_losses(11)):
        lab.curl("-4", "http://far.example.net/text-60000.txt")
        sent = f"@{lab.network.folder}/www/text-60000.txt"
        lab.curl("-4", "--data-binary", sent, "http://far.example.net/upload")


def large(lab: Lab) -> None:
    """Fetch a file that is long enough to fill the wire."""
    lab.curl("-4", "https://downloads.example.com/text-900000.txt")


SAMPLES = (
    Sample(
        "ordinary",
        {"ordinary.pcapng": CLIENT},
        (
            "a little of everything, as a first capture to look at",
            "look-ups of names, echo requests, HTTP, TLS 1.2 and 1.3, QUIC, IPv4 and IPv6",
            "a browser's post-quantum ClientHello in two segments",
            "a transfer of 250 kB; a transfer with losses and retransmissions",
            "refused, prohibited and unanswered connections; unreachable UDP ports",
        ),
        ordinary,
        ("curl", "openssl", "chromium", "nginx", "iptables", "ping"),
    ),
    Sample(
        "dns",
        {"dns.pcap": CLIENT},
        (
            "A, AAAA, CNAME, MX, PTR, HTTPS and TXT over UDP, IPv4 and IPv6",
            "a name that does not exist",
            "a reply that is cut at 512 bytes and asked for again over TCP",
        ),
        dns,
        ("getent",),
    ),
    Sample(
        "http",
        {"http.pcap": CLIENT},
        (
            "GET, HEAD and POST, two requests on one connection, IPv4 and IPv6",
            "a redirection, a missing page, a reply in gzip and chunks",
        ),
        http,
        ("curl", "nginx"),
    ),
    Sample(
        "tls12",
        {"tls12.pcap": CLIENT},
        (
            "TLS 1.2 from curl, openssl and Python; certificates with RSA and elliptic-curve keys",
            "a resumed session; an alert from a client that does not trust the authority",
        ),
        tls12,
        ("curl", "openssl", "nginx"),
    ),
    Sample(
        "tls13",
        {"tls13.pcap": CLIENT},
        (
            "TLS 1.3 from curl, openssl and Python; HTTP/1.1 and HTTP/2",
            "a HelloRetryRequest; a client that does not trust the authority",
        ),
        tls13,
        ("curl", "openssl", "nginx"),
    ),
    Sample(
        "tls13-postquantum",
        {"tls13-postquantum.pcapng": CLIENT},
        ("Chromium opens a page: ClientHello with X25519MLKEM768, in two segments",),
        postquantum,
        ("chromium", "nginx"),
    ),
    Sample(
        "quic",
        {"quic.pcapng": CLIENT},
        (
            "HTTP/3 from aioquic: QUIC version 1 over IPv4, version 2 over IPv6",
            "HTTP/3 from Chromium: the ClientHello in several Initial packets, out of order",
        ),
        quic,
        ("chromium",),
    ),
    Sample(
        "lossy",
        {"lossy.pcapng": CLIENT, "lossy-server.pcapng": SERVER},
        (
            "a download and an upload of 60 kB; the router drops every 11th packet of each way",
            "the same at both ends: what the other side lacks was dropped in between",
        ),
        lossy,
        ("curl", "nginx", "iptables"),
    ),
    Sample(
        "large-transfer",
        {"large-transfer.pcap": CLIENT},
        ("a download of 900 kB over HTTPS; 128 bytes of each packet are kept",),
        large,
        ("curl", "nginx"),
        snap_length_bytes=HEADERS_ONLY,
    ),
    Sample(
        "refused",
        {"refused.pcap": CLIENT},
        (
            "connections refused by RST, prohibited by ICMP, and not answered at all",
            "datagrams to ports where nothing listens, answered by ICMP and ICMPv6",
        ),
        refusals,
        ("curl", "iptables"),
    ),
)
