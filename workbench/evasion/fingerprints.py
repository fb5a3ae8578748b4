"""Whose way of sending it is: option order, identifications, checksums, stray packets.

In: the tokens of a volley and what surrounds them. Out: points for and against each tool, and the
IP-ID mode. A fingerprint never decides what was sent, only who sends so (domain reference 5.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.evasion.fooling import layout_names
from workbench.evasion.grammar import Shape
from workbench.evasion.seen import Seen
from workbench.evasion.sighting import Scene
from workbench.evasion.tokens import FAKED, PART, RESET, SHADOW, Volley
from workbench.evasion.values import BADACK_INCREMENT, Payload
from workbench.evasion.written import rebuilt

TPWS_URGENT, BYEDPI_URGENT = 0x00, 0x61
DPITUNNEL_WINDOW = 1448
NAMES = {"www.w3.org": "goodbyedpi", "www.google.com": "youtubeunblock",
         "www.wikipedia.org": "byedpi"}  # fmt: skip
OWN_HELLO = 517
TOO_HIGH, TOO_LOW = {1, 0x100}, {0xFFFF, 0xFF00}
"""Differences to the right checksum, in either byte order."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One feature that speaks for a tool.

    Parameters
    ----------
    tool : str
        Its name.
    points : int
        2 for what only it does, 1 for what others do too.
    what : str
        The feature in words.
    """

    tool: str
    points: int
    what: str


@dataclass(frozen=True, slots=True)
class Guess:
    """The tool that features speak for.

    Parameters
    ----------
    tool : str
        Empty where none does.
    signs : tuple of Sign
        All features seen.
    rivals : tuple of str
        Other tools that features speak for.
    """

    tool: str = ""
    signs: tuple[Sign, ...] = ()
    rivals: tuple[str, ...] = ()


def guess_tool(signs: Sequence[Sign]) -> Guess:
    """Return the tool with the most points.

    Examples
    --------
    >>> guess_tool([Sign("nfqws", 2, "option order"), Sign("byedpi", 1, "ttl 8")]).tool
    'nfqws'
    """
    points: dict[str, int] = {}
    for sign in signs:
        points[sign.tool] = points.get(sign.tool, 0) + sign.points
    ranked = sorted(points, key=lambda tool: (-points[tool], tool))
    if not ranked or (len(ranked) > 1 and points[ranked[0]] == points[ranked[1]]):
        return Guess("", tuple(signs), tuple(ranked))
    return Guess(ranked[0], tuple(signs), tuple(ranked[1:]))


def packet_signs(
    volley: Volley, shape: Shape, scene: Scene, payloads: Sequence[Payload]
) -> list[Sign]:
    """Return what the packets of a volley say of the tool that made them."""
    signs: list[Sign] = []
    made = [one.seen for one in volley.tokens if one.kind in (FAKED, SHADOW, RESET)]
    made += [one.seen for one in volley.tokens if one.kind == PART] if shape.kind else []
    if any(rebuilt(one, scene) for one in made):
        signs.append(Sign("nfqws", 2, "options rebuilt with the padding at the end"))
    if scene.stamped and made and all(one.timestamp < 0 and one.layout <= 0 for one in made):
        signs.append(Sign("dpitunnel", 2, "raw segments without the connection's timestamps"))
    if (
        any(name == "md5" for one in made for name in layout_names(one.layout)[:1])
        and any(one.timestamp < 0 for one in made)
        and scene.stamped
    ):
        signs.append(Sign("youtubeunblock", 2, "signature written over the other options"))
    signs += _checksum_signs(made)
    signs += _payload_signs(payloads, made)
    signs += _number_signs(volley, shape, scene, made)
    return signs


def _checksum_signs(made: Sequence[Seen]) -> list[Sign]:
    deltas = {one.checksum for one in made if one.checksum is not None}
    signs = []
    if deltas and deltas <= TOO_HIGH:
        signs.append(Sign("youtubeunblock", 2, "checksum one too high"))
    if deltas and deltas <= TOO_LOW:
        signs.append(Sign("goodbyedpi", 2, "checksum one too low"))
    if len(deltas) > 1:
        signs.append(Sign("nfqws", 1, "checksums wrong by random numbers"))
    return signs


def _payload_signs(payloads: Sequence[Payload], made: Sequence[Seen]) -> list[Sign]:
    signs = []
    for one in payloads:
        if one.kind == "hello" and one.length == OWN_HELLO and one.sni in NAMES:
            signs.append(Sign(NAMES[one.sni], 2, f"its own hello for {one.sni}"))
        elif one.kind == "default":
            signs.append(Sign("nfqws", 1, "the payload that zapret brings along"))
    if any(one.ack_shift == BADACK_INCREMENT for one in made):
        signs.append(Sign("nfqws", 1, "acknowledgement 66,000 too low"))
    return signs


def _number_signs(volley: Volley, shape: Shape, scene: Scene, made: Sequence[Seen]) -> list[Sign]:
    """Return what the IPv4 identifications say."""
    numbers = [one.ip_id for one in made]
    if not numbers or numbers[0] < 0 or any(rebuilt(one, scene) for one in made):
        return []
    parts = [part.seen.ip_id for part in volley.parts]
    signs = []
    if len(parts) > 1 and shape.kind and len(set(parts)) == 1:
        # GoodbyeDPI runs on Windows alone.
        whose = "goodbyedpi" if scene.windows else "geneva"
        signs.append(Sign(whose, 1, "parts share one identification"))
    resets = [one.seen.ip_id for one in volley.of_kind(RESET)]
    if resets and 0 < scene.ack_id == resets[0]:
        signs.append(Sign("geneva", 2, "a reset made of the handshake's ACK"))
    native = all(one.layout == scene.layout or one.header > 20 for one in made)
    if native and not shape.kind and len(set(numbers + parts[:1])) == 1:
        signs.append(Sign("geneva", 1, "fake and original share one identification"))
    if len(parts) > 1 and shape.kind and len(set(parts)) > 1 and not _near(parts, scene.ack_id):
        signs.append(Sign("youtubeunblock", 1, "parts with identifications of their own"))
    return signs


def _near(numbers: Sequence[int], before: int) -> bool:
    return all(0 <= (number - before) % 65536 < 256 for number in numbers)


def piece_signs(kinds: Sequence[str], byte: int) -> list[Sign]:
    """Return what pieces of a socket say of the program that wrote them."""
    signs = []
    if "fake" in kinds:
        signs.append(Sign("byedpi", 2, "bytes swapped before the kernel repeats them"))
    if {"oob", "disoob"} & set(kinds):
        whose = {BYEDPI_URGENT: "byedpi", TPWS_URGENT: "tpws"}.get(byte, "")
        signs += [Sign(whose, 1, f"urgent byte {byte:#04x}")] if whose else []
    return signs


def ip_id_mode(volley: Volley, shape: Shape, scene: Scene) -> str:
    """Return how zapret numbers what it makes: ``seq``, ``seqgroup``, ``rnd``, ``zero`` or nothing.

    Only packets that it made count: the original after fakes alone is the kernel's.
    """
    made = [one for one in volley.tokens if one.kind in (FAKED, SHADOW, RESET)]
    parts = [one for one in volley.tokens if one.kind == PART] if shape.kind else []
    numbers = [one.seen.ip_id for one in (*made, *parts)]
    if not numbers or numbers[0] < 0:
        return ""
    if not any(numbers):
        return "zero"
    if scene.ack_id < 0:
        return ""
    if _near(numbers, scene.ack_id):
        shared = {one.seen.ip_id for one in volley.of_kind(SHADOW)}
        own = {part.seen.ip_id for part in volley.parts}
        return "seqgroup" if shape.kind and shared and shared <= own else "seq"
    return "rnd"
