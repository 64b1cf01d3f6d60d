from typing import Any

from pydantic import Field

from .base_model import BaseModel


class StockLevelChanged(BaseModel):
    stock_level_changed: "StockLevelChangedStockLevelChanged" = Field(
        alias="stockLevelChanged"
    )


class StockLevelChangedStockLevelChanged(BaseModel):
    cursor: str
    at: Any
    cause: str
    level: "StockLevelChangedStockLevelChangedLevel"


class StockLevelChangedStockLevelChangedLevel(BaseModel):
    on_hand: int = Field(alias="onHand")
    allocated: int
    available: int
    sku: "StockLevelChangedStockLevelChangedLevelSku"
    distribution_center: "StockLevelChangedStockLevelChangedLevelDistributionCenter" = (
        Field(alias="distributionCenter")
    )


class StockLevelChangedStockLevelChangedLevelSku(BaseModel):
    code: str


class StockLevelChangedStockLevelChangedLevelDistributionCenter(BaseModel):
    code: str


StockLevelChanged.model_rebuild()
StockLevelChangedStockLevelChanged.model_rebuild()
StockLevelChangedStockLevelChangedLevel.model_rebuild()
