"""Databases that tests make for themselves, beside the one that is emptied for each of them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr

from domain.settings import Settings


@asynccontextmanager
async def new_database(settings: Settings) -> AsyncIterator[Settings]:
    """The settings with another database on the same server: without a table, and dropped with the block."""
    name = f"backfill_test_{secrets.token_hex(4)}"
    administrator = await asyncpg.connect(settings.postgresql_url())
    try:
        await administrator.execute(f'CREATE DATABASE "{name}"')
        url = urlunsplit(urlsplit(settings.postgresql_url())._replace(path=f"/{name}"))
        try:
            yield settings.model_copy(update={"database_url": SecretStr(url)})
        finally:
            await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await administrator.close()
