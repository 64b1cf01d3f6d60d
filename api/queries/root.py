"""The root type of queries."""

from __future__ import annotations

import strawberry

from api.queries.api_tokens import ApiTokenQueries
from api.queries.audit_trail import AuditTrailQueries
from api.queries.back_order_report import BackOrderReportQueries
from api.queries.back_orders import BackOrderQueries
from api.queries.backlog_orders import BacklogOrderQueries
from api.queries.backlog_skus import BacklogSkuQueries
from api.queries.backorders import BackorderQueries
from api.queries.bulk_operations import BulkOperationQueries
from api.queries.emails import EmailQueries
from api.queries.nodes import NodeQueries
from api.queries.orders import OrderQueries
from api.queries.processor_runs import ProcessorRunQueries
from api.queries.purchase_orders import PurchaseOrderQueries
from api.queries.reallocations import ReallocationQueries
from api.queries.reference import ReferenceQueries
from api.queries.scans import ScanQueries
from api.queries.stock import StockQueries
from api.queries.synchronizations import SynchronizationQueries
from api.queries.webhooks import WebhookQueries


@strawberry.type(description="What can be read. Everything is the client's whose token is used.")
class Query(
    NodeQueries,
    ReferenceQueries,
    OrderQueries,
    EmailQueries,
    BackOrderQueries,
    BackOrderReportQueries,
    StockQueries,
    ProcessorRunQueries,
    PurchaseOrderQueries,
    ReallocationQueries,
    BacklogOrderQueries,
    BacklogSkuQueries,
    BulkOperationQueries,
    BackorderQueries,
    ScanQueries,
    SynchronizationQueries,
    WebhookQueries,
    AuditTrailQueries,
    ApiTokenQueries,
):
    """Every query of the API."""
