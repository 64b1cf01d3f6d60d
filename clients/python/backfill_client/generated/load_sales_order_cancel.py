from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import OrderSummary, Refusal


class LoadSalesOrderCancel(BaseModel):
    load_sales_order_cancel: "LoadSalesOrderCancelLoadSalesOrderCancel" = Field(
        alias="loadSalesOrderCancel"
    )


class LoadSalesOrderCancelLoadSalesOrderCancel(BaseModel):
    order: Optional["LoadSalesOrderCancelLoadSalesOrderCancelOrder"]
    user_errors: list["LoadSalesOrderCancelLoadSalesOrderCancelUserErrors"] = Field(
        alias="userErrors"
    )


LoadSalesOrderCancelLoadSalesOrderCancelOrder = OrderSummary
LoadSalesOrderCancelLoadSalesOrderCancelUserErrors = Refusal
LoadSalesOrderCancel.model_rebuild()
LoadSalesOrderCancelLoadSalesOrderCancel.model_rebuild()
