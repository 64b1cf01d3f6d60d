"""Sorting locked orders by whether something can be done to them, one order or thousands alike (A2, A5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.operations.command import Work
from domain.rules.eligibility import Facts, refusal
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import BulkAction
from domain.store.database import Row
from domain.store.reads.eligibility import facts_of_figures, facts_of_orders


class Sorted(NamedTuple):
    """The orders to which it can be done, and why it can't be done to each of the others, by order id."""

    eligible: list[Row]
    refusals: dict[int, Refusal]


async def sort_out(
    work: Work, action: BulkAction, locked: Sequence[Row], *, until: datetime | None = None
) -> Sorted:
    """Decide from the facts as they are now; `locked` are the locked orders, with their pools."""
    facts = await facts_of_orders(
        work.sql,
        client_id=work.client_id,
        action=action,
        order_ids=[order["id"] for order in locked],
        until=until,
    )
    return _sorted(action, locked, facts)


def sort_out_by_figures(action: BulkAction, locked: Sequence[Row], figures: Sequence[Row]) -> Sorted:
    """The same for an action that looks at no more than `facts_of_figures` tells; nothing is read."""
    of_order = {figure["id"]: figure for figure in figures}
    facts = {order["id"]: facts_of_figures(order, of_order[order["id"]]) for order in locked}
    return _sorted(action, locked, facts)


def _sorted(action: BulkAction, locked: Sequence[Row], facts: Mapping[int, Facts]) -> Sorted:
    found = {order_id: refusal(action, of_order) for order_id, of_order in facts.items()}
    refusals = {order_id: refused for order_id, refused in found.items() if refused is not None}
    return Sorted([order for order in locked if order["id"] not in refusals], refusals)


def raise_first(refusals: Mapping[int, Refusal], *path: str) -> None:
    """Raise the refusal of the one order there is, pointing at `path`, if it was refused."""
    for refused in refusals.values():
        raise refused.at(*path)
