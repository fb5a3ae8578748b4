"""Segments as zapret builds them: headers written anew, fooling applied (domain reference 3, 5.4).

The options are laid out as `[MSS] [SACK permitted] [MD5] [TS] [scale]` with NOPs behind, whatever
the kernel's packet had; TTL, TOS, DF, window, acknowledgement and flags are the packet's own.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from random import Random
from typing import Any

from workbench.evasion.compose import headers
from workbench.evasion.compose.headers import ACK, RST, SYN
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.values import NO_FOOLING, Fooling, Ttl

EXTENSION_OF = {
    "hopbyhop": (headers.HOP_BY_HOP,),
    "destopt": (headers.DESTINATION,),
    "ipfrag1": (headers.FRAGMENT,),
}


@dataclass(frozen=True, slots=True)
class Identifications:
    """How nfqws numbers the IP packets it makes.

    Parameters
    ----------
    mode : str
        ``seq``, ``seqgroup``, ``rnd``, ``zero``, or ``same`` for copies.
    random : random.Random
        For ``rnd``.
    """

    mode: str
    random: Random

    @property
    def grouped(self) -> bool:
        """Whether a shadow shares the number of the part it covers."""
        return self.mode == "seqgroup"

    def first(self, packet: Sent) -> int:
        """Return the first number for the packets made from one of the kernel's."""
        if packet.ends.version == 6 or self.mode == "zero":
            return 0
        if self.mode == "rnd":
            return self.random.randrange(1, 65536)
        return packet.ip_id or (0 if self.mode == "same" else self.random.randrange(65536))

    def add(self, number: int, amount: int = 1) -> int:
        """Return the number that many packets on; zero is skipped."""
        if self.mode == "rnd":
            return self.random.randrange(1, 65536)
        if self.mode == "zero" or not number:
            return 0
        if self.mode == "same":
            return number
        return (number + amount) & 0xFFFF or (1 if amount > 0 else 0xFFFF)


@dataclass(frozen=True, slots=True)
class Crafter:
    """Builds packets from the kernel's.

    Parameters
    ----------
    path : PathFacts
        For hops and MTU.
    random : random.Random
        For wrong checksums and MD5 signatures.
    """

    path: PathFacts
    random: Random

    def ttl(self, wanted: Ttl, wanted6: Ttl | None, packet: Sent) -> int:
        """Return the TTL of a packet made beside `packet` (domain reference 3.2)."""
        chosen = wanted6 if wanted6 is not None and packet.ends.version == 6 else wanted
        if chosen.mode == "auto":
            guessed = auto_ttl(chosen, self.path.guessed_hops)
            if guessed:
                return guessed
        return (chosen.value if chosen.mode != "same" else 0) or packet.ttl

    def segment(
        self,
        packet: Sent,
        payload: bytes = b"",
        *,
        shift: int = 0,
        flags: int | None = None,
        fooling: Fooling = NO_FOOLING,
        header_modes: tuple[str, ...] = (),
        opening: bool = False,
        **changes: Any,
    ) -> Sent:
        """Return a segment written anew.

        Parameters
        ----------
        packet : Sent
            The kernel's packet that it is made from.
        payload : bytes
            Its payload.
        shift : int
            Added to the sequence number.
        flags : int, optional
            Those of the packet by default.
        fooling : Fooling
            What is made wrong; TCP flags are applied by the caller.
        header_modes : tuple of str
            IPv6 headers of genuine packets.
        opening : bool
            Whether MSS, SACK permitted and scale are kept, as in a SYN.
        **changes
            Further fields of `Sent`.

        Returns
        -------
        Sent
            With the packet's own TTL and identification unless `changes` say more.
        """
        kinds = fooling.kinds
        flags = packet.flags if flags is None else flags
        if "datanoack" in kinds and payload and not flags & (SYN | RST):
            flags &= ~ACK
        values: dict[str, object] = {
            "payload": payload,
            "seq": (packet.seq + shift + _seq_change(fooling)) & 0xFFFFFFFF,
            "ack": (packet.ack + _ack_change(fooling)) & 0xFFFFFFFF,
            "flags": flags,
            "options": self.options(packet, fooling, opening=opening),
            "urgent": 0,
            "extensions": self._extensions(packet, kinds, header_modes),
            "pause_ns": 0,
            "offset": None,
        }
        if "badsum" in kinds:
            values |= self._wrong(fooling)
        return packet.but(**(values | changes))

    def _wrong(self, fooling: Fooling) -> dict[str, object]:
        """Return what makes a checksum wrong."""
        if fooling.checksum == "random":
            return {"checksum_xor": self.random.randrange(1, 65536)}
        return {"checksum_add": int(fooling.checksum)}

    def _extensions(
        self, packet: Sent, kinds: frozenset[str], modes: tuple[str, ...]
    ) -> tuple[int, ...]:
        """Return the IPv6 headers put before the transport."""
        if packet.ends.version == 4:
            return ()
        if "hopbyhop2" in kinds:
            return (headers.HOP_BY_HOP, headers.HOP_BY_HOP)
        chain: tuple[int, ...] = EXTENSION_OF["hopbyhop"] if "hopbyhop" in kinds else ()
        for mode in modes:
            chain += EXTENSION_OF[mode]
        return chain

    def options(self, packet: Sent, fooling: Fooling, *, opening: bool = False) -> bytes:
        """Return the options of a segment made from a packet."""
        had = dict(headers.walk_options(packet.options))
        out = b""
        if opening and headers.MSS in had:
            out += b"\x02\x04" + had[headers.MSS]
        if opening and headers.SACK_PERMITTED in had:
            out += b"\x04\x02"
        if "md5sig" in fooling.kinds:
            out += b"\x13\x12" + self.random.randbytes(16)
        if headers.TIMESTAMPS in had:
            out += b"\x08\x0a" + _stamped(had[headers.TIMESTAMPS], fooling)
        if headers.SCALE in had:
            out += b"\x03\x03" + had[headers.SCALE]
        return out + headers.NOP * (-len(out) % 4)

    def fits(self, packet: Sent) -> bool:
        """Tell whether the system lets a packet out: one above the MTU is refused."""
        return len(packet.datagram()) <= self.path.mtu


def _seq_change(fooling: Fooling) -> int:
    """Return what is added to the sequence number."""
    return fooling.badseq_increment if "badseq" in fooling.kinds else 0


def _ack_change(fooling: Fooling) -> int:
    """Return what is added to the acknowledgement number."""
    return fooling.badack_increment if fooling.kinds & {"badseq", "badack"} else 0


def _stamped(body: bytes, fooling: Fooling) -> bytes:
    """Return the body of a timestamp option, its value changed as asked."""
    value = int.from_bytes(body[:4], "big")
    if "ts" in fooling.kinds:
        value += fooling.ts_increment
    return struct.pack(">I", value & 0xFFFFFFFF) + body[4:]


def fake_flags(flags: int, fooling: Fooling) -> int:
    """Return the TCP flags of a fake: those of the packet, some cleared, some set."""
    if "flags" not in fooling.kinds:
        return flags
    return flags & ~fooling.flags_unset | fooling.flags_set


def auto_ttl(wanted: Ttl, hops: int | None) -> int:
    """Return zapret's TTL for a distance, 0 where it cannot tell (domain reference 3.2).

    Parameters
    ----------
    wanted : Ttl
        Of mode ``auto``.
    hops : int, optional
        Distance guessed from the server's TTL.

    Returns
    -------
    int
        clamp(hops + delta, low, high), unless that misses its purpose: not below the distance for
        a negative delta, below it for another.

    Examples
    --------
    >>> auto_ttl(Ttl.auto(-1), 12), auto_ttl(Ttl.auto(-1), 3), auto_ttl(Ttl.auto(-1), None)
    (11, 0, 0)
    """
    if not hops:
        return 0
    value = min(max(hops + wanted.delta, wanted.low), wanted.high)
    missed = value >= hops if wanted.delta < 0 else value < hops
    return 0 if missed else value
