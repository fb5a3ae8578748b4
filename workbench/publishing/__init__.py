"""Notebooks with parameters in, one self-contained HTML page and one ``results.json`` out.

In: the name of a report, parameters, and where to put the page. Out: a page that opens from disk
with no network, under a content security policy, and a JSON file for machines. Never: analyses
anything itself, writes outside the folder it was given, or lets a home path or a key into what it
writes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.publishing.logs import configure_logs
    from workbench.publishing.origin import provenance
    from workbench.publishing.parameters import ExploreParameters, Parameter, describe, validate
    from workbench.publishing.redaction import redact
    from workbench.publishing.reports import ReportResult, report
    from workbench.publishing.results import Results, explore_results, strategy_results

_HOMES = {
    "ExploreParameters": "parameters",
    "Parameter": "parameters",
    "ReportResult": "reports",
    "Results": "results",
    "configure_logs": "logs",
    "describe": "parameters",
    "explore_results": "results",
    "provenance": "origin",
    "redact": "redaction",
    "report": "reports",
    "strategy_results": "results",
    "validate": "parameters",
}

__all__ = [
    "ExploreParameters",
    "Parameter",
    "ReportResult",
    "Results",
    "configure_logs",
    "describe",
    "explore_results",
    "provenance",
    "redact",
    "report",
    "strategy_results",
    "validate",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Stored, so that a submodule of the same name cannot take its place later.
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
