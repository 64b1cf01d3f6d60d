from typing import Any, Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import BackOrderStatus, DeliveryStatus, ErrorCode, OrderStatus, QueueStatus


class OrderSummary(BaseModel):
    id: str
    number: str
    version: int
    status: OrderStatus
    queue_status: QueueStatus = Field(alias="queueStatus")
    delivery_status: DeliveryStatus = Field(alias="deliveryStatus")
    back_order_status: BackOrderStatus = Field(alias="backOrderStatus")
    is_back_order: bool = Field(alias="isBackOrder")
    ordered_at: Any = Field(alias="orderedAt")
    promised_at: Optional[Any] = Field(alias="promisedAt")


class Refusal(BaseModel):
    code: ErrorCode
    message: str
    path: Optional[list[str]]


OrderSummary.model_rebuild()
Refusal.model_rebuild()
