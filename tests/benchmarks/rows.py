"""The lines of the table: what is run beside what, and which bar the ratio must meet."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.inputs import ROOT, SLOW_PACKETS, SMALL, Inputs
from tests.benchmarks.timing import (
    Bar,
    Line,
    MeasurementError,
    Run,
    Spread,
    in_turns,
    number,
    ratios,
    run,
)

MIB = 1 << 20
TWO_THREADS = {"WORKBENCH_THREADS": "2"}
PROGRAM = "import sys; from workbench.cli import main; sys.exit(main())"
"""What the installed command `workbench` runs."""
WALKS = (
    ("decoded", "bare", "bare walk"),
    ("decoded", "indexed", "walk that keeps times"),
    ("pieces_decoded", "pieces_walked", "the same walk, both reading pieces"),
)
"""What decoding is compared with, and how that is called."""
HEAVY = ("IPython", "jupyterlab", "matplotlib", "numba", "papermill", "plotly")
"""What the commands for small captures must not import."""


@dataclass(frozen=True)
class Bench:
    """What is measured with.

    Attributes
    ----------
    inputs
        The files.
    rounds
        Rounds of what takes seconds; shorter things get more.
    say
        Gets a line of progress.
    """

    inputs: Inputs
    rounds: int
    say: Callable[[str], None]

    def job(self, name: str, *arguments: object, **variables: str) -> Run:
        """Run a module of `tests.benchmarks.jobs` as a process of its own."""
        words = [sys.executable, "-m", f"tests.benchmarks.jobs.{name}", *map(str, arguments)]
        done = run(words, {**TWO_THREADS, **variables}, ROOT)
        files = " ".join(Path(str(argument)).name for argument in arguments)
        self.say(f"{name} {files}: {done.wall_s:.2f} s, {done.cpu_s:.2f} s CPU")
        return done

    def read_json(self, name: str, *arguments: object) -> Any:
        """Run a job that writes JSON; return what it wrote."""
        return json.loads(self.job(name, *arguments).output)


def seconds(runs: Sequence[Run]) -> str:
    """Describe runs: median wall and processor time, memory."""
    wall = Spread.of([each.wall_s for each in runs]).median
    cpu = Spread.of([each.cpu_s for each in runs]).median
    peak = max(each.peak_bytes for each in runs) / MIB
    return f"{number(wall)} s ({number(cpu)} s CPU, {peak:,.0f} MiB)"


@dataclass(frozen=True)
class Beside:
    """Two kinds of processes that ran in turns.

    Attributes
    ----------
    pairs
        The runs; ratios are of the first to the second.
    """

    pairs: list[tuple[Run, Run]]

    @classmethod
    def measured(cls, first: Callable[[], Run], second: Callable[[], Run], rounds: int) -> Beside:
        """Run both in turns."""
        return cls(in_turns(first, second, rounds))

    def same_packets(self) -> Beside:
        """Return itself, if all runs saw the same number of packets.

        Raises
        ------
        MeasurementError
            If not.
        """
        counts = {one.output.split()[0] for pair in self.pairs for one in pair}
        if len(counts) > 1:
            raise MeasurementError(f"not the same packets: {', '.join(sorted(counts))}")
        return self

    @property
    def wall(self) -> Spread:
        """Ratio of wall times."""
        return ratios([(first.wall_s, second.wall_s) for first, second in self.pairs])

    @property
    def firsts(self) -> list[Run]:
        """Runs of the first kind."""
        return [first for first, _ in self.pairs]

    def text(self) -> str:
        """Say what the ratio is made of."""
        cpu = ratios([(first.cpu_s, second.cpu_s) for first, second in self.pairs])
        seconds_of_second = seconds([second for _, second in self.pairs])
        return f"{seconds(self.firsts)} against {seconds_of_second}; CPU {cpu.text('×')}"


def table(bench: Bench) -> list[Line]:
    """Whole processes from a capture to a packet table."""
    path, lines = bench.inputs.mixed, []
    packets = bench.inputs.packets
    ours = partial(bench.job, "ours", path)
    ours()
    peers = (("tshark_pandas", "tshark to pandas", 25), ("dpkt_table", "dpkt, same columns", 15))
    for job, name, limit in peers:
        if job.startswith("tshark") and shutil.which("tshark") is None:
            continue
        both = Beside.measured(partial(bench.job, job, path), ours, bench.rounds).same_packets()
        what = f"packet table, core columns, {packets:,} packets: {name}"
        lines.append(Line.barred(what, Bar(limit, at_least=True), both.wall, both.text()))
    larger = Beside.measured(
        partial(bench.job, "ours", bench.inputs.mixed_tenfold), ours, bench.rounds
    )
    detail = f"{seconds(larger.firsts)} for {10 * packets:,} packets"
    ten = Line.informing("the same, ten times the packets: once", larger.wall, "×", detail)
    return [*lines, _scapy(bench), ten]


def _scapy(bench: Bench) -> Line:
    """Scapy on few packets, scaled: it would take minutes."""
    scale = bench.inputs.packets / SLOW_PACKETS

    def scaled() -> float:
        done = bench.job("scapy_table", bench.inputs.mixed_few)
        work = float(done.output.split()[1])
        return done.wall_s - work + work * scale

    def ours() -> float:
        return bench.job("ours", bench.inputs.mixed).wall_s

    pairs = in_turns(scaled, ours, bench.rounds)
    taken = number(Spread.of([first for first, _ in pairs]).median)
    detail = f"{taken} s, scaled from {SLOW_PACKETS:,} packets; no checksums, fewer columns"
    what = f"packet table, {bench.inputs.packets:,} packets: scapy"
    return Line.informing(what, ratios(pairs), "×", detail)


def connections(bench: Bench) -> list[Line]:
    """Whole processes from a capture to a connection table with server names."""
    lines = []
    files = (
        (bench.inputs.mixed, bench.inputs.packets, 7),
        (bench.inputs.mixed_tenfold, 10 * bench.inputs.packets, 25),
    )
    for path, packets, limit in files:
        ours = partial(bench.job, "connections", path)
        ours()
        both = Beside.measured(partial(bench.job, "nfstream_table", path), ours, bench.rounds)
        what = f"connection table with server names, {packets:,} packets: NFStream"
        lines.append(Line.barred(what, Bar(limit, at_least=True), both.wall, both.text()))
    return lines


def decoding(bench: Bench) -> list[Line]:
    """The decoder against the walk of the same file, and against `cat`."""
    inputs = bench.inputs
    lines = [
        *_against_walks(bench, "mixed", inputs.mixed, Bar(1.6)),
        *_against_walks(bench, "bulk", inputs.bulk, Bar(2.5)),
    ]
    files = {"mixed": inputs.mixed, "bulk": inputs.bulk, "mixed, tenfold": inputs.mixed_tenfold}
    for kind, path in files.items():
        pairs = bench.read_json("reading", path, 3 * bench.rounds)
        size = path.stat().st_size / 1e9
        ours, cat = (Spread.of([pair[place] for pair in pairs]).median for place in (0, 1))
        detail = f"{number(ours)} s against {number(cat)} s, {size / ours:.1f} GB/s"
        what = f"file to columns in memory, two threads, {kind}: `cat`"
        lines.append(Line.barred(what, Bar(1.3), ratios(pairs), detail))
    return lines


def _against_walks(bench: Bench, kind: str, path: Path, bar: Bar) -> list[Line]:
    found = bench.read_json("decoding", path, 3 * bench.rounds)
    rows, took = found["rows"], found["seconds"]
    mean = found["bytes"] / rows - 16
    each = {name: Spread.of(taken).median / rows * 1e9 for name, taken in took.items()}
    lines = []
    for name, base, title in WALKS:
        ratio = ratios(list(zip(took[name], took[base], strict=True)))
        detail = f"{each[name]:.0f} ns a packet against {each[base]:.0f} ns; CPU, one thread"
        what = f"decoding with checksums, {kind} ({mean:,.0f} B a packet): {title}"
        barred = Line.barred(what, bar, ratio, detail)
        lines.append(barred if base == "bare" else Line.informing(what, ratio, "×", detail))
    return lines


def memory(bench: Bench) -> list[Line]:
    """Memory that grows with the number of packets."""
    inputs = bench.inputs
    once, tenfold = (
        partial(bench.read_json, "memory", path) for path in (inputs.mixed, inputs.mixed_tenfold)
    )
    pairs = in_turns(once, tenfold, bench.rounds)
    rows = pairs[0][1]["rows"] - pairs[0][0]["rows"]
    grown = {
        name: Spread.of([(more[name] - less[name]) / rows for less, more in pairs])
        for name in ("peak", "table")
    }
    peak = max(more["peak"] for _, more in pairs) / MIB
    streamed = Beside.measured(
        partial(bench.job, "streaming", inputs.mixed_tenfold),
        partial(bench.job, "streaming", inputs.mixed),
        bench.rounds,
    )
    peaks = ratios([(first.peak_bytes, second.peak_bytes) for first, second in streamed.pairs])
    pieces = f"{max(first.peak_bytes for first in streamed.firsts) / MIB:,.0f} MiB at most"
    return [
        Line.barred(
            "memory of the core columns, a packet",
            Bar(80, unit=" B"),
            grown["peak"],
            f"growth of the peak; {peak:,.0f} MiB for {pairs[0][1]['rows']:,} packets",
        ),
        Line.informing("the table's own arrays, a packet", grown["table"], " B", "of the above"),
        Line.informing("peak of `batches()`, ten times the packets: once", peaks, "×", pieces),
    ]


def starting(bench: Bench) -> list[Line]:
    """Small captures: what a person waits for, beside importing pandas."""
    rounds = 5 * bench.rounds
    pandas = partial(run, [sys.executable, "-c", "import pandas"])
    lines = []
    for command in ("packets", "connections", "strategies"):
        words = [sys.executable, "-c", PROGRAM, command, str(SMALL)]
        both = Beside.measured(partial(run, words, None, ROOT), pandas, rounds)
        what = f"`workbench {command}` on a small capture: `import pandas`"
        lines.append(Line.barred(what, Bar(1.5), both.wall, both.text()))
        found = imported(run(words, {"PYTHONPROFILEIMPORTTIME": "1"}, ROOT).errors)
        heavy = [name for name in HEAVY if name in found]
        what = f"`workbench {command}` imports of {', '.join(HEAVY)}"
        lines.append(Line.checked(what, "none", heavy, f"{len(found)} top-level modules in all"))
    return [*lines, _import(rounds)]


def imported(report: str) -> set[str]:
    """Return the top-level modules that Python's import time report lists."""
    names = [
        line.rpartition("|")[2].strip() for line in report.splitlines() if "import time:" in line
    ]
    return {name.partition(".")[0] for name in names} - {"imported package", "", "package"}


def _import(rounds: int) -> Line:
    both = Beside.measured(
        partial(run, [sys.executable, "-c", "import workbench"], None, ROOT),
        partial(run, [sys.executable, "-c", "pass"], None, ROOT),
        rounds,
    )
    extra = Spread.of([(first.wall_s - second.wall_s) * 1_000 for first, second in both.pairs])
    what = "`import workbench` beyond bare Python"
    return Line.barred(what, Bar(50, unit=" ms"), extra, both.text())


def compiling(bench: Bench) -> list[Line]:
    """The first use of compiled code on a machine."""
    cpu, wall, wrong = [], [], set()
    files = [bench.inputs.mixed_few, SMALL]
    for _ in range(min(bench.rounds, 3)):
        with tempfile.TemporaryDirectory() as folder:
            own = {"WORKBENCH_CACHE_DIR": str(Path(folder) / "own"), "WORKBENCH_COMPILED": "always"}
            cold = bench.job("first_use", *files, **own)
            warm = bench.job("first_use", *files, **own)
            cpu.append(cold.cpu_s - warm.cpu_s)
            wall.append(cold.wall_s - warm.wall_s)
            if "compiling" not in cold.errors:
                wrong.add("no word at the first use")
            if "compiling" in warm.errors:
                wrong.add("compiled again at the second use")
    told = "at the first use on standard error, at the second not"
    return [
        Line.barred(
            "first compiled use, beyond the second",
            Bar(15, unit=" s"),
            Spread.of(cpu),
            f"CPU; wall {Spread.of(wall).text(' s')}; both formats, every column, connections",
        ),
        Line.checked("first compiled use: missing or repeated words", "none", sorted(wrong), told),
    ]


def formats(bench: Bench) -> list[Line]:
    """The same packets from other files, beside the plain pcap file; nothing here has a bar."""
    inputs, lines = bench.inputs, []
    plain = partial(bench.job, "ours", inputs.mixed)

    def line(what: str, work: Callable[[], Run]) -> None:
        both = Beside.measured(work, plain, bench.rounds).same_packets()
        lines.append(
            Line.informing(f"packet table from {what}: from pcap", both.wall, "×", both.text())
        )

    others = {"pcapng": inputs.pcapng, "gzip": inputs.gzipped, "zstd": inputs.zstandard}
    for kind, path in others.items():
        if path is not None:
            line(kind, partial(bench.job, "ours", path))
    inflate = partial(run, ["gzip", "-dc", inputs.gzipped], keep=False)
    both = Beside.measured(partial(bench.job, "ours", inputs.gzipped), inflate, bench.rounds)
    lines.append(Line.informing("packet table from gzip: `gzip -dc`", both.wall, "×", both.text()))
    with tempfile.TemporaryDirectory(dir=inputs.folder) as folder:
        own = {"WORKBENCH_CACHE_DIR": str(Path(folder) / "own")}
        cached = partial(bench.job, "ours", inputs.gzipped, "cache", **own)
        cached()
        line("gzip, second time", cached)
    line("Parquet", partial(bench.job, "parquet", inputs.parquet))
    return lines


PARTS = {
    "table": table,
    "connections": connections,
    "decoding": decoding,
    "memory": memory,
    "starting": starting,
    "compiling": compiling,
    "formats": formats,
}
