"""Applying what a marketplace sent, row by row (C5).

An order that exists is left as it is, and what is known already changes nothing, so that a message may be
applied any number of times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from domain.operations.answers import UserError
from domain.operations.command import Command
from domain.operations.load_sales_orders import SalesOrder, load_sales_orders
from domain.operations.marketplace_messages import Message, shown
from domain.operations.update_marketplace_status import MarketplaceUpdate, update_marketplace_status
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import Outcome, SynchronizedRow
from domain.store import synchronizations
from domain.store.synchronizations import Result

CHUNK_ROWS = 500
"""Rows of one transaction: a bound on how long their pools are locked."""


async def apply_message(command: Command, *, store_id: int, message: Message) -> list[Result]:
    """Load the message's orders, then apply its statuses; a result for each row, unreadable ones first."""
    results = list(message.unreadable)
    for start in range(0, len(message.orders), CHUNK_ROWS):
        results += await _load(command, message.orders[start : start + CHUNK_ROWS])
    for updates in _one_per_order(message.statuses):
        results += await _update(command, store_id, updates)
    return results


async def _load(command: Command, sales_orders: Sequence[SalesOrder]) -> list[Result]:
    loaded = await load_sales_orders(command, sales_orders=sales_orders)
    problems = {int(error.path[1]): error for error in loaded.errors}
    return [
        _result(SynchronizedRow.ORDER, order.number, problems.get(place))
        for place, order in enumerate(sales_orders)
    ]


async def _update(command: Command, store_id: int, updates: Sequence[MarketplaceUpdate]) -> list[Result]:
    """Apply what is said of orders of this store: a marketplace knows nothing of those of others."""
    async with command.database.connection(command.authority.client_id) as sql:
        known = await synchronizations.numbers_of_store(
            sql,
            client_id=command.authority.client_id,
            store_id=store_id,
            numbers=[update.order_number for update in updates],
        )
    results = [
        Result(
            SynchronizedRow.STATUS,
            shown(update.order_number),
            Outcome.FAILED,
            ErrorCode.NOT_FOUND,
            "The store has no order with this number.",
        )
        for update in updates
        if update.order_number not in known
    ]
    ours = [update for update in updates if update.order_number in known]
    if ours:
        for result in (await update_marketplace_status(command, updates=ours)).results:
            error = result.error
            results.append(
                Result(
                    SynchronizedRow.STATUS,
                    result.order_number,
                    result.outcome,
                    error.code if error else None,
                    error.message if error else None,
                )
            )
    return results


def _one_per_order(updates: Sequence[MarketplaceUpdate]) -> list[list[MarketplaceUpdate]]:
    """The updates in chunks of at most CHUNK_ROWS, in which what is said of an order keeps its order."""
    rounds: list[list[MarketplaceUpdate]] = []
    said: Counter[str] = Counter()
    for update in updates:
        turn = said[update.order_number]
        said[update.order_number] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(update)
    return [turn[start : start + CHUNK_ROWS] for turn in rounds for start in range(0, len(turn), CHUNK_ROWS)]


def _result(kind: SynchronizedRow, number: str, error: UserError | None) -> Result:
    if error is None:
        return Result(kind, shown(number), Outcome.SUCCEEDED)
    outcome = Outcome.SKIPPED if error.code == ErrorCode.DUPLICATE else Outcome.FAILED
    return Result(kind, shown(number), outcome, error.code, error.message)
