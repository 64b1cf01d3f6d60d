from typing import Annotated, Any, Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import AllocationReason, DispatchKind, DispatchStatus
from .fragments import OrderSummary


class Order(BaseModel):
    node: Optional[
        Annotated[
            Union["OrderNodeNode", "OrderNodeOrder"], Field(discriminator="typename__")
        ]
    ]


class OrderNodeNode(BaseModel):
    typename__: Literal[
        "AllocationPlan",
        "BackOrderCap",
        "BackOrderLine",
        "BacklogSku",
        "Backorder",
        "BackorderItem",
        "BulkOperation",
        "Client",
        "Dispatch",
        "DistributionCenter",
        "EmailDelivery",
        "EmailTemplate",
        "HoldRule",
        "Node",
        "OrderLine",
        "ProcessorRun",
        "ProcessorSchedule",
        "PurchaseOrder",
        "PurchaseOrderLine",
        "ReallocationPlan",
        "ReallocationVariant",
        "Sku",
        "Store",
        "StoreConnection",
        "Synchronization",
        "WebhookDelivery",
        "WebhookEndpoint",
    ] = Field(alias="__typename")


class OrderNodeOrder(OrderSummary):
    typename__: Literal["Order"] = Field(alias="__typename")
    lines: "OrderNodeOrderLines"
    dispatches: "OrderNodeOrderDispatches"


class OrderNodeOrderLines(BaseModel):
    nodes: list["OrderNodeOrderLinesNodes"]


class OrderNodeOrderLinesNodes(BaseModel):
    id: str
    requested: int
    allocated: int
    shipped: int
    cancelled: int
    open: int
    back_ordered_qty: int = Field(alias="backOrderedQty")
    short: bool
    promised_at: Optional[Any] = Field(alias="promisedAt")
    sku: "OrderNodeOrderLinesNodesSku"
    explanation: Optional["OrderNodeOrderLinesNodesExplanation"]


class OrderNodeOrderLinesNodesSku(BaseModel):
    code: str
    name: str


class OrderNodeOrderLinesNodesExplanation(BaseModel):
    reason: AllocationReason
    rank: int
    wanted: int
    stock_seen: int = Field(alias="stockSeen")
    given: int


class OrderNodeOrderDispatches(BaseModel):
    nodes: list["OrderNodeOrderDispatchesNodes"]


class OrderNodeOrderDispatchesNodes(BaseModel):
    id: str
    number: str
    kind: DispatchKind
    status: DispatchStatus


Order.model_rebuild()
OrderNodeOrder.model_rebuild()
OrderNodeOrderLines.model_rebuild()
OrderNodeOrderLinesNodes.model_rebuild()
OrderNodeOrderDispatches.model_rebuild()
