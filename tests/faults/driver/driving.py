"""One run: an installation under load, faults all the while, and at the end the question what was lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import asyncpg
import structlog

from domain.bootstrap import create_client, create_token
from domain.rules.vocabulary import Role
from domain.store.database import Database
from tests.faults.driver import mutations
from tests.faults.driver.caller import Caller
from tests.faults.driver.checking import losses
from tests.faults.driver.known import Known, Tenant
from tests.faults.driver.load import POOLS, RECEIVED_ONLY, SKUS, User
from tests.faults.driver.looking import Onlooker
from tests.faults.driver.mischief import Fault, Mischief, planned
from tests.faults.driver.report import Faulty, Report, reported
from tests.faults.driver.subscribers import ORDERS, RUNS, SocketSubscriber, StreamSubscriber, Subscriber
from tests.faults.driver.victims import Victim

log = structlog.get_logger()

TENANTS = ("ACME", "BOLT")
_USERS = 3
_SETTLE_SECONDS = 120.0

_AT_WORK = """
SELECT (SELECT count(*) FROM processor_runs WHERE status IN ('SCHEDULED', 'RUNNING')) AS runs,
       (SELECT count(*) FROM bulk_operations WHERE status IN ('PENDING', 'RUNNING')) AS bulk,
       (SELECT count(*) FROM event_outbox) AS events
"""
_NEWEST = "SELECT coalesce(max(seq), 0) FROM event_log WHERE client_id = $1 AND topic = $2"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where a run takes place: how the API and the database are reached, and what can go wrong there.

    `shared` names faults that happen to no single process or link.
    """

    addresses: Sequence[str]
    database_urls: Sequence[str]
    victims: Sequence[Victim]
    links: Sequence[Faulty]
    faults: Sequence[Fault]
    shared: Sequence[str] = ()


async def drive(stage: Stage, *, seconds: float, seed: int, pause: float) -> Report:
    """Put the stage under load and faults for so many seconds; what came of it.

    Faults begin about every `pause` seconds.
    """
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    known = Known([await _tenant(stage.database_urls, code) for code in TENANTS])
    mischief = Mischief(planned(stage.faults, seconds=seconds, pause=pause, random=random))
    onlooker = Onlooker(stage.database_urls, known=known)
    async with AsyncExitStack() as stack:
        callers = []
        for tenant in known.tenants:
            for number in range(_USERS):
                caller = Caller(
                    f"{tenant.code}-{number}",
                    tenant=tenant,
                    known=known,
                    addresses=stage.addresses,
                    random=Random(f"{seed} {tenant.code} {number}"),  # noqa: S311
                )
                stack.push_async_callback(caller.close)
                callers.append(caller)
        owners = callers[::_USERS]
        for owner in owners:
            await _set_up(owner)
        subscribers = [one for owner in owners for one in await _subscribers(owner, stage.addresses, seed)]
        beside = [asyncio.create_task(onlooker.look())]
        beside += [asyncio.create_task(one.follow()) for one in subscribers]
        try:
            async with asyncio.TaskGroup() as group:
                for caller in callers:
                    group.create_task(User(caller).work(seconds=seconds, pause=0.3))
                group.create_task(mischief.happen())
            log.info("healed")
            for victim in stage.victims:
                await victim.is_ready()
            for owner in owners:
                await _schedules(owner, enabled=False)
                if drift := await owner.ask("{ verifyInventory { field recorded derived } }"):
                    known.problem(f"{owner.tenant.code}: verifyInventory found {drift}")
            lost = await _settled(stage.database_urls, known, subscribers)
        finally:
            for task in beside:
                task.cancel()
            ended = await asyncio.gather(*beside, return_exceptions=True)
    for victim in stage.victims:
        lost += victim.problems + victim.said_what_it_should_not()
        lost += [str(one) for one in victim.exits if not one.explained]
    lost += [f"an onlooker or subscriber broke: {error!r}" for error in ended if isinstance(error, Exception)]
    return reported(
        seed=seed,
        seconds=seconds,
        known=known,
        victims=stage.victims,
        links=stage.links,
        others=Counter({one: times for one, times in mischief.done.items() if one in stage.shared}),
        subscribers=subscribers,
        looks=onlooker.looks,
        losses=lost,
    )


async def _tenant(urls: Sequence[str], code: str) -> Tenant:
    now = datetime.now(UTC)
    database = await Database.open(urls[0])
    try:
        client = await create_client(database, code=code, name=code.title(), now=now)
        token = await create_token(database, client_id=client.id, role=Role.ADMIN, label="faults", now=now)
    finally:
        await database.close()
    return Tenant(code, client.id, token)


async def _set_up(owner: Caller) -> None:
    centers = [{"code": code, "name": code.title()} for code in POOLS]
    await owner.change(mutations.CENTERS, input=centers)
    skus = [{"code": code, "name": code} for code in (*SKUS, RECEIVED_ONLY)]
    await owner.change(mutations.MAKE_SKUS, input=skus)
    stock = [
        {"skuCode": code, "distributionCenterCode": pool, "onHand": 40} for code in SKUS for pool in POOLS
    ]
    await owner.change(mutations.COUNT, input=stock)
    await owner.change(mutations.SETTINGS, input={"holdHours": 0, "backOrderWorkflow": True})
    await _schedules(owner, enabled=True)


async def _schedules(owner: Caller, *, enabled: bool) -> None:
    for pool in await owner.ask("{ distributionCenters { id } }"):
        await owner.change(
            mutations.SCHEDULE, distributionCenter=pool["id"], cron="* * * * *", enabled=enabled
        )


async def _subscribers(owner: Caller, addresses: Sequence[str], seed: int) -> list[Subscriber]:
    kinds: list[tuple[type[Subscriber], Any]] = [
        (SocketSubscriber, ORDERS),
        (SocketSubscriber, ORDERS),
        (StreamSubscriber, ORDERS),
        (SocketSubscriber, RUNS),
    ]
    after = await owner.ask("{ eventCursor }")
    return [
        kind(
            feed,
            tenant=owner.tenant,
            known=owner.known,
            addresses=addresses,
            random=Random(f"{seed} {owner.tenant.code} subscriber {number}"),  # noqa: S311
            after=after,
        )
        for number, (kind, feed) in enumerate(kinds)
    ]


async def _settled(urls: Sequence[str], known: Known, subscribers: Sequence[Subscriber]) -> list[str]:
    """What is lost, as soon as everything has come to rest, or when it should have long since."""
    sql = await _writable(urls)
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + _SETTLE_SECONDS
    try:
        while waited_for := await _unfinished(sql, subscribers):
            if loop.time() > give_up_at:
                known.problem(f"after {_SETTLE_SECONDS:.0f} quiet seconds there are still {waited_for}")
                break
            await asyncio.sleep(0.2)
        return await losses(sql, known, subscribers)
    finally:
        await sql.close()


async def _unfinished(sql: asyncpg.Connection[asyncpg.Record], subscribers: Sequence[Subscriber]) -> str:
    left = [f"{number} {what}" for what, number in dict(await sql.fetchrow(_AT_WORK) or {}).items() if number]
    if left:
        return ", ".join(left)
    for one in subscribers:
        newest = await sql.fetchval(_NEWEST, one.tenant.client_id, one.feed.topic)
        if one.position < newest:
            return f"subscribers at {one.position} of {newest}"
    return ""


async def _writable(urls: Sequence[str]) -> asyncpg.Connection[asyncpg.Record]:
    for url in urls:
        try:
            sql = await asyncpg.connect(url, timeout=5)
        except OSError:
            continue
        if not await sql.fetchval("SELECT pg_is_in_recovery()"):
            return sql
        await sql.close()
    raise ConnectionError("no database takes writes")
