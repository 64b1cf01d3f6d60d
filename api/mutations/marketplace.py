"""Mutations of what marketplaces say of orders (C3)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.mutations.answering import IdempotencyKey, UserError, answered, user_errors
from api.mutations.payloads import ERRORS
from api.roles import SERVICES
from api.types.node import load
from api.types.orders import Order
from domain.operations import update_marketplace_status as updating
from domain.rules.vocabulary import MarketplaceStatus, Outcome

_TELLS = "What is left out stays as it is, null takes it away."


@strawberry.input(description="What a marketplace, and the systems behind it, say of an order. " + _TELLS)
class MarketplaceUpdateInput:
    """News of an order."""

    order_number: str = strawberry.field(description="The order's number.")
    marketplace_status: MarketplaceStatus | None = strawberry.field(
        default=strawberry.UNSET, description="What the marketplace says of it."
    )
    marketplace_invoice_number: str | None = strawberry.field(
        default=strawberry.UNSET, description="The marketplace's invoice number."
    )
    sales_order_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its code in the sales system."
    )
    invoice_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its code in the invoicing system."
    )
    shipping_agency: str | None = strawberry.field(default=strawberry.UNSET, description="Who carries it.")


@strawberry.type(description="What became of the news of one order.")
class MarketplaceUpdateResult:
    """The result of one row."""

    order_id: strawberry.Private[int | None]
    order_number: str = strawberry.field(description="The order's number, as it was sent.")
    outcome: Outcome = strawberry.field(description="SKIPPED is what was known already.")
    error: UserError | None = strawberry.field(
        description="Why it FAILED; otherwise, why the order could not be cancelled as the customer wanted."
    )

    @batched(description="The order as it is now; null when it FAILED.")
    async def order(parents: Parents, info: Info) -> list[Order | None]:
        return await load(info, "Order", [result.order_id for result in parents])


@strawberry.type(description="The answer of updateMarketplaceStatus.")
class MarketplacePayload:
    """A result for each row."""

    results: list[MarketplaceUpdateResult] = strawberry.field(
        description="What became of each row, in the order they were sent; empty when the call was refused."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type
class MarketplaceMutations:
    """The part of `Mutation` about marketplaces."""

    @strawberry.mutation(
        description="Record what marketplaces say of orders: status, invoice number, codes, shipping agency. "
        "Their conditions follow (C3). An order cancelled on its marketplace was cancelled by the customer, "
        "and is cancelled here but for what is dispatched of it. Rows in error change nothing, and the "
        "others land."
    )
    async def update_marketplace_status(
        self,
        info: Info,
        input: Annotated[
            list[MarketplaceUpdateInput],
            strawberry.argument(description="At most 10,000 rows, each of another order."),
        ],
        idempotency_key: IdempotencyKey = None,
    ) -> MarketplacePayload:
        updates = [_update(row) for row in input]
        outcome = await answered(
            info,
            lambda command: updating.update_marketplace_status(command, updates=updates),
            roles=SERVICES,
            idempotency_key=idempotency_key,
        )
        results = outcome.result.results if outcome.result else []
        return MarketplacePayload(
            results=[_result(result) for result in results],
            user_errors=outcome.errors + user_errors([result.error for result in results if result.error]),
        )


def _update(row: MarketplaceUpdateInput) -> updating.MarketplaceUpdate:
    told: dict[str, Any] = {
        name: msgspec.UNSET if value is strawberry.UNSET else value for name, value in vars(row).items()
    }
    return updating.MarketplaceUpdate(**told)


def _result(result: updating.UpdateResult) -> MarketplaceUpdateResult:
    return MarketplaceUpdateResult(
        order_id=result.order_id,
        order_number=result.order_number,
        outcome=result.outcome,
        error=user_errors([result.error])[0] if result.error else None,
    )
