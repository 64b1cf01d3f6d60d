from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import OrderSummary


class Orders(BaseModel):
    orders: "OrdersOrders"


class OrdersOrders(BaseModel):
    total_count: int = Field(alias="totalCount")
    page_info: "OrdersOrdersPageInfo" = Field(alias="pageInfo")
    nodes: list["OrdersOrdersNodes"]


class OrdersOrdersPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


OrdersOrdersNodes = OrderSummary
Orders.model_rebuild()
OrdersOrders.model_rebuild()
