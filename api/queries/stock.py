"""Queries of dispatches, stock, its limits and its books."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.ids import decode_optional, split_id
from api.types.connections import After, Connection, First, page_request
from api.types.dispatches import Dispatch
from api.types.inputs import DispatchFilter, dispatch_filter
from api.types.inventory import InventoryDrift
from api.types.node import load
from api.types.reference import StockLevel
from api.types.stock_limits import BackOrderCap
from domain.views.dispatches import dispatches_page
from domain.views.inventory import inventory_drifts
from domain.views.stock import stock_levels
from domain.views.stock_limits import caps_page, protected_levels

CenterId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this distribution center.")
]


@strawberry.type
class StockQueries:
    """The part of `Query` about dispatches and stock."""

    @strawberry.field(description="One dispatch; null when the client has none with this id.")
    async def dispatch(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")]
    ) -> Dispatch | None:
        found = split_id(id)
        if found is None or found[0] != "Dispatch":
            return None
        dispatch: Dispatch | None
        (dispatch,) = await load(info, "Dispatch", [found[1]])
        return dispatch

    @strawberry.field(description="The stock of which some is kept back from everybody (F7), by SKU code.")
    async def protected_quantities(
        self, info: Info, distribution_center: CenterId = None
    ) -> list[StockLevel]:
        levels: list[Any] = await protected_levels(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
        )
        return levels

    @strawberry.field(description="The caps on back orders (F7).")
    async def back_order_caps(
        self,
        info: Info,
        distribution_center: CenterId = None,
        sku: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this SKU.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[BackOrderCap]:
        page: Any = await caps_page(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
            sku_id=decode_optional("Sku", sku, argument="sku"),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="Where the inventory's books disagree (F8): empty when all is well; see repairInventory."
    )
    async def verify_inventory(self, info: Info) -> list[InventoryDrift]:
        drifts: list[Any] = await inventory_drifts(info.context.database, client_id=info.context.client_id)
        return drifts

    @strawberry.field(
        description="Dispatches, the newest first; inventory picks are those of the kind WAREHOUSE_PICK (E5)."
    )
    async def dispatches(
        self,
        info: Info,
        filter: Annotated[DispatchFilter | None, strawberry.argument(description="Which dispatches.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Dispatch]:
        page: Any = await dispatches_page(
            info.context.database,
            client_id=info.context.client_id,
            dispatch_filter=dispatch_filter(filter),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="The stock of SKUs, in every distribution center that has held them or in one; zeros "
        "there, and everywhere for a SKU that none has held."
    )
    async def stock_levels(
        self,
        info: Info,
        sku_codes: Annotated[
            list[str], strawberry.argument(description="Codes of SKUs; unknown ones are left out.")
        ],
        distribution_center: CenterId = None,
    ) -> list[StockLevel]:
        levels: list[Any] = await stock_levels(
            info.context.database,
            client_id=info.context.client_id,
            sku_codes=sku_codes,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
        )
        return levels
