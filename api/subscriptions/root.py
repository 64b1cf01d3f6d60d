"""The root type of subscriptions."""

from __future__ import annotations

import strawberry

from api.subscriptions.back_order_lines import BackOrderLineSubscriptions
from api.subscriptions.bulk_operations import BulkOperationSubscriptions
from api.subscriptions.orders import OrderSubscriptions
from api.subscriptions.processor_runs import ProcessorRunSubscriptions
from api.subscriptions.processor_schedules import ProcessorScheduleSubscriptions
from api.subscriptions.promises import PromiseSubscriptions
from api.subscriptions.purchase_orders import PurchaseOrderSubscriptions
from api.subscriptions.settings import SettingsSubscriptions
from api.subscriptions.stock import StockSubscriptions
from api.subscriptions.synchronizations import SynchronizationSubscriptions


@strawberry.type(
    description="What happens, as it happens. Every subscription can be resumed with the cursor of the last "
    "event received (`after`), and then misses nothing."
)
class Subscription(
    OrderSubscriptions,
    BackOrderLineSubscriptions,
    PromiseSubscriptions,
    ProcessorRunSubscriptions,
    BulkOperationSubscriptions,
    StockSubscriptions,
    PurchaseOrderSubscriptions,
    ProcessorScheduleSubscriptions,
    SettingsSubscriptions,
    SynchronizationSubscriptions,
):
    """Every subscription of the API."""
