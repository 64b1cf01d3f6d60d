"""Delivery notes: applying Backlog SKUs, whole or in part, to dispatches of the kind DELIVERY_NOTE (A8)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from domain.operations.checks import check_count, check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.eligible import sort_out
from domain.operations.steps.releasing import Release, release
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BulkAction, DispatchKind
from domain.store import backlog_skus, lines, locks, reference, stock
from domain.store.database import ReadTooEarlyError, Row


class DeliveryItem(msgspec.Struct, frozen=True):
    """A Backlog SKU to deliver: `quantity` units of it, or what remains."""

    backlog_sku_id: int
    quantity: int | None = None


class DeliveryNotes(msgspec.Struct, frozen=True):
    """The dispatches that were made: one per order, and so per distribution center."""

    dispatch_ids: list[int]


async def create_delivery_notes(command: Command, *, items: Sequence[DeliveryItem]) -> DeliveryNotes:
    """Apply all of these Backlog SKUs to delivery notes, or none.

    Raises NOT_FOUND for an unknown Backlog SKU, INVALID_INPUT for one that is there twice or for more
    than remains of it, NOTHING_TO_DO when nothing does, and INSUFFICIENT_STOCK, naming the SKU with
    what is wanted and what is available of it, over all items together.
    """

    async def body(work: Work) -> DeliveryNotes:
        check_count(items, what="Backlog SKUs", path=("items",))
        ids = [item.backlog_sku_id for item in items]
        found = await backlog_skus.orders_of(work.sql, client_id=work.client_id, backlog_sku_ids=ids)
        locked = await locks.lock_orders_and_pools(
            work.sql, client_id=work.client_id, order_ids=set(found.values())
        )
        releases = await _chosen(work, items)
        if not {release.order_id for release in releases} <= {order["id"] for order in locked}:
            # Reverted, split off and set aside again while the locks were waited for.
            raise ReadTooEarlyError
        await _check_stock(work, locked, releases)
        return DeliveryNotes(await _deliver(work, locked, releases))

    return await perform(
        command, operation="createDeliveryNotes", payload=items, answer=DeliveryNotes, body=body
    )


async def deliver_available(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Apply what remains and is available of the locked orders' Backlog SKUs, better ranks first (D4).

    Why not, by order id, where nothing could be applied.
    """
    eligible, refusals = await sort_out(work, BulkAction.CREATE_DELIVERY_NOTES, locked)
    served = await backlog_skus.deliverable(
        work.sql, client_id=work.client_id, order_ids=[order["id"] for order in eligible]
    )
    await _deliver(
        work,
        eligible,
        [Release(row["order_id"], row["line_id"], row["sku_id"], row["quantity"]) for row in served],
    )
    return refusals


async def _chosen(work: Work, items: Sequence[DeliveryItem]) -> list[Release]:
    """What to release of each item, if each is there, once, and no more is asked for than remains."""
    # Read under the lock: what was there before it may have been reverted.
    order_of = await backlog_skus.orders_of(
        work.sql, client_id=work.client_id, backlog_sku_ids=[item.backlog_sku_id for item in items]
    )
    line_of = {
        line["id"]: line
        for line in await lines.of_orders(
            work.sql, client_id=work.client_id, order_ids=list(set(order_of.values()))
        )
    }
    releases: dict[int, Release] = {}
    for index, item in enumerate(items):
        path = ("items", str(index), "backlogSkuId")
        if item.backlog_sku_id not in order_of:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such Backlog SKU.", path=path)
        if item.backlog_sku_id in releases:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                "This Backlog SKU is there twice; send it once, with all that is to be delivered of it.",
                path=path,
            )
        line = line_of[item.backlog_sku_id]
        releases[line["id"]] = Release(
            line["order_id"], line["id"], line["sku_id"], _quantity(item, line["open"], str(index))
        )
    return list(releases.values())


def _quantity(item: DeliveryItem, remaining: int, index: str) -> int:
    """The units to deliver of an item, of which this many remain."""
    if not remaining:
        raise Refusal(
            ErrorCode.NOTHING_TO_DO,
            "Nothing remains of this Backlog SKU: all of it is on delivery notes or cancelled.",
            path=("items", index, "backlogSkuId"),
        )
    if item.quantity is None:
        return remaining
    path = ("items", index, "quantity")
    check_quantity(item.quantity, path=path)
    if item.quantity > remaining:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{remaining} units remain of this Backlog SKU, so {item.quantity} can't be delivered.",
            path=path,
            details={"remaining": remaining},
        )
    return item.quantity


async def _check_stock(work: Work, locked: Sequence[Row], releases: Sequence[Release]) -> None:
    """Refuse if more is wanted than is available, of any SKU, over all releases from its pool together."""
    pool_of = {order["id"]: order["distribution_center_id"] for order in locked}
    wanted: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for item in releases:
        wanted[pool_of[item.order_id]][item.sku_id] += item.quantity
    available = {
        pool: await stock.available(
            work.sql, client_id=work.client_id, distribution_center_id=pool, sku_ids=quantities
        )
        for pool, quantities in wanted.items()
    }
    for index, item in enumerate(releases):
        pool = pool_of[item.order_id]
        units, there = wanted[pool][item.sku_id], available[pool].get(item.sku_id, 0)
        if units > there:
            code = await reference.sku_code(work.sql, client_id=work.client_id, sku_id=item.sku_id)
            raise Refusal(
                ErrorCode.INSUFFICIENT_STOCK,
                f"{units} units of {code} are wanted and {there} are available.",
                path=("items", str(index)),
                details={"sku": code, "wanted": units, "available": there},
            )


async def _deliver(work: Work, locked: Sequence[Row], releases: Sequence[Release]) -> list[int]:
    """Make the delivery notes, pool by pool; the ids of the dispatches. `locked` are their orders."""
    pool_of = {order["id"]: order["distribution_center_id"] for order in locked}
    of_pool: defaultdict[int, list[Release]] = defaultdict(list)
    for item in releases:
        of_pool[pool_of[item.order_id]].append(item)
    made: list[int] = []
    for pool, items in sorted(of_pool.items()):
        released = await release(
            work,
            kind=DispatchKind.DELIVERY_NOTE,
            distribution_center_id=pool,
            releases=items,
            before=locked,
        )
        await refresh_coverage(work, distribution_center_id=pool, sku_ids={item.sku_id for item in items})
        made += [outcome.dispatch_id for outcome in released.values()]
    return made
