"""Mutations of purchase orders: creating, receiving and changing them, and dropshipping (D5, D6, F4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id, decode_optional
from api.mutations.answering import ExpectedVersion, IdempotencyKey, answered
from api.mutations.payloads import DropshipPayload, PurchaseOrderPayload
from api.roles import OPERATORS
from domain.operations import change_purchase_orders as changing
from domain.operations import dropship_orders
from domain.operations import purchase_orders as operations
from domain.operations import receive_purchase_orders as receiving
from domain.operations.command import Command

LineId = Annotated[strawberry.ID, strawberry.argument(description="The purchase-order line.")]


@strawberry.input(description="A line of a purchase order to create.")
class PurchaseOrderLineInput:
    """How many units of which SKU, when, and for whom."""

    sku_code: str = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="Units, 1 or more.")
    expected_at: datetime | None = strawberry.field(
        default=None, description="When they are expected; left out when nobody knows."
    )
    order_line_id: strawberry.ID | None = strawberry.field(
        default=None, description="The open order line of the same SKU that a receipt serves first (D6)."
    )


@strawberry.input(description="A purchase order to create.")
class PurchaseOrderInput:
    """A purchase order as you know it."""

    number: str = strawberry.field(description="Your own number for it, unique among your purchase orders.")
    distribution_center_code: str = strawberry.field(
        description="The code of the distribution center it comes into."
    )
    vendor: str | None = strawberry.field(default=None, description="The vendor's name.")
    lines: list[PurchaseOrderLineInput] = strawberry.field(description="Its lines, at least one.")


@strawberry.input(description="Units that have come.")
class ReceiptLineInput:
    """What was received of a purchase-order line."""

    purchase_order_line_id: strawberry.ID = strawberry.field(description="The purchase-order line.")
    quantity: int = strawberry.field(description="Units, at most what is open of it.")


@strawberry.input(description="Where a vendor ships to.")
class ShipToInput:
    """The customer's address."""

    name: str = strawberry.field(description="Who receives it.")
    street: str = strawberry.field(description="Street and house number.")
    city: str = strawberry.field(description="City.")
    postal_code: str | None = strawberry.field(default=None, description="Postal code.")
    region: str | None = strawberry.field(default=None, description="State, province or region.")
    country: str = strawberry.field(description="Country.")


@strawberry.type
class PurchaseOrderMutations:
    """The part of `Mutation` about purchase orders."""

    @strawberry.mutation(
        description="Record what is on its way into a distribution center. Lines that wait for it are "
        "promised its dates (F4)."
    )
    async def create_purchase_order(
        self,
        info: Info,
        input: Annotated[PurchaseOrderInput, strawberry.argument(description="The purchase order.")],
        idempotency_key: IdempotencyKey = None,
    ) -> PurchaseOrderPayload:
        async def operation(command: Command) -> operations.PurchaseOrderChanged:
            return await operations.create_purchase_order(command, purchase_order=_purchase_order(input))

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Receive units of a purchase order: they come into stock, and whom they cover is "
        "computed at once (D3). What comes of a linked line serves its order first (D6). Of a dropship it "
        "says what the vendor has shipped to the customer."
    )
    async def receive_purchase_order(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The purchase order.")],
        lines: Annotated[list[ReceiptLineInput], strawberry.argument(description="What came of which line.")],
        idempotency_key: IdempotencyKey = None,
    ) -> PurchaseOrderPayload:
        async def operation(command: Command) -> operations.PurchaseOrderChanged:
            return await receiving.receive_purchase_order(
                command,
                purchase_order_id=decode_id("PurchaseOrder", id, argument="id"),
                receipts=[
                    receiving.Receipt(
                        line_id=decode_id(
                            "PurchaseOrderLine",
                            line.purchase_order_line_id,
                            argument=("lines", str(place), "purchaseOrderLineId"),
                        ),
                        quantity=line.quantity,
                    )
                    for place, line in enumerate(lines)
                ],
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Expect what is open of a purchase-order line at another time; who waits for it is "
        "promised another date (F4)."
    )
    async def reschedule_purchase_order_line(
        self,
        info: Info,
        id: LineId,
        expected_at: Annotated[
            datetime | None, strawberry.argument(description="When; left out when nobody knows.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> PurchaseOrderPayload:
        async def operation(command: Command) -> operations.PurchaseOrderChanged:
            return await changing.reschedule_purchase_order_line(
                command, line_id=decode_id("PurchaseOrderLine", id, argument="id"), expected_at=expected_at
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Have another quantity of a purchase-order line on its way.")
    async def change_purchase_order_line(
        self,
        info: Info,
        id: LineId,
        quantity: Annotated[
            int, strawberry.argument(description="Units, not below what is received or cancelled.")
        ],
        idempotency_key: IdempotencyKey = None,
    ) -> PurchaseOrderPayload:
        async def operation(command: Command) -> operations.PurchaseOrderChanged:
            return await changing.change_purchase_order_line(
                command, line_id=decode_id("PurchaseOrderLine", id, argument="id"), quantity=quantity
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Expect nothing more of a purchase-order line. An order line that its vendor was to ship "
        "waits for a run again (D5)."
    )
    async def cancel_purchase_order_line(
        self, info: Info, id: LineId, idempotency_key: IdempotencyKey = None
    ) -> PurchaseOrderPayload:
        async def operation(command: Command) -> operations.PurchaseOrderChanged:
            return await changing.cancel_purchase_order_line(
                command, line_id=decode_id("PurchaseOrderLine", id, argument="id")
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Have what is still to come of a purchase-order line serve an order line first (D6), or "
        "nobody in particular."
    )
    async def link_purchase_order_line(
        self,
        info: Info,
        id: LineId,
        order_line_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The order line; left out for none.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> PurchaseOrderPayload:
        async def operation(command: Command) -> operations.PurchaseOrderChanged:
            return await changing.link_purchase_order_line(
                command,
                line_id=decode_id("PurchaseOrderLine", id, argument="id"),
                order_line_id=decode_optional("OrderLine", order_line_id, argument="orderLineId"),
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Have a vendor ship what is open of an order line (D5): a purchase order to the vendor "
        "is created, and the line takes the route DROPSHIP."
    )
    async def dropship_order_line(
        self,
        info: Info,
        line_id: Annotated[strawberry.ID, strawberry.argument(description="The order line.")],
        vendor: Annotated[str | None, strawberry.argument(description="The vendor's name.")] = None,
        ship_to: Annotated[
            ShipToInput | None, strawberry.argument(description="Where the vendor ships to.")
        ] = None,
        expected_at: Annotated[
            datetime | None, strawberry.argument(description="Until when the vendor ships it.")
        ] = None,
        distribution_center: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The vendor's distribution center, of the kind DROPSHIP; the only one by default."
            ),
        ] = None,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> DropshipPayload:
        async def operation(command: Command) -> dropship_orders.Dropshipped:
            return await dropship_orders.dropship_order_line(
                command,
                line_id=decode_id("OrderLine", line_id, argument="lineId"),
                terms=dropship_orders.VendorTerms(
                    vendor=vendor,
                    distribution_center_id=decode_optional(
                        "DistributionCenter", distribution_center, argument="distributionCenter"
                    ),
                    ship_to=_ship_to(ship_to),
                    expected_at=expected_at,
                ),
                expected_version=expected_version,
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        left = outcome.result
        return DropshipPayload(
            order_id=left.order_id if left else None,
            purchase_order_id=left.purchase_order_id if left else None,
            user_errors=outcome.errors,
        )


async def _changed(
    info: Info,
    operation: Callable[[Command], Awaitable[operations.PurchaseOrderChanged]],
    idempotency_key: str | None,
) -> PurchaseOrderPayload:
    outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
    changed = outcome.result
    return PurchaseOrderPayload(
        purchase_order_id=changed.purchase_order_id if changed else None, user_errors=outcome.errors
    )


def _purchase_order(given: PurchaseOrderInput) -> operations.PurchaseOrder:
    return operations.PurchaseOrder(
        number=given.number,
        distribution_center_code=given.distribution_center_code,
        vendor=given.vendor,
        lines=tuple(
            operations.PurchaseOrderLine(
                sku_code=line.sku_code,
                quantity=line.quantity,
                expected_at=line.expected_at,
                order_line_id=decode_optional(
                    "OrderLine",
                    line.order_line_id,
                    argument=("input", "lines", str(place), "orderLineId"),
                ),
            )
            for place, line in enumerate(given.lines)
        ),
    )


def _ship_to(given: ShipToInput | None) -> dropship_orders.ShipTo | None:
    if given is None:
        return None
    return dropship_orders.ShipTo(
        name=given.name,
        street=given.street,
        city=given.city,
        postal_code=given.postal_code,
        region=given.region,
        country=given.country,
    )
