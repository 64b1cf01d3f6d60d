"""API tokens as they are listed; nothing of what they are known by is read."""

from __future__ import annotations

from domain.store.reads.columns import Column, Table
from domain.store.reads.paging import KeyPart, Ordering

_COLUMNS = ("id", "role", "label", "created_at", "last_used_at", "expires_at", "revoked_at")

API_TOKENS = Table(
    source="api_tokens AS token",
    client="token.client_id",
    columns={name: Column(f"token.{name}") for name in _COLUMNS},
    fields={"valid": ("expires_at", "revoked_at")},
)
NEWEST_TOKEN = Ordering("API token", (KeyPart("id", "token.id", "bigint", descending=True),))
