"""Clients and API tokens: what has to exist before anybody can ask for anything.

A token is 256 random bits; only its SHA-256 is kept, which is enough for a secret nobody can guess.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import asyncpg

from domain.operations.checks import check_text
from domain.ports import Authority
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Role
from domain.store import audit
from domain.store.audit import AuditEntry
from domain.store.database import Connection, Database
from domain.store.tables import clients

DEMO = "DEMO"
"""The code of the client that a first start creates."""

_TOKEN_PREFIX = "bf_"  # noqa: S105 (what a leaked token is found by, not a secret)


@dataclass(frozen=True, slots=True)
class Client:
    """A tenant."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Token:
    """An API token as it is listed; its text is not known any more."""

    id: int
    role: Role
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def create_client(database: Database, *, code: str, name: str, now: datetime) -> Client:
    """Create a client with default settings.

    Raises INVALID_INPUT for a bad code, DUPLICATE for a taken one.
    """
    check_text(name, what="name", path=("name",), longest=255)
    try:
        async with database.transaction_across_clients() as transaction:
            client = await clients.Client.create(
                using_db=transaction.orm, code=code, name=name, created_at=now
            )
            await clients.ClientSettings.create(using_db=transaction.orm, client_id=client.id)
    except asyncpg.UniqueViolationError as error:
        raise Refusal(ErrorCode.DUPLICATE, f"Client {code} exists already.", path=("code",)) from error
    except asyncpg.CheckViolationError as error:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "A client's code has 1 to 64 letters, digits, dots, dashes and underscores.",
            path=("code",),
        ) from error
    return Client(client.id, code, name)


async def find_clients(database: Database) -> list[Client]:
    """Every client, by code."""
    async with database.connection_across_clients() as sql:
        rows = await sql.fetch("SELECT id, code, name FROM clients ORDER BY code")
    return [Client(**row) for row in rows]


async def create_token(
    database: Database,
    *,
    client_id: int,
    role: Role,
    label: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Create a token and return its text, which can't be had again."""
    text = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    await _store_token(
        database, client_id=client_id, role=role, label=label, text=text, now=now, expires_at=expires_at
    )
    return text


async def find_tokens(database: Database, *, client_id: int) -> list[Token]:
    """The client's tokens, oldest first, those no longer valid too."""
    async with database.connection(client_id) as sql:
        rows = await sql.fetch(
            """
            SELECT id, role, label, created_at, expires_at, revoked_at FROM api_tokens
            WHERE client_id = $1 ORDER BY id
            """,
            client_id,
        )
    return [Token(**{**row, "role": Role(row["role"])}) for row in rows]


async def revoke_token(database: Database, *, client_id: int, token_id: int, now: datetime) -> None:
    """End a token's validity. Raises NOT_FOUND when the client has no such token."""
    async with database.transaction(client_id) as transaction:
        found = await transaction.sql.fetchrow(
            """
            UPDATE api_tokens AS token SET revoked_at = coalesce(token.revoked_at, $3)
            FROM api_tokens AS before WHERE token.client_id = $1 AND token.id = $2
              AND before.client_id = $1 AND before.id = $2
            RETURNING before.revoked_at
            """,
            client_id,
            token_id,
            now,
        )
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND, f"The client has no token {token_id}.", path=("id",))
        if found["revoked_at"] is None:
            await _audit(
                transaction.sql,
                client_id=client_id,
                now=now,
                entry=AuditEntry(
                    "TOKEN_REVOKED",
                    f"Token {token_id} was revoked.",
                    before={"token": token_id, "revoked_at": None},
                    after={"token": token_id, "revoked_at": now},
                ),
            )


async def ensure_demo_client(database: Database, *, token: str, now: datetime) -> None:
    """On an empty database create client DEMO and an admin token with this text; else do nothing."""
    if await find_clients(database):
        return
    try:
        client = await create_client(database, code=DEMO, name="Demo", now=now)
    except Refusal:
        # Another process was first, and gives the token as well.
        return
    await _store_token(
        database,
        client_id=client.id,
        role=Role.ADMIN,
        label="bootstrap",
        text=token,
        now=now,
        expires_at=None,
    )


async def authenticate(
    database: Database, *, token: str, now: datetime, source: str | None
) -> Authority | None:
    """What the holder of `token` may do, or None for a token that is unknown, expired or revoked."""
    async with database.connection_across_clients() as sql:
        row = await sql.fetchrow(
            """
            SELECT client_id, id, role, label FROM api_tokens
            WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
            """,
            _hash(token),
            now,
        )
    if row is None:
        return None
    return Authority(
        client_id=row["client_id"],
        role=Role(row["role"]),
        actor=row["label"],
        source=source,
        token_id=row["id"],
    )


async def valid_token_ids(database: Database, *, token_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of the tokens that are neither expired nor revoked."""
    async with database.connection_across_clients() as sql:
        rows = await sql.fetch(
            """
            SELECT id FROM api_tokens
            WHERE id = ANY($1::bigint[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
            """,
            list(token_ids),
            now,
        )
    return {row["id"] for row in rows}


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def _store_token(
    database: Database,
    *,
    client_id: int,
    role: Role,
    label: str,
    text: str,
    now: datetime,
    expires_at: datetime | None,
) -> None:
    check_text(label, what="label", path=("label",), longest=255)
    async with database.transaction(client_id) as transaction:
        created = await clients.ApiToken.create(
            using_db=transaction.orm,
            client_id=client_id,
            hash=_hash(text),
            role=role.value,
            label=label,
            created_at=now,
            expires_at=expires_at,
        )
        await _audit(
            transaction.sql,
            client_id=client_id,
            now=now,
            entry=AuditEntry(
                "TOKEN_CREATED",
                f"Token {created.id} ({label}) was created.",
                after={"token": created.id, "role": role, "label": label, "expires_at": expires_at},
            ),
        )


async def _audit(sql: Connection, *, client_id: int, now: datetime, entry: AuditEntry) -> None:
    """What is done from the command line is done by whoever runs the installation (F11)."""
    await audit.write(sql, client_id=client_id, actor="operator", source="cli", at=now, entries=[entry])
