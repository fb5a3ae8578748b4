"""Differences as sentences that need no manual.

In: a parameter, both values, what they belong to. Out: one sentence.
"""

from __future__ import annotations

PLACES = {
    "phase0": "the opening", "phase1": "fakes", "phase2": "shadows", "dup": "copies",
    "orig": "genuine packets", "sockets": "the pieces", "udp": "datagrams",
}  # fmt: skip
SUBJECTS = {
    "ttl": "{who} leave with {right} instead of {left}",
    "fooling": "{who} are spoiled by {right} instead of {left}",
    "badseq_increment": "sequence numbers of {who} are off by {right} instead of {left}",
    "split_pos": "the request is cut at {right} instead of {left}",
    "order": "parts and shadows are sent in order {right} instead of {left}",
    "repeats": "{who} are sent {right} instead of {left}",
    "fake_payload": "{who} hold {right} instead of {left}",
    "seqovl": "parts overlap by {right} instead of {left}",
    "ip_id": "IP identifications are {right} instead of {left}",
    "tls_records": "the ClientHello is cut into records at {right} instead of {left}",
    "tool": "it is sent the way of {right} instead of {left}",
    "strategy": "the request is sent with {right} instead of {left}",
}
"""Sentences by parameter; for all others the parameter's own name is used."""
LONGEST = 80


def sentence(parameter: str, left: str, right: str, who: str = "") -> str:
    """Return a difference as a sentence, without a full stop.

    Parameters
    ----------
    parameter : str
        Its name.
    left, right : str
        Values of the reference and the candidate.
    who : str
        What they belong to, in the plural.

    Returns
    -------
    str
        The candidate first: it is what is looked at.

    Examples
    --------
    >>> sentence("ttl", "3", "same", "fakes")
    "fakes leave with the sender's own TTL instead of TTL 3"
    """
    form = SUBJECTS.get(parameter, "{parameter} is {right} instead of {left}")
    return form.format(
        parameter=parameter.replace("_", " "),
        who=who or "packets",
        left=told(parameter, left),
        right=told(parameter, right),
    )


def told(parameter: str, value: str) -> str:
    """Return a value as its sentence says it."""
    if parameter == "ttl":
        return "the sender's own TTL" if value in ("same", "nothing") else f"TTL {value}"
    if parameter == "fooling":
        return value if value not in ("none", "nothing") else "nothing"
    if parameter == "repeats":
        return "once" if value == "1" else f"{value} times"
    if parameter == "fake_payload" and value == "nothing":
        return "the tool's own request"
    if parameter == "ip_id" and value == "nothing":
        return "the tool's usual ones"
    if parameter == "strategy" and value in ("", "none"):
        return "no strategy"
    return short(value)


def owner(path: str) -> str:
    """Return what a field belongs to, in words.

    Examples
    --------
    >>> owner("phase1[0].ttl"), owner("mss")
    ('fakes', '')
    """
    return PLACES.get(path.partition(".")[0].partition("[")[0], "")


def joined(words: list[str]) -> str:
    """Return words as a list in a sentence, each once."""
    each = [one for one in dict.fromkeys(words) if one]
    return " and ".join(filter(None, [", ".join(each[:-1]), each[-1]])) if each else ""


def short(text: str, most: int = LONGEST) -> str:
    """Return a text that may be cut at its end."""
    return text if len(text) <= most else text[: most - 1] + "…"
