"""The words of the field: every closed set of values the domain knows, with their meaning.

They are sorted by what they speak of; everybody else names them from here.
"""

from domain.rules.vocabulary.bulk import BulkAction, BulkStatus, Outcome
from domain.rules.vocabulary.clients import DistributionCenterKind, Role
from domain.rules.vocabulary.exchange import (
    CircuitState,
    ConnectorKind,
    EmailEvent,
    EmailStatus,
    SynchronizationStatus,
    SynchronizedRow,
    WebhookEvent,
    WebhookStatus,
)
from domain.rules.vocabulary.orders import (
    BackOrderMark,
    BackOrderStatus,
    CancelledBy,
    DeliveryStatus,
    FulfilmentRoute,
    MarketplaceStatus,
    OrderCondition,
    OrderStatus,
    PromiseReason,
    QueueStatus,
)
from domain.rules.vocabulary.processing import (
    AllocationReason,
    PlanEffect,
    PolicyScope,
    RunStatus,
    ShipmentPolicyKind,
    Weekday,
)
from domain.rules.vocabulary.reallocation import (
    ConfirmationStrategy,
    ReallocationReason,
    SegmentSort,
    UnmetWin,
)
from domain.rules.vocabulary.warehouse import (
    BackorderStatus,
    DispatchKind,
    DispatchStatus,
    ScanAction,
    WarehousePickPolicy,
)

__all__ = [
    "AllocationReason",
    "BackOrderMark",
    "BackOrderStatus",
    "BackorderStatus",
    "BulkAction",
    "BulkStatus",
    "CancelledBy",
    "CircuitState",
    "ConfirmationStrategy",
    "ConnectorKind",
    "DeliveryStatus",
    "DispatchKind",
    "DispatchStatus",
    "DistributionCenterKind",
    "EmailEvent",
    "EmailStatus",
    "FulfilmentRoute",
    "MarketplaceStatus",
    "OrderCondition",
    "OrderStatus",
    "Outcome",
    "PlanEffect",
    "PolicyScope",
    "PromiseReason",
    "QueueStatus",
    "ReallocationReason",
    "Role",
    "RunStatus",
    "ScanAction",
    "SegmentSort",
    "ShipmentPolicyKind",
    "SynchronizationStatus",
    "SynchronizedRow",
    "UnmetWin",
    "WarehousePickPolicy",
    "WebhookEvent",
    "WebhookStatus",
    "Weekday",
]
