"""GraphQL types, one file per noun. Rows of the read side stand for their objects."""

# The enums have to be declared before a type names one: Strawberry would declare them by itself then,
# without their descriptions.
from api.types import enums

__all__ = ["enums"]
