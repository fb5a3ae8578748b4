"""What each connection asks for, of captures of any size: the array floor of the name columns.

Few connections are read by the parsers one by one. Of many, compiled kernels look at the first
bytes; what they leave open goes to the parsers, and what is disputed on the wire (two segments with
different bytes for the same place) to `workbench.traffic.segments`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from workbench.capture.engine import Engine, engine_for
from workbench.traffic.bulk import Answers, look_at_openings
from workbench.traffic.connections import KERNELS, Connections
from workbench.traffic.kernels import hellos as kernel
from workbench.traffic.messages.fields import shown
from workbench.traffic.openings import Openings, gather_openings
from workbench.traffic.readers import RequestReader
from workbench.traffic.requests import NO_FAMILY, Family, Request, family_of, read_stream

Array = np.ndarray[Any, Any]

TCP, UDP = 6, 17
KERNEL_KINDS = {
    kernel.UNKNOWN: "",
    kernel.TLS: "tls",
    kernel.HTTP: "http",
    kernel.DNS: "dns",
    kernel.QUIC: "quic",
}


@dataclass
class _Text:
    """A column of text, as places in a list of what is in it."""

    places: Array
    known: dict[str, int] = field(default_factory=lambda: {"": 0})

    def put(self, number: int, text: str) -> None:
        if text:
            self.places[number] = self.known.setdefault(text, len(self.known))

    def put_many(self, numbers: Array, places: Array, texts: list[str]) -> None:
        own = np.array([self.known.setdefault(text, len(self.known)) for text in texts], "i4")
        self.places[numbers] = own[places]


@dataclass(frozen=True)
class Names:
    """What connections ask for: one entry a connection.

    Attributes
    ----------
    texts
        For each of `TEXTS`, the text columns, int32 places and the list of texts that they are in.
    length
        int64, bytes of the request in its stream; -1 where that is not known.
    post_quantum
        bool, whether a ClientHello offers a key share with a post-quantum part.
    """

    TEXTS: ClassVar = ("request_kind", "server_name", "first_name", *Family.TEXTS)
    texts: dict[str, tuple[Array, list[str]]]
    length: Array
    post_quantum: Array


class _Book:
    """Where answers are written down."""

    def __init__(self, count: int) -> None:
        self.texts = {name: _Text(np.zeros(count, "i4")) for name in Names.TEXTS}
        self.length = np.full(count, -1, "i8")
        self.post_quantum = np.zeros(count, bool)

    def put(self, number: int, request: Request, first_name: str) -> None:
        """Write down what a parser found."""
        self.length[number] = request.length
        self.texts["request_kind"].put(number, request.kind)
        self.texts["server_name"].put(number, request.server_name)
        self.texts["first_name"].put(number, first_name)
        family = family_of(request)
        for name in Family.TEXTS:
            self.texts[name].put(number, getattr(family, name))
        self.post_quantum[number] = family.post_quantum

    def finish(self) -> Names:
        """Return what was written down."""
        texts = {name: (text.places, list(text.known)) for name, text in self.texts.items()}
        return Names(texts, self.length, self.post_quantum)


def find_names(connections: Connections) -> Names:
    """Read what each client asks for.

    Parameters
    ----------
    connections
        Connections of the capture.

    Returns
    -------
    Names
        Empty where nothing is asked, or nothing that is understood.

    Raises
    ------
    CaptureError
        When the file has become shorter since it was read.
    """
    size = int(connections.packets.columns["captured"].sum(dtype="i8"))
    return read_names(connections, engine_for(size, KERNELS))


def read_names(connections: Connections, engine: Engine) -> Names:
    """Return the same with a given engine; see `find_names`."""
    openings = gather_openings(connections, engine)
    book = _Book(len(connections))
    protocol = connections.columns["protocol"]
    speaks = (openings.first_row[:, 0] >= 0) & ((protocol == TCP) | (protocol == UDP))
    left = np.flatnonzero(speaks)
    if engine.compiled:
        left = _in_bulk(connections, openings, left, engine, book)
    for number, request, first_name in RequestReader(connections, openings, left.tolist()).read():
        book.put(number, request, first_name)
    return book.finish()


def _in_bulk(
    connections: Connections, openings: Openings, numbers: Array, engine: Engine, book: _Book
) -> Array:
    """Let the kernels look; return the connections that they leave open."""
    noted = openings.count[numbers, 0] > 0
    left = [numbers[~noted]]
    for answers in look_at_openings(connections, openings, numbers[noted], engine):
        settled = _settled(connections, openings, answers)
        left.append(answers.number[~settled])
        _write(connections, openings, answers, settled, book)
    return np.sort(np.concatenate(left))


def _settled(connections: Connections, openings: Openings, answers: Answers) -> Array:
    """Tell which answers stand: complete, of a kind the kernel knows, in the first packet alone."""
    number = answers.number
    first = openings.rows[number, 0, 0]
    size = connections.packets.columns["payload_length"][first]
    alone = (openings.first_row[number, 0] == first) & (size >= answers.length)
    reach = openings.rival_offset[number, 0]
    rival = (openings.rivals[number, 0] > 0) & (reach < answers.length)
    known = (answers.state == kernel.DONE) & (answers.kind != kernel.UNKNOWN)
    settled: Array = known & alone & ~rival & ~openings.odd[number, 0]
    return settled


def _write(
    connections: Connections, openings: Openings, answers: Answers, settled: Array, book: _Book
) -> None:
    """Write down the answers that stand; one ClientHello of each family is read by the parser."""
    numbers, names = answers.number[settled], answers.name[settled]
    texts = [shown(raw) for raw in answers.names]
    book.length[numbers] = answers.length[settled]
    kinds = answers.kind[settled].astype("i4")
    book.texts["request_kind"].put_many(numbers, kinds, list(KERNEL_KINDS.values()))
    for name in ("server_name", "first_name"):
        book.texts[name].put_many(numbers, names, texts)
    families = answers.family[settled]
    _, representative, place = np.unique(families, return_index=True, return_inverse=True)
    rows = openings.rows[numbers[representative], 0, 0]
    hellos = connections.packets.payloads(rows)
    found = [
        family_of(read_stream(data, 443)) if families[index] else NO_FAMILY
        for index, data in zip(representative.tolist(), hellos, strict=True)
    ]
    for name in Family.TEXTS:
        book.texts[name].put_many(numbers, place, [getattr(family, name) for family in found])
    book.post_quantum[numbers] = np.array([family.post_quantum for family in found], bool)[place]
