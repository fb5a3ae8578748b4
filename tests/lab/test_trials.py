"""A matrix has its controls, and a run that was ended goes on where it stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.errors import OutputError, WorkbenchError
from workbench.lab.tables import read_trials
from workbench.lab.trials import Job, Matrix, Run, appending, shared_out

ROOT = Path(__file__).resolve().parents[2]
MATRIX = Matrix(
    {"fake": "nfqws --dpi-desync=fake", "split": "nfqws --dpi-desync=multisplit"},
    ["ndpi", "string"],
    ["x.com", "youtube.com"],
    repetitions=3,
)


def attempt(job: Job):
    return job.done("success" if job.strategy else "timeout", total_ns=job.seed)


def test_every_middlebox_has_both_controls_in_every_repetition() -> None:
    jobs = MATRIX.jobs()
    assert len(jobs) == 2 * 3 * (2 * 2 + 2 + 1)
    counts = Counter((job.middlebox, job.repetition, job.control) for job in jobs)
    for middlebox in ("ndpi", "string"):
        for repetition in range(3):
            assert counts[middlebox, repetition, "no strategy"] == 2
            assert counts[middlebox, repetition, "allowed name"] == 1
    controls = [job for job in jobs if job.control]
    assert not any(job.strategy or job.command for job in controls)
    assert {job.domain for job in controls if job.control == "allowed name"} == {"example.org"}


def test_the_order_is_mixed_and_repeatable() -> None:
    jobs = MATRIX.jobs()
    assert jobs == MATRIX.jobs()
    first, second = ([job.strategy for job in jobs[at : at + 7]] for at in (7, 14))
    assert first != second
    assert Counter(first) == Counter(second)
    assert len({job.done().key for job in jobs}) == len(jobs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"repetitions": 0}, "repetitions"),
        ({"repetitions": 10**6}, "repetitions"),
        ({"domains": []}, "domains"),
        ({"middleboxes": []}, "middleboxes"),
        ({"strategies": {"": "nfqws"}}, "needs a name"),
        ({"protocol": "ftp"}, "protocol"),
        ({"ip_version": 5}, "ip_version"),
        ({"middleboxes": [str(n) for n in range(20_000)]}, "trials"),
    ],
)
def test_a_matrix_that_cannot_be_is_refused(change, words) -> None:
    with pytest.raises(WorkbenchError, match=words):
        replace(MATRIX, **change)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_run_does_every_trial_once(workers, tmp_path) -> None:
    path, seen = tmp_path / "trials.jsonl", []
    run = Run(MATRIX.jobs(), path, lambda trial, done, total: seen.append((done, total)))
    rows = run.run([attempt] * workers)
    assert [row.key for row in rows] == [job.done().key for job in MATRIX.jobs()]
    assert sorted(row.key for row in read_trials(path)) == sorted(row.key for row in rows)
    assert sorted(seen) == [(n, len(rows)) for n in range(1, len(rows) + 1)]


def test_finished_trials_are_not_done_again(tmp_path) -> None:
    path, jobs = tmp_path / "trials.jsonl", MATRIX.jobs()
    Run(jobs[:10], path).run([attempt])
    done = []

    def counted(job: Job):
        done.append(job)
        return attempt(job)

    rows = Run(jobs, path).run([counted])
    assert len(done) == len(jobs) - 10
    assert len(rows) == len(jobs) == len(read_trials(path))
    assert Run(jobs, path).run([]) == rows


def test_rows_of_another_matrix_stay(tmp_path) -> None:
    path = tmp_path / "trials.jsonl"
    other = Matrix({"other": "nfqws --dpi-desync=fake"}, ["elsewhere"])
    Run(other.jobs(), path).run([attempt])
    rows = Run(MATRIX.jobs(), path).run([attempt])
    assert len(rows) == len(MATRIX.jobs())
    assert len(read_trials(path)) == len(rows) + len(other.jobs())


@pytest.mark.parametrize("cut", [1, 20, 5_000])
def test_a_row_that_was_cut_is_done_again(cut, tmp_path) -> None:
    path, jobs = tmp_path / "trials.jsonl", MATRIX.jobs()
    Run(jobs[:5], path).run([attempt])
    whole = path.read_bytes()
    torn = json.dumps({"strategy": "x" * 6_000}).encode()[:cut]
    path.write_bytes(whole + torn)
    assert len(Run(jobs, path).run([attempt])) == len(jobs)
    assert path.read_bytes().startswith(whole)
    assert len(read_trials(path)) == len(jobs)


def test_a_table_of_nothing_but_a_torn_line(tmp_path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_bytes(b'{"strat')
    with appending(path) as file:
        file.write("")
    assert path.read_bytes() == b""


def test_a_fault_ends_the_run_and_keeps_what_was_finished(tmp_path) -> None:
    path, count = tmp_path / "trials.jsonl", []

    def breaking(job: Job):
        count.append(job)
        if len(count) == 4:
            raise WorkbenchError("the laboratory is gone.")
        return attempt(job)

    with pytest.raises(WorkbenchError, match="gone"):
        Run(MATRIX.jobs(), path).run([breaking])
    assert len(read_trials(path)) == 3


def test_a_table_that_cannot_be_written(tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError, match="cannot"):
        Run(MATRIX.jobs(), blocked / "trials.jsonl").run([attempt])


def test_laboratories_work_side_by_side(tmp_path) -> None:
    meeting = threading.Barrier(2, timeout=20)
    first = set()

    def meets(job: Job):
        # Both must be inside a trial at once, or neither comes out.
        if threading.current_thread().name not in first:
            first.add(threading.current_thread().name)
            meeting.wait()
        return attempt(job)

    assert len(Run(MATRIX.jobs(), tmp_path / "t.jsonl").run([meets, meets])) == len(MATRIX.jobs())


def test_a_middlebox_belongs_to_one_laboratory_where_there_are_enough() -> None:
    queues = shared_out(MATRIX.jobs(), 2)
    held = [{job.middlebox for job in queue.queue} for queue in queues]
    assert held in ([{"ndpi"}, {"string"}], [{"string"}, {"ndpi"}])
    alone = shared_out([job for job in MATRIX.jobs() if job.middlebox == "ndpi"], 2)
    assert alone[0] is alone[1]
    assert alone[0].qsize() == 21


KILLED = """
import sys, time
from pathlib import Path
from workbench.lab.trials import Matrix, Run
matrix = Matrix({f"s{n}": "nfqws" for n in range(300)}, ["a", "b"])
def attempt(job):
    time.sleep(0.002)
    return job.done("success")
Run(matrix.jobs(), Path(sys.argv[1])).run([attempt, attempt])
"""


def test_a_killed_run_goes_on(tmp_path) -> None:
    path = tmp_path / "trials.jsonl"
    words = (sys.executable, "-c", KILLED, str(path))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=environment)
    end = time.monotonic() + 30
    while time.monotonic() < end and (not path.exists() or path.stat().st_size < 5_000):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {trial.key for trial in read_trials(path)}
    assert 0 < len(before) < 604
    subprocess.run(words, env=environment, check=True, timeout=60)
    keys = [trial.key for trial in read_trials(path)]
    assert len(keys) == len(set(keys)) == 604
    assert before <= set(keys)
