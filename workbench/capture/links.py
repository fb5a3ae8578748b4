"""Link types: their numbers in capture files (tcpdump's LINKTYPE_ registry) and names."""

from __future__ import annotations

NULL = 0
ETHERNET = 1
TOKEN_RING = 6
SLIP = 8
PPP = 9
FDDI = 10
RAW_BSD = 12
RAW_OPENBSD = 14
PPP_SERIAL = 50
PPP_ETHERNET = 51
ATM_RFC1483 = 100
RAW = 101
CISCO_HDLC = 104
WLAN = 105
FRAME_RELAY = 107
LOOP = 108
ENC = 109
LINUX_SLL = 113
PFLOG = 117
PRISM = 119
RADIOTAP = 127
WLAN_AVS = 163
PPI = 192
IPV4 = 228
IPV6 = 229
NFLOG = 239
NETLINK = 253
PKTAP = 258
LINUX_SLL2 = 276
DSA_TAG = 283
UNKNOWN = 65535

LINK_NAMES = {
    NULL: "null",
    ETHERNET: "ethernet",
    TOKEN_RING: "token-ring",
    SLIP: "slip",
    PPP: "ppp",
    FDDI: "fddi",
    RAW_BSD: "raw",
    RAW_OPENBSD: "raw",
    PPP_SERIAL: "ppp-serial",
    PPP_ETHERNET: "ppp-ethernet",
    ATM_RFC1483: "atm-rfc1483",
    RAW: "raw",
    CISCO_HDLC: "cisco-hdlc",
    WLAN: "802.11",
    FRAME_RELAY: "frame-relay",
    LOOP: "loop",
    ENC: "enc",
    LINUX_SLL: "linux-sll",
    PFLOG: "pflog",
    PRISM: "802.11-prism",
    RADIOTAP: "802.11-radiotap",
    WLAN_AVS: "802.11-avs",
    PPI: "ppi",
    IPV4: "ipv4",
    IPV6: "ipv6",
    NFLOG: "nflog",
    NETLINK: "netlink",
    PKTAP: "pktap",
    LINUX_SLL2: "linux-sll2",
    DSA_TAG: "dsa",
    UNKNOWN: "unknown",
}

DECODED = frozenset(LINK_NAMES) - {NETLINK, UNKNOWN}
"""Link types whose headers are understood."""


def link_name(number: int) -> str:
    """Name a link type.

    Examples
    --------
    >>> link_name(1), link_name(276), link_name(147)
    ('ethernet', 'linux-sll2', 'link-147')
    """
    return LINK_NAMES.get(number, f"link-{number}")
