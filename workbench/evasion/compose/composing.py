"""The way in: a strategy, a request and a path become packets."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.evasion.compose.client import Client
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.strategy import Strategy


def compose(
    strategy: Strategy,
    request: bytes,
    path: PathFacts | None = None,
    *,
    seed: int = 0,
    files: Mapping[str, bytes] | None = None,
) -> list[Sent]:
    r"""Return the packets with which a client sends a request.

    Parameters
    ----------
    strategy : Strategy
        What its tool does.
    request : bytes
        The first message of its stream, or the payload of a datagram.
    path : PathFacts, optional
        Addresses, numbers, TTLs, MTU.
    seed : int
        Of everything that is drawn: the same seed gives the same packets.
    files : mapping of str to bytes, optional
        Contents of the payload files that the strategy names; nothing is opened.

    Returns
    -------
    list of Sent
        The handshake's packets, then the request with all that is sent beside it, in exact order;
        for tools that let the kernel repeat a part, the repetition too. ACKs of the server's answer
        are not among them.

    Raises
    ------
    ParameterError
        For a payload file that was not given, or values that no packet can have.

    Examples
    --------
    >>> from workbench.evasion.strategy import NONE
    >>> [packet.role for packet in compose(NONE, b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n")]
    ['syn', 'handshake', 'original']
    """
    client = Client(strategy, request, path or PathFacts(), seed=seed, files=files)
    return client.opening() + client.request()
