"""Finding what a scanner reads (F10)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.rows import typed
from api.types.node import load
from api.types.scans import ScanResult
from domain.views.scans import scanned


@strawberry.type
class ScanQueries:
    """The part of `Query` for scanners."""

    @strawberry.field(
        description="What a barcode is of: a SKU by its barcode or code; an order, a dispatch, a Backorder "
        "or a purchase order by its number. Null when the client has nothing with it (F10)."
    )
    async def scan(
        self, info: Info, code: Annotated[str, strawberry.argument(description="What was scanned.")]
    ) -> ScanResult | None:
        found = await scanned(info.context.database, client_id=info.context.client_id, code=code)
        if found is None:
            return None
        kind, number = found
        (row,) = await load(info, kind, [number])
        result: Any = None if row is None else typed(kind, row)
        return result  # type: ignore[no-any-return] # a row stands for the object
