"""GreenTunnel: what its command line says of the packets."""

from __future__ import annotations

from workbench.errors import ParameterError
from workbench.evasion.parsing.options import Argument, Table, read_options
from workbench.evasion.parsing.zapret import last
from workbench.evasion.strategy import Sockets, Strategy

#: It writes the hello in pieces of so many bytes; the kernel may join all but the first.
CHUNK = 100
_NEEDED = "ip port https-only dns-type dns-server dns-ip dns-port tls-record-fragmentation"
_OPTIONAL = "silent verbose system-proxy help version https-only"
_LONG: dict[str, Argument] = {
    **dict.fromkeys(_NEEDED.split(), "needed"),
    **dict.fromkeys(_OPTIONAL.split(), "optional"),
}
TABLE = Table("greentunnel", _LONG, {"s": "silent", "v": "verbose"})


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of a GreenTunnel command line, always one.

    Parameters
    ----------
    words : list of str
        Without the program's name.

    Returns
    -------
    tuple of Strategy

    Raises
    ------
    ParameterError
        If an option is unknown, or records are to be cut: where is not said.

    Examples
    --------
    >>> parse_words(["--port", "8000", "--system-proxy", "false"])[0].sockets.chunk
    100
    """
    switches = {"--silent", "--verbose", "--system-proxy", "--https-only"}
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in switches and word in {"true", "false"}:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    options = read_options(joined, TABLE)
    given = last(options, "tls-record-fragmentation")
    if given not in {None, "false"}:
        raise ParameterError.not_understood("--tls-record-fragmentation", given, "false")
    return (Strategy(sockets=Sockets(chunk=CHUNK), tool="greentunnel"),)
