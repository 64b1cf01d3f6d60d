"""An installation on nine hosts: three of the API, three of workers, two of PostgreSQL, one of Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from cli.embedded.folders import make_data_dir, server_account
from tests.faults.driver.driving import Stage
from tests.faults.driver.installation import api_process, migrated, program_environment, worker_process
from tests.faults.driver.mischief import Fault
from tests.faults.driver.network import Host, hosts, parted
from tests.faults.driver.replication import Node, Pair
from tests.faults.driver.servers import DATABASE, PostgresCluster, RedisServer
from tests.faults.driver.victims import Victim

_APIS = ("api-1", "api-2", "api-3")
_WORKERS = ("worker-1", "worker-2", "worker-3")
_POSTGRES_PORT, _REDIS_PORT, _API_PORT = 5432, 6379, 8000


@asynccontextmanager
async def stage_of_hosts(folder: Path) -> AsyncIterator[Stage]:
    """The stage, with everything running and ready; ended with the block. Raises NoHostsError."""
    folder = make_data_dir(folder, server_account())
    with hosts(["postgres-1", "postgres-2", "redis", *_APIS, *_WORKERS]) as found:
        first, second = (_node(folder, found[name]) for name in ("postgres-1", "postgres-2"))
        first.cluster.create()
        pair = Pair(first, second)
        cache = RedisServer(folder, address=(found["redis"].address, _REDIS_PORT))
        redis = cache.server(place=found["redis"].place)
        both = f"{first.host.address}:{_POSTGRES_PORT},{second.host.address}:{_POSTGRES_PORT}"
        environment = partial(
            program_environment,
            database_url=f"postgresql://postgres@{both}/{DATABASE}?target_session_attrs=read-write",
            redis_url=f"redis://{found['redis'].address}:{_REDIS_PORT}/0",
        )
        apis = [
            api_process(
                name,
                folder,
                (found[name].address, _API_PORT),
                environment(folder / name),
                place=found[name].place,
            )
            for name in _APIS
        ]
        workers = [
            worker_process(name, folder, environment(folder / name), place=found[name].place)
            for name in _WORKERS
        ]
        victims = [first.server, second.server, redis, *apis, *workers]
        try:
            await pair.begin()
            await redis.start()
            await migrated(first.cluster.url)
            for victim in (*apis, *workers):
                await victim.start()
            yield Stage(
                addresses=[f"http://{found[name].address}:{_API_PORT}" for name in _APIS],
                database_urls=[first.cluster.url, second.cluster.url],
                victims=victims,
                links=[*found.values(), pair],
                faults=_faults(pair, [redis, *apis, *workers], found),
            )
        finally:
            for victim in reversed(victims):
                await victim.stop()


def _node(folder: Path, host: Host) -> Node:
    cluster = PostgresCluster(folder, name=host.name, address=(host.address, _POSTGRES_PORT))
    return Node(cluster, cluster.server(place=host.place), host)


def _faults(pair: Pair, victims: Sequence[Victim], found: dict[str, Host]) -> list[Fault]:
    """What can go wrong. To PostgreSQL one thing at a time: it has two hosts, and can lose one."""
    databases = [found["postgres-1"], found["postgres-2"]]
    others = [host for host in found.values() if host not in databases]
    made = [Fault("PostgreSQL fails over", pair.fail_over, pair.busy, weight=12, longest=4)]
    for node in (pair.primary, pair.standby):
        name = node.server.name
        made += [
            Fault(f"{name} is killed", node.server.kill, pair.busy, weight=2, longest=3),
            Fault(f"{name} stands still", node.server.pause, pair.busy, weight=2),
            Fault(f"{name} is cut off", node.host.cut_off, pair.busy, weight=2),
        ]
    for victim in victims:
        made += [
            Fault(f"{victim.name} is killed", victim.kill, victim.busy, longest=4),
            Fault(f"{victim.name} stands still", victim.pause, victim.busy),
        ]
    for host in others:
        made.append(Fault(f"{host.name} is cut off", host.cut_off, host.busy, weight=2, longest=15))
        made += [
            Fault(f"{host.name} and {database.name} are parted", partial(parted, host, database), pair.busy)
            for database in databases
        ]
    return made
