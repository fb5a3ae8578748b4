"""A small name server for the names of the laboratory, over UDP and TCP, IPv4 and IPv6."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from dnslib import AAAA, QTYPE, RCODE, RR, A, DNSError, DNSRecord

from workbench.lab.topology import numbered

LIFETIME_S, PORT = 300, 53
READY = "serving"


class Zone:
    """Names and the last numbers of their addresses.

    Parameters
    ----------
    names : mapping of str to int
        The names.
    hop : int
        The server's hop, which is in its addresses.
    """

    def __init__(self, names: Mapping[str, int], hop: int) -> None:
        self._names, self._hop = dict(names), hop

    def answer(self, query: bytes) -> bytes:
        """Return the reply to a query.

        Parameters
        ----------
        query : bytes
            The message, without the length that TCP puts before it.

        Returns
        -------
        bytes
            An answer, no data, or no such name; empty for what is no query.

        Examples
        --------
        >>> query = DNSRecord.question("x.com").pack()
        >>> str(DNSRecord.parse(Zone({"x.com": 11}, 5).answer(query)).a.rdata)
        '10.77.5.11'
        """
        try:
            request = DNSRecord.parse(query)
        except DNSError:
            return b""
        reply = request.reply(ra=1, aa=0)
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        if name not in self._names:
            reply.header.rcode = RCODE.NXDOMAIN
        elif kind in {"A", "AAAA"}:
            data = A if kind == "A" else AAAA
            address = numbered(self._hop, self._names[name], 4 if kind == "A" else 6)
            reply.add_answer(RR(name, request.q.qtype, ttl=LIFETIME_S, rdata=data(address)))
        return bytes(reply.pack())


def servers(zone: Zone, addresses: Sequence[str]) -> list[socketserver.BaseServer]:
    """Return servers that listen at addresses.

    Parameters
    ----------
    zone : Zone
        What they know.
    addresses : sequence of str
        Where they listen, over UDP and TCP.

    Returns
    -------
    list of BaseServer
        The servers, not yet serving.
    """
    made: list[socketserver.BaseServer] = []
    for address in addresses:
        for base in (socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer):
            udp = base is socketserver.ThreadingUDPServer
            facts: dict[str, Any] = {
                "address_family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "daemon_threads": True,
                "allow_reuse_address": True,
            }
            handler = type("Handler", (_Datagram if udp else _Stream,), {"zone": zone})
            made.append(type("Server", (base,), facts)((address, PORT), handler))
    return made


class _Datagram(socketserver.BaseRequestHandler):
    zone: Zone

    def handle(self) -> None:
        query, connection = self.request
        if reply := self.zone.answer(query):
            connection.sendto(reply, self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    zone: Zone
    timeout = 5

    def handle(self) -> None:
        length = int.from_bytes(self.rfile.read(2), "big")
        if reply := self.zone.answer(self.rfile.read(length)):
            self.wfile.write(len(reply).to_bytes(2, "big") + reply)


def main(words: Sequence[str]) -> None:
    """Serve until the process is ended.

    Parameters
    ----------
    words : sequence of str
        The server's hop, two addresses, and the names as ``name=number``.
    """
    hop, first, second, *names = words
    zone = Zone(
        {name: int(number) for name, _, number in (one.partition("=") for one in names)}, int(hop)
    )
    made = servers(zone, (first, second))
    for server in made[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    made[0].serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
