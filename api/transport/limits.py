"""What clients may ask for at most; every figure is a setting of the installation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

from domain.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The settings of the same names; domain/settings.py says what each is."""

    document_characters: int
    document_tokens: int
    document_selections: int
    document_fragments: int
    document_depth: int
    document_aliases: int
    document_directives: int
    document_fields: int
    operation_cost: int
    cost_burst: int
    cost_per_second: int
    show_cost: bool
    introspection: bool
    trusted_documents_only: bool
    body_bytes: int
    socket_init_seconds: float
    socket_operations: int
    sockets_per_token: int
    subscriptions_per_token: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that are set."""
        return cls(**{limit.name: getattr(settings, limit.name) for limit in fields(cls)})
