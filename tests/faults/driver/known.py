"""What was promised from outside: every mutation that was acknowledged, and what follows from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tenant:
    """A client of the program, and what it was promised.

    `keys` are the idempotency keys of acknowledged mutations, with their operations. `orders` are loaded
    order numbers with the units of each SKU; `received` counts units received of the SKUs that are stocked by
    receipts only.
    """

    code: str
    client_id: int
    token: str
    keys: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Counter[str]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    shipped: set[str] = field(default_factory=set)
    received: Counter[str] = field(default_factory=Counter)
    bulk: set[str] = field(default_factory=set)


@dataclass
class Known:
    """What all clients were promised, and what was seen that should not be.

    `done` counts operations by their name, `refused` refusals by operation and code; `again` are idempotent
    retries whose answers were compared. `problems` are answers that nobody should get.
    """

    tenants: list[Tenant]
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    again: int = 0
    problems: list[str] = field(default_factory=list)

    def problem(self, text: str) -> None:
        """Record what should not be; the first few of a kind will do."""
        if len(self.problems) < 100:
            self.problems.append(text)


def codes(payload: dict[str, Any]) -> list[str]:
    """The codes of a payload's refusals."""
    return [error["code"] for error in payload["userErrors"]]
