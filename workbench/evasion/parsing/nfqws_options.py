"""What nfqws understands: modes, options, defaults (zapret v72.12, its help and option table)."""

from __future__ import annotations

from workbench.evasion.parsing.options import Argument, Table
from workbench.evasion.parsing.zapret import SCOPE_OPTIONS
from workbench.evasion.values import Protocol

PHASE0 = ("synack", "syndata")
PHASE1 = ("fake", "fakeknown", "rst", "rstack", "hopbyhop", "destopt", "ipfrag1")
PHASE2 = (
    "multisplit", "multidisorder", "fakedsplit", "fakeddisorder", "hostfakesplit", "ipfrag2",
    "udplen", "tamper",
)  # fmt: skip
OLD_NAMES = {
    "split": "fakedsplit", "split2": "multisplit", "disorder": "fakeddisorder",
    "disorder2": "multidisorder",
}  # fmt: skip
#: Fake payload options by the protocol that they stand in for.
FAKE_OPTIONS: dict[str, Protocol] = {
    "dpi-desync-fake-http": "http", "dpi-desync-fake-tls": "tls",
    "dpi-desync-fake-unknown": "unknown", "dpi-desync-fake-quic": "quic",
    "dpi-desync-fake-wireguard": "wireguard", "dpi-desync-fake-dht": "dht",
    "dpi-desync-fake-discord": "discord", "dpi-desync-fake-stun": "stun",
    "dpi-desync-fake-unknown-udp": "unknown-udp",
}  # fmt: skip
#: What a bare autottl means: distance added, bounds.
AUTO_DESYNC, AUTO_DUP, AUTO_ORIG = (-1, 3, 20), (-1, 3, 64), (5, 3, 64)
TLS_MODS = ("none", "rnd", "rndsni", "dupsid", "padencap", "sni")
MAX_REPEATS, MAX_FRAGMENT = 1024, 9216

_NEEDED = """
 qnum port uid user pidfile ctrack-timeouts ipcache-lifetime wf-iface wf-l3 wf-tcp wf-udp
 wf-raw-part wf-filter-lan wf-raw wf-save ssid-filter nlm-filter dpi-desync-fwmark
 dpi-desync-sockarg wsize wssize wssize-cutoff wssize-forced-cutoff orig-ttl orig-ttl6
 orig-mod-start orig-mod-cutoff dup dup-ttl dup-ttl6 dup-fooling dup-ts-increment
 dup-badseq-increment dup-badack-increment dup-ip-id dup-start dup-cutoff hostspell ip-id
 dpi-desync dpi-desync-ttl dpi-desync-ttl6 dpi-desync-fooling dpi-desync-repeats
 dpi-desync-split-pos dpi-desync-split-http-req dpi-desync-split-tls dpi-desync-split-seqovl
 dpi-desync-split-seqovl-pattern dpi-desync-fakedsplit-pattern dpi-desync-fakedsplit-mod
 dpi-desync-hostfakesplit-midhost dpi-desync-hostfakesplit-mod dpi-desync-ipfrag-pos-udp
 dpi-desync-ipfrag-pos-tcp dpi-desync-ts-increment dpi-desync-badseq-increment
 dpi-desync-badack-increment dpi-desync-fake-tcp-mod dpi-desync-fake-tls-mod
 dpi-desync-fake-syndata dpi-desync-udplen-increment dpi-desync-udplen-pattern dpi-desync-start
 dpi-desync-cutoff
"""
_OPTIONAL = """
 debug comment synack-split ctrack-disable ipcache-hostname dup-autottl dup-autottl6
 dup-tcp-flags-set dup-tcp-flags-unset dup-replace orig-autottl orig-autottl6 orig-tcp-flags-set
 orig-tcp-flags-unset dpi-desync-autottl dpi-desync-autottl6 dpi-desync-tcp-flags-set
 dpi-desync-tcp-flags-unset dpi-desync-skip-nosni dpi-desync-any-protocol nlm-list
"""
_BARE = "dry-run version daemon hostcase hostnospace domcase methodeol new skip bind-fix4 bind-fix6"
_LONG: dict[str, Argument] = {
    **SCOPE_OPTIONS,
    **dict.fromkeys([*_NEEDED.split(), *FAKE_OPTIONS], "needed"),
    **dict.fromkeys(_OPTIONAL.split(), "optional"),
    **dict.fromkeys(_BARE.split(), "none"),
}
TABLE = Table("nfqws", _LONG, {}, single_dash=True)
