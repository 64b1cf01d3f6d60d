from pydantic import Field

from .base_model import BaseModel
from .fragments import OrderSummary, Refusal


class LoadSalesOrders(BaseModel):
    load_sales_orders: "LoadSalesOrdersLoadSalesOrders" = Field(alias="loadSalesOrders")


class LoadSalesOrdersLoadSalesOrders(BaseModel):
    created: int
    orders: list["LoadSalesOrdersLoadSalesOrdersOrders"]
    user_errors: list["LoadSalesOrdersLoadSalesOrdersUserErrors"] = Field(
        alias="userErrors"
    )


LoadSalesOrdersLoadSalesOrdersOrders = OrderSummary
LoadSalesOrdersLoadSalesOrdersUserErrors = Refusal
LoadSalesOrders.model_rebuild()
LoadSalesOrdersLoadSalesOrders.model_rebuild()
