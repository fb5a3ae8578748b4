"""nDPI, an engine for deep packet inspection that others wrote, through its C library.

Debian's libndpi 4.2 is called as it is, without a compiler: where it keeps the host name of a flow
is found out by showing it requests with names that are known. The first host name that it finds in
a flow decides; of a blocked one nothing passes from then on.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workbench.errors import WorkbenchError
from workbench.lab.middleboxes.packets import ACK, PSH, SYN, TCP, Seen, segment
from workbench.lab.middleboxes.settings import PASS, SWALLOW, Act, Setting

VERSIONS = ("4.2",)
MASK_BYTES, LONGEST_NAME = 64, 80
PROBES = (b"first.probe.example", b"another-probe.example")
MOST_FLOWS, MOST_PACKETS = 1024, 64
DEBIAN_PACKAGE = "libndpi4.2"


class _Protocol(ctypes.Structure):
    _fields_ = (
        ("master", ctypes.c_uint16),
        ("application", ctypes.c_uint16),
        ("category", ctypes.c_int),
    )


def missing() -> str:
    """Return why nDPI cannot be used here.

    Returns
    -------
    str
        One sentence; empty where it can.
    """
    try:
        _library()
    except WorkbenchError as error:
        return str(error)
    return ""


@lru_cache(maxsize=1)
def _library() -> Any:
    """Load the library, in a version whose calls are known."""
    for version in VERSIONS:
        try:
            library = ctypes.CDLL(f"libndpi.so.{version}")
        except OSError:
            continue
        return _declared(library)
    raise WorkbenchError(f"libndpi {' or '.join(VERSIONS)} is not installed ({DEBIAN_PACKAGE}).")


def _declared(library: Any) -> Any:
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "ndpi_revision": (text, []),
        "ndpi_init_detection_module": (pointer, [ctypes.c_uint32]),
        "ndpi_set_protocol_detection_bitmask2": (None, [pointer, pointer]),
        "ndpi_finalize_initialization": (None, [pointer]),
        "ndpi_detection_get_sizeof_ndpi_flow_struct": (ctypes.c_uint32, []),
        "ndpi_flow_malloc": (pointer, [ctypes.c_size_t]),
        "ndpi_free_flow": (None, [pointer]),
        "ndpi_detection_process_packet": (
            _Protocol, [pointer, pointer, text, ctypes.c_ushort, ctypes.c_uint64],
        ),
    }  # fmt: skip
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Engine:
    """One instance of the library, with all its protocols.

    Raises
    ------
    WorkbenchError
        Where the library is not there.
    """

    def __init__(self) -> None:
        self._library = _library()
        self._module = self._library.ndpi_init_detection_module(0)
        if not self._module:
            raise WorkbenchError("libndpi could not be initialised.")
        mask = ctypes.create_string_buffer(b"\xff" * MASK_BYTES, MASK_BYTES)
        self._library.ndpi_set_protocol_detection_bitmask2(self._module, mask)
        self._library.ndpi_finalize_initialization(self._module)
        self._size = self._library.ndpi_detection_get_sizeof_ndpi_flow_struct()
        places = {self._find(name) for name in PROBES}
        if len(places) != 1 or -1 in places:
            raise WorkbenchError("where libndpi keeps host names could not be found out.")
        self._place = places.pop()

    @property
    def revision(self) -> str:
        """The library's own version."""
        return str(self._library.ndpi_revision().decode(errors="replace"))

    def new_flow(self) -> int:
        """Return a flow of which nothing is known yet.

        Returns
        -------
        int
            Its address; `free_flow` takes it back.
        """
        flow = self._library.ndpi_flow_malloc(self._size)
        ctypes.memset(flow, 0, self._size)
        return int(flow)

    def free_flow(self, flow: int) -> None:
        """Give a flow back.

        Parameters
        ----------
        flow : int
            What `new_flow` returned.
        """
        self._library.ndpi_free_flow(flow)

    def inspect(self, flow: int, data: bytes, time_ms: int) -> str:
        """Have the engine look at a packet.

        Parameters
        ----------
        flow : int
            What `new_flow` returned.
        data : bytes
            The packet from its IP header on.
        time_ms : int
            The time.

        Returns
        -------
        str
            The host name that it has found in the flow by now; empty for none.
        """
        self._look(flow, data, time_ms)
        length = min(LONGEST_NAME, self._size - self._place)
        kept = ctypes.string_at(flow + self._place, length).partition(b"\0")[0]
        return kept.decode("ascii", errors="replace")

    def _look(self, flow: int, data: bytes, time_ms: int) -> None:
        self._library.ndpi_detection_process_packet(self._module, flow, data, len(data), time_ms)

    def _find(self, name: bytes) -> int:
        flow = self.new_flow()
        try:
            for data in _probe(name):
                self._look(flow, data, 1)
            return ctypes.string_at(flow, self._size).find(name + b"\0")
        finally:
            self.free_flow(flow)


def _probe(name: bytes) -> Iterator[bytes]:
    """Yield the packets of a client that asks for a page of a name."""
    ends = Seen(bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]), TCP, 64, (40000, 80), b"")
    request = b"GET / HTTP/1.1\r\nHost: " + name + b"\r\nAccept: */*\r\n\r\n"
    yield segment(ends, SYN, ttl=64, seq=1)
    yield segment(ends, PSH | ACK, ttl=64, seq=2, ack=2, payload=request)


@dataclass(slots=True)
class _Flow:
    address: int
    packets: int = 0
    decided: bool = False
    blocked: bool = False


class NdpiJudge:
    """Blocks flows by the host name that nDPI finds in them.

    Parameters
    ----------
    setting : Setting
        Which names are blocked.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting, self._engine = setting, Engine()
        self._flows: OrderedDict[object, _Flow] = OrderedDict()

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
        flow = self._flow(seen)
        if flow.blocked:
            return SWALLOW
        if flow.decided or flow.packets >= MOST_PACKETS:
            return PASS
        flow.packets += 1
        name = self._engine.inspect(flow.address, data, int(now_s * 1000))
        if not name:
            return PASS
        flow.decided, flow.blocked = True, self._setting.blocks(name)
        return Act(not flow.blocked, (), name, "blocked" if flow.blocked else "allowed")

    def _flow(self, seen: Seen) -> _Flow:
        key = seen.flow if seen.back not in self._flows else seen.back
        opening = seen.protocol == TCP and seen.flags & (SYN | ACK) == SYN
        known = self._flows.get(key)
        # A port that is used again begins another flow; a repeated SYN does not.
        if known is None or (opening and (known.decided or known.packets > 2)):
            if known is not None:
                self._engine.free_flow(known.address)
            known = self._flows[key] = _Flow(self._engine.new_flow())
        self._flows.move_to_end(key)
        while len(self._flows) > MOST_FLOWS:
            self._engine.free_flow(self._flows.popitem(last=False)[1].address)
        return known
