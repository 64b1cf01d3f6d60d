"""Mutations of the rules for hold times (B3)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id, encode_id
from api.mutations.answering import ExpectedEdit, IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS
from api.roles import ADMINS
from api.types.hold_rules import HoldRule
from api.types.node import load
from domain.operations import hold_rules
from domain.operations.command import Command


@strawberry.input(description="Hold hours of the orders that have all the attributes named here.")
class HoldRuleInput:
    """A hold rule; at least one attribute."""

    hours: int = strawberry.field(description="Hours, from 0 to 8,760.")
    distribution_center_code: str | None = strawberry.field(
        default=None, description="Orders of this distribution center."
    )
    order_type: str | None = strawberry.field(default=None, description="Orders of this type.")
    shipping_agency: str | None = strawberry.field(default=None, description="Orders with this carrier.")
    service: str | None = strawberry.field(default=None, description="Orders with this service of a carrier.")
    country: str | None = strawberry.field(
        default=None, description="Orders that go to this country: two capital letters."
    )


@strawberry.type(description="The answer of setHoldRule.")
class HoldRulePayload:
    """The rule, unless it was refused."""

    rule_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The rule as it is now; null when the call was refused.")
    async def hold_rule(parents: Parents, info: Info) -> list[HoldRule | None]:
        return await load(info, "HoldRule", [payload.rule_id for payload in parents])


@strawberry.type(description="The answer of deleteHoldRule.")
class DeletedHoldRulePayload:
    """Which rule is no more."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The id of the rule that was deleted; null when the call was refused."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type
class HoldRuleMutations:
    """The part of `Mutation` about hold times."""

    @strawberry.mutation(
        description="Set how long orders with certain attributes are held (B3); a rule for the same ones is "
        "replaced. It holds for orders that wait already. Takes the role ADMIN."
    )
    async def set_hold_rule(
        self,
        info: Info,
        input: Annotated[HoldRuleInput, strawberry.argument(description="The rule.")],
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> HoldRulePayload:
        rule = hold_rules.NewHoldRule(
            distribution_center_code=input.distribution_center_code,
            order_type=input.order_type,
            shipping_agency=input.shipping_agency,
            service=input.service,
            country=input.country,
            hours=input.hours,
        )
        outcome = await answered(
            info,
            lambda command: hold_rules.set_hold_rule(command, rule=rule, expected_version=expected_version),
            roles=ADMINS,
            idempotency_key=idempotency_key,
        )
        saved = outcome.result
        return HoldRulePayload(rule_id=saved.rule_id if saved else None, user_errors=outcome.errors)

    @strawberry.mutation(description="Delete a hold rule. Takes the role ADMIN.")
    async def delete_hold_rule(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The rule.")],
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> DeletedHoldRulePayload:
        async def operation(command: Command) -> hold_rules.HoldRuleDeleted:
            rule_id = decode_id("HoldRule", id, argument="id")
            return await hold_rules.delete_hold_rule(
                command, rule_id=rule_id, expected_version=expected_version
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        deleted = outcome.result
        return DeletedHoldRulePayload(
            deleted_id=encode_id("HoldRule", deleted.rule_id) if deleted else None, user_errors=outcome.errors
        )
