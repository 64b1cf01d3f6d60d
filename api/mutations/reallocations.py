"""Mutations of reallocations and their variants (F3)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id, encode_id
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS
from api.roles import ADMINS, OPERATORS
from api.types.node import load
from api.types.reallocations import ReallocationPlan, ReallocationVariant
from domain.operations import reallocation_variants as variants
from domain.operations.apply_reallocation import ReallocationApplied, apply_reallocation
from domain.operations.command import Command
from domain.operations.plan_reallocation import ReallocationPlanned, plan_reallocation
from domain.rules.vocabulary import ConfirmationStrategy, SegmentSort, UnmetWin
from domain.store.reallocation_variants import StoredFilter


@strawberry.input(
    description="Which orders a segment takes: all conditions hold, and of a list any value. An empty filter "
    "takes every order that is left."
)
class ReallocationSegmentFilterInput:
    """A filter of a segment."""

    priority_from: int | None = strawberry.field(
        default=None, description="Of this priority or a higher one."
    )
    priority_to: int | None = strawberry.field(default=None, description="Of this priority or a lower one.")
    min_age_hours: int | None = strawberry.field(
        default=None, description="Ordered at least so many hours ago; 0 to 876,000."
    )
    max_age_hours: int | None = strawberry.field(
        default=None, description="Ordered at most so many hours ago; 0 to 876,000."
    )
    order_types: list[str] | None = strawberry.field(default=None, description="Of these order types.")
    shipping_agencies: list[str] | None = strawberry.field(default=None, description="With these carriers.")
    services: list[str] | None = strawberry.field(
        default=None, description="With these services of a carrier."
    )
    countries: list[str] | None = strawberry.field(
        default=None, description="Going to these countries: two capital letters each."
    )
    store_codes: list[str] | None = strawberry.field(default=None, description="Of these stores.")
    sku_codes: list[str] | None = strawberry.field(
        default=None, description="With an unfinished line of one of these SKUs."
    )
    order_numbers: list[str] | None = strawberry.field(default=None, description="With these numbers.")


@strawberry.input(description="Orders that a reallocation is to treat alike.")
class ReallocationSegmentInput:
    """A segment."""

    name: str = strawberry.field(description="As people call it.")
    strategy: ConfirmationStrategy = strawberry.field(description="What becomes of its orders.")
    sort: SegmentSort = strawberry.field(
        default=SegmentSort.RANK, description="Which of its orders come first."
    )
    filter: ReallocationSegmentFilterInput | None = strawberry.field(
        default=None, description="Which orders it takes; every order that is left if not given."
    )


@strawberry.input(description="A named list of segments.")
class ReallocationVariantInput:
    """A variant."""

    name: str = strawberry.field(description="As people call it; a variant of this name is replaced.")
    unmet_win: UnmetWin = strawberry.field(
        default=UnmetWin.STOP,
        description="What becomes of a reallocation in which orders that are to win can't have all.",
    )
    segments: list[ReallocationSegmentInput] = strawberry.field(
        description="1 to 100 segments; an order belongs to the first that takes it."
    )


@strawberry.type(description="The answer of setReallocationVariant.")
class ReallocationVariantPayload:
    """The variant, unless it was refused."""

    variant_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The variant as it is now; null when the call was refused.")
    async def variant(parents: Parents, info: Info) -> list[ReallocationVariant | None]:
        return await load(info, "ReallocationVariant", [payload.variant_id for payload in parents])


@strawberry.type(description="The answer of deleteReallocationVariant.")
class DeletedReallocationVariantPayload:
    """Which variant is no more."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The id of the variant that was deleted; null when the call was refused."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The answer of a mutation of a reallocation.")
class ReallocationPayload:
    """The reallocation, unless it was refused."""

    plan_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The reallocation; null when the call was refused.")
    async def plan(parents: Parents, info: Info) -> list[ReallocationPlan | None]:
        return await load(info, "ReallocationPlan", [payload.plan_id for payload in parents])


@strawberry.type
class ReallocationMutations:
    """The part of `Mutation` about reallocations."""

    @strawberry.mutation(
        description="Create a reallocation variant, or replace what the one of this name says (F3). Plans "
        "that were made by what it said before are stale. Takes the role ADMIN."
    )
    async def set_reallocation_variant(
        self,
        info: Info,
        input: Annotated[ReallocationVariantInput, strawberry.argument(description="The variant.")],
        expected_version: Annotated[
            int | None,
            strawberry.argument(
                description="The variant's version you have seen, 0 for none; if it has changed since, "
                "nothing is done and the answer is VERSION_CONFLICT with the current one (F6)."
            ),
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ReallocationVariantPayload:
        variant = variants.VariantInput(
            name=input.name,
            unmet_win=input.unmet_win,
            segments=tuple(
                variants.SegmentInput(
                    name=segment.name,
                    strategy=segment.strategy,
                    sort=segment.sort,
                    filter=_stored(segment.filter),
                )
                for segment in input.segments
            ),
        )
        outcome = await answered(
            info,
            lambda command: variants.set_reallocation_variant(
                command, variant=variant, expected_version=expected_version
            ),
            roles=ADMINS,
            idempotency_key=idempotency_key,
        )
        saved = outcome.result
        return ReallocationVariantPayload(
            variant_id=saved.variant_id if saved else None, user_errors=outcome.errors
        )

    @strawberry.mutation(description="Delete a reallocation variant; its plans stay. Takes the role ADMIN.")
    async def delete_reallocation_variant(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The variant.")],
        idempotency_key: IdempotencyKey = None,
    ) -> DeletedReallocationVariantPayload:
        async def operation(command: Command) -> variants.VariantDeleted:
            variant_id = decode_id("ReallocationVariant", id, argument="id")
            return await variants.delete_reallocation_variant(command, variant_id=variant_id)

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        deleted = outcome.result
        return DeletedReallocationVariantPayload(
            deleted_id=encode_id("ReallocationVariant", deleted.variant_id) if deleted else None,
            user_errors=outcome.errors,
        )

    @strawberry.mutation(
        description="Decide what a reallocation of the distribution center by this variant would do now, "
        "without doing it (F3). Nothing is changed; only the plan itself is kept."
    )
    async def plan_reallocation(
        self,
        info: Info,
        distribution_center: Annotated[strawberry.ID, strawberry.argument(description="Where.")],
        variant: Annotated[strawberry.ID, strawberry.argument(description="By which segments.")],
        idempotency_key: IdempotencyKey = None,
    ) -> ReallocationPayload:
        async def operation(command: Command) -> ReallocationPlanned:
            return await plan_reallocation(
                command,
                distribution_center_id=decode_id(
                    "DistributionCenter", distribution_center, argument="distributionCenter"
                ),
                variant_id=decode_id("ReallocationVariant", variant, argument="variant"),
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        made = outcome.result
        return ReallocationPayload(plan_id=made.plan_id if made else None, user_errors=outcome.errors)

    @strawberry.mutation(
        description="Carry out exactly what the plan of a reallocation says, or nothing of it (F3): "
        "STALE_PLAN when what it was made from has changed, INSUFFICIENT_STOCK when a winner is unmet and "
        "the variant says STOP. A plan is applied once; asked again, nothing more is done. One that changes "
        "more than 10,000 lines is applied by a worker: its `run` is SCHEDULED then, `processorRunChanged` "
        "tells how far it is, and where nothing could be applied it is FAILED, its `failure` beginning with "
        "the code. After that the plan may be applied again."
    )
    async def apply_reallocation(
        self,
        info: Info,
        plan_id: Annotated[strawberry.ID, strawberry.argument(description="The plan.")],
        idempotency_key: IdempotencyKey = None,
    ) -> ReallocationPayload:
        async def operation(command: Command) -> ReallocationApplied:
            number = decode_id("ReallocationPlan", plan_id, argument="planId")
            return await apply_reallocation(command, plan_id=number)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        applied = outcome.result
        return ReallocationPayload(plan_id=applied.plan_id if applied else None, user_errors=outcome.errors)


def _stored(given: ReallocationSegmentFilterInput | None) -> StoredFilter:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (vars(given) if given else {}).items()
    }
    return StoredFilter(**values)
