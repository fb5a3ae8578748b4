"""Fetch paths over HTTPS with Python's own ssl module, all on one connection."""

from __future__ import annotations

import argparse
import http.client
import ssl


def main() -> None:
    """Read the command line and fetch."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--authority", required=True)
    parser.add_argument("--version", choices=("1.2", "1.3"), default="1.3")
    parser.add_argument("host")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    context = ssl.create_default_context(cafile=options.authority)
    version = ssl.TLSVersion.TLSv1_2 if options.version == "1.2" else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = version
    connection = http.client.HTTPSConnection(options.host, timeout=10, context=context)
    for path in options.paths:
        connection.request("GET", path)
        reply = connection.getresponse()
        print(path, reply.status, len(reply.read()))
    connection.close()


if __name__ == "__main__":
    main()
