"""ClientHellos: the kernel against the parser, and families."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.kernels.test_requests import agrees, look
from tests.traffic.messages import samples


@given(samples.hello_parts())
def test_hellos_are_read_as_the_parser_does(parts) -> None:
    assert agrees(samples.record(parts["data"]))


@given(samples.hello_parts(), samples.cuts, st.integers(0, 3000), st.randoms(use_true_random=False))
def test_damaged_and_divided_hellos_too(parts, cuts, end: int, rng: random.Random) -> None:
    data = bytearray(samples.records(parts["data"], cuts))[: end or None]
    for _ in range(rng.randint(0, 3)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    agrees(bytes(data))


def test_families_differ_by_what_the_program_chooses_alone() -> None:
    def family(**options) -> int:
        return look(samples.record(samples.hello(**options)))[4]

    assert family(name="a.example") == family(name="other.example")
    assert family(session=bytes(32)) == family(session=b"\1" * 32)
    assert family(suites=(0x0A0A, 0x1301)) == family(suites=(0xFAFA, 0x1301))
    assert family(suites=(0x1301, 0x1302)) != family(suites=(0x1302, 0x1301))
    assert family(version=0x0302) != family(version=0x0303)
