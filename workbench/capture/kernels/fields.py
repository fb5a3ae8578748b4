"""Places of a row's values in the small array that the decoder fills before it writes a row.

One array of 64-bit numbers stays in the processor's nearest cache and is one argument; twenty
column arrays handed from function to function cost more than the decoding.
"""

from __future__ import annotations

ENCAPSULATION = 0
IP_VERSION = 1
SOURCE = 2
DESTINATION = 3
TTL = 4
PROTOCOL = 5
SOURCE_PORT = 6
DESTINATION_PORT = 7
SEQ = 8
ACK = 9
TCP_FLAGS = 10
WINDOW = 11
FRAGMENT = 12
NETWORK_AT = 13
TRANSPORT_AT = 14
PAYLOAD_AT = 15
PAYLOAD_LENGTH = 16
IP_CHECKSUM = 17
CHECKSUM = 18
CHECKED_SOURCE = 19
"""Position of the source address that the transport checksum covers; no column."""
COUNT = 20

IP_ID = 0
DSCP = 1
URGENT = 2
OPTIONS = 3
MSS = 4
WINDOW_SCALE = 5
TS_VALUE = 6
TS_ECHO = 7
SACK_BLOCKS = 8
MD5 = 9
EXTRA_COUNT = 10
