from pydantic import Field

from .base_model import BaseModel


class StockLevels(BaseModel):
    stock_levels: list["StockLevelsStockLevels"] = Field(alias="stockLevels")


class StockLevelsStockLevels(BaseModel):
    on_hand: int = Field(alias="onHand")
    allocated: int
    available: int
    incoming: int
    sku: "StockLevelsStockLevelsSku"
    distribution_center: "StockLevelsStockLevelsDistributionCenter" = Field(
        alias="distributionCenter"
    )


class StockLevelsStockLevelsSku(BaseModel):
    code: str


class StockLevelsStockLevelsDistributionCenter(BaseModel):
    code: str


StockLevels.model_rebuild()
StockLevelsStockLevels.model_rebuild()
