from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import OrderSummary


class SalesOrderStatus(BaseModel):
    retrieve_sales_order_status: Optional[
        "SalesOrderStatusRetrieveSalesOrderStatus"
    ] = Field(alias="retrieveSalesOrderStatus")


SalesOrderStatusRetrieveSalesOrderStatus = OrderSummary
SalesOrderStatus.model_rebuild()
