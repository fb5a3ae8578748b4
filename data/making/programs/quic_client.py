"""Fetch paths over HTTP/3 with aioquic, all on one connection."""

from __future__ import annotations

import argparse
import asyncio

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol, QuicStreamHandler
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import QuicEvent
from aioquic.quic.packet import QuicProtocolVersion

VERSIONS = {"1": QuicProtocolVersion.VERSION_1, "2": QuicProtocolVersion.VERSION_2}
TIMEOUT_S = 10


class Fetches(QuicConnectionProtocol):
    """One connection of the client."""

    def __init__(
        self, quic: QuicConnection, stream_handler: QuicStreamHandler | None = None
    ) -> None:
        super().__init__(quic, stream_handler)
        self._http = H3Connection(self._quic)
        self._open: dict[int, asyncio.Future[int]] = {}
        self._received: dict[int, int] = {}

    async def fetch(self, host: str, path: str) -> int:
        """Fetch one path.

        Parameters
        ----------
        host, path : str
            What to ask for.

        Returns
        -------
        int
            Bytes of the body.
        """
        stream = self._quic.get_next_available_stream_id()
        headers = {":method": "GET", ":scheme": "https", ":authority": host, ":path": path}
        coded = [(name.encode(), value.encode()) for name, value in headers.items()]
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._open[stream], self._received[stream] = done, 0
        self._http.send_headers(stream, coded, end_stream=True)
        self.transmit()
        return await asyncio.wait_for(done, TIMEOUT_S)

    def quic_event_received(self, event: QuicEvent) -> None:
        """Take one event of the transport.

        Parameters
        ----------
        event : QuicEvent
            What happened.
        """
        for message in self._http.handle_event(event):
            if isinstance(message, DataReceived):
                self._received[message.stream_id] += len(message.data)
                if message.stream_ended:
                    self._open[message.stream_id].set_result(self._received[message.stream_id])


async def fetch_all(host: str, address: str, paths: list[str], version: str, cafile: str) -> None:
    """Fetch paths one after the other.

    Parameters
    ----------
    host, address : str
        The name that goes into the request, and where it is sent.
    paths : list of str
        What to fetch.
    version : {"1", "2"}
        The QUIC version of the first packet.
    cafile : str
        The authority to trust.
    """
    configuration = QuicConfiguration(
        alpn_protocols=H3_ALPN,
        original_version=VERSIONS[version],
        supported_versions=[VERSIONS[version]],
        server_name=host,
    )
    configuration.load_verify_locations(cafile)
    async with connect(
        address, 443, configuration=configuration, create_protocol=Fetches
    ) as protocol:
        assert isinstance(protocol, Fetches)
        for path in paths:
            print(path, await protocol.fetch(host, path))


def main() -> None:
    """Read the command line and fetch."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--authority", required=True)
    parser.add_argument("--version", choices=tuple(VERSIONS), default="1")
    parser.add_argument("--address", required=True)
    parser.add_argument("host")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    asyncio.run(
        fetch_all(options.host, options.address, options.paths, options.version, options.authority)
    )


if __name__ == "__main__":
    main()
