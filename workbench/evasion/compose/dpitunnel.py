"""DPITunnel's way of sending: raw segments, then zeros of the same length from the kernel's socket.

The kernel's zeros normally come as duplicates and are dropped. Raw packets have no TCP options, a
fixed window and random identifications; only the first 512 bytes of a request go out that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from workbench.evasion.compose.craft import Crafter
from workbench.evasion.compose.headers import ACK, PSH, RST
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.markers import request_facts, resolve_first
from workbench.evasion.strategy import Fake, Strategy

ROOM = 512
WINDOW = 1448


@dataclass(slots=True)
class DpiTunnel:
    """Writes one request.

    Parameters
    ----------
    strategy : Strategy
        Fakes, and a split with one position: ``multisplit``, ``multidisorder``, ``fakedsplit`` or
        ``fakeddisorder``.
    path : PathFacts
        Where.
    kernel : Kernel
        The client's.
    random : random.Random
        For identifications.
    fakes : Fakes
        Makes payloads.
    """

    strategy: Strategy
    path: PathFacts
    kernel: Kernel
    random: Random
    fakes: Fakes

    def send(self, request: bytes) -> list[Sent]:
        """Return the packets of a request: fakes, raw parts, the kernel's zeros, the rest."""
        split = self.strategy.phase2
        head = request[:ROOM]
        facts = request_facts(request)
        place = resolve_first(split.positions, facts) if split else len(head)
        edges = [0, min(place, len(head)), len(head)]
        ranges = [(a, b) for a, b in pairwise(edges) if a < b]
        (model,) = list(self.kernel.write(b"\0", offset=None))
        sent = [one for fake in self.strategy.phase1 for one in self._fakes(fake, model, request)]
        sent += self._parts(model, request, ranges)
        self.kernel.take_back()
        for start, stop in ranges:
            sent += [one.but(genuine=False) for one in self.kernel.write(bytes(stop - start))]
        if len(request) > len(head):
            sent += self.kernel.write(request[len(head) :])
        return [sent[0].but(pause_ns=model.pause_ns), *sent[1:]]

    def _raw(self, model: Sent, payload: bytes, shift: int = 0, **changes: object) -> Sent:
        """Return a segment as the tool's raw socket sends it."""
        base = model.but(
            payload=payload, seq=(model.seq + shift) % 2**32, flags=ACK | PSH, options=b"",
            window=WINDOW, ip_id=self.random.randrange(65536), pause_ns=0,
        )  # fmt: skip
        return base.but(**changes)

    def _fakes(self, fake: Fake, model: Sent, request: bytes) -> list[Sent]:
        """Return the packets of one kind of fake."""
        ttl = Crafter(self.path, self.random).ttl(fake.ttl, fake.ttl6, model)
        if fake.kind in {"rst", "rstack"}:
            flags = RST | (ACK if fake.kind == "rstack" else 0)
            return [self._raw(model, b"", role="rst", genuine=False, ttl=ttl, flags=flags)]
        kind = request_facts(request).kind
        sent = []
        for payload in self.fakes.chosen(fake.payloads, kind):
            data = self.fakes.bytes_of(payload, request, kind)
            shift = fake.fooling.badseq_increment if "badseq" in fake.fooling.kinds else 0
            one = self._raw(model, data, shift, role="fake", genuine=False, ttl=ttl)
            sent += [one] * max(fake.repeats, 1)
        return sent

    def _parts(self, model: Sent, request: bytes, ranges: list[tuple[int, int]]) -> list[Sent]:
        """Return the genuine parts in order, the first one between its shadows where wanted."""
        split = self.strategy.phase2
        if split is None:
            return []
        parts = [
            self._raw(model, request[a:b], a, role="part", offset=a, part=number)
            for number, (a, b) in enumerate(ranges, 1)
        ]
        groups = [[part] for part in parts]
        if split.kind.startswith("faked"):
            ttl = Crafter(self.path, self.random).ttl(split.ttl, split.ttl6, model)
            shadow = parts[0].but(
                role="shadow", genuine=False, payload=bytes(parts[0].length), ttl=ttl
            )
            groups[0] = [shadow, parts[0], shadow]
        if split.kind.endswith("disorder"):
            groups.reverse()
        return [one for group in groups for one in group]
