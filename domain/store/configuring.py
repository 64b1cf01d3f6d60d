"""What Tortoise, and asyncpg under it, are told of the database: where it is, and how sessions behave."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from domain.store.connecting import SEES_VANISHED_CLIENTS, Limits, addresses, connector
from domain.store.serving import ServingConnection
from domain.store.tables import MODULES

_MIGRATIONS = "domain.store.migrations"


def tortoise_config(
    url: str, *, min_size: int, max_size: int, application_name: str, limits: Limits | None = None
) -> dict[str, Any]:
    """Tortoise's configuration for `url`. Raises ValueError when it is no PostgreSQL URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("the database URL must start with postgresql://")
    query = dict(parse_qsl(parts.query))
    hosts = addresses(parts, query)
    if len(hosts) > 1:
        query.setdefault("target_session_attrs", "read-write")
    credentials: dict[str, Any] = {
        # Tortoise knows of one host; its pool asks `connect` for connections.
        "host": hosts[0][0],
        "port": hosts[0][1],
        "connect": connector(hosts, ServingConnection),
        "user": unquote(parts.username or query.pop("user", "postgres")),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
        "minsize": min_size,
        "maxsize": max_size,
        "server_settings": {
            "application_name": application_name,
            "timezone": "UTC",
            # Times are read as text.
            "datestyle": "ISO",
            "jit": "off",
            # Planning anew for an array of one id would cost more than reading the row, every time.
            "plan_cache_mode": "force_generic_plan",
            # PostgreSQL's own 4 is that of a turning disk: whole tables were read for a page of a list.
            "random_page_cost": "1.1",
            **SEES_VANISHED_CLIENTS,
            **(limits.server_settings() if limits else {}),
        },
        "command_timeout": limits.command_timeout if limits else None,
        # asyncpg's default reset costs a round trip at every release; nothing here leaves session
        # state on a pooled connection (asyncpg itself still rolls back and drops listeners).
        "reset": _keep_session,
        # A statement names the columns that were asked for, so there are more than asyncpg's hundred.
        "statement_cache_size": 256,
    }
    credentials.update(query)
    return {
        "connections": {
            "default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials},
        },
        "apps": {
            "backfill": {"models": MODULES, "migrations": _MIGRATIONS, "default_connection": "default"},
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def _keep_session(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    return None
