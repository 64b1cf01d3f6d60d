"""Checks of the servers that Backfill works with: PostgreSQL, Redis, the mail server; and of its workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import RedisError

from cli.doctor.findings import Finding, Status, failed, ok, warn
from cli.embedded.redis import redis_program
from domain.settings import Settings
from domain.store import condition
from domain.store.condition import Condition
from domain.store.database import Database
from domain.store.migrate import pending
from jobs.mailing import SmtpMailer
from jobs.queue import SHORT_QUEUE
from jobs.redis_pools import connection_pool

OLDEST_POSTGRESQL = 150_000
OLDEST_REDIS = (6, 2)

_LATE = timedelta(seconds=10)
_VERY_LATE = timedelta(minutes=2)
_START_A_WORKER = "Start one: `backfill serve` has one inside, `backfill worker` is one more."


async def postgresql(database: Database, *, embedded: bool) -> AsyncIterator[Finding]:
    """Version, schema, rights and clock of a database that answers; how far its work is behind."""
    began = datetime.now(UTC)
    async with database.connection_across_clients() as sql:
        server = await condition.server(sql)
    ended = datetime.now(UTC)
    found = f"PostgreSQL {server.version}{' (embedded)' if embedded else ''}"
    if server.version_number < OLDEST_POSTGRESQL:
        yield failed("postgresql", found, remedy="Use PostgreSQL 15 or newer.")
        return
    yield ok("postgresql", found)
    yield _clock(server.now, began, ended)
    missing = await pending(database)
    if missing:
        remedy = "It is migrated at the next start." if embedded else "Run: backfill migrate"
        finding = warn if embedded else failed
        yield finding("schema", f"The database lacks {', '.join(missing)}.", remedy=remedy)
        return
    yield ok("schema", "The tables are what this version needs.")
    async with database.connection_across_clients() as sql:
        lacking = await condition.tables_without_rights(sql)
        now = await condition.condition(sql)
    if lacking:
        grant = f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {server.user};"
        found = f"{server.user} may not use {', '.join(lacking)}."
        yield failed("rights", found, remedy=f"As their owner: {grant}")
    else:
        yield ok("rights", f"{server.user} may read and write every table.")
    for each in work(now):
        yield each


def _clock(there: datetime, began: datetime, ended: datetime) -> Finding:
    """The database's clock is between the two of ours, or as far off as it is from the nearer one."""
    skew = max(began - there, there - ended, timedelta(0)).total_seconds()
    found = f"This machine's clock and the database's are {skew:.1f} s apart."
    remedy = "Synchronize both clocks (NTP): schedules, holds and leases go by them."
    if skew > 60:
        return failed("clock", found, remedy=remedy)
    return warn("clock", found, remedy=remedy) if skew > 2 else ok("clock", found)


def work(now: Condition) -> list[Finding]:
    """Whether somebody does the work: workers, schedules, events, e-mails, webhooks."""
    findings = [
        ok("workers", f"{now.workers} connected to the database.")
        if now.workers
        else warn("workers", "None is connected to the database.", remedy=_START_A_WORKER)
    ]
    if now.overdue_schedules:
        found = f"{now.overdue_schedules} should have made a run more than {_VERY_LATE.seconds} s ago."
        findings.append(failed("schedules", found, remedy=_START_A_WORKER))
    else:
        findings.append(ok("schedules", "None is overdue."))
    found = f"{now.outbox} events wait, the oldest for {now.outbox_age.total_seconds():.0f} s."
    remedy = "Is a worker running, and can it write to the database? Its log says relay.interrupted if not."
    if now.outbox_age > _VERY_LATE:
        findings.append(failed("events", found, remedy=remedy))
    elif now.outbox_age > _LATE:
        findings.append(warn("events", found, remedy=remedy))
    else:
        findings.append(ok("events", f"{now.outbox} wait to be told."))
    if now.endpoints_off:
        found = f"{now.endpoints_off} endpoints were turned off, because they took nothing."
        remedy = "Tell their owners: `webhookEndpoints` has the reason in `disabledReason`."
        findings.append(warn("webhooks", found, remedy=remedy))
    return findings


async def redis(settings: Settings, *, url: str | None) -> AsyncIterator[Finding]:
    """Version, memory policy, and whether workers give signs of life; `url` is of the one that is used."""
    if url is None:
        inside = redis_program() is None
        found = "inside the process: one process only" if inside else "embedded, started with the program"
        yield ok("redis", found)
        return
    client: Redis = Redis(connection_pool=connection_pool(url))
    try:
        server, memory = await client.info("server"), await client.info("memory")
        alive = await client.exists(f"{SHORT_QUEUE}:health-check")
    except MasterNotFoundError:
        parts = urlsplit(url)
        sentinels, name = parts.netloc.rpartition("@")[2], parts.path.split("/")[1]
        found = f"No Sentinel of {sentinels} answers and knows a primary named {name}."
        remedy = "Start the Sentinels, or correct BACKFILL_REDIS_URL: their addresses, the primary's name."
        yield failed("redis", found, remedy=remedy)
        return
    except (RedisError, OSError) as error:
        reason = str(error) or type(error).__name__
        yield failed(
            "redis", f"It can't be used: {reason}", remedy="Start it, or correct BACKFILL_REDIS_URL."
        )
        return
    finally:
        await client.aclose()
    told = str(server["redis_version"])
    if tuple(int(part) for part in told.split(".")[:2]) < OLDEST_REDIS:
        yield failed("redis", f"Redis {told}", remedy="Use Redis 7 or newer, or Valkey.")
    else:
        yield ok("redis", f"Redis {told}")
    policy = str(memory.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        yield ok("redis memory", "maxmemory-policy noeviction")
    else:
        found = f"maxmemory-policy {policy}: under pressure it forgets jobs and events"
        yield warn("redis memory", found, remedy="Set: maxmemory-policy noeviction")
    if alive:
        yield ok("heartbeat", "A worker has given a sign of life within the last seconds.")
    else:
        yield warn("heartbeat", "No worker gives signs of life.", remedy=_START_A_WORKER)


async def mail(settings: Settings) -> Finding:
    """Whether the mail server lets us in."""
    mailer = SmtpMailer.of(settings)
    if mailer is None:
        return ok("mail", "Not set up (BACKFILL_SMTP_URL, BACKFILL_SMTP_SENDER): e-mails would wait.")
    problem = await mailer.problem()
    if problem is None:
        return ok("mail", "The mail server answers.")
    return failed("mail", problem, remedy="Start it, or correct BACKFILL_SMTP_URL.")


def worst(findings: list[Finding]) -> Status:
    """The worst of them."""
    order = (Status.OK, Status.WARN, Status.FAIL)
    return max((finding.status for finding in findings), key=order.index, default=Status.OK)
