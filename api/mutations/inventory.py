"""Mutations that put the inventory right."""

from __future__ import annotations

import strawberry

from api.context import Info
from api.mutations.answering import ADMINS, IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS
from domain.operations.inventory import repair_inventory


@strawberry.type(description="The answer of repairInventory.")
class RepairPayload:
    """How much was repaired."""

    repaired: int = strawberry.field(description="How many drifts there were; 0 when the call was refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type
class InventoryMutations:
    """The part of `Mutation` about the inventory's books."""

    @strawberry.mutation(
        description="Make stock levels, ledger, dispatches and open demand agree (F8). What is on hand stays "
        "as counted, what is allocated becomes what open dispatches hold, and the ledger is posted what it "
        "lacks. Takes the role ADMIN."
    )
    async def repair_inventory(self, info: Info, idempotency_key: IdempotencyKey = None) -> RepairPayload:
        outcome = await answered(info, repair_inventory, roles=ADMINS, idempotency_key=idempotency_key)
        done = outcome.result
        return RepairPayload(repaired=done.repaired if done else 0, user_errors=outcome.errors)
