from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import WebhookEvent
from .fragments import Refusal


class SaveWebhookEndpoint(BaseModel):
    save_webhook_endpoint: "SaveWebhookEndpointSaveWebhookEndpoint" = Field(
        alias="saveWebhookEndpoint"
    )


class SaveWebhookEndpointSaveWebhookEndpoint(BaseModel):
    secret: Optional[str]
    endpoint: Optional["SaveWebhookEndpointSaveWebhookEndpointEndpoint"]
    user_errors: list["SaveWebhookEndpointSaveWebhookEndpointUserErrors"] = Field(
        alias="userErrors"
    )


class SaveWebhookEndpointSaveWebhookEndpointEndpoint(BaseModel):
    id: str
    name: str
    url: str
    events: list[WebhookEvent]
    enabled: bool


SaveWebhookEndpointSaveWebhookEndpointUserErrors = Refusal
SaveWebhookEndpoint.model_rebuild()
SaveWebhookEndpointSaveWebhookEndpoint.model_rebuild()
