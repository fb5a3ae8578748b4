"""Which packets of a connection a strategy touches (`-start` and `-cutoff`, reference 2.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.errors import ParameterError
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.markers import Request
from workbench.evasion.strategy import Scope

UNITS = "nds"


@dataclass(slots=True)
class Counters:
    """Counts a client's packets the way nfqws does.

    Parameters
    ----------
    isn : int
        The client's initial sequence number.

    Attributes
    ----------
    counts : dict
        By `n` packets, by `d` data packets, by `s` the last relative sequence number.
    """

    isn: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(UNITS, 0))
    _past: set[str] = field(default_factory=set)

    def feed(self, packet: Sent) -> None:
        """Count a packet."""
        self.counts["n"] += 1
        self.counts["d"] += bool(packet.payload)
        self.counts["s"] = (packet.seq - self.isn) & 0xFFFFFFFF

    def within(self, name: str, start: str, cutoff: str) -> bool:
        """Tell whether the packet just fed lies between a start and a cutoff.

        Parameters
        ----------
        name : str
            Of the limit: a cutoff once reached stays reached.
        start, cutoff : str
            Such as ``n3``; empty for none.

        Returns
        -------
        bool
            Whether to act.
        """
        if cutoff and self._reached(cutoff):
            self._past.add(name)
        return name not in self._past and (not start or self._reached(start))

    def _reached(self, limit: str) -> bool:
        """Tell whether a limit has been reached."""
        unit, value = parse_limit(limit)
        return self.counts[unit] >= value > 0


def parse_limit(text: str) -> tuple[str, int]:
    """Return unit and value of a limit.

    Raises
    ------
    ParameterError
        If it has another form.

    Examples
    --------
    >>> parse_limit("d2"), parse_limit("3")
    (('d', 2), ('n', 3))
    """
    unit, digits = (text[0], text[1:]) if text[:1] in tuple(UNITS) else ("n", text)
    if not (digits.isascii() and digits.isdecimal()):
        raise ParameterError.not_understood("limit", text, "n3, d2 or s100")
    return unit, int(digits)


def applies(scope: Scope, request: Request, name: str, path: PathFacts) -> bool:
    """Tell whether a profile is for a connection.

    Parameters
    ----------
    scope : Scope
        The profile's.
    request : Request
        The request's facts.
    name : str
        The host it asks for.
    path : PathFacts
        For the port and the address family.

    Returns
    -------
    bool
        Lists that are not known by their contents let everything through.
    """
    ports = scope.udp if request.kind == "quic" else scope.tcp
    if ports and not _port_within(ports, path.server_port):
        return False
    if scope.l3 and scope.l3 != f"ipv{path.version}":
        return False
    if scope.l7 and request.kind not in scope.l7:
        return False
    if any(_under(name, host) for host in scope.not_hosts):
        return False
    return not scope.hosts or any(_under(name, host) for host in scope.hosts)


def _under(name: str, domain: str) -> bool:
    """Tell whether a name is a domain or below it."""
    name, domain = name.lower().rstrip("."), domain.lower().lstrip("^").rstrip(".")
    return name == domain or name.endswith(f".{domain}")


def _port_within(ports: str, port: int) -> bool:
    """Tell whether a port is in a list such as ``80,443`` or ``~1000-2000``; odd text is no."""
    inside = False
    for item in ports.lstrip("~").split(","):
        low, _, high = item.partition("-")
        if low.isdecimal() and (high or low).isdecimal():
            inside |= int(low) <= port <= int(high or low)
        inside |= item == "*"
    return inside != ports.startswith("~")
