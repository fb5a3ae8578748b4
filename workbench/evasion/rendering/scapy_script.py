"""A strategy as a script for Scapy that anyone can read, change and run.

The script needs no part of this package. It writes a capture by default; it sends only with
``--send``, and then from an interface and to a target that were typed. Names of the strategy are
data in it: one JSON text, written as a Python literal.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from importlib.resources import files as packaged
from typing import TYPE_CHECKING

from workbench.errors import ParameterError
from workbench.evasion.strategy import Strategy

if TYPE_CHECKING:
    from workbench.evasion.compose.packet import Sent
    from workbench.evasion.compose.path import PathFacts

_PLAN = "STRATEGY = json.loads("
_ACK = 0x10


def scapy_script(
    strategy: Strategy,
    request: bytes,
    path: PathFacts | None = None,
    *,
    seed: int = 0,
    files: Mapping[str, bytes] | None = None,
) -> str:
    r"""Return a script that makes the client's packets of a strategy.

    Parameters
    ----------
    strategy : Strategy
        What is done.
    request : bytes
        The request that it is done to.
    path, seed, files
        As `workbench.evasion.compose.composing.compose` takes them.

    Returns
    -------
    str
        Python text, ASCII only.

    Raises
    ------
    ParameterError
        If the packets cannot be composed.

    Examples
    --------
    >>> text = scapy_script(Strategy(), b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    >>> strategy_in_script(text) == Strategy()
    True
    """
    from workbench.evasion.compose.composing import compose
    from workbench.evasion.compose.path import PathFacts

    known = path or PathFacts()
    packets = compose(strategy, request, known, seed=seed, files=files)
    template = packaged("workbench.evasion.rendering").joinpath("scapy_template.txt")
    filled = {
        "CLIENT": str(known.client_isn),
        "SERVER": str(known.server_isn),
        "ENDS": ascii((known.client, known.server)),
        "PACKETS": "\n".join(f"    {_fields(one, known)!a}," for one in packets),
        "PLAN": ascii(strategy.plain().to_json()),
    }
    text = template.read_text("utf-8")
    for name, value in filled.items():
        text = text.replace(f"@@{name}@@", value, 1)
    return text


def strategy_in_script(text: str) -> Strategy:
    """Return the strategy that a script was made from; nothing of it is run.

    Parameters
    ----------
    text : str
        What `scapy_script` returned.

    Returns
    -------
    Strategy

    Raises
    ------
    ParameterError
        If the text is no such script.
    """
    lines = [line for line in text.splitlines() if line.startswith(_PLAN)]
    try:
        held = ast.literal_eval(lines[0].removeprefix(_PLAN).removesuffix(")"))
    except (IndexError, ValueError, SyntaxError, MemoryError, RecursionError):
        held = None
    if not isinstance(held, str):
        raise ParameterError.not_understood("script", text, "a script that this program wrote")
    return Strategy.from_json(held)


def _fields(packet: Sent, path: PathFacts) -> dict[str, object]:
    """Return what the script needs to know of a packet."""
    pause = {"role": packet.role, "pause": packet.pause_ns / 1e9}
    plain = packet.raw is None and not packet.extensions and packet.protocol in {6, 17}
    if not plain or packet.header_sum is not None or packet.fragment is not None:
        return {**pause, "bytes": packet.datagram().hex()}
    return {
        **pause,
        "protocol": packet.protocol,
        "source_port": packet.ends.source_port,
        "target_port": packet.ends.destination_port,
        "ttl": packet.ttl,
        "ip_id": packet.ip_id,
        "tos": packet.tos,
        "flow_label": packet.flow_label,
        "dont_fragment": packet.dont_fragment,
        "seq": _signed(packet.seq - path.client_isn),
        "ack": _signed(packet.ack - path.server_isn),
        "acks": bool(packet.flags & _ACK),
        "flags": packet.flags,
        "window": packet.window,
        "urgent": packet.urgent,
        "options": packet.options.hex(),
        "sum_xor": packet.checksum_xor,
        "sum_add": packet.checksum_add,
        "payload": packet.payload.hex(),
    }


def _signed(distance: int) -> int:
    """Return a distance of sequence numbers as the smaller way round."""
    return (distance + 2**31) % 2**32 - 2**31
