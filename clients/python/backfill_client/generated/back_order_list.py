from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import AllocationReason
from .fragments import OrderSummary


class BackOrderList(BaseModel):
    back_order_list: "BackOrderListBackOrderList" = Field(alias="backOrderList")


class BackOrderListBackOrderList(BaseModel):
    total_count: int = Field(alias="totalCount")
    page_info: "BackOrderListBackOrderListPageInfo" = Field(alias="pageInfo")
    nodes: list["BackOrderListBackOrderListNodes"]


class BackOrderListBackOrderListPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


class BackOrderListBackOrderListNodes(OrderSummary):
    lines: "BackOrderListBackOrderListNodesLines"


class BackOrderListBackOrderListNodesLines(BaseModel):
    nodes: list["BackOrderListBackOrderListNodesLinesNodes"]


class BackOrderListBackOrderListNodesLinesNodes(BaseModel):
    id: str
    open: int
    available: int
    short: bool
    sku: "BackOrderListBackOrderListNodesLinesNodesSku"
    explanation: Optional["BackOrderListBackOrderListNodesLinesNodesExplanation"]


class BackOrderListBackOrderListNodesLinesNodesSku(BaseModel):
    code: str


class BackOrderListBackOrderListNodesLinesNodesExplanation(BaseModel):
    reason: AllocationReason


BackOrderList.model_rebuild()
BackOrderListBackOrderList.model_rebuild()
BackOrderListBackOrderListNodes.model_rebuild()
BackOrderListBackOrderListNodesLines.model_rebuild()
BackOrderListBackOrderListNodesLinesNodes.model_rebuild()
