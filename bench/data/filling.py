"""Filling a database with a client, its stock and its orders, as if they had been loaded.

Reference data and stock go through the domain's operations. Orders are copied into the tables that
loadSalesOrders fills, and their coverage is computed by one statement, because a million lines would take
minutes otherwise. Their audit entries and events are left out: nothing that is measured reads them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from domain.bootstrap import create_client, create_token
from domain.operations.backlog_counts import add_up_backlog_counts
from domain.operations.command import Command
from domain.operations.set_up import (
    NewDistributionCenter,
    NewSku,
    NewStore,
    StockCount,
    set_stock,
    upsert_distribution_centers,
    upsert_skus,
    upsert_stores,
)
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.store.database import Database

STORES = ("AMSTERDAM", "BERLIN", "CARDIFF", "DUBLIN", "ESSEN")

_CALL = 5_000
_DAYS = 28
_AGENCIES = ("DHL", "UPS", "GLS")
_MARKETPLACE = ("ACCEPTED", "READY_TO_PROCESS", "WAITING_FOR_PICKUP", "PAYMENT_VERIFIED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """What a database holds: its client, who may ask for it, and the ids that queries name."""

    client_id: int
    token: str
    distribution_centers: tuple[int, ...]
    now: datetime

    def command(self, database: Database) -> Command:
        """A command in the client's name."""
        authority = Authority(
            client_id=self.client_id, role=Role.ADMIN, actor="bench", source="bench", credential=None
        )
        return Command(database, authority, datetime.now(UTC), None)


async def fill(
    url: str,
    baskets: Sequence[tuple[str, ...]],
    *,
    stocked: float,
    pools: int = 1,
    confirmed: bool = False,
    without_stock: Collection[str] = (),
) -> Business:
    """A client with these baskets as queued orders, dealt to `pools` distribution centers in turn.

    On hand in each pool is the share `stocked` of what is wanted of each SKU there. With `confirmed` the
    orders are. Of the SKUs `without_stock` nothing is on hand.
    """
    database = await Database.open(url)
    try:
        now = datetime.now(UTC).replace(microsecond=0)
        client = await create_client(database, code="BENCH", name="Bench", now=now)
        token = await create_token(
            database, client_id=client.id, role=Role.ADMIN, label="bench", now=now, expires_at=None
        )
        business = Business(
            client_id=client.id, token=token, distribution_centers=tuple(range(1, pools + 1)), now=now
        )
        await _set_up(database, business, baskets, stocked=stocked, without_stock=without_stock)
        # Ours read times as text, and COPY is binary.
        copying = await asyncpg.connect(url)
        await _copy_orders(copying, business, baskets, confirmed=confirmed)
        await copying.close()
        async with database.connection_across_clients() as sql:
            for statement in _DERIVE:
                await sql.execute(statement, timeout=600)
        # What a worker does within a second.
        await add_up_backlog_counts(database=database)
        # Outside of any transaction: hint bits and visibility are set here and not by who is measured first.
        connection = await database.dedicated_connection()
        await connection.execute("VACUUM ANALYZE", timeout=600)
        await connection.close()
    finally:
        await database.close()
    return business


async def _set_up(
    database: Database,
    business: Business,
    baskets: Sequence[tuple[str, ...]],
    *,
    stocked: float,
    without_stock: Collection[str],
) -> None:
    centers = [f"DC{number}" for number in business.distribution_centers]
    await upsert_distribution_centers(
        business.command(database),
        distribution_centers=[NewDistributionCenter(code=code, name=code) for code in centers],
    )
    await upsert_stores(
        business.command(database), stores=[NewStore(code=code, name=code.title()) for code in STORES]
    )
    wanted: Counter[tuple[str, str]] = Counter()
    for number, basket in enumerate(baskets):
        for place, code in enumerate(basket):
            wanted[centers[number % len(centers)], code] += _quantity(number, place)
    codes = sorted({code for _, code in wanted})
    for start in range(0, len(codes), _CALL):
        skus = [NewSku(code=code, name=f"Goods {code}") for code in codes[start : start + _CALL]]
        await upsert_skus(business.command(database), skus=skus)
    counts = [
        StockCount(sku_code=code, distribution_center_code=center, on_hand=int(units * stocked))
        for (center, code), units in sorted(wanted.items())
        if code not in without_stock
    ]
    for start in range(0, len(counts), _CALL):
        await set_stock(business.command(database), counts=counts[start : start + _CALL])


async def _copy_orders(
    sql: asyncpg.Connection[asyncpg.Record],
    business: Business,
    baskets: Sequence[tuple[str, ...]],
    *,
    confirmed: bool,
) -> None:
    skus = {row["code"]: row["id"] for row in await sql.fetch("SELECT id, code FROM skus")}
    stores = [row["id"] for row in await sql.fetch("SELECT id FROM stores ORDER BY id")]
    await sql.copy_records_to_table(
        "orders", records=_orders(business, len(baskets), stores, confirmed=confirmed), columns=_ORDER
    )
    await sql.copy_records_to_table("order_lines", records=_lines(business, baskets, skus), columns=_LINE)
    for table in ("orders", "order_lines"):
        await sql.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
        )


_ORDER = (
    *("client_id", "id", "number", "status", "distribution_center_id", "store_id", "ordered_at"),
    *("accepted_at", "confirmed_at", "marketplace_status", "marketplace_invoice_number"),
    *("sales_order_code", "invoice_code", "shipping_agency", "packed"),
)
_LINE = ("client_id", "order_id", "line_number", "sku_id", "requested")


def _orders(
    business: Business, count: int, stores: Sequence[int], *, confirmed: bool
) -> Iterator[tuple[object, ...]]:
    """Orders of the last four weeks, evenly; their hold time is over."""
    step = timedelta(days=_DAYS) / count
    accepted_at = business.now - timedelta(days=2)
    centers = business.distribution_centers
    for number in range(count):
        invoiced = number % 3 == 0
        yield (
            business.client_id,
            number + 1,
            f"SO-{number + 1:07}",
            "OC_CONFIRMED" if confirmed else "CREATE",
            centers[number % len(centers)],
            stores[number % len(stores)],
            business.now - step * (count - number),
            accepted_at,
            accepted_at if confirmed else None,
            _MARKETPLACE[number % len(_MARKETPLACE)],
            f"INV-{number + 1:07}",
            f"S{number + 1}" if invoiced else None,
            f"I{number + 1}" if invoiced else None,
            _AGENCIES[number % len(_AGENCIES)],
            # Orders that are confirmed are given Backlog SKUs, and so have no dispatch that could be packed.
            number % 6 == 0 and not confirmed,
        )


def _lines(
    business: Business, baskets: Sequence[tuple[str, ...]], skus: dict[str, int]
) -> Iterator[tuple[object, ...]]:
    for number, basket in enumerate(baskets):
        for place, code in enumerate(basket):
            yield (business.client_id, number + 1, place + 1, skus[code], _quantity(number, place))


def _quantity(number: int, place: int) -> int:
    return 1 + (number + place) % 4


# What loadSalesOrders derives: the open demand, what of it is short when served by rank, what orders say.
_DERIVE = (
    """
    INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route, priority,
                             ordered_at, open, back_ordered, back_ordered_since, coverage_due)
    SELECT client_id, line_id, distribution_center_id, sku_id, order_id, route, priority, ordered_at, open,
           short, CASE WHEN short > 0 THEN accepted_at END, false
    FROM (
        SELECT wanted.*, least(open, greatest(served - coalesce(level.on_hand, 0), 0)) AS short
        FROM (
            SELECT l.client_id, l.id AS line_id, o.distribution_center_id, l.sku_id, l.order_id, l.route,
                   o.priority, o.ordered_at, o.accepted_at, l.requested AS open,
                   sum(l.requested) OVER (PARTITION BY o.distribution_center_id, l.sku_id
                                          ORDER BY o.priority DESC, o.ordered_at, o.id, l.id) AS served
            FROM order_lines AS l JOIN orders AS o ON o.client_id = l.client_id AND o.id = l.order_id
        ) AS wanted
        LEFT JOIN stock_levels AS level ON level.client_id = wanted.client_id
            AND level.distribution_center_id = wanted.distribution_center_id AND level.sku_id = wanted.sku_id
    ) AS covered
    ORDER BY line_id
    """,
    """
    UPDATE orders SET back_order_status = CASE WHEN short = open THEN 'FULL' ELSE 'PARTIAL' END
    FROM (SELECT order_id, sum(open) AS open, sum(back_ordered) AS short FROM pool_demand GROUP BY order_id)
        AS demand
    WHERE demand.order_id = orders.id AND demand.short > 0
    """,
)
