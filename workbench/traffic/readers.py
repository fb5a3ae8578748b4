"""What chosen connections ask for, read by the parsers: packets in, requests out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from workbench.traffic.agreement import agreed_stream, first_segments, without_zeros
from workbench.traffic.connections import Connections
from workbench.traffic.conversation import Conversations
from workbench.traffic.openings import ROOM, Openings
from workbench.traffic.requests import Request, read_datagrams, read_stream

Array = np.ndarray[Any, Any]

UDP = 17
ENOUGH = 4
"""First segments that are read before more are looked for."""
HUGE = 1 << 40
NAMELESS = 16
"""Bytes that tell the kind of a stream."""
NAMING = frozenset({"tls", "http", "dns"})
"""Kinds of streams of which a name is read."""


class RequestReader:
    """Reads the requests of chosen connections.

    Parameters
    ----------
    connections, openings
        Of the capture.
    numbers
        The TCP and UDP connections to read.
    """

    def __init__(
        self, connections: Connections, openings: Openings, numbers: Sequence[int]
    ) -> None:
        self._connections = connections
        self._openings = openings
        self._numbers = numbers
        self._datagram = connections.columns["protocol"] == UDP
        self._port = connections.columns["server_port"]

    def read(self) -> Iterator[tuple[int, Request, str]]:
        """Yield each connection's number, its request, and the name in the client's first packet.

        The request is that of the genuine bytes. Where two segments dispute a byte of it, the
        packets of the connection are judged (`workbench.traffic.segments`).
        """
        requests = self._datagrams() | self._undisturbed()
        left = [number for number in self._numbers if number not in requests]
        requests |= self._agreed(left)
        requests |= self._judged([number for number in left if number not in requests])
        names = self._first_names(requests)
        for number, request in requests.items():
            yield number, request, names.get(number, request.first_name)

    def _noted(self, numbers: Array, side: int, most: int) -> dict[int, list[bytes]]:
        """Return the first payloads of a side, of many connections at once."""
        openings = self._openings
        taken = np.minimum(openings.count[numbers, side], most)
        rows = openings.rows[numbers, side][np.arange(openings.rows.shape[2]) < taken[:, None]]
        payloads = iter(self._connections.packets.payloads(rows))
        pairs = zip(numbers.tolist(), taken.tolist(), strict=True)
        return {number: list(islice(payloads, count)) for number, count in pairs}

    def _datagrams(self) -> dict[int, Request]:
        """Read the requests in clients' first datagrams."""
        numbers = np.array([n for n in self._numbers if self._datagram[n]], "i8")
        asked = self._noted(numbers, 0, ROOM)
        several = np.array([number for number, said in asked.items() if len(said) > 1], "i8")
        answers = self._noted(several, 1, ENOUGH)
        return {
            number: read_datagrams(said, int(self._port[number]), answers.get(number, ()))
            for number, said in asked.items()
        }

    def _undisturbed(self) -> dict[int, Request]:
        """Read the streams whose first segments follow each other, with nothing in their place."""
        openings, found = self._openings, {}
        numbers = np.array([n for n in self._numbers if not self._datagram[n]], "i8")
        numbers = numbers[(openings.count[numbers, 0] > 0) & ~openings.odd[numbers, 0]]
        for number, said in self._noted(numbers, 0, ENOUGH).items():
            stream = b"".join(said)
            request = read_stream(stream, int(self._port[number]))
            needed = request.length if request.complete else NAMELESS
            rival = openings.rivals[number, 0] and openings.rival_offset[number, 0] < needed
            if not rival and (request.complete or _nameless(request, stream)):
                found[number] = request
        return found

    def _agreed(self, numbers: Sequence[int]) -> dict[int, Request]:
        """Read the streams of which no byte of the request is disputed."""
        found = {}
        segments = first_segments(self._connections, self._openings, numbers)
        for number in numbers:
            said = segments.pop(number, [])
            stream, disputed = agreed_stream(said)
            if disputed:
                stream, disputed = agreed_stream(without_zeros(said))
            request = read_stream(stream, int(self._port[number]))
            clear = not disputed or request.complete or _nameless(request, stream)
            if clear and not (self._openings.odd[number, 0] and said):
                found[number] = request
        return found

    def _judged(self, numbers: Sequence[int]) -> dict[int, Request]:
        """Read requests from what is judged genuine."""
        from workbench.traffic.segments import classify
        from workbench.traffic.streams import genuine_stream

        found: dict[int, Request] = {}
        if not numbers:
            return found
        conversations = Conversations(self._connections.take(numbers))
        for place, number in enumerate(numbers):
            conversation = conversations[place]
            stream = genuine_stream(conversation, classify(conversation), 0)
            found[number] = read_stream(stream.data, int(self._port[number]))
        return found

    def _first_names(self, requests: dict[int, Request]) -> dict[int, str]:
        """Return the name that the first packet of each stream shows, if it is whole there."""
        openings, sizes = self._openings, self._connections.packets.columns["payload_length"]
        numbers = np.array([number for number in requests if not self._datagram[number]], "i8")
        first = openings.first_row[numbers, 0]
        # Where the whole request is in the first packet, the name is the request's.
        length = np.array(
            [requests[n].length if requests[n].complete else HUGE for n in numbers.tolist()]
        )
        whole = (openings.rows[numbers, 0, 0] == first) & (openings.count[numbers, 0] > 0)
        whole &= (openings.rivals[numbers, 0] == 0) & (sizes[first] >= length)
        names = {number: requests[number].server_name for number in numbers[whole].tolist()}
        packets = self._connections.packets.payloads(first[~whole])
        for number, packet in zip(numbers[~whole].tolist(), packets, strict=True):
            names[number] = read_stream(packet, int(self._port[number])).server_name
        return names


def _nameless(request: Request, stream: bytes) -> bool:
    """Tell whether a stream is of a kind that asks for no name, whatever follows."""
    return len(stream) >= NAMELESS and request.kind not in NAMING
