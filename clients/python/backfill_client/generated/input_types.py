from typing import Any, Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import (
    BackOrderStatus,
    DeliveryStatus,
    DistributionCenterKind,
    MarketplaceStatus,
    OrderCondition,
    OrderStatus,
    QueueStatus,
    WebhookEvent,
)


class DistributionCenterInput(BaseModel):
    """A distribution center, by its code."""

    code: str
    "Your own code for it, unique among yours."
    name: str
    "As people call it."
    kind: Optional[DistributionCenterKind] = DistributionCenterKind.STANDARD
    "What sort of warehouse it is."


class OrderFilter(BaseModel):
    """Which orders: all conditions hold, and of a list any value."""

    ids: Optional[list[str]] = None
    "These orders."
    numbers: Optional[list[str]] = None
    "Orders with these numbers."
    search: Optional[str] = None
    "Orders whose number or marketplace invoice number begins so, in any case."
    invoice_number: Optional[str] = Field(alias="invoiceNumber", default=None)
    "With this marketplace invoice number or invoice code."
    status: Optional[list[OrderStatus]] = None
    "By order status."
    delivery_status: Optional[list[DeliveryStatus]] = Field(
        alias="deliveryStatus", default=None
    )
    "By delivery status."
    queue_status: Optional[list[QueueStatus]] = Field(alias="queueStatus", default=None)
    "By queue status."
    back_order_status: Optional[list[BackOrderStatus]] = Field(
        alias="backOrderStatus", default=None
    )
    "By back order status (D1)."
    condition: Optional[list[OrderCondition]] = None
    "By condition on the backlog dashboard (C3)."
    distribution_center: Optional[str] = Field(alias="distributionCenter", default=None)
    "Of this distribution center."
    store: Optional[str] = None
    "Of this store."
    locked: Optional[bool] = None
    "With Backlog SKUs, or without."
    ordered_from: Optional[Any] = Field(alias="orderedFrom", default=None)
    "Ordered then or later."
    ordered_until: Optional[Any] = Field(alias="orderedUntil", default=None)
    "Ordered before then."


class SalesOrderInput(BaseModel):
    """A sales order to load."""

    number: str
    "Your own number for it, unique among your orders."
    distribution_center_code: str = Field(alias="distributionCenterCode")
    "The code of the distribution center that ships it."
    store_code: Optional[str] = Field(alias="storeCode", default=None)
    "The code of the store it came from."
    ordered_at: Optional[Any] = Field(alias="orderedAt", default=None)
    "When it was ordered, else when it is loaded. Older is served first."
    priority: Optional[int] = 0
    "Higher is served first."
    marketplace_status: Optional[MarketplaceStatus] = Field(
        alias="marketplaceStatus", default=None
    )
    "What the marketplace says of it."
    marketplace_invoice_number: Optional[str] = Field(
        alias="marketplaceInvoiceNumber", default=None
    )
    "The marketplace's invoice number."
    sales_order_code: Optional[str] = Field(alias="salesOrderCode", default=None)
    "Its code in the sales system."
    invoice_code: Optional[str] = Field(alias="invoiceCode", default=None)
    "Its code in the invoicing system."
    shipping_agency: Optional[str] = Field(alias="shippingAgency", default=None)
    "Who carries it."
    order_type: Optional[str] = Field(alias="orderType", default=None)
    "What sort of order it is, in your own words."
    service: Optional[str] = None
    "Which service of the carrier it goes with."
    country: Optional[str] = None
    "The country it goes to: two capital letters, such as NL."
    email: Optional[str] = None
    "The buyer's e-mail address."
    lines: list["SalesOrderLineInput"]
    "Its lines, at least one."


class SalesOrderLineInput(BaseModel):
    """A line of an order to load."""

    sku_code: str = Field(alias="skuCode")
    "The SKU's code."
    quantity: int
    "Units, 1 or more."


class SkuInput(BaseModel):
    """A SKU, by its code."""

    code: str
    "Your own code for it, unique among your SKUs."
    name: str
    "As people call it."
    barcode: Optional[str] = None
    "What scanners read on it."
    replacement_code: Optional[str] = Field(alias="replacementCode", default=None)
    "The code of the SKU that may stand in for it (D2)."


class StockInput(BaseModel):
    """What was counted of a SKU in a distribution center."""

    sku_code: str = Field(alias="skuCode")
    "The SKU's code."
    distribution_center_code: str = Field(alias="distributionCenterCode")
    "The distribution center's code."
    on_hand: int = Field(alias="onHand")
    "Units on hand, 0 or more, dispatched but not shipped ones too."


class WebhookEndpointInput(BaseModel):
    """Where outbound webhooks go, and of what they tell."""

    name: str
    "As people call it; unique among the client's."
    url: str
    "Where messages are sent: https, on a public host unless the operator trusts it."
    events: list[WebhookEvent]
    "Of what it is told: at least one. PING and EVENTS_EXPIRED come by themselves."
    distribution_center_id: Optional[str] = Field(
        alias="distributionCenterId", default=None
    )
    "Only what concerns this distribution center, or none."
    enabled: bool = True
    "Whether anything is sent."


SalesOrderInput.model_rebuild()
