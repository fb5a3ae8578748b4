"""What recognition hands on: a strategy with what it stands on, and what lies beside it."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.evasion.confounders import Confounder
from workbench.evasion.markers import Request
from workbench.evasion.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies between the same addresses and belongs to no connection.

    Parameters
    ----------
    strays : tuple of int
        Frames of packets of protocol 255, which zapret leaves behind.
    fragments : tuple
        Frame, transport bytes before it and data of IP fragments that nothing completed.
    """

    strays: tuple[int, ...] = ()
    fragments: tuple[tuple[int, int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was made of one connection.

    Parameters
    ----------
    number : int
        Of the connection.
    strategy : Strategy
        What its client did.
    facts : Request
        Where markers are in its request.
    cuts : tuple of int
        Offsets at which the request was cut, in the order of the descriptor's positions.
    hops : int
        Routers up to the server, -1 where that is not known.
    kind : str
        ``tls``, ``http``, ``quic`` or ``unknown``.
    confounders : tuple of Confounder
        What had to be allowed for.
    """

    number: int
    strategy: Strategy
    facts: Request
    cuts: tuple[int, ...] = ()
    hops: int = -1
    kind: str = "unknown"
    confounders: tuple[Confounder, ...] = ()
