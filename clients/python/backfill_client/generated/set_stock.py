from pydantic import Field

from .base_model import BaseModel
from .fragments import Refusal


class SetStock(BaseModel):
    set_stock: "SetStockSetStock" = Field(alias="setStock")


class SetStockSetStock(BaseModel):
    count: int
    user_errors: list["SetStockSetStockUserErrors"] = Field(alias="userErrors")


SetStockSetStockUserErrors = Refusal
SetStock.model_rebuild()
SetStockSetStock.model_rebuild()
