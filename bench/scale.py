"""How much is measured: sizes of the data, length and number of rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The sizes of one benchmark run; orders have three lines each."""

    rounds: int
    seconds: float
    """How long a round of requests lasts."""
    orders: int
    """Orders that are read, allocated, and given Backlog SKUs."""
    loaded_batches: int
    """Batches of 1,000 orders that a round loads."""
    few_queued_lines: int
    many_queued_lines: int
    receipts: int
    """Receipts of one SKU in a round."""
    report_rows: int
    subscribers: int
    documents: int
    """Different documents of the subscribers of the mixed row."""
    events: int
    """Events that a round sends to every subscriber."""
    idle_subscribers: int
    latency_seconds: float
    requests_per_second: int
    """Receipts per second while latency is taken."""
    sampled_lines: int
    """Lines that the ORM loop allocates in a round: its speed does not depend on how many wait."""
    scaling_lines: int
    """Lines of each of the four pools that show how workers scale."""


FULL = Scale(
    rounds=5,
    seconds=6.0,
    orders=100_000,
    loaded_batches=10,
    few_queued_lines=10_000,
    many_queued_lines=1_000_000,
    receipts=60,
    report_rows=10_000,
    subscribers=2_000,
    documents=200,
    events=40,
    idle_subscribers=10_000,
    latency_seconds=15.0,
    requests_per_second=100,
    sampled_lines=1_500,
    scaling_lines=45_000,
)

SMOKE = Scale(
    rounds=2,
    seconds=1.0,
    orders=2_000,
    loaded_batches=1,
    few_queued_lines=1_200,
    many_queued_lines=12_000,
    receipts=20,
    report_rows=1_000,
    subscribers=100,
    documents=10,
    events=10,
    idle_subscribers=300,
    latency_seconds=2.0,
    requests_per_second=50,
    sampled_lines=150,
    scaling_lines=1_500,
)

SCALES: Mapping[str, Scale] = MappingProxyType({"full": FULL, "smoke": SMOKE})


def scaled(
    name: str, *, rounds: int | None = None, seconds: float | None = None, orders: int | None = None
) -> Scale:
    """The scale of that name, with what is not None changed."""
    known = SCALES[name]
    return replace(
        known,
        rounds=known.rounds if rounds is None else rounds,
        seconds=known.seconds if seconds is None else seconds,
        orders=known.orders if orders is None else orders,
    )
