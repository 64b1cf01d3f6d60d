"""The domain's closed sets of values as GraphQL enums, each value with its description."""

from __future__ import annotations

from typing import Any

import strawberry

from domain.rules import vocabulary
from domain.rules.described import Described
from domain.rules.possible_actions import OrderAction
from domain.rules.refusals import ErrorCode
from domain.views.backlog_orders import BacklogOrderSort
from domain.views.orders import OrderSort
from domain.views.purchase_orders import PurchaseOrderSort

__all__ = ["ErrorCode", "register"]


def register(enum: type[Described]) -> None:
    """Declare the enum to Strawberry, which reads neither the class's nor the members' descriptions."""
    declared: Any = strawberry.enum(enum, description=(enum.__doc__ or "").strip())
    for value, member in zip(declared.__strawberry_definition__.values, enum, strict=True):
        value.description = member.description


for _enum in (
    ErrorCode,
    vocabulary.AllocationReason,
    vocabulary.BackOrderMark,
    vocabulary.BackOrderStatus,
    vocabulary.BackorderStatus,
    vocabulary.BulkAction,
    vocabulary.BulkStatus,
    vocabulary.CircuitState,
    vocabulary.ConfirmationStrategy,
    vocabulary.ConnectorKind,
    vocabulary.DeliveryStatus,
    vocabulary.DispatchKind,
    vocabulary.DispatchStatus,
    vocabulary.DistributionCenterKind,
    vocabulary.EmailEvent,
    vocabulary.EmailStatus,
    vocabulary.FulfilmentRoute,
    vocabulary.MarketplaceStatus,
    vocabulary.OrderCondition,
    vocabulary.OrderStatus,
    vocabulary.Outcome,
    vocabulary.PlanEffect,
    vocabulary.PolicyScope,
    vocabulary.PromiseReason,
    vocabulary.QueueStatus,
    vocabulary.ReallocationReason,
    vocabulary.Role,
    vocabulary.RunStatus,
    vocabulary.ScanAction,
    vocabulary.SegmentSort,
    vocabulary.ShipmentPolicyKind,
    vocabulary.SynchronizationStatus,
    vocabulary.SynchronizedRow,
    vocabulary.UnmetWin,
    vocabulary.WarehousePickPolicy,
    vocabulary.WebhookEvent,
    vocabulary.WebhookStatus,
    vocabulary.Weekday,
    BacklogOrderSort,
    OrderAction,
    OrderSort,
    PurchaseOrderSort,
):
    register(_enum)
