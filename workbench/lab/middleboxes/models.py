"""Plain middleboxes of our own, one for each kind of interference that has been described.

They are written for the laboratory after published descriptions. None of them is evidence for how
a real one works: what they are for is to make the traces that each kind of interference leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType

from workbench.lab.middleboxes.injecting import block_page, false_answer, resets
from workbench.lab.middleboxes.names import (
    Flows,
    Stream,
    begins_hello,
    is_initial,
    may_begin_request,
    name_in,
    name_in_initial,
    name_in_query,
)
from workbench.lab.middleboxes.packets import TCP, UDP, Seen
from workbench.lab.middleboxes.settings import PASS, SWALLOW, Act, Judge, Setting

WEB, NAME_SERVER, MOST_REMEMBERED = (80, 443), 53, 4096


@dataclass(slots=True)
class State:
    """What a model remembers of a flow."""

    looked: bool = False
    blocked: bool = False
    stream: Stream = field(default_factory=Stream)
    from_server: int = 0
    tokens: float = 0.0
    filled_s: float = 0.0


class Model:
    """What all of them share: flows, names, and residual blocking.

    Parameters
    ----------
    setting : Setting
        What it is told.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting, self.random = setting, Random(1)  # noqa: S311
        self.flows = Flows(State)
        self._residual: dict[tuple[bytes, bytes, int], float] = {}

    def judge(self, data: bytes, seen: Seen, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet.

        Parameters
        ----------
        data : bytes
            The packet from its IP header on.
        seen : Seen
            What can be read of it.
        now_s : float
            The time.

        Returns
        -------
        Act
            What is done.
        """
        state, up = self.flows.of(seen)
        if up and self._lingers(seen, now_s):
            return self.punish(seen, state, "", "residual")
        act = self.up(seen, state, now_s) if up else self.down(seen, state, now_s)
        if (
            act.action == "blocked"
            and self.setting.residual_s
            and len(self._residual) < MOST_REMEMBERED
        ):
            self._residual[_triple(seen)] = now_s + self.setting.residual_s
        return act

    def up(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the client.

        Parameters
        ----------
        seen : Seen
            The packet.
        state : State
            What is known of its flow.
        now_s : float
            The time.

        Returns
        -------
        Act
            What is done.
        """
        return SWALLOW if state.blocked else PASS

    def down(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the server.

        Parameters
        ----------
        seen : Seen
            The packet.
        state : State
            What is known of its flow.
        now_s : float
            The time.

        Returns
        -------
        Act
            What is done.
        """
        return SWALLOW if state.blocked else PASS

    def punish(self, seen: Seen, state: State, name: str, action: str = "blocked") -> Act:
        """Do to a flow what the setting says.

        Parameters
        ----------
        seen : Seen
            The client's packet that decided.
        state : State
            What is known of its flow.
        name : str
            The blocked name.
        action : str
            What the log says.

        Returns
        -------
        Act
            What is done.
        """
        state.blocked = True
        if self.setting.action == "reset" and seen.protocol == TCP:
            return Act(False, resets(seen, self.setting, self.random), name, action)
        return Act(False, (), name, action)

    def named(self, seen: Seen) -> str:
        """Return the name that a packet has on its own.

        Parameters
        ----------
        seen : Seen
            A packet of the client.

        Returns
        -------
        str
            The name; empty for none.
        """
        if seen.protocol == TCP:
            return name_in(seen.payload) if seen.payload else ""
        return name_in_initial(seen.payload)

    def _lingers(self, seen: Seen, now_s: float) -> bool:
        return self._residual.get(_triple(seen), 0.0) > now_s


class PerPacket(Model):
    """No reassembly: the first packet that begins with a request and holds its whole name."""

    remembers = True

    def up(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the client; see `Model.up`."""
        if state.blocked:
            return SWALLOW
        name = "" if state.looked else self.named(seen)
        if not name:
            return PASS
        state.looked = self.remembers
        if self.setting.blocks(name):
            return self.punish(seen, state, name)
        return Act(True, (), name, "allowed")


class FirstPayload(PerPacket):
    """Only the first packet with data is looked at."""

    def up(self, seen: Seen, state: State, now_s: float) -> Act:
        """Decide about a packet of the client; see `Model.up`."""
        act = super().up(seen, state, now_s)
        state.looked = state.looked or bool(seen.payload)
        return act


class OnPathReset(PerPacket):
    """Sees copies of packets, so it can only add to them: RSTs with a TTL and IDs of its own.

    It looks at every packet for itself, and resets a connection once.
    """

    remembers = False

    def up(self, seen: Seen, state: State, now_s: float) -> Act:
        """Decide about a packet of the client; see `Model.up`."""
        return PASS if state.blocked else super().up(seen, state, now_s)

    def down(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Let every packet of the server pass; see `Model.down`."""
        return PASS

    def punish(self, seen: Seen, state: State, name: str, action: str = "blocked") -> Act:
        """Reset one end or both, and let the packet pass; see `Model.punish`."""
        state.blocked = True
        return Act(True, resets(seen, self.setting, self.random), name, action)


class SilentDrop(Model):
    """The first ClientHello decides; from the part on that completes it nothing passes any more.

    A packet that begins with a ClientHello decides whatever its checksum or sequence number;
    otherwise the stream is put together in order, and the first copy of a byte counts.
    """

    def up(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the client; see `Model.up`."""
        if state.blocked:
            return SWALLOW
        if seen.protocol == UDP:
            return self._datagram(seen)
        if state.looked:
            return PASS
        stream = state.stream.feed(seen)
        if not seen.payload:
            return PASS
        name = name_in(seen.payload) or name_in(stream)
        state.looked = bool(name) or bool(stream and not may_begin_request(stream))
        if not name:
            return PASS
        if self.setting.blocks(name):
            return self.punish(seen, state, name)
        return Act(True, (), name, "allowed")

    def _datagram(self, seen: Seen) -> Act:
        # Nothing is remembered of a datagram: what is no Initial passes before and after one.
        limit = self.setting.quic_bytes
        if limit and len(seen.payload) >= limit and is_initial(seen.payload):
            return Act(False, (), "", "blocked")
        name = name_in_initial(seen.payload)
        return Act(False, (), name, "blocked") if self.setting.blocks(name) else PASS


class Marked(Model):
    """Remembers which flows name a blocked site, and treats the server's packets of those."""

    def up(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the client; see `Model.up`."""
        if state.blocked:
            return SWALLOW
        name = "" if state.looked else self.named(seen)
        if not name:
            return PASS
        state.looked = self.setting.blocks(name)
        return Act(True, (), name, "marked" if state.looked else "allowed")


class Freeze(Marked):
    """After so many bytes from the server nothing of the flow passes any more."""

    def down(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the server; see `Model.down`."""
        if state.blocked:
            return SWALLOW
        if not state.looked or not seen.payload:
            return PASS
        state.from_server += len(seen.payload)
        if state.from_server <= self.setting.limit_bytes:
            return PASS
        state.blocked = True
        return Act(False, (), "", "frozen")


class Police(Marked):
    """What exceeds a rate is dropped, not delayed: a token bucket."""

    def down(self, seen: Seen, state: State, now_s: float) -> Act:
        """Decide about a packet of the server; see `Model.down`."""
        if not state.looked or not seen.payload:
            return PASS
        rate, burst = self.setting.rate_kbit * 125, self.setting.burst_bytes
        first = not state.filled_s
        gained = burst if first else rate * (now_s - state.filled_s)
        state.tokens, state.filled_s = min(burst, state.tokens + gained), now_s
        if len(seen.payload) > state.tokens:
            return Act(False, (), "", "policed")
        state.tokens -= len(seen.payload)
        return PASS


class BlockPage(Model):
    """Answers a request of HTTP in the server's place; what follows from the client is dropped."""

    def up(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the client; see `Model.up`."""
        if state.blocked:
            return SWALLOW
        name = name_in(seen.payload) if seen.protocol == TCP and seen.payload else ""
        if not name or begins_hello(seen.payload) or not self.setting.blocks(name):
            return PASS
        state.blocked = True
        return Act(False, block_page(seen, self.setting, self.random), name, "blocked")

    def punish(self, seen: Seen, state: State, name: str, action: str = "blocked") -> Act:
        """Drop what comes to a server that lately showed the page; see `Model.punish`."""
        return super().punish(seen, state, name, action) if seen.payload else PASS


class DnsInjection(Model):
    """Answers a query at once with a false address; the query goes on, so two answers come."""

    def up(self, seen: Seen, state: State, now_s: float) -> Act:  # noqa: ARG002
        """Decide about a packet of the client; see `Model.up`."""
        if seen.protocol != UDP or seen.ports[1] != NAME_SERVER:
            return PASS
        name = name_in_query(seen.payload)
        if not name or not self.setting.blocks(name):
            return PASS
        return Act(True, false_answer(seen, self.setting, self.random), name, "blocked")


MODELS: Mapping[str, Callable[[Setting], Judge]] = MappingProxyType(
    {
        "per-packet": PerPacket, "first-payload": FirstPayload, "reset": OnPathReset,
        "silent-drop": SilentDrop, "freeze": Freeze, "police": Police, "page": BlockPage,
        "dns": DnsInjection,
    }
)  # fmt: skip


def _triple(seen: Seen) -> tuple[bytes, bytes, int]:
    return (seen.source, seen.destination, seen.ports[1])
