"""The client of one connection: its kernel, and the tool through which its packets go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from random import Random

from workbench.errors import ParameterError
from workbench.evasion.compose.counters import Counters
from workbench.evasion.compose.craft import Crafter
from workbench.evasion.compose.datagrams import NfqwsUdp, youtube_datagram
from workbench.evasion.compose.dpitunnel import DpiTunnel
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.geneva import Geneva
from workbench.evasion.compose.goodbyedpi import GoodbyeDpi
from workbench.evasion.compose.kernel import GAP_NS, Kernel
from workbench.evasion.compose.nfqws import Nfqws
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.compose.sockets import SocketTool
from workbench.evasion.compose.youtubeunblock import YoutubeUnblock
from workbench.evasion.markers import request_facts
from workbench.evasion.strategy import Strategy

Hook = Callable[[Sent], list[Sent]]
MOST, LONGEST = 1024, 65_535
"""Copies, fakes and parts that zapret takes at most; bytes of a datagram."""
SOCKET_TOOLS = ("tpws", "byedpi", "spoofdpi", "greentunnel", "dpitunnel")


class Client:
    """One connection's client.

    Parameters
    ----------
    strategy : Strategy
        What its tool does.
    request : bytes
        What it asks.
    path : PathFacts
        Where.
    seed : int
        Of what is drawn.
    files : mapping of str to bytes, optional
        Contents of payload files.

    Raises
    ------
    ParameterError
        For numbers that no tool takes.

    Attributes
    ----------
    kernel : Kernel
        Its clock can be set forward.
    datagrams : bool
        Whether the request goes out over UDP: QUIC does, and what a strategy treats as UDP.
    """

    def __init__(
        self,
        strategy: Strategy,
        request: bytes,
        path: PathFacts,
        *,
        seed: int = 0,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        _refuse_absurd(strategy)
        self.kernel = Kernel(path, strategy.mss or None)
        kind = request_facts(request).kind
        self.datagrams = kind == "quic" or (kind == "unknown" and strategy.udp is not None)
        self._strategy, self._request, self._path = strategy, request, path
        self._random = dice(seed)
        self._fakes = Fakes(strategy.tool or "nfqws", self._random, files or {}, seed)
        self._hook = self._chosen()
        self._pause = 0

    def _chosen(self) -> Hook:
        """Return what the tool does to each of the kernel's packets."""
        strategy, path, random, fakes = self._strategy, self._path, self._random, self._fakes
        if self.datagrams:
            return _udp_hook(strategy, path, random, fakes)
        if self._writes:
            return lambda packet: [packet]
        if strategy.tool == "geneva":
            return Geneva(strategy, path, random, fakes).out
        if strategy.tool == "goodbyedpi":
            return GoodbyeDpi(strategy, path, random, fakes).out
        if strategy.tool == "youtubeunblock":
            return YoutubeUnblock(strategy, path, random, fakes).out
        return Nfqws(strategy, path, self._request, random, fakes).out

    @property
    def _writes(self) -> bool:
        """Whether the tool owns the socket."""
        strategy = self._strategy
        written = bool(strategy.tls_records or strategy.plain().sockets)
        return strategy.tool in SOCKET_TOOLS or (written and strategy.tool in {"", "nfqws2"})

    def opening(self) -> list[Sent]:
        """Return the packets of the handshake; none for datagrams."""
        if self.datagrams:
            return []
        return self._through(kernel() for kernel in (self.kernel.syn, self.kernel.handshake))

    def request(self) -> list[Sent]:
        """Return the request with all that is sent beside it."""
        if self.datagrams:
            return self._through([self.kernel.datagram(self._request)])
        self.kernel.wait(self._path.think_ns)
        if not self._writes:
            return self._through(self._written())
        args = (self._strategy, self._path, self.kernel, self._random, self._fakes)
        tool = DpiTunnel(*args) if self._strategy.tool == "dpitunnel" else SocketTool(*args)
        return tool.send(self._request)

    def _written(self) -> Iterable[Sent]:
        """Return the kernel's packets of the request; a small window of the server's cuts them."""
        window = self._strategy.window
        size = len(self._request)
        if window is not None and window.kind == "inbound" and 0 < window.size < size:
            yield from self.kernel.write(self._request[: window.size])
            self.kernel.wait(self._path.rtt_ns)
            yield from self.kernel.write(self._request[window.size :])
        else:
            yield from self.kernel.write(self._request)

    def again(self, pause_ns: int) -> list[Sent]:
        """Return what a repetition of the whole request becomes: packet tools treat it anew.

        Parameters
        ----------
        pause_ns : int
            Since the last packet.
        """
        self.kernel.wait(pause_ns)
        if self.datagrams:
            return self._through([self.kernel.datagram(self._request)])
        self.kernel.rewind()
        return self._through(self.kernel.write(self._request, role="retransmission"))

    def acknowledge(self, time_ns: int, upto: int, echo: int) -> list[Sent]:
        """Return an ACK of the server's stream.

        Parameters
        ----------
        time_ns : int
            When, counted from the SYN.
        upto : int
            Offset in the server's stream.
        echo : int
            The server's timestamp.
        """
        self.kernel.at(time_ns)
        self.kernel.echo = echo
        return self._through([self.kernel.acknowledge(upto)])

    def _through(self, packets: Iterable[Sent]) -> list[Sent]:
        """Return what the tool lets out, with the pauses between."""
        sent: list[Sent] = []
        spaced = bool(self._strategy.phase2 and self._strategy.phase2.pause_ms)
        for packet in packets:
            self._pause += packet.pause_ns
            volley = self._hook(packet)
            for number, one in enumerate(volley):
                gap = max(one.pause_ns, GAP_NS) if spaced else GAP_NS
                sent.append(one.but(pause_ns=gap if number else self._pause))
            self._pause = 0 if volley else self._pause
        return sent


def _refuse_absurd(strategy: Strategy) -> None:
    """Raise for numbers that no tool takes, before anything is made of them."""
    split, dup, sockets = strategy.phase2, strategy.dup, strategy.sockets
    counts = {
        "repeats": max((fake.repeats for fake in strategy.phase1), default=0),
        "shadow repeats": split.repeats if split else 0,
        "copies": dup.count if dup else 0,
        "fakes": sum(len(fake.payloads) for fake in strategy.phase1),
        "positions": len(split.positions) if split else 0,
        "pieces": len(sockets.pieces) if sockets else 0,
        "records": len(strategy.tls_records),
    }
    for name, count in counts.items():
        if count > MOST:
            raise ParameterError.out_of_range(name, count, 0, MOST)
    sizes = {
        "payload length": max(
            (one.length for fake in strategy.phase1 for one in fake.payloads), default=0
        ),
        "padding": strategy.http.pad,
        "overlap": split.seqovl.delta if split and split.seqovl else 0,
    }
    for name, size in sizes.items():
        if size > LONGEST:
            raise ParameterError.out_of_range(name, size, 0, LONGEST)


def _udp_hook(strategy: Strategy, path: PathFacts, random: Random, fakes: Fakes) -> Hook:
    """Return what a packet tool does to datagrams."""
    craft = Crafter(path, random)
    if strategy.udp is not None and strategy.udp.kind == "drop":
        return lambda _: []
    if strategy.tool == "youtubeunblock":
        return lambda packet: youtube_datagram(strategy, packet, random, craft)
    return NfqwsUdp(strategy, craft, random, fakes, Counters(path.client_isn)).out
