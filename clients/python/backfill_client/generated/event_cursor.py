from pydantic import Field

from .base_model import BaseModel


class EventCursor(BaseModel):
    event_cursor: str = Field(alias="eventCursor")
