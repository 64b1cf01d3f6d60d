from pydantic import Field

from .base_model import BaseModel
from .fragments import Refusal


class UpsertDistributionCenters(BaseModel):
    upsert_distribution_centers: "UpsertDistributionCentersUpsertDistributionCenters" = Field(
        alias="upsertDistributionCenters"
    )


class UpsertDistributionCentersUpsertDistributionCenters(BaseModel):
    count: int
    user_errors: list[
        "UpsertDistributionCentersUpsertDistributionCentersUserErrors"
    ] = Field(alias="userErrors")


UpsertDistributionCentersUpsertDistributionCentersUserErrors = Refusal
UpsertDistributionCenters.model_rebuild()
UpsertDistributionCentersUpsertDistributionCenters.model_rebuild()
