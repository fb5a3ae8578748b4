"""What a comparison is made of: attempts, pairs, aligned rows, differences, a verdict.

In: what the modules beside this one find. Out: plain values, which tables, charts and commands
read. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.evasion.strategy import NONE, Strategy

IMPACTS = ("critical", "high", "medium", "low", "none")
"""Impact classes, the worst first (domain reference 13.3)."""
STAGES = (
    "unknown", "unanswered", "refused", "unacknowledged", "partly-acknowledged", "no-reply",
    "reset", "alerted", "truncated", "aborted", "complete",
)  # fmt: skip
"""How far a connection can get."""
MARKS = ("same", "differs", "only-left", "only-right")
WORDS = ("same", "better", "worse", "no verdict")
COLUMNS = {
    "parameter": "field of the strategy, or what else differs: outcome, request, options, timing",
    "reference": "value there, in words",
    "candidate": "value there, in words",
    "impact": "critical, high, medium, low or none",
    "statement": "the difference as a sentence",
    "evidence": "Frames of the first pair that shows it",
    "confidence": "float, share of observations that agree; missing where nothing tells",
    "count": "int64, pairs that show it",
    "of": "int64, pairs that could",
    "systematic": "bool, shown by every pair of at least three",
    "group": "sending, request, outcome or timing",
    "path": "field of the descriptor, such as phase1[0].ttl; empty outside it",
}
"""Columns of `Comparison.differences`, in order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a connection got, as far as its packets show.

    Parameters
    ----------
    stage : str
        One of `STAGES`.
    statement : str
        The same as a sentence.
    request_bytes : int
        Of the request; -1 where that is not known.
    acknowledged : int
        Bytes of the client's stream that the server acknowledged.
    reply_bytes : int
        Bytes of the server's stream that were seen.
    connect_ns, first_byte_ns : int
        From the first packet to the SYN+ACK, and to the first byte of the answer; -1 for none.
    total_ns : int
        From the first packet to the last.
    frame : int
        Frame that shows it best; 0 for none.
    """

    stage: str
    statement: str
    request_bytes: int = -1
    acknowledged: int = 0
    reply_bytes: int = 0
    connect_ns: int = -1
    first_byte_ns: int = -1
    total_ns: int = 0
    frame: int = 0

    @property
    def succeeded(self) -> bool | None:
        """Whether an answer came through; None where that cannot be told."""
        return None if self.stage in ("unknown", "aborted") else self.stage == "complete"


UNTOLD = Outcome("unknown", "nothing tells how it ended")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One connection of a side, with what comparison needs.

    Parameters
    ----------
    file, connection : int
        Which capture of the side, from 0 on, and the connection's number in it.
    protocol, kind : str
        ``tcp``, ``udp``; what the client asks by: ``tls``, ``http``, ``dns``, ``quic`` or empty.
    name : str
        Name that the request asks for.
    server : str
        Address of the server.
    port : int
        Its port.
    begun_ns : int
        Nanoseconds of its first packet after the first of its capture.
    strategy : Strategy
        How the request was sent.
    outcome : Outcome
        How far it got.
    rtt_ns : int
        Round trip of the handshake, -1 where it was not seen.
    routers : int
        Between client and server, -1 where that is not known.
    ja4 : str
        Fingerprint of the ClientHello.
    """

    file: int
    connection: int
    protocol: str
    kind: str
    name: str
    server: str
    port: int
    begun_ns: int = 0
    strategy: Strategy = NONE
    outcome: Outcome = UNTOLD
    rtt_ns: int = -1
    routers: int = -1
    ja4: str = ""

    @property
    def text(self) -> str:
        """Words for it: what is asked, of whom."""
        return f"{self.kind or self.protocol} to {self.name or self.server}:{self.port}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two connections that correspond.

    Parameters
    ----------
    reference, candidate : Attempt
        The two.
    rule : str
        What makes them correspond: ``name``, ``server`` or ``role``.
    """

    reference: Attempt
    candidate: Attempt
    rule: str = "name"


@dataclass(frozen=True, slots=True)
class AlignedRow:
    """A packet of each side, or of one, at one place of the aligned columns.

    Parameters
    ----------
    left, right : int, optional
        Index in the conversation of the reference, and of the candidate; None for a gap.
    left_frame, right_frame : int
        Their frames, 0 for a gap.
    mark : str
        One of `MARKS`.
    phase : str
        ``handshake``, ``request``, ``answer`` or ``end``.
    role : str
        What it is: ``SYN``, ``fake``, ``part``, ``shadow``, ``data``, ``ACK``, ``RST``, ...
    differs : tuple of str
        Sentences: in what the two differ.
    """

    left: int | None
    right: int | None
    left_frame: int
    right_frame: int
    mark: str
    phase: str
    role: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames on both sides that show something.

    Parameters
    ----------
    reference, candidate : tuple of int
        Frame numbers in the two captures.
    pair : int
        Number of the pair in `Comparison.pairs`.

    Examples
    --------
    >>> str(Frames((4, 5), ()))
    'reference 4, 5; candidate -'
    """

    reference: tuple[int, ...] = ()
    candidate: tuple[int, ...] = ()
    pair: int = 0

    def __str__(self) -> str:
        return f"reference {_listed(self.reference)}; candidate {_listed(self.candidate)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two sides do not share; fields as the columns of `COLUMNS`."""

    parameter: str
    reference: str
    candidate: str
    impact: str
    statement: str
    evidence: Frames = Frames()
    confidence: float = float("nan")
    count: int = 1
    of: int = 1
    group: str = "sending"
    path: str = ""

    @property
    def systematic(self) -> bool:
        """Whether at least three pairs could show it, and all do (domain reference 13.2)."""
        return self.of >= 3 and self.count == self.of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison comes to.

    Parameters
    ----------
    word : str
        One of `WORDS`.
    why : str
        The reason, in one sentence.
    """

    word: str
    why: str


def _listed(frames: Sequence[int], most: int = 8) -> str:
    """Return frame numbers as text."""
    return ", ".join(map(str, frames[:most])) + (", …" if len(frames) > most else "") or "-"
