from typing import Any

from pydantic import Field

from .base_model import BaseModel


class BackOrderLineChanged(BaseModel):
    back_order_line_changed: "BackOrderLineChangedBackOrderLineChanged" = Field(
        alias="backOrderLineChanged"
    )


class BackOrderLineChangedBackOrderLineChanged(BaseModel):
    cursor: str
    at: Any
    cause: str
    back_ordered_qty: int = Field(alias="backOrderedQty")
    previous_back_ordered_qty: int = Field(alias="previousBackOrderedQty")
    line: "BackOrderLineChangedBackOrderLineChangedLine"


class BackOrderLineChangedBackOrderLineChangedLine(BaseModel):
    id: str
    open: int
    sku: "BackOrderLineChangedBackOrderLineChangedLineSku"
    order: "BackOrderLineChangedBackOrderLineChangedLineOrder"


class BackOrderLineChangedBackOrderLineChangedLineSku(BaseModel):
    code: str


class BackOrderLineChangedBackOrderLineChangedLineOrder(BaseModel):
    id: str
    number: str


BackOrderLineChanged.model_rebuild()
BackOrderLineChangedBackOrderLineChanged.model_rebuild()
BackOrderLineChangedBackOrderLineChangedLine.model_rebuild()
