"""Notebooks made for tests: outputs as if a kernel had made them, or cells still to be run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.frames import connection_table, download, packet_table
from workbench.publishing.results import Results
from workbench.traffic import health, summaries
from workbench.traffic.focus import Choice
from workbench.views import blocks, captions, figures, listings
from workbench.views.conversations_plot import plot_conversations
from workbench.views.timeline_plot import plot_timeline

PARAMETERS = 'capture: str = "../data/ordinary.pcapng"\nfocus: str = ""\n'


def shown(*things: Any, source: str = "") -> Any:
    """Return a code cell that has shown things."""
    outputs = [new_output("display_data", data=thing._repr_mimebundle_()) for thing in things]
    return new_code_cell(source, outputs=outputs)


def executed(*texts: str) -> Any:
    """Return a report's notebook after its run, each text wherever a capture could choose it."""
    cells = [new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
    for text in texts or ("10.0.0.1",):
        cells += _report_cells(text)
    return nbformat.from_dict(new_notebook(cells=cells))


def _report_cells(text: str) -> list[Any]:
    """Return the cells of a report, run, with `text` wherever a capture could choose it."""
    storable = text.encode("utf-8", "replace").decode()
    payload = f"GET / HTTP/1.1\r\nHost: {storable}\r\nX: {storable} \0\r\n\r\n".encode()
    table = connection_table(
        [{"client": storable, "server": storable, "payload_server": 7_000, "client_rule": storable}]
    )
    packets = packet_table([{"protocol": storable, "source": storable}, {"wire_length": 900}])
    pairs, bins = summaries.conversations(table), summaries.timeline(packets)
    finding = health.Finding("x", "medium", text, text, 1, (1,))
    return [
        shown(blocks.headline(text, text), blocks.cards([blocks.Card(text, [text], "warn")])),
        new_markdown_cell("## What is wrong with it"),
        shown(blocks.findings([finding], nothing=text)),
        new_markdown_cell("## Who talks to whom"),
        shown(
            figures.figure(
                plot_conversations, pairs, caption=captions.conversations(pairs, table),
                data=pairs, columns=listings.PAIR_COLUMNS,
            ),
            listings.connection_table(table),
            figures.figure(
                plot_timeline, bins, caption=text, data=bins, columns=listings.TIMELINE_COLUMNS
            ),
        ),
        new_markdown_cell("## One connection, closely"),
        shown(
            *listings.connection_views(
                lambda _: download(), table, Choice(0, text), lambda _: payload
            )
        ),
        shown(blocks.facts({text: text}), Results({"name": text, "number": 1}), source=text),
    ]  # fmt: skip


def to_run(path: Path, *sources: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook with a parameters cell and more cells, and return its path."""
    first = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    cells = [first, new_markdown_cell("## Part"), *map(new_code_cell, sources)]
    kernel = {"name": "a-colleagues-kernel", "display_name": "gone", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path
