from pydantic import Field

from .base_model import BaseModel
from .fragments import Refusal


class UpsertSkus(BaseModel):
    upsert_skus: "UpsertSkusUpsertSkus" = Field(alias="upsertSkus")


class UpsertSkusUpsertSkus(BaseModel):
    count: int
    user_errors: list["UpsertSkusUpsertSkusUserErrors"] = Field(alias="userErrors")


UpsertSkusUpsertSkusUserErrors = Refusal
UpsertSkus.model_rebuild()
UpsertSkusUpsertSkus.model_rebuild()
