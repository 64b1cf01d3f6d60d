"""docs/capacity.md: the costs that were measured, how to reckon with them, and how near a prediction came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bench.capacity.model import Cost, Spent

_HEAD = """# What a machine can carry

Written by `make capacity` ([bench/capacity/](../bench/capacity)). The program runs as ever, one API
process and one worker over one PostgreSQL; each kind of work is done alone at a steady pace, and what that
takes beyond doing nothing, divided by its units, is what a unit costs. CPU is of all of Backfill's
processes and of PostgreSQL's backends, without its housekeeping (checkpointer, WAL writer, autovacuum).
How all of this is spread over machines is told in [growing](scaling.md).

"""

_USE = """
## Reckoning with it

Add up units per second times their cost: 1,000 ms a second are one core. Keep a third of the cores free, for
peaks and for PostgreSQL's housekeeping, and give each API process and each worker a core. For instance, 200
pages and 500 single orders a second, 20 orders loaded a second, and 10 events a second to 1,000 subscribers:

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything the page tells."""

    at: datetime
    machine: str
    costs: Mapping[str, Cost]
    idle: Spent
    units: Mapping[str, int]
    predicted: Spent
    observed: Spent
    bytes_per_order: Mapping[str, float]
    example: Mapping[str, int]


def page(measured: Measured) -> str:
    """The page, in Markdown."""
    costs = "".join(
        f"| {kind} | {cost.program:.3f} | {cost.postgres:.3f} | {cost.both:.3f} |\n"
        for kind, cost in measured.costs.items()
    )
    stored = "".join(f"| {what} | {size:,.0f} |\n" for what, size in measured.bytes_per_order.items())
    terms = " + ".join(
        f"{count:,} × {measured.costs[kind].both:.3f}" for kind, count in measured.example.items()
    )
    total = sum(count * measured.costs[kind].both for kind, count in measured.example.items())
    mix = ", ".join(f"{count:,} × {kind}" for kind, count in measured.units.items())
    error = measured.observed.cores / measured.predicted.cores - 1
    return (
        f"{_HEAD}| unit | program, CPU ms | PostgreSQL, CPU ms | together |\n| --- | --- | --- | --- |\n"
        f"{costs}"
        f"\nDoing nothing takes {100 * measured.idle.cores:.1f} % of one core."
        f"\n\n| stored | bytes per order of three lines |\n| --- | --- |\n{stored}{_USE}"
        f"{terms} = {total:,.0f} ms a second, so {total / 1000:.1f} busy cores.\n"
        f"\n## How good a prediction is\n\n"
        f"Then everything was done at once for {measured.observed.seconds:.0f} seconds ({mix}).\n\n"
        "| | program, CPU s | PostgreSQL, CPU s | busy cores |\n| --- | --- | --- | --- |\n"
        f"| predicted from the costs above | {measured.predicted.program:.2f} | "
        f"{measured.predicted.postgres:.2f} | {measured.predicted.cores:.3f} |\n"
        f"| measured | {measured.observed.program:.2f} | {measured.observed.postgres:.2f} | "
        f"{measured.observed.cores:.3f} |\n"
        f"\nThe prediction was {abs(error):.0%} too {'low' if error > 0 else 'high'}. "
        f"Measured {measured.at:%Y-%m-%d %H:%M} UTC on {measured.machine}.\n"
    )
