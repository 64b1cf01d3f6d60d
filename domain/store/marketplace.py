"""What marketplaces and the systems behind them say of orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.store.database import Connection, Row
from domain.store.reference import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All of it, of one order."""

    order_id: int
    marketplace_status: str | None
    marketplace_invoice_number: str | None
    sales_order_code: str | None
    invoice_code: str | None
    shipping_agency: str | None


async def known(sql: Connection, *, client_id: int, numbers: Collection[str]) -> list[Row]:
    """The orders that have these numbers: id, number, status, locked and shipping_agency."""
    return await sql.fetch(
        """
        SELECT id, number, status, locked, shipping_agency FROM orders
        WHERE client_id = $1 AND number = ANY($2::text[])
        """,
        client_id,
        printable(numbers),
    )


async def record(sql: Connection, *, client_id: int, standings: Sequence[Standing]) -> None:
    """Write the standings (one per order) and move each version on. The orders are locked by the caller.

    Of all that only the carrier is what plans are made from; the rest is counted as news, which outdate none.
    """
    await sql.execute(
        """
        UPDATE orders AS o
        SET marketplace_status = told.marketplace_status,
            marketplace_invoice_number = told.marketplace_invoice_number,
            sales_order_code = told.sales_order_code, invoice_code = told.invoice_code,
            shipping_agency = told.shipping_agency, version = o.version + 1,
            news = o.news + (o.shipping_agency IS NOT DISTINCT FROM told.shipping_agency)::int
        FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS told(order_id, marketplace_status, marketplace_invoice_number, sales_order_code, invoice_code,
                    shipping_agency)
        WHERE o.client_id = $1 AND o.id = ANY($2::bigint[]) AND o.id = told.order_id
        """,
        client_id,
        [standing.order_id for standing in standings],
        [standing.marketplace_status for standing in standings],
        [standing.marketplace_invoice_number for standing in standings],
        [standing.sales_order_code for standing in standings],
        [standing.invoice_code for standing in standings],
        [standing.shipping_agency for standing in standings],
    )
