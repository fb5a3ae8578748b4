"""The lines of the table: what is run beside what, and which bar the ratio must meet."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


def compared(pairs: Sequence[tuple[Run, Run]]) -> tuple[Spread, str]:
    """Return how much longer the first of each pair took, and both in words."""
    if len({one.output.split()[0] for pair in pairs for one in pair if one.output}) > 1:
        raise MeasurementError("the two did not see the same number of packets")
    wall = ratios([(first.wall_s, second.wall_s) for first, second in pairs])
    cpu = ratios([(first.cpu_s, second.cpu_s) for first, second in pairs])
    firsts, lasts = [first for first, _ in pairs], [second for _, second in pairs]
    return wall, f"{seconds(firsts)} against {seconds(lasts)}; CPU {cpu.text('×')}"


def table(bench: Bench) -> list[Line]:
    """Whole processes from a capture to a packet table."""
    path, lines = bench.inputs.mixed, []
    packets = bench.inputs.packets
    bench.job("ours", path)
    peers = (("tshark_pandas", "tshark to pandas", 25), ("dpkt_table", "dpkt, same columns", 15))
    for job, name, limit in peers:
        if job.startswith("tshark") and shutil.which("tshark") is None:
            continue
        pairs = in_turns(
            lambda job=job: bench.job(job, path), lambda: bench.job("ours", path), bench.rounds
        )
        wall, detail = compared(pairs)
        what = f"packet table, core columns, {packets:,} packets: {name}"
        lines.append(Line.barred(what, Bar(limit, at_least=True), wall, detail))
    lines.append(_scapy(bench))
    larger = in_turns(
        lambda: bench.job("ours", bench.inputs.mixed_tenfold),
        lambda: bench.job("ours", path),
        bench.rounds,
    )
    wall = ratios([(first.wall_s, second.wall_s) for first, second in larger])
    detail = f"{seconds([first for first, _ in larger])} for {10 * packets:,} packets"
    return [*lines, Line.informing("the same, ten times the packets", wall, "×", detail)]


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
    detail = (
        f"{number(Spread.of([first for first, _ in pairs]).median)} s, scaled from {SLOW_PACKETS:,}"
    )
    what = f"packet table, {bench.inputs.packets:,} packets: scapy (no checksums, fewer columns)"
    return Line.informing(what, ratios(pairs), "×", detail + " packets")


def decoding(bench: Bench) -> list[Line]:
    """The decoder against the walk of the same file, and against `cat`."""
    lines = []
    chosen = (("mixed", bench.inputs.mixed, 1.6), ("bulk", bench.inputs.bulk, 2.5))
    for kind, path, limit in chosen:
        found = bench.read_json("decoding", path, 3 * bench.rounds)
        rows, took = found["rows"], found["seconds"]
        mean = found["bytes"] / rows - 16
        for walk, title in (
            ("bare", "bare walk"),
            ("indexed", "walk that keeps times and lengths"),
        ):
            ratio = ratios(list(zip(took["decoded"], took[walk], strict=True)))
            each = [Spread.of(took[name]).median for name in ("decoded", walk)]
            detail = f"{each[0] / rows * 1e9:.0f} ns a packet against {each[1] / rows * 1e9:.0f} ns, 1 thread, CPU"
            what = f"decoding with checksums, {kind} ({mean:,.0f} B a packet): {title}"
            bar = Bar(limit)
            informing = Line.informing(what, ratio, "×", detail)
            lines.append(Line.barred(what, bar, ratio, detail) if walk == "bare" else informing)
    tenfold = ("mixed, tenfold", bench.inputs.mixed_tenfold, 0)
    for kind, path, _ in (*chosen, tenfold):
        pairs = bench.read_json("reading", path, 2 * bench.rounds)
        size = path.stat().st_size / 1e9
        each = [Spread.of([pair[place] for pair in pairs]).median for place in (0, 1)]
        detail = f"{size / each[0]:.1f} GB/s against {size / each[1]:.1f} GB/s"
        what = f"file to columns, two threads, warm process, {kind}: `cat`"
        lines.append(Line.barred(what, Bar(1.3), ratios(pairs), detail))
    return lines


def memory(bench: Bench) -> list[Line]:
    """Memory that grows with the number of packets."""
    growth, tables, last = [], [], {}
    for _ in range(bench.rounds):
        less, more = (
            bench.read_json("memory", path)
            for path in (bench.inputs.mixed, bench.inputs.mixed_tenfold)
        )
        rows = more["rows"] - less["rows"]
        growth.append((more["peak"] - less["peak"]) / rows)
        tables.append((more["table"] - less["table"]) / rows)
        last = more
    detail = f"peak of {last['peak'] / MIB:,.0f} MiB for {last['rows']:,} packets; the file is read, not mapped"
    what = "memory of the core columns, peak, a packet"
    pairs = in_turns(
        lambda: bench.job("streaming", bench.inputs.mixed_tenfold),
        lambda: bench.job("streaming", bench.inputs.mixed),
        bench.rounds,
    )
    peaks = ratios([(first.peak_bytes, second.peak_bytes) for first, second in pairs])
    peak = max(first.peak_bytes for first, _ in pairs) / MIB
    streamed = "memory of `batches()`, peak, at ten times the packets"
    return [
        Line.barred(what, Bar(80, unit=" B"), Spread.of(growth), detail),
        Line.informing("memory of the table's own arrays, a packet", Spread.of(tables), " B", ""),
        Line.informing(streamed, peaks, "×", f"peak of {peak:,.0f} MiB"),
    ]


def starting(bench: Bench) -> list[Line]:
    """Small captures: what a person waits for, beside importing pandas."""
    rounds = 5 * bench.rounds
    python, lines = sys.executable, []
    for command in ("packets", "connections"):
        words = [python, "-c", PROGRAM, command, str(SMALL)]
        pairs = in_turns(
            lambda words=words: run(words, None, ROOT),
            lambda: run([python, "-c", "import pandas"]),
            rounds,
        )
        wall = ratios([(first.wall_s, second.wall_s) for first, second in pairs])
        cpu = ratios([(first.cpu_s, second.cpu_s) for first, second in pairs])
        first, second = [one for one, _ in pairs], [two for _, two in pairs]
        detail = f"{seconds(first)} against {seconds(second)}; CPU {cpu.text('×')}"
        what = f"`workbench {command}` on a small capture: `import pandas`"
        lines.append(Line.barred(what, Bar(1.5), wall, detail))
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
    pairs = in_turns(
        lambda: run([sys.executable, "-c", "import workbench"], None, ROOT),
        lambda: run([sys.executable, "-c", "pass"], None, ROOT),
        rounds,
    )
    extra = Spread.of([(first.wall_s - second.wall_s) * 1_000 for first, second in pairs])
    detail = f"{seconds([one for one, _ in pairs])} against {seconds([two for _, two in pairs])}"
    return Line.barred("`import workbench` beyond bare Python", Bar(50, unit=" ms"), extra, detail)


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

    def line(what: str, work: Callable[[], Run]) -> None:
        wall, detail = compared(
            in_turns(work, lambda: bench.job("ours", inputs.mixed), bench.rounds)
        )
        lines.append(Line.informing(f"{what}: pcap", wall, "×", detail))

    others = {"pcapng": inputs.pcapng, "gzip": inputs.gzipped, "zstd": inputs.zstandard}
    for kind, path in others.items():
        if path is not None:
            line(f"packet table from {kind}", lambda path=path: bench.job("ours", path))
    if shutil.which("gzip"):
        pairs = in_turns(
            lambda: bench.job("ours", inputs.gzipped),
            lambda: run(["gzip", "-dc", inputs.gzipped]),
            bench.rounds,
        )
        wall = ratios([(first.wall_s, second.wall_s) for first, second in pairs])
        detail = f"{seconds([first for first, _ in pairs])} against {seconds([second for _, second in pairs])}"
        lines.append(Line.informing("packet table from gzip: `gzip -dc`", wall, "×", detail))
    with tempfile.TemporaryDirectory(dir=inputs.folder) as folder:
        own = {"WORKBENCH_CACHE_DIR": str(Path(folder) / "own")}
        bench.job("ours", inputs.gzipped, "cache", **own)
        line(
            "packet table from gzip, second time",
            lambda: bench.job("ours", inputs.gzipped, "cache", **own),
        )
    line("packet table from Parquet", lambda: bench.job("parquet", inputs.parquet))
    return lines


PARTS = {
    "table": table,
    "decoding": decoding,
    "memory": memory,
    "starting": starting,
    "compiling": compiling,
    "formats": formats,
}
