"""Names of the decoder's states: what the bytes at the current position are."""

from __future__ import annotations

STOP = 0
ETHERNET = 1
ETHERTYPE = 2
LLC = 3
PPP = 4
IP = 5
IPV4 = 6
IPV6 = 7
TRANSPORT = 8
MPLS = 9
PPPOE = 10
GRE = 11
UDP_TUNNEL = 12
ARP = 13
UNKNOWN_LINK = 14
MALFORMED_LINK = 15
SHORT = 16
"""The captured bytes end inside a header."""
TAG = 17
ETHERIP = 18

MAX_LAYERS = 24
MAX_HEADERS = 65535
"""Most bytes of headers before a payload: their offsets are kept in 16 bits."""
MAX_EXTENSIONS = MAX_HEADERS // 8
"""Most IPv6 extension headers of one packet: RFC 8200 sets no bound, their length does."""
