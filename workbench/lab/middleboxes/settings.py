"""How middleboxes are set, and the shape of what they do: one for all of them."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Protocol

from workbench.errors import ParameterError
from workbench.lab.middleboxes.packets import Seen
from workbench.lab.topology import BLOCKED, LABEL

Action = Literal["drop", "reset"]
ACTIONS: tuple[Action, ...] = ("drop", "reset")
_RANGES: Mapping[str, tuple[float, float]] = {
    "ttl": (1, 255), "count": (1, 16), "residual_s": (0, 600), "limit_bytes": (0, 1 << 30),
    "rate_kbit": (1, 1e6), "burst_bytes": (1500, 1 << 24), "status": (200, 599),
    "quic_bytes": (0, 65535),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """What a middlebox is told; each kind heeds what concerns it.

    Parameters
    ----------
    blocked : tuple of str
        The names it blocks, with all names below them.
    action : {"drop", "reset"}
        What it does to a connection that names one.
    ttl, count : int
        TTL and number of the RSTs that it sends.
    both_ends : bool
        Whether RSTs go to the server as well.
    residual_s : float
        How long the two addresses cannot talk on that port afterwards.
    limit_bytes : int
        After how many bytes from the server nothing passes any more.
    rate_kbit, burst_bytes : float and int
        Of the policer, in kilobits a second.
    status : int
        Of the block page: 302 or another.
    address : str
        The answer of the injected DNS reply.
    quic_bytes : int
        QUIC version 1 Initials in datagrams of this length or longer are dropped; 0 for none.
    extensions : bool
        Whether it looks behind extension headers of IPv6; otherwise such packets pass.

    Raises
    ------
    ParameterError
        For values that make no sense.
    """

    blocked: tuple[str, ...] = BLOCKED
    action: Action = "drop"
    ttl: int = 64
    count: int = 1
    both_ends: bool = False
    residual_s: float = 0.0
    limit_bytes: int = 16384
    rate_kbit: float = 130.0
    burst_bytes: int = 16384
    status: int = 403
    address: str = "10.10.34.36"
    quic_bytes: int = 0
    extensions: bool = False

    def __post_init__(self) -> None:
        for name in self.blocked:
            # What goes into rules and configurations of other programs is a name and nothing else.
            if LABEL.fullmatch(name) is None:
                raise ParameterError.not_understood("blocked", name, "x.com")
        if self.action not in ACTIONS:
            raise ParameterError.not_among("action", self.action, ACTIONS)
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError.out_of_range(name, getattr(self, name), low, high)
        try:
            ipaddress.IPv4Address(self.address)
        except ValueError as error:
            raise ParameterError.not_understood("address", self.address, "10.10.34.36") from error

    def blocks(self, name: str) -> bool:
        """Return whether a name is blocked.

        Parameters
        ----------
        name : str
            The name, as a message has it.

        Returns
        -------
        bool
            Whether it is one of `blocked`, or below one.

        Examples
        --------
        >>> Setting().blocks("WWW.x.com."), Setting().blocks("netflix.com")
        (True, False)
        """
        lower = name.lower().rstrip(".")
        return any(lower == one or lower.endswith(f".{one}") for one in self.blocked)

    def to_json(self) -> str:
        """Write the setting down; `from_mapping` reads it again.

        Returns
        -------
        str
            JSON.
        """
        return json.dumps(asdict(self))


def from_mapping(values: Mapping[str, Any]) -> Setting:
    """Read a setting from plain values.

    Parameters
    ----------
    values : mapping
        Fields of `Setting`; what is left out has its default.

    Returns
    -------
    Setting
        The value.

    Raises
    ------
    ParameterError
        For unknown names and values of the wrong type.

    Examples
    --------
    >>> from_mapping({"blocked": ["x.com"], "count": 3}).count
    3
    """
    known = {one.name: one.default for one in fields(Setting)}
    taken = dict(values)
    for name, value in taken.items():
        if name not in known:
            raise ParameterError.unknown(name, sorted(known), "a middlebox")
        wanted = type(known[name])
        if wanted is tuple:
            taken[name] = _names(value)
        elif not _fits(value, wanted):
            raise ParameterError.wrong_type(name, value, wanted.__name__)
    return Setting(**taken)


@dataclass(frozen=True, slots=True)
class Act:
    """What a middlebox does about one packet.

    Parameters
    ----------
    passes : bool
        Whether the packet goes on.
    sent : tuple of bytes
        Packets that the middlebox sends itself.
    name : str
        The name that decided, in a packet that decides.
    action : str
        What was decided: blocked, allowed and the like; empty for a packet that decides nothing.
    """

    passes: bool = True
    sent: tuple[bytes, ...] = ()
    name: str = ""
    action: str = ""


PASS = Act()
SWALLOW = Act(passes=False)


class Judge(Protocol):
    """A middlebox that looks at packet after packet."""

    def judge(self, data: bytes, seen: Seen, now_s: float) -> Act:
        """Decide about a packet.

        Parameters
        ----------
        data : bytes
            The packet from its IP header on.
        seen : Seen
            What can be read of it.
        now_s : float
            The time.

        Returns
        -------
        Act
            What is done.
        """
        ...


def _fits(value: object, wanted: type) -> bool:
    if isinstance(value, bool) or wanted is bool:
        return wanted is bool and isinstance(value, bool)
    return isinstance(value, (int, float) if wanted is float else wanted)


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ParameterError.wrong_type("blocked", value, "list of names")
    names = tuple(value)
    for name in names:
        if not isinstance(name, str):
            raise ParameterError.wrong_type("blocked", name, "str")
    return names
