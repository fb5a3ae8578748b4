"""How far each connection got, as far as its packets show.

In: one conversation and the length of its request. Out: an `Outcome`. What an application made of
an encrypted answer is not to be seen; neither is who sent a reset.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.comparison.values import UNTOLD, Outcome
from workbench.traffic.conversation import ACK, FIN, RST, SYN, TCP, UDP, Conversation

Array = np.ndarray[Any, Any]

FAR = 1 << 30
ALERT, FATAL = 0x15, 2
LONG = b"\xc0"
"""Datagrams of QUIC begin so, or higher, as long as the handshake lasts (RFC 9000 17)."""
INITIAL = 1_200
"""Bytes that a client's first datagram has at least (RFC 9000 14.1)."""
MOST_LOOKED = 1_000


def outcome_of(conversation: Conversation, request_bytes: int = -1) -> Outcome:
    """Return how far a connection got.

    Parameters
    ----------
    conversation : Conversation
        One connection.
    request_bytes : int
        Bytes of its genuine request, -1 where that is not known.

    Returns
    -------
    Outcome
        With stage ``unknown`` for what is neither TCP nor UDP, and without packets.

    Examples
    --------
    >>> import workbench as wb
    >>> capture = wb.read("data/refused.pcap")
    >>> outcome_of(capture.conversation(1)).stage
    'refused'
    """
    if not len(conversation):
        return UNTOLD
    if conversation.protocol == TCP:
        return _Stream(conversation, request_bytes).outcome()
    return _of_datagrams(conversation) if conversation.protocol == UDP else UNTOLD


class _Stream:
    """Reads the course of a TCP connection."""

    def __init__(self, conversation: Conversation, request_bytes: int) -> None:
        self.conversation = conversation
        self.request = request_bytes
        flags = conversation.flags
        self.server = conversation.direction == 1
        self.resets = (flags & RST) != 0
        near = (conversation.offset >= 0) & (conversation.offset < FAR)
        self.data = (conversation.length > 0) & ~self.resets & near
        self.answers = np.flatnonzero(self.data & self.server)
        acks = self.server & ((flags & ACK) != 0) & ~self.resets & (conversation.ack_offset < FAR)
        self.acked = max(int(conversation.ack_offset[acks].max(initial=0)), 0)
        ends = conversation.offset[self.answers] + conversation.length[self.answers]
        self.reply = int(ends.max(initial=0))

    def outcome(self) -> Outcome:
        """Return the outcome."""
        stage, statement, at = self._stage()
        conversation = self.conversation
        opened = np.flatnonzero(self.server & ((conversation.flags & (SYN | ACK)) == SYN | ACK))
        return Outcome(
            stage,
            statement,
            self.request,
            self.acked,
            self.reply,
            self._since(opened),
            self._since(self.answers),
            int(conversation.time_ns[-1] - conversation.time_ns[0]),
            int(conversation.frame[at]) if at >= 0 else 0,
        )

    def _since(self, found: Array) -> int:
        """Return nanoseconds from the first packet to the first of some, -1 for none."""
        times = self.conversation.time_ns
        return int(times[found[0]] - times[0]) if len(found) else -1

    def _stage(self) -> tuple[str, str, int]:
        """Return stage, statement and the packet that shows it best."""
        conversation = self.conversation
        heard = np.flatnonzero(self.server)
        if not len(heard):
            return "unanswered", "the server never answered", 0
        reset = np.flatnonzero(self.server & self.resets)
        greeted = self.server & ((conversation.flags & SYN) != 0)
        if not greeted.any() and len(reset) and not len(self.answers) and not self.acked:
            return "refused", "the server refused the connection", int(reset[0])
        if not len(self.answers):
            return self._without_answer(reset)
        return self._answered(reset)

    def _without_answer(self, reset: Array) -> tuple[str, str, int]:
        """Return the stage of a connection on which no data came back."""
        asked = self.data & ~self.server
        last = int(np.flatnonzero(self.server)[-1])
        if not asked.any():
            return "unknown", "nothing was asked", last
        if len(reset):
            return "reset", "the connection was reset before any answer", int(reset[0])
        if not self.acked:
            return "unacknowledged", "the request was never acknowledged", last
        if self.acked < self.request:
            text = f"{self.acked} of {self.request} bytes of the request were acknowledged"
            return "partly-acknowledged", f"only {text}", last
        return "no-reply", "the request was acknowledged and never answered", last

    def _answered(self, reset: Array) -> tuple[str, str, int]:
        """Return the stage of a connection on which data came back."""
        first, last = int(self.answers[0]), int(self.answers[-1])
        if self._fatal(first):
            return "alerted", "the server answered with a TLS alert", first
        done = self._finished(last)
        if len(reset) and not done:
            text = f"the connection was reset after {self.reply} bytes of the answer"
            return "reset", text, int(reset[0])
        if done:
            return "complete", f"the answer came, {self.reply} bytes", last
        if self._given_up(last):
            return "aborted", f"the client gave up after {self.reply} bytes of the answer", last
        return "truncated", f"the answer stopped after {self.reply} bytes", last

    def _fatal(self, first: int) -> bool:
        """Tell whether the answer begins with a fatal alert (RFC 8446 6)."""
        begin = self.conversation.payload(first)[:7]
        return len(begin) == 7 and begin[0] == ALERT and begin[5] == FATAL

    def _finished(self, last: int) -> bool:
        """Tell whether the exchange came to its end: the server's, or the client's beyond a hello.

        A TLS server has answered when it sent data after the client's second flight.
        """
        conversation = self.conversation
        first = int(self.answers[0])
        if self.conversation.payload(first)[:1] == b"\x16":
            later = self.data & ~self.server
            later[: first + 1] = False
            fresh = later & (conversation.offset >= max(self.request, 1))
            second = np.flatnonzero(fresh)
            return bool(len(second)) and int(second[0]) < last
        ended = self.server & ((conversation.flags & FIN) != 0)
        return bool(ended.any()) or not self.resets.any()

    def _given_up(self, last: int) -> bool:
        """Tell whether the client ended it while the server was still answering."""
        conversation = self.conversation
        ending = ~self.server & ((conversation.flags & (FIN | RST)) != 0)
        return bool(ending[last:].any()) and int(np.flatnonzero(ending)[-1]) - last < 4


def _of_datagrams(conversation: Conversation) -> Outcome:
    """Return the outcome of an exchange of datagrams.

    A QUIC server that sends short headers has ended its handshake; DNS and others just answer.
    """
    answers = np.flatnonzero((conversation.direction == 1) & (conversation.length > 0))
    times = conversation.time_ns
    total = int(times[-1] - times[0])
    if not len(answers):
        return Outcome("no-reply", "no datagram came back", total_ns=total)
    size = int(conversation.length[answers].sum())
    first = int(times[answers[0]] - times[0])
    frame = int(conversation.frame[answers[-1]])
    begins = [conversation.payload(at)[:1] for at in answers.tolist()[:MOST_LOOKED]]
    asked = np.flatnonzero((conversation.direction == 0) & (conversation.length >= INITIAL))
    quic = bool(len(asked)) and conversation.payload(int(asked[0]))[:1] >= LONG
    if quic and not any(one < LONG for one in begins):
        text = f"the answer stopped after {len(answers)} datagrams, all of the handshake"
        return Outcome("truncated", text, -1, 0, size, -1, first, total, frame)
    return Outcome(
        "complete", f"the answer came, {size} bytes", -1, 0, size, -1, first, total, frame
    )
