"""Filling Backorders once their goods are there: wholly, by item or by quantity (E5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from domain.operations.checks import check_count, check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.steps.backorders import fill_items
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.releasing import Release, release
from domain.rules.picking import Wanted, shortage
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import DispatchKind
from domain.store import backorders, locks, stock
from domain.store.backorders import Fill
from domain.store.database import Row


class ItemFill(msgspec.Struct, frozen=True):
    """Units of an item to fill; without a quantity all that is open of it."""

    item_id: int
    quantity: int | None = None


class BackorderFilled(msgspec.Struct, frozen=True):
    """The Backorder, and the dispatch of what was filled."""

    backorder_id: int
    dispatch_id: int


class ChosenItem(NamedTuple):
    """An item (a row of `backorders.items_of`), the units to fill of it, and where the input says so."""

    item: Row
    units: int
    path: tuple[str, ...]


async def fill_backorder(
    command: Command, *, backorder_id: int, fills: Sequence[ItemFill] | None = None
) -> BackorderFilled:
    """Fill items of a Backorder, or without `fills` all that is open: one WAREHOUSE_PICK dispatch (E5).

    Raises NOT_FOUND, NOTHING_TO_DO when nothing of it is open, INVALID_INPUT for more than is open of
    an item, and INSUFFICIENT_STOCK when stock does not cover all of it together; then nothing is filled.
    """

    async def body(work: Work) -> BackorderFilled:
        if fills is not None:
            check_count(fills, what="items to fill", path=("items",))
        backorder, order, items = await open_backorder(work, backorder_id=backorder_id, path=("id",))
        if fills is None:
            chosen = [ChosenItem(item, item["open"], ("id",)) for item in items if item["open"]]
        else:
            chosen = _chosen(items, fills)
        return await fill(work, backorder, order, chosen)

    return await perform(
        command,
        operation="fillBackorder",
        payload=[backorder_id, fills],
        answer=BackorderFilled,
        body=body,
    )


async def open_backorder(
    work: Work, *, backorder_id: int, path: tuple[str, ...]
) -> tuple[Row, Row, list[Row]]:
    """A Backorder with something open, its order and its items, locked with their pool.

    Raises NOT_FOUND and NOTHING_TO_DO under `path`.
    """
    backorder = await backorders.find(work.sql, client_id=work.client_id, backorder_id=backorder_id)
    if backorder is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such Backorder.", path=path)
    # A Backorder never changes its order, so finding that needs no lock; the items are read under it.
    (order,) = await locks.lock_orders_and_pools(
        work.sql, client_id=work.client_id, order_ids=[backorder["order_id"]]
    )
    items = await backorders.items_of(work.sql, client_id=work.client_id, backorder_id=backorder_id)
    if not any(item["open"] for item in items):
        raise Refusal(
            ErrorCode.NOTHING_TO_DO, f"Nothing of Backorder {backorder['number']} is open.", path=path
        )
    return backorder, order, items


async def fill(work: Work, backorder: Row, order: Row, chosen: Sequence[ChosenItem]) -> BackorderFilled:
    """Dispatch units of the items, of none more than is open.

    Raises INSUFFICIENT_STOCK under the path of the first item that stock does not cover.
    """
    pool: int = backorder["distribution_center_id"]
    sku_ids = {item["sku_id"] for item, _, _ in chosen}
    short = shortage(
        wanted=[Wanted(item["id"], item["sku_id"], units) for item, units, _ in chosen],
        available=await stock.available(
            work.sql, client_id=work.client_id, distribution_center_id=pool, sku_ids=sku_ids
        ),
    )
    if short is not None:
        item, _, path = chosen[short.place]
        raise Refusal(
            ErrorCode.INSUFFICIENT_STOCK,
            f"{short.wanted} units of SKU {item['sku_code']} are wanted and {short.available} are available; "
            "fill no more than that.",
            path=path,
            details={"sku": item["sku_code"], "wanted": short.wanted, "available": short.available},
        )
    fills = [Fill(item["id"], units) for item, units, _ in chosen]
    await fill_items(work, backorder_id=backorder["id"], fills=fills)
    released = await release(
        work,
        kind=DispatchKind.WAREHOUSE_PICK,
        distribution_center_id=pool,
        releases=[
            Release(order["id"], item["order_line_id"], item["sku_id"], units) for item, units, _ in chosen
        ],
        before=[order],
    )
    dispatch_id = released[order["id"]].dispatch_id
    await backorders.record_fills(work.sql, client_id=work.client_id, dispatch_id=dispatch_id, fills=fills)
    work.audit(
        "BACKORDER_FILLED",
        f"{sum(units for _, units, _ in chosen)} units of Backorder {backorder['number']} were filled.",
        order_id=order["id"],
        after={"backorder": backorder["id"], "dispatch": dispatch_id},
    )
    await refresh_coverage(work, distribution_center_id=pool, sku_ids=sku_ids)
    return BackorderFilled(backorder["id"], dispatch_id)


def _chosen(items: Sequence[Row], fills: Sequence[ItemFill]) -> list[ChosenItem]:
    by_id = {item["id"]: item for item in items}
    chosen: dict[int, ChosenItem] = {}
    for index, given in enumerate(fills):
        path = ("items", str(index))
        item = by_id.get(given.item_id)
        if item is None:
            raise Refusal(ErrorCode.NOT_FOUND, "The Backorder has no such item.", path=(*path, "itemId"))
        if given.item_id in chosen:
            raise Refusal(
                ErrorCode.INVALID_INPUT, "The item is there twice; send it once.", path=(*path, "itemId")
            )
        if not item["open"]:
            raise Refusal(ErrorCode.NOTHING_TO_DO, "Nothing of the item is open.", path=(*path, "itemId"))
        units = item["open"] if given.quantity is None else given.quantity
        check_quantity(units, path=(*path, "quantity"))
        if units > item["open"]:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{item['open']} units of the item are open, so {units} can't be filled.",
                path=(*path, "quantity"),
                details={"open": item["open"]},
            )
        chosen[given.item_id] = ChosenItem(item, units, (*path, "quantity"))
    return list(chosen.values())
