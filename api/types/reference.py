"""Clients with their settings, distribution centers, stores, SKUs and stock levels."""

from __future__ import annotations

from typing import Any

import orjson
import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import Node, follow, node_id
from domain.rules.vocabulary import DistributionCenterKind, PolicyScope, Role, ShipmentPolicyKind
from domain.views.settings import settings_of
from domain.views.shipment_policies import policies_of


@strawberry.type(description="A warehouse. All its schedule times are UTC.")
class DistributionCenter(Node):
    """A distribution center (DC)."""

    id: strawberry.ID = node_id("DistributionCenter")
    code: str = strawberry.field(description="The client's own code for it.")
    name: str = strawberry.field(description="As people call it.")
    kind: DistributionCenterKind = strawberry.field(description="What sort of warehouse it is.")
    shipment_policy_version: int = strawberry.field(
        description="Changes with every change of the shipment policy of its own, 0 while it has none; "
        "pass it as `expectedVersion` to change what you have seen."
    )

    @batched(description="Into how many dispatches an order may be divided here (B8).")
    async def shipment_policy(parents: Parents, info: Info) -> list[ShipmentPolicy]:
        policies: list[Any] = await policies_of(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_ids=[row["id"] for row in parents],
        )
        return policies


@strawberry.type(description="A sales channel's shop.")
class Store(Node):
    """Where orders come from."""

    id: strawberry.ID = node_id("Store")
    code: str = strawberry.field(description="The client's own code for it.")
    name: str = strawberry.field(description="As people call it.")


@strawberry.type(description="An article that can be ordered and stocked.")
class Sku(Node):
    """A stock keeping unit."""

    id: strawberry.ID = node_id("Sku")
    code: str = strawberry.field(description="The client's own code for it.")
    name: str = strawberry.field(description="As people call it.")
    barcode: str | None = strawberry.field(description="What scanners read on it.")

    @batched(description="The SKU that may stand in for it when it is out of stock (D2).", along="id")
    async def replacement(parents: Parents, info: Info) -> list[Sku | None]:
        return await follow(parents, info, "Sku", "replacement_id")


@strawberry.type(description="Who holds the token that is used.")
class Viewer:
    """The caller."""

    role: Role = strawberry.field(description="What the token may do.")
    name: str = strawberry.field(description="What its holder is called in the audit trail.")


@strawberry.type(description="The stock of one SKU in one distribution center, in units.")
class StockLevel:
    """A level of a stock pool."""

    on_hand: int = strawberry.field(description="What is there.")
    allocated: int = strawberry.field(description="What dispatches hold of it.")
    protected: int = strawberry.field(description="What is kept back from everybody.")
    available: int = strawberry.field(description="On hand minus allocated minus protected, never below 0.")
    incoming: int = strawberry.field(description="What is open on purchase orders that come into the pool.")

    @batched(description="The SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")

    @batched(description="The distribution center.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")


@strawberry.type(description="Into how many dispatches an order may be divided (B8).")
class ShipmentPolicy:
    """A shipment policy."""

    kind: ShipmentPolicyKind = strawberry.field(description="The kind of policy.")
    max_dispatches: int | None = strawberry.field(description="The most dispatches per order, for UP_TO.")
    split_lines: bool = strawberry.field(description="Whether a line may be divided by quantity.")
    scope: PolicyScope = strawberry.field(description="What it is set for.")


def recorded_policy(stored: str | None) -> Any:
    """The policy that a run or plan has kept as JSON."""
    return None if stored is None else orjson.loads(stored)


@strawberry.type(description="How a client wants its orders processed.")
class ClientSettings:
    """The settings of a client."""

    hold_hours: int = strawberry.field(
        description="How long an order waits for all of its lines before what is there is sent (B3)."
    )
    require_order_confirmation: bool = strawberry.field(
        description="Whether the Order Processor takes only confirmed orders (A9)."
    )
    allow_backlog_sku_revert: bool = strawberry.field(
        description="Whether created Backlog SKUs can be reverted (A7)."
    )
    back_order_workflow: bool = strawberry.field(
        description="The master switch of the back order settings: while it is off the others are inert (D2)."
    )
    hide_back_order_column: bool = strawberry.field(
        description="Whether frontends leave out the back order column (D2)."
    )
    mark_on_create: bool = strawberry.field(
        description="Whether an order gets its back order status when it is created (D2)."
    )
    consider_replacement_sku: bool = strawberry.field(
        description="Whether stock of a replacement SKU keeps a line from being back-ordered (D2)."
    )
    exclude_dropship_from_availability: bool = strawberry.field(
        description="Whether stock in DROPSHIP distribution centers counts as unavailable (D2)."
    )
    time_zone: str = strawberry.field(description="The client's time zone, an IANA name.")
    version: int = strawberry.field(
        description="Changes with every change; pass it as `expectedVersion` to change what you have seen."
    )

    @batched(
        description="Into how many dispatches an order may be divided (B8), in distribution centers "
        "without a policy of their own."
    )
    def shipment_policy(parents: Parents) -> list[ShipmentPolicy]:
        return [
            ShipmentPolicy(
                kind=ShipmentPolicyKind(row["shipment_policy_kind"]),
                max_dispatches=row["max_dispatches"],
                split_lines=row["split_lines"],
                scope=PolicyScope.CLIENT,
            )
            for row in parents
        ]


@strawberry.type(description="A tenant: the account that owns orders, SKUs and stock.")
class Client(Node):
    """The client a token belongs to."""

    id: strawberry.ID = node_id("Client")
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="Its name.")

    @batched(description="How it wants its orders processed.")
    async def settings(parents: Parents, info: Info) -> list[ClientSettings]:
        row: Any = await settings_of(info.context.database, client_id=info.context.client_id)
        return [row] * len(parents)
