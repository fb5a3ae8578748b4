"""An HTTP/3 server on aioquic that answers every request with as many bytes as its path names."""

from __future__ import annotations

import argparse
import asyncio

from aioquic.asyncio.protocol import QuicConnectionProtocol, QuicStreamHandler
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ProtocolNegotiated, QuicEvent
from aioquic.quic.packet import QuicProtocolVersion

LIMIT_BYTES = 1 << 20
PAGE = b"<!doctype html><title>Sample</title><p>Sent over HTTP/3.</p>\n"


class Answers(QuicConnectionProtocol):
    """One connection of the server."""

    def __init__(
        self, quic: QuicConnection, stream_handler: QuicStreamHandler | None = None
    ) -> None:
        super().__init__(quic, stream_handler)
        self._http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        """Take one event of the transport.

        Parameters
        ----------
        event : QuicEvent
            What happened.
        """
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        if self._http is not None:
            for message in self._http.handle_event(event):
                self._answer(self._http, message)

    def _answer(self, http: H3Connection, message: H3Event) -> None:
        if not isinstance(message, HeadersReceived):
            return
        path = dict(message.headers).get(b":path", b"/").decode()
        size = path.rpartition("/")[2]
        body = bytes(min(int(size), LIMIT_BYTES)) if size.isdecimal() else PAGE
        headers = [(b":status", b"200"), (b"content-type", b"text/html"), (b"server", b"aioquic")]
        http.send_headers(message.stream_id, headers)
        http.send_data(message.stream_id, body, end_stream=True)
        self.transmit()


async def serve_forever(addresses: list[str], certificate: str, key: str) -> None:
    """Serve on port 443 of every address.

    Parameters
    ----------
    addresses : list of str
        Where to listen.
    certificate, key : str
        Files of the server's identity.
    """
    versions = [QuicProtocolVersion.VERSION_1, QuicProtocolVersion.VERSION_2]
    configuration = QuicConfiguration(
        alpn_protocols=H3_ALPN, is_client=False, supported_versions=list(versions)
    )
    configuration.load_cert_chain(certificate, key)
    for address in addresses:
        await serve(address, 443, configuration=configuration, create_protocol=Answers)
    await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve until the process is ended."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("addresses", nargs="+")
    options = parser.parse_args()
    asyncio.run(serve_forever(options.addresses, options.certificate, options.key))


if __name__ == "__main__":
    main()
