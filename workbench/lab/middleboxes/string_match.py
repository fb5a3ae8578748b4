"""The kernel's own string match: every packet for itself, anywhere in its payload."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.lab.middleboxes.interface import Verdict
from workbench.lab.middleboxes.settings import Setting
from workbench.lab.namespaces import Lab
from workbench.lab.topology import MIDDLEBOX, NEAR

CHAIN = "FORWARD"
COUNTED = re.compile(
    r"^\s*(\d+)\s+\d+\s+(DROP|REJECT)\s.*STRING match\s+\"([^\"]+)\"", re.MULTILINE
)


def rules(setting: Setting) -> list[tuple[str, ...]]:
    """Return the arguments of iptables that block what a setting names.

    Parameters
    ----------
    setting : Setting
        Names and action.

    Returns
    -------
    list of tuple of str
        One for each name and port; not for chain or table.

    Examples
    --------
    >>> rules(Setting(blocked=("x.com",)))[1][-4:]
    ('--string', 'Host: x.com', '-j', 'DROP')
    """
    reset = ("-j", "REJECT", "--reject-with", "tcp-reset")
    target = ("-j", "DROP") if setting.action == "drop" else reset
    return [
        ("-i", NEAR, "-p", "tcp", "--dport", port, "-m", "string", "--algo", "bm",
         "--string", text, *target)
        for name in setting.blocked
        for port, text in (("443", name), ("80", f"Host: {name}"))
    ]  # fmt: skip


def counts(listing: str, action: str) -> list[Verdict]:
    """Read what the rules have matched from ``iptables -nvxL``.

    Parameters
    ----------
    listing : str
        What it printed.
    action : str
        What is done to a packet that matches.

    Returns
    -------
    list of Verdict
        One for each packet; the kernel tells neither its time nor its flow.

    Examples
    --------
    >>> line = '  2  1034 DROP  6 -- near * 0.0.0.0/0 0.0.0.0/0 STRING match  "x.com" ALGO name bm'
    >>> len(counts(line, "drop"))
    2
    """
    now = time.time_ns()
    return [
        Verdict(now, "", text.removeprefix("Host: "), action)
        for number, _, text in COUNTED.findall(listing)
        for _ in range(int(number))
    ]


class Attached:
    """The rules, while they are in the path.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    setting : Setting
        What they block.
    """

    def __init__(self, lab: Lab, setting: Setting) -> None:
        self._lab, self._setting = lab, setting

    def verdicts(self) -> list[Verdict]:
        """Return what was blocked so far.

        Returns
        -------
        list of Verdict
            One for each packet.
        """
        found = []
        for version in (4, 6):
            listing = self._lab.firewall(MIDDLEBOX, "-nvxL", CHAIN, version=version)
            found += counts(listing, self._setting.action)
        return found


@contextmanager
def attach(lab: Lab, setting: Setting) -> Iterator[Attached]:
    """Have the kernel match strings while the block runs.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    setting : Setting
        What is blocked, and how.

    Yields
    ------
    Attached
        Tells what was blocked.
    """
    made: list[tuple[int, tuple[str, ...]]] = []
    try:
        for version in (4, 6):
            for rule in rules(setting):
                lab.firewall(MIDDLEBOX, "-A", CHAIN, *rule, version=version)
                made.append((version, rule))
        yield Attached(lab, setting)
    finally:
        for version, rule in made:
            lab.firewall(MIDDLEBOX, "-D", CHAIN, *rule, version=version)
