"""The same questions in plain Strawberry: one resolver per question, rows prefetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from strawberry.extensions import SchemaExtension
from tortoise.functions import Count
from tortoise.query_utils import Prefetch

from bench.peers.plain import models
from bench.peers.plain.feed import feed
from bench.peers.plain.types import (
    BacklogOrders,
    BackOrderDay,
    BackOrderLine,
    ConditionCount,
    Connection,
    Order,
    OrderEvent,
    PageInfo,
)

CLIENT = 1
CONDITIONS = (
    *("NOT_YET_PROCESSED", "CANCELLED_BY_CUSTOMER", "DONE_NOT_INVOICED", "CANCELLED_CHECK_REJECTION"),
    *("NOT_YET_PACKED", "WAITING_FOR_PICKUP"),
)


@dataclass(frozen=True)
class _Slice:
    start: int
    size: int

    def connection(self, rows: list[Any]) -> Any:
        """The page of rows, of which one more than the page has was read."""
        more = len(rows) > self.size
        nodes = rows[: self.size]
        end = str(self.start + len(nodes)) if nodes else None
        return Connection(nodes=nodes, page_info=PageInfo(has_next_page=more, end_cursor=end))


def _slice(first: int, after: str | None) -> _Slice:
    return _Slice(int(after or 0), first)


def _skus() -> Any:
    return models.Sku.filter(client_id=CLIENT)


def _lines() -> Any:
    return (
        models.OrderLine.filter(client_id=CLIENT)
        .order_by("line_number")
        .prefetch_related(Prefetch("sku", _skus()))
    )


async def _page(query: Any, part: _Slice) -> Any:
    return part.connection(await query.offset(part.start).limit(part.size + 1))


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    async def orders(self, first: int = 50, after: str | None = None) -> Connection[Order]:
        """Orders with their lines, the latest first."""
        query = models.Order.filter(client_id=CLIENT).order_by("-ordered_at", "id")
        with_lines = query.prefetch_related(Prefetch("lines", _lines()))
        page: Connection[Order] = await _page(with_lines, _slice(first, after))
        return page

    @strawberry.field
    async def order(self, id: strawberry.ID) -> Order | None:  # noqa: A002 - as the contract has it
        """One order with its lines."""
        found: Any = await models.Order.get_or_none(client_id=CLIENT, id=int(id)).prefetch_related(
            Prefetch("lines", _lines())
        )
        return found  # type: ignore[no-any-return] # a row stands for the object

    @strawberry.field
    async def back_order_lines(self, first: int = 50, after: str | None = None) -> Connection[BackOrderLine]:
        """Lines that wait for stock, those waiting longest first."""
        part = _slice(first, after)
        demand = (
            await models.Demand.filter(client_id=CLIENT, back_ordered_since__not_isnull=True)
            .order_by("back_ordered_since", "line_id")
            .offset(part.start)
            .limit(part.size + 1)
            .prefetch_related(
                Prefetch("line", models.OrderLine.filter(client_id=CLIENT)),
                Prefetch("order", models.Order.filter(client_id=CLIENT)),
                Prefetch("sku", _skus()),
                Prefetch("distribution_center", models.DistributionCenter.filter(client_id=CLIENT)),
            )
        )
        levels = await models.StockLevel.filter(
            client_id=CLIENT,
            distribution_center_id__in=list({row.distribution_center_id for row in _any(demand)}),
            sku_id__in=list({row.sku_id for row in _any(demand)}),
        )
        available = {
            (level.distribution_center_id, level.sku_id): max(
                level.on_hand - level.allocated - level.protected, 0
            )
            for level in levels
        }
        lines = []
        for row in _any(demand):
            there = available.get((row.distribution_center_id, row.sku_id), 0)
            lines.append(
                BackOrderLine(
                    requested=row.line.requested,
                    fulfilled=row.line.allocated + row.line.shipped,
                    outstanding=row.open,
                    available=there,
                    short=row.open > there,
                    back_ordered_qty=row.back_ordered,
                    since=row.back_ordered_since,
                    order=row.order,
                    sku=row.sku,
                    distribution_center=row.distribution_center,
                )
            )
        page: Connection[BackOrderLine] = part.connection(lines)
        return page

    @strawberry.field
    async def backlog_orders(
        self, since: datetime, until: datetime, first: int = 50, after: str | None = None
    ) -> BacklogOrders:
        """The dashboard of orders made from `since` until before `until`."""
        shown = models.Order.filter(client_id=CLIENT, ordered_at__gte=since, ordered_at__lt=until).exclude(
            status__in=["OC_REJECTED", "COMPLETED"]
        )
        counted = await shown.annotate(orders=Count("id")).group_by("condition").values("condition", "orders")
        counts = {row["condition"]: row["orders"] for row in counted}
        query = shown.order_by("-ordered_at", "-id").prefetch_related(
            Prefetch("store", models.Store.filter(client_id=CLIENT))
        )
        return BacklogOrders(
            orders=await _page(query, _slice(first, after)),
            counts=[ConditionCount(condition=name, count=counts.get(name, 0)) for name in CONDITIONS],
        )

    @strawberry.field
    async def back_order_report(self, first: int = 50, after: str | None = None) -> Connection[BackOrderDay]:
        """The Backordering report."""
        query = (
            models.BackOrderDay.filter(client_id=CLIENT)
            .order_by("day", "distribution_center_id", "sku_id")
            .prefetch_related(
                Prefetch("sku", _skus()),
                Prefetch("distribution_center", models.DistributionCenter.filter(client_id=CLIENT)),
            )
        )
        page: Connection[BackOrderDay] = await _page(query, _slice(first, after))
        return page


@strawberry.type
class Subscription:
    """What can be followed."""

    @strawberry.subscription
    async def order_changed(self) -> AsyncIterator[OrderEvent]:
        """Every change of an order."""
        async for order in feed.follow():
            shown: Any = order
            yield OrderEvent(cause="bench", previous_status=None, order=shown)


def _any(rows: Any) -> Any:
    """Rows whose relations were fetched, which their types don't tell."""
    return rows


def schema(extensions: Sequence[type[SchemaExtension]]) -> strawberry.Schema:
    """The schema, with Strawberry's extensions of these kinds."""
    return strawberry.Schema(query=Query, subscription=Subscription, extensions=list(extensions))
