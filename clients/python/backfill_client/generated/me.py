from .base_model import BaseModel
from .enums import Role


class Me(BaseModel):
    client: "MeClient"
    viewer: "MeViewer"


class MeClient(BaseModel):
    id: str
    code: str
    name: str


class MeViewer(BaseModel):
    role: Role
    name: str


Me.model_rebuild()
