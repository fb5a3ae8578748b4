"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.inputs import ROOT, Inputs, default_folder
from tests.benchmarks.page import page_of, text_of
from tests.benchmarks.rows import PARTS, Bench
from tests.benchmarks.timing import run

PAGE = ROOT / "docs" / "benchmarks.md"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure speed and memory beside other tools, in turns, and print ratios.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="100,000 packets for 1,000,000; only prints"
    )
    parser.add_argument(
        "--only", metavar="PARTS", help=f"parts, joined by commas: {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of long measurements (default 3)"
    )
    parser.add_argument("--work", type=Path, default=default_folder(), help="folder for inputs")
    parser.add_argument(
        "--page", type=Path, help="page to write (default docs/benchmarks.md, if all is run)"
    )
    parser.add_argument("--build", action="store_true", help="build the inputs and stop")
    chosen = parser.parse_args(given)
    chosen.parts = (chosen.only or ",".join(PARTS)).split(",")
    if unknown := [part for part in chosen.parts if part not in PARTS]:
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if chosen.rounds < 1:
        parser.error("at least one round")
    if chosen.page is None and not chosen.quick and not chosen.only:
        chosen.page = PAGE
    return chosen


def say(text: str) -> None:
    """Write a line of progress."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def built(inputs: Inputs) -> dict[str, dict[str, int]]:
    """Build every input, in a process of its own; return what each holds."""
    say("building inputs")
    words = [sys.executable, "-m", "tests.benchmarks.inputs", str(inputs.folder)]
    run([*words, "quick"] if inputs.quick else words, None, ROOT)
    paths = {"mixed": inputs.mixed, "mixed, tenfold": inputs.mixed_tenfold, "bulk": inputs.bulk}
    return {name: inputs.facts(path) for name, path in paths.items()}


def main(given: Sequence[str] | None = None) -> int:
    """Measure; return how many bars are missed."""
    chosen = arguments(given)
    inputs = Inputs(chosen.work.absolute(), chosen.quick)
    facts = built(inputs)
    if chosen.build:
        return 0
    before = machine.load()
    bench = Bench(inputs, chosen.rounds, say)
    lines = [line for part in chosen.parts for line in PARTS[part](bench)]
    sys.stdout.write(text_of(lines) + "\n")
    if chosen.quick:
        sys.stdout.write(
            "\nThe bars are meant for 1,000,000 packets: with fewer, starting weighs more.\n"
        )
    if chosen.page:
        load = f"{before} before and {machine.load()} after, the benchmarks included"
        page = page_of(lines, machine.facts(), facts, load, chosen.rounds)
        chosen.page.write_text(page, encoding="utf-8")
        say(f"wrote {chosen.page}")
    return sum(line.misses for line in lines)


if __name__ == "__main__":
    raise SystemExit(min(main(), 100))
