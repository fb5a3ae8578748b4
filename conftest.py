"""How every run of pytest behaves: its own cache, the same examples, nothing left out in CI."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import settings as hypothesis_settings

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
# The only thing that a machine which can install everything may still lack.
SHARED_REASON = "the folder ../shared with captures of known content is not there"

CACHE = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
SKIPPED = pytest.StashKey[list[str]]()

# Examples are drawn the same way on every run and machine, and no test depends on its speed;
# `make fuzz` draws new ones.
hypothesis_settings.register_profile("same", derandomize=True, deadline=None, database=None)
hypothesis_settings.register_profile("fuzz", max_examples=5_000, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


class NothingIsSkipped:
    """Makes a run fail in CI if a test was skipped that could have run there."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was skipped, and why."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.note(report.nodeid, report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that was skipped whole."""
        if report.skipped:
            self.note(report.nodeid, report.longrepr)

    def note(self, place: str, why: object) -> None:
        """Keep what was skipped, unless for the one reason that counts."""
        reason = str(why[2]) if isinstance(why, tuple) else str(why)
        if SHARED_REASON not in reason:
            self.reasons.append(f"{place}: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a run that passed into one that failed."""
        passed = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        if self.reasons and session.exitstatus in passed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was skipped."""
        if self.reasons:
            terminalreporter.section("skipped, which fails a run in CI", red=True)
            for line in self.reasons:
                terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests cache out of the user's own cache, and the other way round."""
    # Workers of one run share the folder of the process that started them.
    if hasattr(config, "workerinput"):
        return
    config.stash[CACHE] = tempfile.TemporaryDirectory(prefix="workbench-cache-")
    os.environ["WORKBENCH_CACHE_DIR"] = config.stash[CACHE].name
    if IN_CI:
        config.pluginmanager.register(NothingIsSkipped(), "nothing-is-skipped")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cache of this run."""
    if CACHE in config.stash:
        config.stash[CACHE].cleanup()
