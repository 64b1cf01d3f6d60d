"""PostgreSQL on two hosts: a primary, a standby that confirms every commit, and how they change places."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from subprocess import CalledProcessError
from typing import Any

import asyncpg
import structlog

from tests.faults.driver.network import Host
from tests.faults.driver.servers import PostgresCluster
from tests.faults.driver.victims import Victim

log = structlog.get_logger()

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Node:
    """A cluster, its server, and the host it is on."""

    cluster: PostgresCluster
    server: Victim
    host: Host


class Pair:
    """A primary and its synchronous standby: what the primary has acknowledged, the standby has on disk."""

    def __init__(self, primary: Node, standby: Node) -> None:
        self.primary = primary
        self.standby = standby
        self.busy = asyncio.Lock()
        self.faults: Counter[str] = Counter()

    async def begin(self) -> None:
        """Start both; the primary's cluster exists already."""
        await self.primary.server.start()
        await self._join()

    async def fail_over(self, for_seconds: float) -> None:
        """Lose the primary's host, make the standby primary, and take the other one back as its standby.

        As whoever watches over a cluster does it: the old primary is fenced before there is a new one.
        """
        lost, heir = self.primary, self.standby
        # What happened to them before may not be over yet, and nobody promotes a standby that is none.
        await lost.server.is_ready()
        await heir.server.is_ready()
        await self._is_streaming()
        lost.host.unplug()
        await asyncio.sleep(for_seconds)
        lost.server.hold()
        # It has no standby yet that could confirm anything.
        await _tell(heir, "ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()")
        await _tell(heir, "SELECT pg_promote(true, 60)")
        self.primary, self.standby = heir, lost
        self.faults["failovers"] += 1
        await asyncio.sleep(for_seconds)
        lost.host.plug_in()
        await self._join()

    async def _join(self) -> None:
        """Make the standby anew from the primary, and have it confirm every commit from then on."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            # Its host may have just come back, and the network may not have noticed yet.
            while not await asyncio.to_thread(self._copied):  # noqa: ASYNC110 - asked again, not awaited
                await asyncio.sleep(1)
        await self.standby.server.start()
        await self._is_streaming()
        await _tell(
            self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"
        )

    def _copied(self) -> bool:
        standby, (host, port) = self.standby.cluster, self.primary.cluster.address
        standby.empty()
        try:
            standby.call(
                *("pg_basebackup", "-D", str(standby.data), "-R", "--checkpoint=fast", "--no-sync"),
                *("-d", f"host={host} port={port} user=postgres application_name={standby.name}"),
                place=self.standby.host.place,
            )
        except CalledProcessError as error:
            log.warning("not_copied", standby=standby.name, error=error.stderr)
            return False
        return True

    async def _is_streaming(self) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await _tell(  # noqa: ASYNC110 - another process is waited for
                self.primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
            ):
                await asyncio.sleep(0.1)


async def _tell(node: Node, *statements: str) -> Any:
    """What the last of these statements answers."""
    sql = await asyncpg.connect(node.cluster.url, timeout=10)
    try:
        for statement in statements[:-1]:
            await sql.execute(statement)
        return await sql.fetchval(statements[-1])
    finally:
        sql.terminate()
