"""What the page about trials shows: sentences, cards, pictures and tables of one trial table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.lab.tables import Trial, summary
from workbench.lab.topology import Topology, numbered
from workbench.views.blocks import Card
from workbench.views.figures import Figure, figure
from workbench.views.tables import Column, Html, table
from workbench.views.trials_plot import plot_path, plot_trials

CLIENT_ADDRESS, NEAREST = 1, 2
GROUP_COLUMNS = (
    Column("strategy", "strategy", "code"),
    Column("middlebox", "middlebox"),
    Column("domain", "domain", "code"),
    Column("successes", "got through", "count"),
    Column("trials", "trials", "count"),
    Column("low", "at least", "share"),
    Column("high", "at most", "share"),
    Column("outcomes", "outcomes"),
    Column("first_byte_ns", "first byte", "duration"),
)
HOST_COLUMNS = (Column("host", "host"), Column("address", "address", "code"))


@dataclass(frozen=True, slots=True)
class TrialsPage:
    """Everything that the notebook about trials displays.

    Parameters
    ----------
    title, subtitle : str
        What was found, and on what it stands.
    cards : tuple of Card
        The numbers that matter.
    path, matrix : Figure
        The laboratory, and the trials.
    groups, controls : Html
        Tables.
    results : dict
        For machines.
    """

    title: str
    subtitle: str
    cards: tuple[Card, ...]
    path: Figure
    matrix: Figure
    groups: Html
    controls: Html
    results: dict[str, Any]


def look(trials: Sequence[Trial], topology: Topology) -> TrialsPage:
    """Return the page about trials.

    Parameters
    ----------
    trials : sequence of Trial
        Rows of one table.
    topology : Topology
        Of the laboratory.

    Returns
    -------
    TrialsPage
        Ready to be displayed.
    """
    counted = summary(trials)
    control = (counted["control"] != "").to_numpy(bool)
    groups, controls = counted[~control], counted[control]
    shown = counted[counted["control"] != "allowed name"]
    best = groups.sort_values(["low", "share"], ascending=False, kind="stable").head(1)
    return TrialsPage(
        _title(groups, best),
        f"{len(trials):,} trials; intervals are Wilson's, at 95 %",
        _cards(trials, groups, controls),
        _path(topology),
        figure(plot_trials, shown, caption=_title(groups, best), data=shown, columns=GROUP_COLUMNS),
        table(groups, GROUP_COLUMNS, caption="Strategies by middlebox and domain"),
        table(controls, GROUP_COLUMNS, caption="Without a strategy, and an allowed name"),
        {"groups": json.loads(counted.to_json(orient="records"))},
    )


def _title(groups: pd.DataFrame, best: pd.DataFrame) -> str:
    """Return what was found in one sentence."""
    if groups.empty:
        return "No strategy was tried"
    through = int((groups["successes"] > 0).sum())
    one = best.iloc[0]
    if not through:
        return "No strategy got through"
    return (
        f"{through} of {len(groups)} got through at least once; surest is {one['strategy']} "
        f"against {one['middlebox'] or 'no middlebox'}"
    )


def _cards(
    trials: Sequence[Trial], groups: pd.DataFrame, controls: pd.DataFrame
) -> tuple[Card, ...]:
    """Return the numbers that matter."""
    blocked = controls[controls["control"] == "no strategy"]
    allowed = controls[controls["control"] == "allowed name"]
    return (
        Card("Strategies", [f"{groups['strategy'].nunique():,} tried"]),
        Card("Middleboxes", [f"{len({one.middlebox for one in trials}):,} in the path"]),
        Card("Without a strategy", [_of(blocked)]),
        Card("An allowed name", [_of(allowed)]),
    )


def _of(part: pd.DataFrame) -> str:
    """Return successes of trials in words."""
    return f"{int(part['successes'].sum()):,} of {int(part['trials'].sum()):,} got through"


def _path(topology: Topology) -> Figure:
    """Return the picture of the path."""
    hosts = topology.hosts
    addresses = [
        numbered(max(hop, 1), NEAREST if hop else CLIENT_ADDRESS) for hop in range(len(hosts))
    ]
    middlebox = hosts[topology.middlebox_hop]
    return figure(
        plot_path, hosts, middlebox, addresses,
        caption=f"A packet needs a TTL above {topology.middlebox_hop} to pass the middlebox, and "
        f"{topology.server_hop} to reach the server",
        data=pd.DataFrame({"host": list(hosts), "address": addresses}), columns=HOST_COLUMNS,
    )  # fmt: skip
