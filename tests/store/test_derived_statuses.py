"""What SQL derives is what the rules say: condition (C3) and backOrderStatus (D1)."""

from __future__ import annotations

import msgspec
import pytest

from domain.operations.load_sales_orders import SalesOrderLine, load_sales_orders
from domain.rules.conditions import condition
from domain.rules.coverage import back_order_status
from domain.rules.vocabulary import (
    BackOrderMark,
    BackOrderStatus,
    CancelledBy,
    DeliveryStatus,
    MarketplaceStatus,
    OrderStatus,
    QueueStatus,
)
from domain.store import order_summaries, orders
from domain.store.database import Database
from tests.builders import NOW, Shop, sales_order

EVERY_COMBINATION = """
INSERT INTO orders (client_id, number, distribution_center_id, ordered_at, accepted_at, status,
                    marketplace_status, sales_order_code, invoice_code, cancelled_by, packed)
SELECT 1, row_number() OVER ()::text, 1, $1, $1, status, marketplace_status, sales_order_code, invoice_code,
       cancelled_by, packed
FROM unnest($2::text[]) AS a(status), unnest($3::text[]) AS b(marketplace_status),
     unnest($4::text[]) AS c(cancelled_by), unnest(ARRAY[NULL, 'SC-1']) AS d(sales_order_code),
     unnest(ARRAY[NULL, 'IC-1']) AS e(invoice_code), unnest(ARRAY[true, false]) AS f(packed)
"""


@pytest.mark.rule("C3")
async def test_the_condition_of_every_possible_order_is_the_rules(database: Database) -> None:
    shop = await Shop.open(database)
    await shop.write(EVERY_COMBINATION, NOW, [*OrderStatus], [None, *MarketplaceStatus], [None, *CancelledBy])

    rows = await shop.rows("SELECT * FROM orders")

    assert len(rows) == 7 * 8 * 3 * 2 * 2 * 2
    for row in rows:
        assert row["condition"] == condition(
            status=OrderStatus(row["status"]),
            marketplace_status=row["marketplace_status"] and MarketplaceStatus(row["marketplace_status"]),
            sales_order_code=row["sales_order_code"],
            invoice_code=row["invoice_code"],
            cancelled_by=row["cancelled_by"] and CancelledBy(row["cancelled_by"]),
            packed=row["packed"],
        ), row


LINES = [(units, short) for units in range(1, 4) for short in range(units + 1)]
DEMANDS = [[], *([line] for line in LINES), *([one, two] for one in LINES for two in LINES)]
"""Lines of an order: units open, and how many of them are short."""


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Orders 1, 2, 3 ... with these demands, all of them called PARTIAL."""
    shop = await Shop.open(database)
    await shop.sku("TEA")
    tea = [SalesOrderLine(sku_code="TEA", quantity=units) for units in range(4)]
    await load_sales_orders(
        shop.command(),
        sales_orders=[
            msgspec.structs.replace(
                sales_order(f"SO-{number}"), lines=tuple(tea[units] for units, _ in demand) or (tea[1],)
            )
            for number, demand in enumerate(DEMANDS)
        ],
    )
    await shop.write("DELETE FROM pool_demand WHERE order_id = 1")
    await shop.write(
        """
        UPDATE pool_demand SET back_ordered = given.short
        FROM unnest($1::int[]) WITH ORDINALITY AS given(short, place) WHERE line_id = place + 1
        """,
        [short for demand in DEMANDS for _, short in demand],
    )
    await shop.write("UPDATE orders SET back_order_status = 'PARTIAL'")
    return shop


EXPECTED = {
    number: back_order_status(
        open_units=sum(units for units, _ in demand), back_ordered=sum(short for _, short in demand)
    )
    for number, demand in enumerate(DEMANDS, start=1)
}
STATUSES = "SELECT id, back_order_status FROM orders ORDER BY id"


@pytest.mark.rule("D1")
async def test_the_back_order_status_of_every_small_demand_is_the_rules(shop: Shop) -> None:
    async with shop.database.transaction_across_clients() as transaction:
        changed = await order_summaries.refresh_back_order_status(
            transaction.sql, client_id=shop.client_id, order_ids=EXPECTED
        )

    assert dict(await shop.tuples(STATUSES)) == EXPECTED
    assert sorted(tuple(row) for row in changed) == [
        (order, 1, "CREATE", "PARTIAL")
        for order, status in EXPECTED.items()
        if status is not BackOrderStatus.PARTIAL
    ]


@pytest.mark.rule("D1")
async def test_the_back_order_status_follows_when_another_status_changes(shop: Shop) -> None:
    async with shop.database.transaction_across_clients() as transaction:
        await orders.change_status(
            transaction.sql,
            client_id=shop.client_id,
            changes=[
                orders.StatusChange(
                    order_id=order,
                    status=OrderStatus.COMMIT,
                    delivery_status=DeliveryStatus.NOT_DELIVERED,
                    queue_status=QueueStatus.PARTIALLY_PROCESSED,
                    is_back_order=True,
                    packed=False,
                    locked=False,
                )
                for order in EXPECTED
            ],
            units_changed=True,
        )

    assert dict(await shop.tuples(STATUSES)) == EXPECTED
    assert await shop.row("SELECT DISTINCT status, queue_status, is_back_order, version FROM orders") == {
        "status": "COMMIT",
        "queue_status": "PARTIALLY_PROCESSED",
        "is_back_order": True,
        "version": 2,
    }


@pytest.mark.rule("D9")
@pytest.mark.parametrize("mark", list(BackOrderMark))
async def test_the_back_order_status_of_marked_orders_is_the_rules(shop: Shop, mark: BackOrderMark) -> None:
    async with shop.database.transaction_across_clients() as transaction:
        await orders.set_back_order_mark(
            transaction.sql, client_id=shop.client_id, order_ids=EXPECTED, mark=mark
        )
        await order_summaries.refresh_back_order_status(
            transaction.sql, client_id=shop.client_id, order_ids=EXPECTED
        )

    assert dict(await shop.tuples(STATUSES)) == {
        number: back_order_status(
            open_units=sum(units for units, _ in demand),
            back_ordered=sum(short for _, short in demand),
            mark=mark,
        )
        for number, demand in enumerate(DEMANDS, start=1)
    }
