"""One packet of the kernel's on its way through nfqws, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.evasion.compose.craft import Crafter, Identifications, fake_flags
from workbench.evasion.compose.packet import Sent
from workbench.evasion.values import Fooling


@dataclass(slots=True)
class Volley:
    """State while one packet is replaced by others.

    Parameters
    ----------
    packet : Sent
        The kernel's packet.
    craft : Crafter
        Builds segments.
    ids : Identifications
        Numbers them.
    number : int
        Identification of the next packet.
    at : int
        Where the packet's payload stands in the request: not 0 for the later packets of a long one.
    first_part : int
        Number of the first part made here.
    modes : tuple of str
        IPv6 header modes put on genuine parts.
    sent : list of Sent
        What has been made.
    """

    packet: Sent
    craft: Crafter
    ids: Identifications
    number: int
    at: int = 0
    first_part: int = 1
    modes: tuple[str, ...] = ()
    sent: list[Sent] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Bytes of the packet's payload."""
        return len(self.packet.payload)

    def part(self, start: int, stop: int, front: bytes = b"", *, part: int = 1) -> Sent:
        """Return a genuine part of the payload, with the current number.

        Parameters
        ----------
        start, stop : int
            Which bytes of the payload.
        front : bytes
            An overlap put before them; the sequence number is lowered by its length.
        part : int
            Its number within this packet.
        """
        return self.craft.segment(
            self.packet,
            front + self.packet.payload[start:stop],
            shift=start - len(front),
            header_modes=self.modes,
            role="part",
            ip_id=self.number,
            offset=self.at + start,
            overlap=len(front),
            part=self.first_part + part - 1,
        )

    def shadow(
        self, start: int, payload: bytes, ttl: int, fooling: Fooling, *, part: int = 1
    ) -> Sent:
        """Return a fake that covers a range of the payload, with the current number."""
        return self.craft.segment(
            self.packet,
            payload,
            shift=start,
            flags=fake_flags(self.packet.flags, fooling),
            fooling=fooling,
            role="shadow",
            genuine=False,
            ttl=ttl,
            ip_id=self.number,
            offset=self.at + start,
            part=self.first_part + part - 1,
        )

    def emit(self, packet: Sent, repeats: int = 1) -> None:
        """Send a packet, `repeats` identical times."""
        self.sent += [packet] * max(repeats, 1)

    def count(self, amount: int = 1) -> None:
        """Go on to another number."""
        self.number = self.ids.add(self.number, amount)
