"""A soak: the program under a steady mixed load, and whether anything of it grows that should not.

    python -m tests.soak --seconds 1800 --rate 1

Starts `backfill serve` with workers, PostgreSQL and Redis of its own in a temporary folder, loads it, looks
at everything it holds every few seconds, and ends with code 1 when a figure rose after the warm-up (a third
of the time), a request failed, or the books don't add up.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from domain.settings import Settings
from tests.cli.running import environment, serving
from tests.soak.load import Load
from tests.soak.trend import trend
from tests.soak.watching import Figure, Noise, Watch


async def soak(*, seconds: float, rate: float, seed: int, workers: int = 2) -> list[str]:
    """Run one; what is wrong with how it went. Prints the figures."""
    with tempfile.TemporaryDirectory(prefix="backfill-soak-") as folder:
        data_dir = Path(folder)
        told = Settings(data_dir=data_dir, database_url=None, redis_url=None, bootstrap_token=None)
        env = environment(told, embedded=True) | {"BACKFILL_LOG_LEVEL": "warning"}
        async with serving("--workers", str(workers), env=env) as served:
            load = Load(served, seed=seed)
            await load.set_up()
            watch = Watch(served, data_dir=data_dir)
            loading = asyncio.create_task(load.go_on(seconds=seconds, rate=rate))
            try:
                await _look_on(watch, loading, every=max(2.0, seconds / 180))
            finally:
                loading.cancel()
                await watch.close()
            drift = (await served.query("{ verifyInventory { field recorded derived } }"))["verifyInventory"]
        problems = [f"failed: {what}, {times} times" for what, times in load.failures.items()]
        problems += [f"logged: {line[:400]}" for line in served.logged if _is_alarming(line)]
        problems += [f"the books don't add up: {entry}" for entry in drift]
        problems += _told(watch.figures, warm_up=seconds / 3)
        print(f"\nDone: {dict(sorted(load.done.items()))}")  # noqa: T201 - what was asked for
        return problems


async def _look_on(watch: Watch, loading: asyncio.Task[None], *, every: float) -> None:
    start = time.monotonic()
    while not loading.done():
        await watch.look(at=time.monotonic() - start)
        await asyncio.wait([loading], timeout=every)
    await loading


def _is_alarming(line: str) -> bool:
    return "Traceback" in line or '"level":"error"' in line or '"level": "error"' in line


def _told(figures: dict[str, Figure], *, warm_up: float) -> list[str]:
    """Print a line for each figure; those that rose."""
    problems = []
    print(f"{'figure':<48}{'first':>10}{'level':>10}{'rise':>10}{'allowed':>10}")  # noqa: T201
    for name, figure in sorted(figures.items()):
        # As long as there were so few samples, the thing was not there for most of the time.
        if sum(at >= warm_up for at, _ in figure.samples) < 3:
            continue
        noise = figure.noise or Noise(0, 0)
        found = trend(figure.samples, warm_up=warm_up, share=noise.share, least=noise.least)
        allowed = f"{found.allowed:.1f}" if figure.noise else ""
        print(  # noqa: T201
            f"{name:<48}{figure.samples[0][1]:>10.1f}{found.level:>10.1f}{found.rise:>+10.2f}{allowed:>10}"
        )
        if figure.noise and not found.flat:
            problems.append(f"{name} rose by {found.rise:.1f}; {found.allowed:.1f} would be noise")
    return problems


def main() -> int:
    """Read the command line; 1 when something was wrong."""
    parser = argparse.ArgumentParser(description="A steady mixed load, and whether anything grows.")
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--rate", type=float, default=1.0, help="1 is ten orders and four queries a second")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    problems = asyncio.run(soak(seconds=asked.seconds, rate=asked.rate, seed=asked.seed))
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
