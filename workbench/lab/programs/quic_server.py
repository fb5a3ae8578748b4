"""An HTTP/3 server on aioquic that serves the same pages as nginx."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from aioquic.asyncio.protocol import QuicConnectionProtocol, QuicStreamHandler
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ProtocolNegotiated, QuicEvent
from aioquic.quic.packet import QuicProtocolVersion

from workbench.lab.ends import PAGE, READY, SIZES

PORT = 443


def page(path: str) -> bytes:
    """Return what a path stands for.

    Parameters
    ----------
    path : str
        The path of a request.

    Returns
    -------
    bytes
        As many bytes as the path says, or the small page.

    Examples
    --------
    >>> len(page("/4k"))
    4096
    """
    size_bytes = SIZES.get(path.removeprefix("/"))
    return PAGE.encode() if size_bytes is None else bytes(size_bytes)


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
        path = dict(message.headers).get(b":path", b"/").decode(errors="replace")
        headers = [(b":status", b"200"), (b"content-type", b"text/html"), (b"server", b"aioquic")]
        http.send_headers(message.stream_id, headers)
        http.send_data(message.stream_id, page(path), end_stream=True)
        self.transmit()


async def serve_forever(certificate: str, key: str, addresses: Sequence[str]) -> None:
    """Serve on port 443 of every address.

    Parameters
    ----------
    certificate, key : str
        Files of the server's identity.
    addresses : sequence of str
        Where to listen.
    """
    versions = [QuicProtocolVersion.VERSION_1, QuicProtocolVersion.VERSION_2]
    configuration = QuicConfiguration(
        alpn_protocols=H3_ALPN, is_client=False, supported_versions=list(versions)
    )
    configuration.load_cert_chain(certificate, key)
    for address in addresses:
        await serve(address, PORT, configuration=configuration, create_protocol=Answers)
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve_forever(sys.argv[1], sys.argv[2], sys.argv[3:]))
