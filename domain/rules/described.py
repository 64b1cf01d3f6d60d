"""Enums whose members say what they mean.

The exported schema describes every enum value, and the words belong beside the value,
not in the GraphQL layer, so a member is written as `NAME = "NAME", "what it means"`.
"""

from enum import StrEnum
from typing import Self


class Described(StrEnum):
    """A StrEnum whose members also carry a `description`; they equal, hash and store as their text."""

    description: str

    def __new__(cls, value: str, description: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member
