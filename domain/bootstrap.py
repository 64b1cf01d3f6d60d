"""Clients and API tokens: what has to exist before anybody can ask for anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from tortoise.exceptions import IntegrityError

from domain.operations.api_tokens import check_label, hash_of, new_token
from domain.operations.checks import check_text
from domain.ports import Authority, RefusedToken
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Role
from domain.store import api_tokens, audit
from domain.store.audit import AuditEntry
from domain.store.database import Connection, Database, Transaction
from domain.store.tables import clients

DEMO = "DEMO"
"""The code of the client that a first start creates."""


@dataclass(frozen=True, slots=True)
class Client:
    """A tenant."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Token:
    """An API token as it is listed, when it was used last to about five minutes; its text is not known."""

    id: int
    role: Role
    label: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


async def create_client(database: Database, *, code: str, name: str, now: datetime) -> Client:
    """Create a client with default settings.

    Raises INVALID_INPUT for a bad code, DUPLICATE for a taken one.
    """
    check_text(name, what="name", path=("name",), longest=255)
    with _refusing(code):
        async with database.transaction_across_clients() as transaction:
            return await _store_client(transaction, code=code, name=name, now=now)


async def find_clients(database: Database) -> list[Client]:
    """Every client, by code."""
    async with database.connection_across_clients() as sql:
        rows = await sql.fetch("SELECT id, code, name FROM clients ORDER BY code")
    return [Client(**row) for row in rows]


async def client_id_of(database: Database, *, code: str) -> int | None:
    """The id of the client with this code; None when there is none."""
    async with database.connection_across_clients() as sql:
        found: int | None = await sql.fetchval("SELECT id FROM clients WHERE code = $1", code)
    return found


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
    text = new_token()
    async with database.transaction(client_id) as transaction:
        await _store_token(
            transaction.sql,
            client_id=client_id,
            role=role,
            label=label,
            text=text,
            now=now,
            expires_at=expires_at,
        )
    return text


async def find_tokens(database: Database, *, client_id: int) -> list[Token]:
    """The client's tokens, oldest first, those no longer valid too."""
    async with database.connection(client_id) as sql:
        rows = await api_tokens.of_client(sql, client_id=client_id)
    return [Token(**{**row, "role": Role(row["role"])}) for row in rows]


async def revoke_token(database: Database, *, client_id: int, token_id: int, now: datetime) -> None:
    """End a token's validity. Raises NOT_FOUND when the client has no such token."""
    async with database.transaction(client_id) as transaction:
        found = await api_tokens.revoke(transaction.sql, client_id=client_id, token_id=token_id, now=now)
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND, f"The client has no token {token_id}.", path=("id",))
        if found["revoked_at"] is None:
            await _audit(
                transaction.sql,
                client_id=client_id,
                now=now,
                entry=AuditEntry(
                    "TOKEN_REVOKED",
                    f"Token {token_id} ({found['label']}) was revoked.",
                    before={"token": token_id, "revoked_at": None},
                    after={"token": token_id, "revoked_at": now},
                ),
            )


async def ensure_demo_client(database: Database, *, token: str, now: datetime) -> None:
    """On an empty database create client DEMO and an admin token with this text; else do nothing."""
    if await find_clients(database):
        return
    # Another process that was first gives the token as well.
    with suppress(Refusal), _refusing(DEMO):
        # Both or nothing: a client without a token would let nobody in, and no later start would make one.
        async with database.transaction_across_clients() as transaction:
            client = await _store_client(transaction, code=DEMO, name="Demo", now=now)
            await _store_token(
                transaction.sql,
                client_id=client.id,
                role=Role.ADMIN,
                label="bootstrap",
                text=token,
                now=now,
                expires_at=None,
            )


async def authenticate(
    database: Database, *, token: str, now: datetime, source: str | None
) -> Authority | RefusedToken:
    """What the holder of the API token may do, or why it opens nothing."""
    async with database.connection_across_clients() as sql:
        row = await api_tokens.with_hash(sql, token_hash=hash_of(token))
        if row is None:
            return RefusedToken("it is unknown")
        if row["revoked_at"] is not None:
            return RefusedToken("it was revoked", row["client_id"], row["label"])
        if row["expires_at"] is not None and row["expires_at"] <= now:
            return RefusedToken("it has expired", row["client_id"], row["label"])
        await api_tokens.note_use(sql, row, now=now)
    return Authority(
        client_id=row["client_id"],
        role=Role(row["role"]),
        actor=row["label"],
        source=source,
        credential=row["id"],
    )


async def valid_token_ids(database: Database, *, token_ids: Collection[int], now: datetime) -> set[int]:
    """Those of the tokens that are neither expired nor revoked."""
    async with database.connection_across_clients() as sql:
        return await api_tokens.valid(sql, token_ids=token_ids, now=now)


@contextmanager
def _refusing(code: str) -> Iterator[None]:
    """Tell what the database refuses of a client with this code."""
    try:
        yield
    except IntegrityError as error:
        # Clients are written through Tortoise, which keeps asyncpg's error as the cause of its own.
        if isinstance(error.__cause__, asyncpg.UniqueViolationError):
            raise Refusal(ErrorCode.DUPLICATE, f"Client {code} exists already.", path=("code",)) from error
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "A client's code has 1 to 64 letters, digits, dots, dashes and underscores.",
            path=("code",),
        ) from error


async def _store_client(transaction: Transaction, *, code: str, name: str, now: datetime) -> Client:
    client = await clients.Client.create(using_db=transaction.orm, code=code, name=name, created_at=now)
    await clients.ClientSettings.create(using_db=transaction.orm, client_id=client.id)
    return Client(client.id, code, name)


async def _store_token(
    sql: Connection,
    *,
    client_id: int,
    role: Role,
    label: str,
    text: str,
    now: datetime,
    expires_at: datetime | None,
) -> None:
    check_label(label, path=("label",))
    token_id = await api_tokens.insert(
        sql,
        client_id=client_id,
        token_hash=hash_of(text),
        role=role.value,
        label=label,
        now=now,
        expires_at=expires_at,
    )
    await _audit(
        sql,
        client_id=client_id,
        now=now,
        entry=AuditEntry(
            "TOKEN_CREATED",
            f"Token {token_id} ({label}) was created.",
            after={"token": token_id, "role": role, "label": label, "expires_at": expires_at},
        ),
    )


async def _audit(sql: Connection, *, client_id: int, now: datetime, entry: AuditEntry) -> None:
    """What is done from the command line is done by whoever runs the installation (F11)."""
    await audit.write(sql, client_id=client_id, actor="operator", source="cli", at=now, entries=[entry])
