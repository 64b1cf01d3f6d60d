"""Mutations of reference data, stock counts and settings."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import ExpectedEdit, IdempotencyKey, answered
from api.mutations.payloads import ClientPayload, DistributionCenterPayload, SetupPayload
from api.roles import ADMINS, OPERATORS
from domain.operations import client_settings, set_up, shipment_policies
from domain.operations.command import Command
from domain.rules.vocabulary import DistributionCenterKind, ShipmentPolicyKind


@strawberry.input(description="A SKU, by its code.")
class SkuInput:
    """A SKU to create or change."""

    code: str = strawberry.field(description="Your own code for it, unique among your SKUs.")
    name: str = strawberry.field(description="As people call it.")
    barcode: str | None = strawberry.field(default=None, description="What scanners read on it.")
    replacement_code: str | None = strawberry.field(
        default=None, description="The code of the SKU that may stand in for it (D2)."
    )


@strawberry.input(description="A distribution center, by its code.")
class DistributionCenterInput:
    """A distribution center to create or change."""

    code: str = strawberry.field(description="Your own code for it, unique among yours.")
    name: str = strawberry.field(description="As people call it.")
    kind: DistributionCenterKind | None = strawberry.field(
        default=DistributionCenterKind.STANDARD, description="What sort of warehouse it is."
    )


@strawberry.input(description="A store, by its code.")
class StoreInput:
    """A store to create or change."""

    code: str = strawberry.field(description="Your own code for it, unique among your stores.")
    name: str = strawberry.field(description="As people call it.")


@strawberry.input(description="What was counted of a SKU in a distribution center.")
class StockInput:
    """A stock count."""

    sku_code: str = strawberry.field(description="The SKU's code.")
    distribution_center_code: str = strawberry.field(description="The distribution center's code.")
    on_hand: int = strawberry.field(
        description="Units on hand, 0 or more, dispatched but not shipped ones too."
    )


@strawberry.input(description="Into how many dispatches an order may be divided (B8).")
class ShipmentPolicyInput:
    """A shipment policy."""

    kind: ShipmentPolicyKind = strawberry.field(description="The kind of policy.")
    max_dispatches: int | None = strawberry.field(
        default=None, description="The most dispatches per order: needed for UP_TO, left out otherwise."
    )
    split_lines: bool | None = strawberry.field(
        default=False, description="Whether a line may be divided by quantity (B7)."
    )


@strawberry.input(description="The settings to change; what is left out stays as it is.")
class ClientSettingsInput:
    """A change of settings."""

    hold_hours: int | None = strawberry.field(
        default=None, description="Hours an order waits for all of its lines (B3), from 0 to 8,760."
    )
    require_order_confirmation: bool | None = strawberry.field(
        default=None, description="Process only confirmed orders (A9)."
    )
    allow_backlog_sku_revert: bool | None = strawberry.field(
        default=None, description="Allow reverting Backlog SKUs (A7)."
    )
    back_order_workflow: bool | None = strawberry.field(
        default=None, description="The master switch of the back order settings (D2)."
    )
    hide_back_order_column: bool | None = strawberry.field(
        default=None, description="Have frontends leave out the back order column (D2)."
    )
    mark_on_create: bool | None = strawberry.field(
        default=None, description="Set the back order status when an order is created (D2)."
    )
    consider_replacement_sku: bool | None = strawberry.field(
        default=None, description="Let stock of a replacement SKU cover a line (D2)."
    )
    exclude_dropship_from_availability: bool | None = strawberry.field(
        default=None, description="Count stock in DROPSHIP distribution centers as unavailable (D2)."
    )
    time_zone: str | None = strawberry.field(default=None, description="An IANA name such as Asia/Jakarta.")
    shipment_policy: ShipmentPolicyInput | None = strawberry.field(
        default=None, description="Into how many dispatches an order may be divided (B8)."
    )


@strawberry.type
class SetUpMutations:
    """The part of `Mutation` that sets up a client."""

    @strawberry.mutation(description="Create distribution centers, or change those whose code exists.")
    async def upsert_distribution_centers(
        self,
        info: Info,
        input: Annotated[list[DistributionCenterInput], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SetupPayload:
        rows = [
            set_up.NewDistributionCenter(
                code=i.code, name=i.name, kind=i.kind or DistributionCenterKind.STANDARD
            )
            for i in input
        ]
        return SetupPayload.of(
            await answered(
                info,
                lambda command: set_up.upsert_distribution_centers(command, distribution_centers=rows),
                roles=OPERATORS,
                idempotency_key=idempotency_key,
            )
        )

    @strawberry.mutation(description="Create stores, or rename those whose code exists.")
    async def upsert_stores(
        self,
        info: Info,
        input: Annotated[list[StoreInput], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SetupPayload:
        rows = [set_up.NewStore(code=i.code, name=i.name) for i in input]
        return SetupPayload.of(
            await answered(
                info,
                lambda command: set_up.upsert_stores(command, stores=rows),
                roles=OPERATORS,
                idempotency_key=idempotency_key,
            )
        )

    @strawberry.mutation(description="Create SKUs, or change those whose code exists.")
    async def upsert_skus(
        self,
        info: Info,
        input: Annotated[list[SkuInput], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SetupPayload:
        rows = [
            set_up.NewSku(code=i.code, name=i.name, barcode=i.barcode, replacement_code=i.replacement_code)
            for i in input
        ]
        return SetupPayload.of(
            await answered(
                info,
                lambda command: set_up.upsert_skus(command, skus=rows),
                roles=OPERATORS,
                idempotency_key=idempotency_key,
            )
        )

    @strawberry.mutation(
        description="Set what is on hand, from counts. The difference goes into the stock ledger (F8)."
    )
    async def set_stock(
        self,
        info: Info,
        input: Annotated[list[StockInput], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SetupPayload:
        counts = [
            set_up.StockCount(
                sku_code=i.sku_code, distribution_center_code=i.distribution_center_code, on_hand=i.on_hand
            )
            for i in input
        ]
        return SetupPayload.of(
            await answered(
                info,
                lambda command: set_up.set_stock(command, counts=counts),
                roles=OPERATORS,
                idempotency_key=idempotency_key,
            )
        )

    @strawberry.mutation(description="Change the client's settings. Takes the role ADMIN.")
    async def update_client_settings(
        self,
        info: Info,
        input: Annotated[ClientSettingsInput, strawberry.argument(description="What to change.")],
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ClientPayload:
        change = settings_change(input)
        outcome = await answered(
            info,
            lambda command: client_settings.update_client_settings(
                command, change=change, expected_version=expected_version
            ),
            roles=ADMINS,
            idempotency_key=idempotency_key,
        )
        changed = outcome.result
        return ClientPayload(client_id=changed.client_id if changed else None, user_errors=outcome.errors)

    @strawberry.mutation(
        description="Give a distribution center a shipment policy of its own, over the client's (B8). It "
        "applies from the next run on. Takes the role ADMIN."
    )
    async def set_shipment_policy(
        self,
        info: Info,
        distribution_center: Annotated[strawberry.ID, strawberry.argument(description="Where.")],
        policy: Annotated[
            ShipmentPolicyInput | None,
            strawberry.argument(
                description="The policy; null or nothing takes it away, and the client's applies again."
            ),
        ] = None,
        expected_version: Annotated[
            int | None,
            strawberry.argument(
                description="The `shipmentPolicyVersion` you have seen; if it is another one by now, nothing "
                "is done and the answer is VERSION_CONFLICT with the current one (F6)."
            ),
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> DistributionCenterPayload:
        async def operation(command: Command) -> shipment_policies.ShipmentPolicySet:
            return await shipment_policies.set_shipment_policy(
                command,
                distribution_center_id=decode_id(
                    "DistributionCenter", distribution_center, argument="distributionCenter"
                ),
                policy=_policy(policy),
                expected_version=expected_version,
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        saved = outcome.result
        return DistributionCenterPayload(
            distribution_center_id=saved.distribution_center_id if saved else None,
            user_errors=outcome.errors,
        )


def settings_change(input: ClientSettingsInput) -> client_settings.SettingsChange:
    """The settings that the input names."""
    return client_settings.SettingsChange(
        hold_hours=input.hold_hours,
        require_order_confirmation=input.require_order_confirmation,
        allow_backlog_sku_revert=input.allow_backlog_sku_revert,
        back_order_workflow=input.back_order_workflow,
        hide_back_order_column=input.hide_back_order_column,
        mark_on_create=input.mark_on_create,
        consider_replacement_sku=input.consider_replacement_sku,
        exclude_dropship_from_availability=input.exclude_dropship_from_availability,
        time_zone=input.time_zone,
        shipment_policy=_policy(input.shipment_policy),
    )


def _policy(policy: ShipmentPolicyInput | None) -> client_settings.ShipmentPolicyChange | None:
    if policy is None:
        return None
    return client_settings.ShipmentPolicyChange(
        kind=policy.kind, max_dispatches=policy.max_dispatches, split_lines=bool(policy.split_lines)
    )
