"""Numbers that kernels write and tables name: problems, verdicts, encapsulations, link types.

Kernels see these as constants; people see the names. A code is never given another meaning.
"""

from __future__ import annotations

# Problems of one packet. The first one found is kept.
OK = 0
TRUNCATED = 1
BAD_IP_VERSION = 2
BAD_IP_HEADER_LENGTH = 3
BAD_IP_LENGTH = 4
IP_LENGTH_EXCEEDS_FRAME = 5
BAD_TCP_HEADER_LENGTH = 6
BAD_UDP_LENGTH = 7
BAD_EXTENSION_HEADER = 8
NESTED_TOO_DEEP = 9
UNKNOWN_LINK_TYPE = 10
MALFORMED_LINK_HEADER = 11
MALFORMED_TUNNEL = 12
CAPTURED_EXCEEDS_WIRE = 13
UNKNOWN_INTERFACE = 14
TIME_OUT_OF_RANGE = 15
HEADERS_TOO_LONG = 16
TRANSPORT_TOO_SHORT = 17

PROBLEM_NAMES = (
    "",
    "truncated",
    "bad-ip-version",
    "bad-ip-header-length",
    "bad-ip-length",
    "ip-length-exceeds-frame",
    "bad-tcp-header-length",
    "bad-udp-length",
    "bad-extension-header",
    "nested-too-deep",
    "unknown-link-type",
    "malformed-link-header",
    "malformed-tunnel",
    "captured-exceeds-wire",
    "unknown-interface",
    "time-out-of-range",
    "headers-too-long",
    "transport-too-short",
)

PROBLEM_REASONS = {
    "truncated": "the capture holds only part of this packet's headers",
    "bad-ip-version": "an IP packet was expected, and the version is neither 4 nor 6",
    "bad-ip-header-length": "the IPv4 header says it is shorter than 20 bytes",
    "bad-ip-length": "the IP packet says it is shorter than its own header",
    "ip-length-exceeds-frame": "the IP packet says it is longer than the frame it came in",
    "bad-tcp-header-length": "the TCP header is shorter than 20 bytes or longer than its packet",
    "bad-udp-length": "the UDP length is below that of its header or above that of its packet",
    "bad-extension-header": "an IPv6 extension header leaves its packet, or there are too many",
    "nested-too-deep": "more headers inside each other than any real network sends",
    "unknown-link-type": "packets of this link type are kept but not decoded",
    "malformed-link-header": "the link-layer header does not say what follows it",
    "malformed-tunnel": "a tunnel header contradicts itself; the packet around it is kept",
    "captured-exceeds-wire": "more bytes captured than were on the wire",
    "unknown-interface": "the packet names an interface that the file does not describe",
    "time-out-of-range": "the time exceeds 64 bits of nanoseconds, or its fraction a second",
    "headers-too-long": "the headers of this packet are longer than 65,535 bytes",
    "transport-too-short": "the IP packet is too short for the transport header it announces",
}

# Checksum verdicts.
NOT_APPLICABLE = 0
GOOD = 1
BAD = 2
PARTIAL = 3
UNVERIFIED = 4

CHECKSUM_NAMES = ("", "good", "bad", "partial", "unverified")

# Encapsulations: five bits each, outermost in the highest, at most three.
VLAN = 1
MPLS = 2
PPPOE = 3
GRE = 4
IPIP = 5
SIX_IN_FOUR = 6
FOUR_IN_SIX = 7
SIX_IN_SIX = 8
VXLAN = 9
GENEVE = 10
GTP_U = 11
TEREDO = 12
ERSPAN = 13
L2TP = 14
PPTP = 15
TZSP = 16
ETAG = 17
PBB = 18
AH = 19
ETHERIP = 20
DSA = 21
NSH = 22
MORE = 31

ENCAPSULATION_NAMES = {
    VLAN: "vlan",
    MPLS: "mpls",
    PPPOE: "pppoe",
    GRE: "gre",
    IPIP: "ipip",
    SIX_IN_FOUR: "6in4",
    FOUR_IN_SIX: "4in6",
    SIX_IN_SIX: "6in6",
    VXLAN: "vxlan",
    GENEVE: "geneve",
    GTP_U: "gtp-u",
    TEREDO: "teredo",
    ERSPAN: "erspan",
    L2TP: "l2tp",
    PPTP: "pptp",
    TZSP: "tzsp",
    ETAG: "etag",
    PBB: "pbb",
    AH: "ah",
    ETHERIP: "etherip",
    DSA: "dsa",
    NSH: "nsh",
    MORE: "more",
}


def encapsulation_name(code: int) -> str:
    """Name a packed encapsulation, outermost first.

    Examples
    --------
    >>> encapsulation_name((VLAN << 5) | PPPOE)
    'vlan+pppoe'
    >>> encapsulation_name(0)
    ''
    """
    parts = [(code >> shift) & 31 for shift in (10, 5, 0)]
    return "+".join(ENCAPSULATION_NAMES.get(part, f"unknown-{part}") for part in parts if part)


# What the `protocol` column holds: an IP protocol number, or one of these for other frames.
ARP = 256
PROTOCOL_ABSENT = -1

PROTOCOL_NAMES = {
    0: "hopopt",
    1: "icmp",
    2: "igmp",
    4: "ipip",
    6: "tcp",
    8: "egp",
    17: "udp",
    27: "rdp",
    33: "dccp",
    41: "ipv6",
    43: "ipv6-route",
    44: "ipv6-frag",
    46: "rsvp",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "icmpv6",
    59: "ipv6-no-next",
    60: "ipv6-opts",
    88: "eigrp",
    89: "ospf",
    97: "etherip",
    103: "pim",
    108: "ipcomp",
    112: "vrrp",
    115: "l2tp",
    132: "sctp",
    135: "mobility",
    136: "udp-lite",
    137: "mpls-in-ip",
    139: "hip",
    140: "shim6",
    256: "arp",
}


def protocol_names() -> list[str]:
    """Names of all codes of the `protocol` column, in order: 0 to 255, then ARP.

    Examples
    --------
    >>> names = protocol_names()
    >>> names[6], names[253], names[256]
    ('tcp', 'ip-253', 'arp')
    """
    return [PROTOCOL_NAMES.get(code, f"ip-{code}") for code in range(ARP + 1)]
