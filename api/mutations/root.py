"""The root type of mutations."""

from __future__ import annotations

import strawberry

from api.mutations.allocation_plans import AllocationPlanMutations
from api.mutations.api_tokens import ApiTokenMutations
from api.mutations.back_order_marks import BackOrderMarkMutations
from api.mutations.backlog_skus import BacklogSkuMutations
from api.mutations.backorders import BackorderMutations
from api.mutations.bulk_operations import BulkOperationMutations
from api.mutations.dispatches import DispatchMutations
from api.mutations.emails import EmailMutations
from api.mutations.hold_rules import HoldRuleMutations
from api.mutations.inventory import InventoryMutations
from api.mutations.line_pins import LinePinMutations
from api.mutations.marketplace import MarketplaceMutations
from api.mutations.order_splits import OrderSplitMutations
from api.mutations.orders import OrderMutations
from api.mutations.prints import PrintMutations
from api.mutations.processor_runs import ProcessorRunMutations
from api.mutations.purchase_orders import PurchaseOrderMutations
from api.mutations.reallocations import ReallocationMutations
from api.mutations.sales_orders import SalesOrderMutations
from api.mutations.scans import ScanMutations
from api.mutations.set_up import SetUpMutations
from api.mutations.synchronizations import SynchronizationMutations
from api.mutations.webhooks import WebhookMutations


@strawberry.type(
    description="What can be changed. What is refused is told in `userErrors`, and then nothing was done; an "
    "`idempotencyKey` makes it safe to send a request again."
)
class Mutation(
    SetUpMutations,
    SalesOrderMutations,
    OrderMutations,
    OrderSplitMutations,
    MarketplaceMutations,
    DispatchMutations,
    ProcessorRunMutations,
    PurchaseOrderMutations,
    AllocationPlanMutations,
    ReallocationMutations,
    LinePinMutations,
    InventoryMutations,
    HoldRuleMutations,
    BackOrderMarkMutations,
    BacklogSkuMutations,
    BulkOperationMutations,
    BackorderMutations,
    ScanMutations,
    PrintMutations,
    EmailMutations,
    SynchronizationMutations,
    WebhookMutations,
    ApiTokenMutations,
):
    """Every mutation of the API."""
