"""Allocation as it is usually written: order by order, line by line, each stock row locked and saved.

Questions, told apart by `do`; the connection stays until `close`, so that what its backend used can be read:
allocate  the first `lines` lines of the queue of the database `url`; the seconds that took
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise import Tortoise
from tortoise.query_utils import Prefetch
from tortoise.transactions import in_transaction

from bench.load.answering import answer_lines
from bench.peers.plain import models
from bench.peers.plain.connecting import connect
from bench.peers.plain.schema import CLIENT

_ORDERS_AT_ONCE = 100


async def answer(question: Mapping[str, Any]) -> Any:
    """Do what is asked."""
    if question["do"] == "close":
        await Tortoise.close_connections()
        return None
    await connect(question["url"], most=1)
    began = time.perf_counter()
    done = 0
    while done < question["lines"]:
        orders: Any = (
            await models.Order.filter(client_id=CLIENT, queue_status="QUEUED")
            .order_by("-priority", "ordered_at", "id")
            .limit(_ORDERS_AT_ONCE)
            .prefetch_related(Prefetch("lines", models.OrderLine.filter(client_id=CLIENT)))
        )
        for order in orders:
            async with in_transaction():
                await _allocate(order)
            done += len(order.lines)
            if done >= question["lines"]:
                break
    return {"seconds": time.perf_counter() - began, "lines": done}


async def _allocate(order: Any) -> None:
    """One dispatch for what there is of the order's lines."""
    now = datetime.now(UTC)
    dispatch = None
    for line in order.lines:
        level = await models.StockLevel.select_for_update().get(
            client_id=CLIENT, distribution_center_id=order.distribution_center_id, sku_id=line.sku_id
        )
        if level.on_hand - level.allocated < line.requested:
            continue
        if dispatch is None:
            dispatch = await models.Dispatch.create(
                client_id=CLIENT,
                kind="PROCESSOR",
                order_id=order.id,
                distribution_center_id=order.distribution_center_id,
                created_at=now,
            )
        level.allocated += line.requested
        await level.save(update_fields=["allocated"])
        line.allocated = line.requested
        await line.save(update_fields=["allocated"])
        await models.Demand.filter(client_id=CLIENT, line_id=line.id).delete()
        await models.DispatchLine.create(
            client_id=CLIENT,
            dispatch_id=dispatch.id,
            order_line_id=line.id,
            sku_id=line.sku_id,
            quantity=line.requested,
        )
        await models.StockMovement.create(
            client_id=CLIENT,
            distribution_center_id=order.distribution_center_id,
            sku_id=line.sku_id,
            at=now,
            kind="ALLOCATE",
            on_hand_change=0,
            allocated_change=line.requested,
            dispatch_id=dispatch.id,
            order_line_id=line.id,
        )
    order.status = "COMMIT"
    order.queue_status = "PROCESSED"
    await order.save(update_fields=["status", "queue_status"])


if __name__ == "__main__":
    answer_lines(answer)
