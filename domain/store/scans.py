"""What a barcode is of: a SKU, an order, a dispatch, a Backorder or a purchase order (F10)."""

from __future__ import annotations

import re

from domain.store.database import Connection

_OWN_NUMBER = re.compile(r"([DB])(?:([1-9][0-9]{0,8})-)?([1-9][0-9]{0,18})", re.IGNORECASE)
_LARGEST = 2**63 - 1


async def find(sql: Connection, *, client_id: int, code: str) -> dict[str, int]:
    """The client's object of each kind that the code is of: its id by Sku, Order, Dispatch, Backorder or
    PurchaseOrder, in the order in which they are to be preferred.

    SKUs are found by barcode and by code, the others by number. Numbers of our own making are a letter, a
    place and a serial (store/numbering), or, older ones, a letter and an id; hand-held scanners differ in
    what they make of the letter's case.
    """
    scanned = code.strip()
    if not scanned or not scanned.isprintable():
        return {}
    own = _OWN_NUMBER.fullmatch(scanned)
    letter, place, number = (own[1].upper(), own[2] and int(own[2]), int(own[3])) if own else ("", None, 0)
    known = number if number <= _LARGEST else 0
    rows = await sql.fetch(
        """
        SELECT 1 AS place, 'Sku' AS kind, id FROM skus WHERE client_id = $1 AND barcode = $2
        UNION ALL SELECT 2, 'Sku', id FROM skus WHERE client_id = $1 AND code = $2
        UNION ALL SELECT 3, 'Order', id FROM orders WHERE client_id = $1 AND number = $2
        UNION ALL SELECT 4, 'Dispatch', id FROM dispatches
            WHERE client_id = $1 AND id = $3 AND serial IS NULL AND $5::int IS NULL
        UNION ALL SELECT 4, 'Dispatch', dispatch.id FROM stock_pools AS pool
            JOIN dispatches AS dispatch ON dispatch.client_id = $1 AND dispatch.serial = $3
                AND dispatch.distribution_center_id = pool.distribution_center_id
            WHERE pool.client_id = $1 AND pool.place = $5
        UNION ALL SELECT 5, 'Backorder', id FROM backorders
            WHERE client_id = $1 AND id = $4 AND serial IS NULL AND $5::int IS NULL
        UNION ALL SELECT 5, 'Backorder', backorder.id FROM stock_pools AS pool
            JOIN backorders AS backorder ON backorder.client_id = $1 AND backorder.serial = $4
                AND backorder.distribution_center_id = pool.distribution_center_id
            WHERE pool.client_id = $1 AND pool.place = $5
        UNION ALL SELECT 6, 'PurchaseOrder', id FROM purchase_orders WHERE client_id = $1 AND number = $2
        ORDER BY place
        """,
        client_id,
        scanned,
        known if letter == "D" else None,
        known if letter == "B" else None,
        place,
    )
    found: dict[str, int] = {}
    for row in rows:
        found.setdefault(row["kind"], row["id"])
    return found
