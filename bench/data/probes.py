"""SKUs of which nothing is there and for which few lines wait, and a purchase order that brings them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from api.ids import encode_id
from bench.data.filling import Business
from domain.operations.purchase_orders import PurchaseOrder, PurchaseOrderLine, create_purchase_order
from domain.store.database import Database

_ENOUGH = 100_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where units of a probe are received: ids of a purchase order and its line, as the API has them."""

    purchase_order: str
    line: str


def probe_codes(count: int) -> list[str]:
    """The codes of so many probes."""
    return [f"9{number:04}X" for number in range(count)]


def probe_baskets(
    codes: Sequence[str], others: Sequence[tuple[str, ...]], *, lines_each: int
) -> list[tuple[str, ...]]:
    """Orders in which each probe stands `lines_each` times, beside two SKUs of other baskets."""
    baskets: list[tuple[str, ...]] = []
    for number, code in enumerate(codes):
        for place in range(lines_each):
            first, second, *_ = others[(number * lines_each + place) % len(others)]
            baskets.append((code, first, second))
    return baskets


async def announce(url: str, business: Business, codes: Sequence[str]) -> list[Arrival]:
    """A purchase order that has a line for each probe, in their order."""
    database = await Database.open(url)
    try:
        created = await create_purchase_order(
            business.command(database),
            purchase_order=PurchaseOrder(
                number="PO-PROBES",
                distribution_center_code="DC1",
                lines=tuple(PurchaseOrderLine(sku_code=code, quantity=_ENOUGH) for code in codes),
            ),
        )
        async with database.connection_across_clients() as sql:
            rows = await sql.fetch("SELECT id FROM purchase_order_lines ORDER BY line_number")
    finally:
        await database.close()
    order = encode_id("PurchaseOrder", created.purchase_order_id)
    return [Arrival(order, encode_id("PurchaseOrderLine", row["id"])) for row in rows]


async def want_much(url: str, codes: Sequence[str]) -> None:
    """Let every line of the probes want more than ever comes, so that each unit changes how much it lacks."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for table, change in (
                ("order_lines", f"requested = {_ENOUGH}"),
                ("pool_demand", f"open = {_ENOUGH}, back_ordered = {_ENOUGH}"),
            ):
                await connection.execute(
                    f"UPDATE {table} SET {change}"  # noqa: S608 - our own words
                    " WHERE sku_id IN (SELECT id FROM skus WHERE code = ANY($1::text[]))",
                    list(codes),
                )
    finally:
        await connection.close()
