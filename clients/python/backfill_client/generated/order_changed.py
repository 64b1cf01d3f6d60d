from typing import Any, Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import BackOrderStatus, OrderStatus
from .fragments import OrderSummary


class OrderChanged(BaseModel):
    order_changed: "OrderChangedOrderChanged" = Field(alias="orderChanged")


class OrderChangedOrderChanged(BaseModel):
    cursor: str
    at: Any
    cause: str
    previous_status: Optional[OrderStatus] = Field(alias="previousStatus")
    previous_back_order_status: Optional[BackOrderStatus] = Field(
        alias="previousBackOrderStatus"
    )
    order: "OrderChangedOrderChangedOrder"


OrderChangedOrderChangedOrder = OrderSummary
OrderChanged.model_rebuild()
OrderChangedOrderChanged.model_rebuild()
