from typing import Any, Optional

from pydantic import Field

from .base_model import BaseModel


class PromiseChanged(BaseModel):
    promise_changed: "PromiseChangedPromiseChanged" = Field(alias="promiseChanged")


class PromiseChangedPromiseChanged(BaseModel):
    cursor: str
    at: Any
    cause: str
    promised_at: Optional[Any] = Field(alias="promisedAt")
    previously_promised_at: Optional[Any] = Field(alias="previouslyPromisedAt")
    order: "PromiseChangedPromiseChangedOrder"


class PromiseChangedPromiseChangedOrder(BaseModel):
    id: str
    number: str


PromiseChanged.model_rebuild()
PromiseChangedPromiseChanged.model_rebuild()
