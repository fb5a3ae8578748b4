"""What is made of one packet: parts and shadows."""

from __future__ import annotations

from tests.evasion.compose.stage import HELLO, PATH, relative
from workbench.evasion.compose.craft import Crafter, Identifications
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.volley import Volley
from workbench.evasion.strategy import Fooling


def volley(at: int = 0) -> Volley:
    kernel = Kernel(PATH)
    packet = next(iter(kernel.write(HELLO)))
    ids = Identifications("seq", dice(1))
    return Volley(packet, Crafter(PATH, dice(1)), ids, 100, at)


def test_a_part_knows_its_place() -> None:
    one = volley(at=1448).part(10, 20, b"ab", part=3)
    assert one.payload == b"ab" + HELLO[10:20]
    assert (one.offset, one.overlap, one.part, one.ip_id) == (1458, 2, 3, 100)
    assert relative(one.seq, PATH.client_isn) == 1 + 10 - 2
    assert one.genuine


def test_a_shadow_is_no_part() -> None:
    one = volley().shadow(10, b"xyz", 3, Fooling.of("badseq"), part=2)
    assert (one.offset, one.ttl, one.genuine, one.role) == (10, 3, False, "shadow")
    assert relative(one.seq, PATH.client_isn) == 11 - 10_000


def test_packets_and_numbers_are_counted() -> None:
    made = volley()
    made.emit(made.packet, 3)
    made.count(2)
    made.count(-1)
    assert (len(made.sent), made.number, made.length) == (3, 101, 517)
