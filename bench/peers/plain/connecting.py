"""Tortoise on a database, as its documentation has it."""

from __future__ import annotations

from tortoise import Tortoise

from domain.store.configuring import tortoise_config


async def connect(url: str, *, most: int) -> None:
    """Open the plain models on the database, with at most so many connections."""
    config = tortoise_config(url, min_size=1, max_size=most, application_name="plain")
    credentials = config["connections"]["default"]["credentials"]
    # Of Backfill's configuration only where the database is: the rest is Tortoise's own.
    kept = {name: credentials[name] for name in ("host", "port", "user", "password", "database")}
    await Tortoise.init(
        config={
            "connections": {
                "default": {
                    "engine": "tortoise.backends.asyncpg",
                    "credentials": {**kept, "minsize": 1, "maxsize": most},
                }
            },
            "apps": {"plain": {"models": ["bench.peers.plain.models"], "default_connection": "default"}},
            "use_tz": True,
            "timezone": "UTC",
        },
        # Requests are tasks of their own and have to find it.
        _enable_global_fallback=True,
    )
