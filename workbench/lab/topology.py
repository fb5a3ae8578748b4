"""What a laboratory looks like, as one frozen value.

    client --- r1 --- dpi --- r2 --- r3 --- server
      hop:      1      2       3      4       5

The default is the layout of which public captures with known answers exist: hop N of the path has
the addresses 10.77.N.2 and fd77:N::2 towards the client, every name has an address of its own at
the server, and the last router before the server delays, loses and reorders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from workbench.errors import ParameterError

CLIENT: Final = "client"
SERVER: Final = "server"
MIDDLEBOX: Final = "dpi"
NEAR: Final = "near"
FAR: Final = "far"
VANTAGES: Final = ("client", "pre-dpi", "post-dpi", "server")
DOMAINS: Mapping[str, int] = MappingProxyType(
    {
        "x.com": 11, "twitter.com": 12, "youtube.com": 13, "discord.com": 14,
        "example.org": 15, "telegram.org": 16, "rutracker.org": 17,
    }
)  # fmt: skip
BLOCKED: Final = ("x.com", "twitter.com", "youtube.com", "discord.com", "rutracker.org")
NAME_SERVER, NOBODY = 53, 99
MOST_HOPS, LEAST_MTU, MOST_MTU, MOST_DELAY_MS, MOST_MBIT = 30, 1280, 9000, 1000, 10_000
LABEL = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}")


@dataclass(frozen=True, slots=True)
class Impairment:
    """What the path does to every packet, in each direction, at the last router.

    Parameters
    ----------
    delay_ms : float
        How long a packet is held.
    loss : float
        The share of packets that is lost, 0 to 1.
    reorder : float
        The share of packets that overtakes: it is not held.
    rate_mbit : float
        A rate in megabits a second; 0 for none.
    seed : int
        Of what is drawn.
    """

    delay_ms: float = 10.0
    loss: float = 0.0
    reorder: float = 0.0
    rate_mbit: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        _within("delay_ms", self.delay_ms, 0, MOST_DELAY_MS)
        _within("loss", self.loss, 0, 1)
        _within("reorder", self.reorder, 0, 1)
        _within("rate_mbit", self.rate_mbit, 0, MOST_MBIT)

    @property
    def queued(self) -> bool:
        """Whether packets have to be held or chosen, which the forwarder does.

        Examples
        --------
        >>> Impairment(delay_ms=0, rate_mbit=5).queued
        False
        """
        return bool(self.delay_ms or self.loss or self.reorder)


@dataclass(frozen=True, slots=True)
class Topology:
    """A row of hosts, each in a namespace of its own.

    Parameters
    ----------
    middlebox_hop, server_hop : int
        Where they are; a packet of TTL N dies at hop N, before the middlebox of that hop sees it.
    mtu : int
        Of every cable.
    offload : bool
        Whether checksums and segments are left to the (virtual) network cards.
    impairment : Impairment
        Delay, loss and reordering.
    domains : mapping of str to int
        Names, with the last number of their addresses.
    blocked : tuple of str
        The names that middleboxes block.

    Raises
    ------
    ParameterError
        For values that make no path.
    """

    middlebox_hop: int = 2
    server_hop: int = 5
    mtu: int = 1500
    offload: bool = False
    impairment: Impairment = field(default_factory=Impairment)
    domains: Mapping[str, int] = field(default_factory=lambda: DOMAINS)
    blocked: tuple[str, ...] = BLOCKED

    def __post_init__(self) -> None:
        _within("server_hop", self.server_hop, 2, MOST_HOPS)
        _within("middlebox_hop", self.middlebox_hop, 1, self.server_hop - 1)
        _within("mtu", self.mtu, LEAST_MTU, MOST_MTU)
        _check_domains(self.domains, self.blocked)
        object.__setattr__(self, "domains", MappingProxyType(dict(self.domains)))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts from the client to the server; the one at index N is hop N.

        Examples
        --------
        >>> Topology().hosts
        ('client', 'r1', 'dpi', 'r2', 'r3', 'server')
        """
        routers = iter(range(1, self.server_hop))
        between = (
            MIDDLEBOX if hop == self.middlebox_hop else f"r{next(routers)}"
            for hop in range(1, self.server_hop)
        )
        return (CLIENT, *between, SERVER)

    @property
    def impaired(self) -> str:
        """The host that delays and loses: the last router before the server.

        Examples
        --------
        >>> Topology().impaired
        'r3'
        """
        return self.hosts[-2]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The names that no middlebox blocks.

        Examples
        --------
        >>> Topology().allowed
        ('example.org', 'telegram.org')
        """
        return tuple(name for name in self.domains if name not in self.blocked)

    def address(self, name: str, *, version: int = 4) -> str:
        """Return the address of a name.

        Parameters
        ----------
        name : str
            One of `domains`, or ``client``.
        version : {4, 6}
            The IP version.

        Returns
        -------
        str
            The address.

        Raises
        ------
        ParameterError
            For a name that nobody has here.

        Examples
        --------
        >>> Topology().address("x.com"), Topology().address("x.com", version=6)
        ('10.77.5.11', 'fd77:5::11')
        """
        if name == CLIENT:
            return numbered(1, 1, version)
        if name not in self.domains:
            raise ParameterError.not_among("name", name, self.domains)
        return numbered(self.server_hop, self.domains[name], version)

    def name_server(self, *, version: int = 4) -> str:
        """Return the address of the name server.

        Parameters
        ----------
        version : {4, 6}
            The IP version.

        Returns
        -------
        str
            The address.

        Examples
        --------
        >>> Topology().name_server()
        '10.77.5.53'
        """
        return numbered(self.server_hop, NAME_SERVER, version)

    def nobody(self, *, version: int = 4) -> str:
        """Return an address that no host has.

        Parameters
        ----------
        version : {4, 6}
            The IP version.

        Returns
        -------
        str
            The address.

        Examples
        --------
        >>> Topology().nobody()
        '10.77.5.99'
        """
        return numbered(self.server_hop, NOBODY, version)

    def vantage(self, name: str) -> tuple[str, str]:
        """Return where packets are recorded for a vantage.

        Parameters
        ----------
        name : {"client", "pre-dpi", "post-dpi", "server"}
            The vantage.

        Returns
        -------
        tuple of str
            Host and interface.

        Raises
        ------
        ParameterError
            For another name.

        Examples
        --------
        >>> Topology().vantage("post-dpi")
        ('dpi', 'far')
        """
        places = {
            "client": (CLIENT, FAR), "pre-dpi": (MIDDLEBOX, NEAR),
            "post-dpi": (MIDDLEBOX, FAR), "server": (SERVER, NEAR),
        }  # fmt: skip
        if name not in places:
            raise ParameterError.not_among("vantage", name, places)
        return places[name]


def numbered(hop: int, number: int, version: int = 4) -> str:
    """Return an address on the cable that ends at a hop.

    Parameters
    ----------
    hop : int
        1 for the client's cable.
    number : int
        The last number; 1 for the host nearer to the client, 2 for the other.
    version : {4, 6}
        The IP version.

    Returns
    -------
    str
        The address.

    Raises
    ------
    ParameterError
        For another IP version.

    Examples
    --------
    >>> numbered(2, 1), numbered(2, 1, 6)
    ('10.77.2.1', 'fd77:2::1')
    """
    if version not in {4, 6}:
        raise ParameterError.not_among("version", version, (4, 6))
    return f"10.77.{hop}.{number}" if version == 4 else f"fd77:{hop}::{number}"


def _check_domains(domains: Mapping[str, int], blocked: tuple[str, ...]) -> None:
    given: list[tuple[object, object]] = list(domains.items())
    for name, number in given:
        if not isinstance(name, str) or LABEL.fullmatch(name) is None:
            raise ParameterError.not_understood("domains", name, "x.com")
        if not isinstance(number, int) or isinstance(number, bool):
            raise ParameterError.wrong_type(f"domains.{name}", number, "int")
        _within(f"domains.{name}", number, 3, 254)
    taken = [*domains.values(), NAME_SERVER, NOBODY]
    if len(set(taken)) < len(taken):
        raise ParameterError.not_understood(
            "domains", dict(domains), f"a number for each, but {NAME_SERVER} and {NOBODY}"
        )
    for name in blocked:
        if name not in domains:
            raise ParameterError.not_among("blocked", name, domains)


def _within(name: str, value: float, low: float, high: float) -> None:
    # Not a number compares with nothing, so the test is written for what is right.
    if not low <= value <= high:
        raise ParameterError.out_of_range(name, value, low, high)
