"""Break captures and read them until the time is up.

    python -m tests.fuzz.run --seconds 60 --seed 1

Every input is read by the interpreted kernels, and by the compiled ones with every access checked.
What fails is kept in a file that --replay reads again.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import traceback
from collections import Counter
from pathlib import Path
from time import monotonic

from tests.fuzz.mutate import corpus, mutated
from tests.fuzz.trial import attempt, attempt_in_bounds
from workbench.capture.engine import Engine, compiled, interpreted
from workbench.capture.warmup import warm_up


def generated(rng: random.Random) -> bytes:
    """Return a capture drawn from the strategies, which hypothesis seeds from `rng`."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import seed as seeded

    from tests.fuzz.strategies import captures

    drawn: list[bytes] = []

    @seeded(rng.getrandbits(64))
    @settings(
        max_examples=20,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(captures())
    def collect(data: bytes) -> None:
        drawn.append(data)

    collect()
    return rng.choice(drawn)


def one_input(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Return the next input."""
    if rng.random() < 0.02:
        return generated(rng)
    return mutated(rng.choice(seeds), rng, rng.choice(seeds))


def say(text: str) -> None:
    """Write a line at once, for whoever waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fuzz(seconds: float, seed: int, engines: list[Engine], folder: Path) -> int:
    """Run until the time is up; return the number of failures."""
    rng = random.Random(seed)
    seeds = [path.read_bytes() for path in corpus()]
    seeds = [data for data in seeds if data]
    for engine in engines[1:]:
        warm_up(engine)
    until, counts, failed = monotonic() + seconds, Counter[str](), 0
    say(f"seed {seed}, {len(seeds)} captures to begin with")
    while monotonic() < until:
        data = one_input(rng, seeds)
        counts["inputs"] += 1
        # Looking at memory is slow, so only some inputs are.
        trial = attempt_in_bounds if counts["inputs"] % 50 == 0 else attempt
        try:
            result = trial(data, engines)
            counts["errors" if isinstance(result, str) else "captures"] += 1
        except Exception:  # noqa: BLE001 (that is what is looked for)
            failed += 1
            folder.mkdir(parents=True, exist_ok=True)
            kept = folder / f"{hashlib.sha256(data).hexdigest()[:16]}.bin"
            kept.write_bytes(data)
            say(f"seed {seed}, input {counts['inputs']}, kept as {kept}")
            traceback.print_exc()
    say(f"seed {seed}: {dict(counts)}, {failed} failed")
    return failed


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--seed", type=int, default=None, help="the same inputs again")
    parser.add_argument("--folder", type=Path, default=Path("reports/fuzz"), help="for failures")
    parser.add_argument("--no-compiled", action="store_true", help="interpreted kernels only")
    parser.add_argument("--replay", type=Path, nargs="*", default=[], help="files to read again")
    given = parser.parse_args(arguments)
    engines = [interpreted()]
    if not given.no_compiled:
        engines.append(compiled(check_bounds=True))
    for path in given.replay:
        attempt_in_bounds(path.read_bytes(), engines)
    if given.replay:
        return 0
    seed = random.SystemRandom().getrandbits(32) if given.seed is None else given.seed
    return int(fuzz(given.seconds, seed, engines, given.folder) > 0)


if __name__ == "__main__":
    sys.exit(main())
