"""A small name server for the names of the network, over UDP and TCP, IPv4 and IPv6."""

from __future__ import annotations

import socketserver
import threading
from typing import Any

from dnslib import AAAA, CNAME, HTTPS, MX, PTR, QTYPE, RCODE, RR, TXT, A, DNSRecord

from making.places import NAMES, PLACES

LIFETIME_S = 300
UDP_LIMIT_BYTES = 512
ALIASES = {"shop.example.com": "www.example.com", "cdn.example.net": "static.example.org"}
LONG_TEXT = [
    f"line {number:02d} of a text that is too long for one datagram" for number in range(12)
]


def _zone() -> dict[tuple[str, str], list[Any]]:
    zone: dict[tuple[str, str], list[Any]] = {}
    for place in PLACES:
        for name in place.names:
            zone[name, "A"] = [A(place.ipv4)]
            zone[name, "AAAA"] = [AAAA(place.ipv6)]
        reverse = ".".join(reversed(place.ipv4.split("."))) + ".in-addr.arpa"
        zone[reverse, "PTR"] = [PTR(place.names[0])]
    zone["example.org", "MX"] = [MX("mail.example.org", 10)]
    zone["long.example.org", "TXT"] = [TXT(text) for text in LONG_TEXT]
    zone["quic.example.net", "HTTPS"] = [HTTPS.fromZone(["1", ".", "alpn=h3,h2"])]
    return zone


ZONE = _zone()
KNOWN = {name for name, _ in ZONE}


def answer(query: bytes, *, limit_bytes: int | None = None) -> bytes:
    """Return the reply to a query.

    Parameters
    ----------
    query : bytes
        The message, without the length that TCP puts before it.
    limit_bytes : int, optional
        Where a longer reply is cut, as over UDP.

    Returns
    -------
    bytes
        The reply: an answer, no data, or no such name.
    """
    request = DNSRecord.parse(query)
    reply = request.reply(ra=1, aa=0)
    kind = QTYPE[request.q.qtype]
    owner = str(request.q.qname).rstrip(".").lower()
    if owner in ALIASES:
        reply.add_answer(RR(owner, QTYPE.CNAME, ttl=LIFETIME_S, rdata=CNAME(ALIASES[owner])))
        owner = ALIASES[owner]
    for data in ZONE.get((owner, kind), []):
        reply.add_answer(RR(owner, request.q.qtype, ttl=LIFETIME_S, rdata=data))
    if owner not in KNOWN:
        reply.header.rcode = RCODE.NXDOMAIN
    packed = bytes(reply.pack())
    if limit_bytes is not None and len(packed) > limit_bytes:
        reply.rr = []
        reply.header.tc = 1
        return bytes(reply.pack())
    return packed


class _Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        query, connection = self.request
        connection.sendto(answer(query, limit_bytes=UDP_LIMIT_BYTES), self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        length = int.from_bytes(self.rfile.read(2))
        reply = answer(self.rfile.read(length))
        self.wfile.write(len(reply).to_bytes(2) + reply)


class _Datagrams6(socketserver.ThreadingUDPServer):
    address_family = 10
    daemon_threads = True


class _Datagrams4(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Streams4(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main() -> None:
    """Serve until the process is ended."""
    servers = (
        _Datagrams4((NAMES.ipv4, 53), _Datagram),
        _Datagrams6((NAMES.ipv6, 53), _Datagram),
        _Streams4((NAMES.ipv4, 53), _Stream),
    )
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
