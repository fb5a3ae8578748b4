"""Fetch one path over HTTP/3 with aioquic, and say how it ended."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol, QuicStreamHandler
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import QuicEvent

PORT = 443
Result = dict[str, str | int | float]


class Fetch(QuicConnectionProtocol):
    """One connection of the client, with one request."""

    def __init__(
        self, quic: QuicConnection, stream_handler: QuicStreamHandler | None = None
    ) -> None:
        super().__init__(quic, stream_handler)
        self._http = H3Connection(self._quic)
        self.complete = asyncio.get_running_loop().create_future()
        self.status, self.size_bytes, self.first = 0, 0, 0.0

    def ask(self, name: str, path: str) -> None:
        """Send the request.

        Parameters
        ----------
        name, path : str
            What to ask for.
        """
        headers = {":method": "GET", ":scheme": "https", ":authority": name, ":path": path}
        coded = [(key.encode(), value.encode()) for key, value in headers.items()]
        stream = self._quic.get_next_available_stream_id()
        self._http.send_headers(stream, coded, end_stream=True)
        self.transmit()

    def quic_event_received(self, event: QuicEvent) -> None:
        """Take one event of the transport.

        Parameters
        ----------
        event : QuicEvent
            What happened.
        """
        for message in self._http.handle_event(event):
            self.first = self.first or time.monotonic()
            if isinstance(message, HeadersReceived):
                self.status = int(dict(message.headers).get(b":status", b"0"))
            if isinstance(message, DataReceived):
                self.size_bytes += len(message.data)
                if message.stream_ended and not self.complete.done():
                    self.complete.set_result(None)


async def fetch(words: Sequence[str]) -> Result:
    """Fetch.

    Parameters
    ----------
    words : sequence of str
        The authority's file, address, name, path, seconds; the version of TLS is always 1.3.

    Returns
    -------
    dict
        What was found out.
    """
    authority, address, name, path, limit = words[:5]
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, server_name=name)
    configuration.load_verify_locations(authority)
    started, talk = time.monotonic(), None
    try:
        async with asyncio.timeout(float(limit)):
            async with connect(
                address, PORT, configuration=configuration, create_protocol=Fetch
            ) as opened:
                if isinstance(opened, Fetch):
                    talk = opened
                    opened.ask(name, path)
                    await opened.complete
    except TimeoutError:
        got = talk.size_bytes if talk else 0
        return {"outcome": "partial" if got else "timeout", "size_bytes": got}
    except ConnectionError as error:
        return {"outcome": "tls-error", "message": str(error)}
    status, size, first = (talk.status, talk.size_bytes, talk.first) if talk else (0, 0, 0.0)
    return {
        "outcome": "success" if status == 200 else f"http-{status}", "status": status,
        "size_bytes": size, "first_byte_s": max(0.0, first - started),
        "total_s": time.monotonic() - started,
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(fetch(sys.argv[1:]))) + "\n")
    sys.stdout.flush()
