"""The program that the pages are followed on: a server with a worker, PostgreSQL, Redis and a mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.bootstrap import create_client, create_token
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from tests.cli.running import environment, serving
from tests.docs.walking import Walker
from tests.mail_server import mail_server


@dataclass(frozen=True, slots=True)
class Program:
    """A running program."""

    settings: Settings
    address: str
    shell: Mapping[str, str]

    @asynccontextmanager
    async def walker(self, *, code: str, folder: Path) -> AsyncIterator[Walker]:
        """The admin of a new client with this code, and a shell in this folder."""
        token = await self._new_client(code)
        shell = {**self.shell, "CLIENT": code, "TOKEN": token}
        async with Walker.starting(address=self.address, token=token, folder=folder, shell=shell) as walker:
            yield walker

    async def _new_client(self, code: str) -> str:
        now = datetime.now(UTC)
        database = await Database.open(self.settings.postgresql_url())
        try:
            client = await create_client(database, code=code, name=code.title(), now=now)
            return await create_token(database, client_id=client.id, role=Role.ADMIN, label="you", now=now)
        finally:
            await database.close()


@pytest.fixture(scope="module")
async def program(module_settings: Settings) -> AsyncIterator[Program]:
    """The program as `backfill serve` starts it, on empty databases."""
    drops = module_settings.data_dir / "drops"
    drops.mkdir(parents=True)
    async with mail_server() as mail:
        env = environment(module_settings, embedded=False) | {
            "BACKFILL_SHOW_COST": "false",
            "BACKFILL_SMTP_URL": mail.url,
            "BACKFILL_SMTP_SENDER": "orders@shop.example",
            "BACKFILL_FILE_DROP_DIR": str(drops),
        }
        async with serving(env=env) as served:
            yield Program(module_settings, str(served.api.base_url).rstrip("/"), env)
