"""What the tables say, in sentences: the headline, the cards, the connection looked at.

Each function takes values that were computed below and returns plain text; escaping is the business
of whoever puts it on a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.units import format_bytes, format_duration_ns, format_time_ns, printable
from workbench.views.blocks import Card, Tone

if TYPE_CHECKING:
    import pandas as pd

    from workbench.traffic.focus import Choice
    from workbench.traffic.health import Finding
    from workbench.traffic.summaries import Facts

_MOST_FINDINGS = 3
_CLIENT_RULES = {
    "syn": "The client is the side that sent the SYN.",
    "syn-ack": "The client is the side that was sent the SYN ACK; its SYN is not in the capture.",
    "port": "The server is taken to be the side with the well-known port.",
    "first-packet": "The client is taken to be the side that sent first.",
}
_TONES: dict[str, Tone] = {"high": "bad", "medium": "warn", "low": "warn", "info": "good"}


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    Parameters
    ----------
    number : int
        How many.
    noun, plural : str
        The noun, and its plural where that is not the noun with an s.

    Returns
    -------
    str
        With separators between thousands.

    Examples
    --------
    >>> count(1, "packet"), count(1200, "packet")
    ('1 packet', '1,200 packets')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(part: int, whole: int) -> str:
    """Return a part as a percentage, never rounded to nothing or to all.

    Parameters
    ----------
    part, whole : int
        Numbers of the same thing.

    Returns
    -------
    str
        A percentage without decimals.

    Examples
    --------
    >>> share(1, 3), share(1, 5000), share(4999, 5000), share(0, 0)
    ('33 %', 'under 1 %', 'over 99 %', '0 %')
    """
    if part <= 0 or whole <= 0:
        return "0 %"
    percent = 100 * part / whole
    if percent < 1:
        return "under 1 %"
    return "over 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def title(name: str, facts: Facts) -> str:
    """Return the headline of a capture.

    Parameters
    ----------
    name : str
        Name of the capture.
    facts : Facts
        Its numbers.

    Returns
    -------
    str
        Name, packets, duration and hosts.
    """
    if not facts.packets:
        return f"{name}: a capture without packets"
    within = f" in {format_duration_ns(facts.duration_ns)}" if facts.duration_ns else ""
    hosts = f" between {count(facts.hosts, 'host')}" if facts.hosts > 1 else ""
    return f"{name}: {count(facts.packets, 'packet')}{within}{hosts}"


def subtitle(facts: Facts, hashes: Sequence[str]) -> str:
    """Return what else identifies a capture.

    Parameters
    ----------
    facts : Facts
        Its numbers.
    hashes : sequence of str
        SHA-256 of its files.

    Returns
    -------
    str
        When it was made, its link types, its size on the wire and the beginning of its hash.
    """
    parts = []
    if facts.first_ns is not None:
        parts.append(f"begun {format_time_ns(facts.first_ns)[:19].replace('T', ' ')} UTC")
    parts += [", ".join(facts.links[:3])] if facts.links else []
    parts.append(f"{format_bytes(facts.wire_bytes)} on the wire")
    parts += [f"sha256 {digest[:12]}…" for digest in hashes[:2]]
    return " · ".join(parts)


def opening_cards(facts: Facts, found: Sequence[Finding], connections: pd.DataFrame) -> list[Card]:
    """Return the three cards that open a page.

    Parameters
    ----------
    facts : Facts
        Numbers of the capture.
    found : sequence of Finding
        What is wrong with it, the gravest first.
    connections : pandas.DataFrame
        The connection table.

    Returns
    -------
    list of Card
        What it is, what is wrong, what happened.
    """
    return [
        Card("What it is", _what(facts)),
        Card("What is wrong", _wrong(found, facts), _tone(found)),
        Card("What happened", _happened(connections), "plain"),
    ]


def _what(facts: Facts) -> list[str]:
    """Return what kind of traffic a capture holds."""
    if not facts.packets:
        return ["A file with a valid header and no packets after it."]
    names = [f"{name} ({share(number, facts.packets)})" for name, number in facts.protocols[:3]]
    left = len(facts.protocols) - 3
    rest = f" and {left} more" if left > 0 else ""
    lines = [f"{count(facts.packets, 'packet')}: {', '.join(names)}{rest}."]
    bytes_line = f"{format_bytes(facts.wire_bytes)} on the wire"
    if facts.captured_bytes < facts.wire_bytes:
        bytes_line += f", of which {format_bytes(facts.captured_bytes)} were kept"
    over = f" over {format_duration_ns(facts.duration_ns)}" if facts.duration_ns else ""
    return [*lines, f"{bytes_line}{over}, {count(facts.connections, 'connection')}."]


def nothing_wrong(facts: Facts) -> str:
    """Return the sentence for a capture that every rule is content with.

    Parameters
    ----------
    facts : Facts
        Numbers of the capture.

    Returns
    -------
    str
        That nothing was found, and what was looked at.
    """
    return (
        f"Nothing wrong found: {count(facts.packets, 'packet')} looked at; none cut or damaged, "
        "no wrong checksum, times in order, nothing retransmitted, reset or left without an answer."
    )


def _wrong(found: Sequence[Finding], facts: Facts) -> list[str]:
    """Return the gravest findings, or that there are none."""
    if not found:
        return [nothing_wrong(facts)]
    serious = [finding for finding in found if finding.severity != "info"]
    lines = [finding.statement for finding in (serious or found)[:_MOST_FINDINGS]]
    left = len(found) - len(lines)
    if not serious:
        lines.insert(0, "Nothing that takes away from it.")
    return [*lines, f"{count(left, 'further point')} below."] if left else lines


def _tone(found: Sequence[Finding]) -> Tone:
    """Return the tone for the gravest finding."""
    worst = found[0].severity if found else "info"
    return _TONES[worst]


def _happened(connections: pd.DataFrame) -> list[str]:
    """Return how the connections went."""
    if connections.empty:
        return ["No connections: nothing here was sent over TCP or UDP."]
    tcp = connections[(connections["protocol"] == "tcp").to_numpy(bool)]
    other = len(connections) - len(tcp)
    lines = []
    if len(tcp):
        opened = int(((tcp["syn"] > 0) & (tcp["synack"] > 0)).sum())
        which = f"{opened:,} " if opened < len(tcp) else "all " if opened > 1 else ""
        lines.append(f"{count(len(tcp), 'TCP connection')}, {which}with the handshake seen.")
        rtts = tcp.loc[(tcp["handshake_rtt_ns"] >= 0).to_numpy(bool), "handshake_rtt_ns"]
        if len(rtts):
            median = format_duration_ns(int(rtts.median()))
            lines.append(f"A handshake took {median} (median).")
    if other:
        lines.append(f"{count(other, 'conversation')} without TCP (UDP and others).")
    return lines


def connection_title(row: pd.Series[Any], choice: Choice) -> str:
    """Return which connection is looked at and why.

    Parameters
    ----------
    row : pandas.Series
        Its row of the connection table.
    choice : Choice
        Why it was chosen.

    Returns
    -------
    str
        Number, protocol, both ends, the reason, and how long it lasted.
    """
    others = f" ({count(choice.others, 'other')} would match too)" if choice.others else ""
    chosen = f", chosen because {choice.reason}{others}"
    return f"Connection {row['connection']}: {connection_words(row, chosen)}"


def connection_words(row: pd.Series[Any], more: str = "") -> str:
    """Return what is known of a connection as a whole.

    Parameters
    ----------
    row : pandas.Series
        Its row of the connection table.
    more : str
        What to add to its two ends.

    Returns
    -------
    str
        Protocol, both ends, names where there are some, how long it lasted, and how the client was
        told from the server.
    """
    client = endpoint(row["client"], row["client_port"])
    server = endpoint(row["server"], row["server_port"])
    lasted, rtt = int(str(row["duration_ns"])), int(str(row["handshake_rtt_ns"]))
    rule = printable(str(row["client_rule"]))
    answered = f", its handshake took {format_duration_ns(rtt)}" if rtt >= 0 else ""
    took = f" It lasted {format_duration_ns(lasted)}{answered}." if lasted >= 0 else ""
    return (
        f"{str(row['protocol']).upper()} from {client} to {server}{more}.{_named(row)}{took} "
        f"{_CLIENT_RULES.get(rule, rule)}"
    )


def _named(row: pd.Series[Any]) -> str:
    """Return the sentence about the names that a connection asked for, where it is known."""
    names = [str(row[name]) for name in ("server_name", "first_name") if name in row.index]
    known = list(dict.fromkeys(name for name in names if name not in {"", "nan", "None", "<NA>"}))
    if not known:
        return ""
    first = f", though its first packet names {printable(known[1], 120)}" if known[1:] else ""
    return f" It asked for {printable(known[0], 120)}{first}."


def endpoint(address: object, port: object) -> str:
    """Return an address with its port, as people write it.

    Parameters
    ----------
    address, port : object
        An address as text, and a port number; 0 for none.

    Returns
    -------
    str
        IPv6 addresses in brackets.

    Examples
    --------
    >>> endpoint("::1", 53), endpoint("10.0.0.1", 0)
    ('[::1]:53', '10.0.0.1')
    """
    text = printable(str(address), 45)
    if not int(str(port)):
        return text
    return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"
