"""Send one datagram to a port where nothing listens, and report what comes back."""

from __future__ import annotations

import argparse
import socket

TIMEOUT_S = 3


def main() -> None:
    """Read the command line, send, and wait for the refusal."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("text")
    options = parser.parse_args()
    family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as opened:
        opened.settimeout(TIMEOUT_S)
        opened.connect((options.address, options.port))
        opened.send(options.text.encode())
        try:
            opened.recv(512)
        except (ConnectionRefusedError, TimeoutError) as refusal:
            print(type(refusal).__name__)


if __name__ == "__main__":
    main()
