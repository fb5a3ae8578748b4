"""Ask a name server, over UDP first and over TCP where the reply was cut."""

from __future__ import annotations

import argparse

from dnslib import DNSRecord

TIMEOUT_S = 5


def ask(server: str, name: str, kind: str) -> str:
    """Ask one question.

    Parameters
    ----------
    server : str
        The address of the name server.
    name, kind : str
        What is asked for.

    Returns
    -------
    str
        The answers, one a line.
    """
    ipv6 = ":" in server
    question = DNSRecord.question(name, kind)
    reply = DNSRecord.parse(question.send(server, 53, timeout=TIMEOUT_S, ipv6=ipv6))
    if reply.header.tc:
        reply = DNSRecord.parse(question.send(server, 53, tcp=True, timeout=TIMEOUT_S, ipv6=ipv6))
    return "\n".join(str(record) for record in reply.rr)


def main() -> None:
    """Read the command line and ask."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("server")
    parser.add_argument("questions", nargs="+", metavar="NAME/TYPE")
    options = parser.parse_args()
    for question in options.questions:
        name, _, kind = question.partition("/")
        print(question, ask(options.server, name, kind), sep="\n")


if __name__ == "__main__":
    main()
