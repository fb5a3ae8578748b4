"""Who is where in the small network: addresses, names and hardware addresses.

All names are reserved for documentation (RFC 2606), all addresses are private, and the hardware
addresses are locally administered, so a capture says nothing about the machine that made it.
"""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "wbdata"
CLIENT, WIRE, ROUTER, SERVER = "client", "wire", "router", "server"
INTERFACE = "net0"


@dataclass(frozen=True, slots=True)
class Place:
    """One address of the server side, in both IP versions, and the names that lead to it."""

    number: int
    names: tuple[str, ...]

    @property
    def ipv4(self) -> str:
        """The IPv4 address.

        Examples
        --------
        >>> Place(10, ("www.example.org",)).ipv4
        '10.77.2.10'
        """
        return f"10.77.2.{self.number}"

    @property
    def ipv6(self) -> str:
        """The IPv6 address, which ends in the same digits.

        Examples
        --------
        >>> Place(10, ("www.example.org",)).ipv6
        'fd77:0:0:2::10'
        """
        return f"fd77:0:0:2::{self.number}"


NAMES = Place(53, ("dns.example.net",))
PAGES = Place(10, ("www.example.org", "example.org", "api.example.org", "static.example.org"))
SHOP = Place(20, ("www.example.com", "downloads.example.com"))
LEGACY = Place(25, ("legacy.example.com",))
CURVES = Place(27, ("curves.example.com",))
MODERN = Place(30, ("www.example.net", "quic.example.net"))
FAR = Place(40, ("far.example.net",))
CLOSED = Place(50, ("closed.example",))
SILENT = Place(60, ("silent.example",))
FILTERED = Place(70, ("filtered.example",))
BLOCKED = Place(80, ("blocked.example", "www.blocked.example"))

PLACES = (
    NAMES, PAGES, SHOP, LEGACY, CURVES, MODERN, FAR, CLOSED, SILENT, FILTERED, BLOCKED,
)  # fmt: skip
WEB_PLACES = (PAGES, SHOP, LEGACY, CURVES, MODERN, FAR, BLOCKED)

CLIENT_ADDRESSES = ("10.77.1.2", "fd77:0:0:1::2")
ROUTER_ADDRESSES = ("10.77.1.1", "fd77:0:0:1::1")
ROUTER_SERVER_SIDE = ("10.77.2.1", "fd77:0:0:2::1")

HARDWARE_ADDRESSES = {
    (CLIENT, INTERFACE): "02:77:00:00:01:02",
    (ROUTER, "lan0"): "02:77:00:00:01:01",
    (ROUTER, "wan0"): "02:77:00:00:02:01",
    (SERVER, INTERFACE): "02:77:00:00:02:02",
}


def all_names() -> tuple[str, ...]:
    """Return every name that resolves in the network.

    Returns
    -------
    tuple of str
        The names, in the order of the places.
    """
    return tuple(name for place in PLACES for name in place.names)
