"""What a sequence map is made of: bars, cuts, and the map itself.

In: what `workbench.evasion.sequence_map` finds. Out: plain values, which charts and tables read.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One packet that the client sent.

    Parameters
    ----------
    frame : int
        Its frame.
    since_ns : int
        Nanoseconds after the first bar.
    token : str
        ``F``, ``f2``, ``P1``, ``K``, ``D1`` as the recogniser writes them; ``R1`` for part 1 again,
        ``S`` for an act at the handshake.
    kind : str
        ``part``, ``fake``, ``shadow``, ``copy``, ``reset``, ``retransmission`` or ``opening``.
    start, end : int
        Offsets in the request that it covers, or pretends to cover; below 0 for what hangs over.
    filling : int
        Bytes at its beginning that only fill (zapret's seqovl).
    moved : int
        Its place by its sequence number, minus `start`; 0 for what lies where it is drawn.
    ttl : int
        TTL that it left its sender with.
    low : bool
        Whether that is below its sender's own.
    checksum : str
        ``good``, ``bad``, ``partial`` or ``unverified``.
    fooling : tuple of str
        What makes the server drop it, as `workbench.evasion.values.FOOLING`.
    payload : str
        What a fake holds, in words.
    part : int
        Number of the part that it is, or stands for, from 1 on; 0 for none.
    volley : int
        1 for what was sent first, 2 and more for what came again after a pause.
    """

    frame: int
    since_ns: int
    token: str
    kind: str
    start: int
    end: int
    filling: int = 0
    moved: int = 0
    ttl: int = 0
    low: bool = False
    checksum: str = "good"
    fooling: tuple[str, ...] = ()
    payload: str = ""
    part: int = 0
    volley: int = 1

    @property
    def genuine(self) -> bool:
        """Whether the server is meant to deliver it."""
        return self.kind in {"part", "copy", "retransmission"}


@dataclass(frozen=True, slots=True)
class Cut:
    """A place between two parts.

    Parameters
    ----------
    offset : int
        In the stream.
    label : str
        Best reading, as a position is written.
    natural : bool
        Whether the sender's stack would have cut there anyway.
    """

    offset: int
    label: str
    natural: bool = False


@dataclass(frozen=True, slots=True)
class SequenceMap:
    """What was sent for one request.

    Parameters
    ----------
    kind : str
        ``tls``, ``http``, ``quic`` or ``unknown``.
    length : int
        Bytes of the request.
    bars : tuple of Bar
        In the order sent, at most `MOST_BARS`.
    left_out : int
        Bars that there would be more.
    name : str
        Name that the request asks for.
    host : tuple of int, optional
        First byte of the name in the stream, and one past its last.
    markers : tuple of tuple
        Name and offset of each marker that the request has.
    cuts : tuple of Cut
        Between its parts.
    parts : int
        How many there are.
    unseen : tuple of tuple of int
        Begin and end of parts that never came past the place of capture.
    steps : int
        Routers between the client and the place of capture.
    """

    kind: str = "unknown"
    length: int = 0
    bars: tuple[Bar, ...] = ()
    left_out: int = 0
    name: str = ""
    host: tuple[int, int] | None = None
    markers: tuple[tuple[str, int], ...] = ()
    cuts: tuple[Cut, ...] = ()
    parts: int = 0
    unseen: tuple[tuple[int, int], ...] = ()
    steps: int = 0

    @property
    def volleys(self) -> int:
        """How often it was sent."""
        return max((bar.volley for bar in self.bars), default=0)
