"""Messages about packets that died."""

from __future__ import annotations

import dpkt
import pytest

from tests.capture.build import internet_sum
from tests.evasion.compose.stage import HELLO, PATH, PATH6
from workbench.evasion.compose.icmp import time_exceeded
from workbench.evasion.compose.kernel import Kernel


@pytest.mark.parametrize("hop", [1, 5, 12])
def test_a_router_quotes_the_packet(hop) -> None:
    (packet,) = Kernel(PATH).write(HELLO, ttl=hop)
    ip = dpkt.ethernet.Ethernet(time_exceeded(packet, hop)).data
    assert internet_sum(bytes(ip.data)) == 0
    assert (ip.data.type, ip.data.code, ip.ttl) == (11, 0, 65 - hop)
    quoted = dpkt.ip.IP(bytes(ip.data)[8:])
    assert (quoted.ttl, quoted.id, quoted.dst) == (1, packet.ip_id, packet.ends.destination)
    assert len(bytes(ip)) == 576


def test_ipv6_has_its_own_message() -> None:
    (packet,) = Kernel(PATH6).write(HELLO, ttl=3)
    ip = dpkt.ethernet.Ethernet(time_exceeded(packet, 3)).data
    assert (ip.nxt, ip.data.type) == (58, 3)
    assert bytes(ip.data)[8 + 7] == 1
