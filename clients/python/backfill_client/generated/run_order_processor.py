from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import RunStatus
from .fragments import Refusal


class RunOrderProcessor(BaseModel):
    run_order_processor: "RunOrderProcessorRunOrderProcessor" = Field(
        alias="runOrderProcessor"
    )


class RunOrderProcessorRunOrderProcessor(BaseModel):
    run: Optional["RunOrderProcessorRunOrderProcessorRun"]
    user_errors: list["RunOrderProcessorRunOrderProcessorUserErrors"] = Field(
        alias="userErrors"
    )


class RunOrderProcessorRunOrderProcessorRun(BaseModel):
    id: str
    status: RunStatus


RunOrderProcessorRunOrderProcessorUserErrors = Refusal
RunOrderProcessor.model_rebuild()
RunOrderProcessorRunOrderProcessor.model_rebuild()
