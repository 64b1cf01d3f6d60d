"""What a barcode is of: a SKU, an order, a dispatch, a Backorder or a purchase order (F10)."""

from __future__ import annotations

from domain.store.database import Connection


async def find(sql: Connection, *, client_id: int, code: str) -> dict[str, int]:
    """The client's object of each kind that the code is of: its id by Sku, Order, Dispatch, Backorder or
    PurchaseOrder, in the order in which they are to be preferred.

    SKUs are found by barcode and by code, the others by number. Hand-held scanners differ in what they make
    of the case of the letter that numbers of our own making begin with (store/numbering).
    """
    scanned = code.strip()
    if not scanned or not scanned.isprintable():
        return {}
    rows = await sql.fetch(
        """
        SELECT 1 AS place, 'Sku' AS kind, id FROM skus WHERE client_id = $1 AND barcode = $2
        UNION ALL SELECT 2, 'Sku', id FROM skus WHERE client_id = $1 AND code = $2
        UNION ALL SELECT 3, 'Order', id FROM orders WHERE client_id = $1 AND number = $2
        UNION ALL SELECT 4, 'Dispatch', id FROM dispatches WHERE client_id = $1 AND number = $3
        UNION ALL SELECT 5, 'Backorder', id FROM backorders WHERE client_id = $1 AND number = $3
        UNION ALL SELECT 6, 'PurchaseOrder', id FROM purchase_orders WHERE client_id = $1 AND number = $2
        ORDER BY place
        """,
        client_id,
        scanned,
        scanned.upper(),
    )
    found: dict[str, int] = {}
    for row in rows:
        found.setdefault(row["kind"], row["id"])
    return found
