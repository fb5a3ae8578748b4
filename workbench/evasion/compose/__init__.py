"""From a strategy, a request and a path to the client's packets, in the order of sending.

In: a descriptor, the bytes of a request, facts of the path. Out: packets as a tool makes them, and
captures of them at a vantage. Never: a socket; nothing here can send.
"""

from workbench.evasion.compose.composing import compose
from workbench.evasion.compose.packet import Ends, Sent
from workbench.evasion.compose.path import PathFacts

__all__ = ["Ends", "PathFacts", "Sent", "compose"]
