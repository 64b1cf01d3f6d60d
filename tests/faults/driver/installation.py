"""An installation of the program on this machine: processes of their own, and a link before every server."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.embedded.folders import make_data_dir, server_account
from domain.store.database import Database
from domain.store.migrate import migrate
from tests.faults.driver.links import Link
from tests.faults.driver.servers import DATABASE, PostgresCluster, RedisServer
from tests.faults.driver.victims import Victim
from tests.ports import free_ports

# So short that every one of them is reached again and again.
LIMITS = {
    "BACKFILL_RUN_LEASE_SECONDS": "3",
    "BACKFILL_RUN_CHUNK_LINES": "40",
    "BACKFILL_BULK_CHUNK_ORDERS": "10",
    "BACKFILL_REQUEST_SECONDS": "8",
    "BACKFILL_STATEMENT_SECONDS": "6",
    "BACKFILL_LOCK_SECONDS": "3",
    "BACKFILL_JOB_STATEMENT_SECONDS": "20",
    "BACKFILL_JOB_LOCK_SECONDS": "5",
    "BACKFILL_IDLE_TRANSACTION_SECONDS": "4",
    "BACKFILL_SHUTDOWN_SECONDS": "5",
    "BACKFILL_LOG_FORMAT": "json",
}

NEVER_SAYS = ("Traceback (most recent call last)", "Unclosed ", "was never retrieved", "was never awaited")
"""What a process of the program logs only when it has a mistake in it."""


@dataclass(frozen=True)
class Installation:
    """What runs, and how it is reached: `addresses` by users, `database_urls` by whoever looks at it."""

    cluster: PostgresCluster
    cache: RedisServer
    postgres: Victim
    redis: Victim
    apis: Sequence[Victim]
    workers: Sequence[Victim]
    links: Sequence[Link]
    addresses: Sequence[str]
    database_urls: Sequence[str]

    @property
    def victims(self) -> list[Victim]:
        """Every process."""
        return [self.postgres, self.redis, *self.apis, *self.workers]


@asynccontextmanager
async def installation(folder: Path, *, apis: int, workers: int) -> AsyncIterator[Installation]:
    """Everything running and ready, on an empty, migrated database; ended with the block."""
    folder = make_data_dir(folder, server_account())
    cluster = PostgresCluster(folder, name="postgres", address=("127.0.0.1", free_ports(1)))
    cluster.create()
    cache = RedisServer(folder, address=("127.0.0.1", free_ports(1)))
    postgres, redis = cluster.server(), cache.server()
    links: list[Link] = []
    started: list[Victim] = []

    async def link(name: str, target: tuple[str, int]) -> Link:
        made = Link(name, target)
        await made.open()
        links.append(made)
        return made

    async def environment(name: str) -> dict[str, str]:
        to_postgres = await link(f"{name} to PostgreSQL", cluster.address)
        to_redis = await link(f"{name} to Redis", cache.address)
        return program_environment(
            folder / name,
            database_url=f"postgresql://postgres@127.0.0.1:{to_postgres.port}/{DATABASE}",
            redis_url=f"redis://127.0.0.1:{to_redis.port}/0",
        )

    try:
        for server in (postgres, redis):
            started.append(server)
            await server.start()
        await migrated(cluster.url)
        found_apis, found_workers, addresses = [], [], []
        for number in range(1, apis + 1):
            port = free_ports(1)
            found_apis.append(
                api_process(f"api-{number}", folder, ("127.0.0.1", port), await environment(f"api-{number}"))
            )
            to_api = await link(f"users to api-{number}", ("127.0.0.1", port))
            addresses.append(f"http://127.0.0.1:{to_api.port}")
        for number in range(1, workers + 1):
            name = f"worker-{number}"
            found_workers.append(worker_process(name, folder, await environment(name)))
        for victim in (*found_apis, *found_workers):
            started.append(victim)
            await victim.start()
        yield Installation(
            cluster, cache, postgres, redis, found_apis, found_workers, links, addresses, [cluster.url]
        )
    finally:
        for victim in reversed(started):
            await victim.stop()
        for one in links:
            await one.close()


async def migrated(url: str) -> None:
    """Bring the database at `url` up to date."""
    database = await Database.open(url)
    try:
        await migrate(database)
    finally:
        await database.close()


def program_environment(data_dir: Path, *, database_url: str, redis_url: str) -> dict[str, str]:
    """What a process of the program is told."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("BACKFILL_")}
    return told | {
        "BACKFILL_DATABASE_URL": database_url,
        "BACKFILL_REDIS_URL": redis_url,
        "BACKFILL_DATA_DIR": str(data_dir),
        **LIMITS,
    }


def api_process(
    name: str, folder: Path, address: tuple[str, int], env: Mapping[str, str], *, place: Sequence[str] = ()
) -> Victim:
    """A process of the API that listens on `address`."""
    host, port = address

    async def alive() -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as http:
                return (await http.get(f"http://{host}:{port}/healthz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return Victim(
        name,
        kind="API",
        words=[
            *(*place, sys.executable, "-m", "cli.main", "serve", "--no-worker"),
            *("--host", host, "--port", str(port)),
        ],
        env=env,
        log=folder / f"{name}.log",
        ready=alive,
        never_says=NEVER_SAYS,
    )


def worker_process(name: str, folder: Path, env: Mapping[str, str], *, place: Sequence[str] = ()) -> Victim:
    """A worker; whether it is ready shows in what it does."""

    async def started() -> bool:
        return True

    return Victim(
        name,
        kind="worker",
        words=[*place, sys.executable, "-m", "cli.main", "worker"],
        env=env,
        log=folder / f"{name}.log",
        ready=started,
        never_says=NEVER_SAYS,
    )
