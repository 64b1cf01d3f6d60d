"""What a run has shown: faults survived, what was done meanwhile, and what was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.faults.driver.known import Known
from tests.faults.driver.subscribers import Subscriber
from tests.faults.driver.victims import Victim


class Faulty(Protocol):
    """What faults happened to."""

    @property
    def faults(self) -> Counter[str]: ...


@dataclass(frozen=True)
class Report:
    """Figures of one run; `losses` is what was lost, doubled or oversold, in words."""

    seed: int
    seconds: float
    rows: list[tuple[str, str]]
    losses: list[str]

    def text(self) -> str:
        """The table, and below it what was lost."""
        width = max(len(name) for name, _ in self.rows)
        lines = [f"{name:<{width}}  {value}" for name, value in self.rows]
        return "\n".join([f"{self.seconds:.0f} seconds, seed {self.seed}", *lines, *self.losses])


def reported(
    *,
    seed: int,
    seconds: float,
    known: Known,
    victims: Sequence[Victim],
    links: Sequence[Faulty],
    others: Counter[str],
    subscribers: Sequence[Subscriber],
    looks: int,
    losses: list[str],
) -> Report:
    """The report of a run; `others` are faults that happened to no single process or link."""
    rows = []
    for kind in dict.fromkeys(victim.kind for victim in victims):
        faults: Counter[str] = Counter()
        for victim in victims:
            if victim.kind == kind:
                faults.update(victim.faults)
        rows.append((f"{kind} survived", _listed(faults)))
    network: Counter[str] = Counter()
    for link in links:
        network.update(link.faults)
    if network:
        rows.append(("connections survived", _listed(network)))
    if others:
        rows.append(("also survived", _listed(others)))
    exits = [one for victim in victims for one in victim.exits]
    rows += [("" if number else "ended by themselves", str(one)) for number, one in enumerate(exits)]
    loaded = sum(len(tenant.orders) for tenant in known.tenants)
    rows += [
        ("operations", f"{known.done.total()} acknowledged, {known.refused.total()} of them refusals"),
        ("", _listed(known.done)),
        ("requests", f"{known.tries} sent, {known.again} answered ones sent again and answered alike"),
        ("orders", str(loaded)),
        (
            "events delivered",
            f"{sum(len(one.seen) for one in subscribers)} to {len(subscribers)} subscribers, "
            f"who connected {sum(one.connections for one in subscribers)} times",
        ),
        ("looks at the stock", str(looks)),
        ("losses", str(len(losses))),
    ]
    return Report(seed, seconds, rows, losses)


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counted.items())) or "nothing"
