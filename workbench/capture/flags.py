"""TCP flags by name."""

from __future__ import annotations

FLAG_BITS = {
    "fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ece": 64, "cwr": 128, "ae": 256,
}  # fmt: skip


def flag_text(bits: int) -> str:
    """Write TCP flags by name, as a number where a bit has none, or none is set.

    Examples
    --------
    >>> flag_text(18), flag_text(0), flag_text(0x802)
    ('syn,ack', '0', '2050')
    """
    names = [name for name, bit in FLAG_BITS.items() if bits & bit]
    whole = sum(FLAG_BITS[name] for name in names)
    return ",".join(names) if names and whole == bits else str(bits)
