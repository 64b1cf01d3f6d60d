"""`backfill doctor`: checks a set-up, and says what to do about what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError
from rich.text import Text

from cli.doctor import environment, identity, servers
from cli.doctor.findings import Finding, Status, failed, ok
from cli.embedded.errors import EmbeddedServerError
from cli.embedded.servers import databases, running_redis
from cli.output import JsonOption, print_json
from cli.program import console, run_without_databases
from domain.logs import configure_logs
from domain.settings import Settings
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS

_STYLE = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red"}


def doctor(
    strict: Annotated[bool, typer.Option("--strict", help="A warning ends it with code 1, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check this set-up, and say what to do.

    It changes nothing. An embedded database that exists is started for the time of the checks. The code is
    1 when a check fails. JSON: {"status": "OK" | "WARN" | "FAIL", "checks": [{"name", "status", "found",
    "remedy"}]}.

    Examples: backfill doctor · backfill doctor --json | jq '.checks[] | select(.status != "OK")'
    """

    async def work() -> list[Finding]:
        findings = []
        async for finding in _checks():
            findings.append(finding)
            if not as_json:
                _tell(finding)
        return findings

    configure_logs(level="error", form="auto", process="doctor")
    findings = run_without_databases(work, as_json=as_json)
    status = servers.worst(findings)
    if as_json:
        print_json({"status": status, "checks": findings})
    else:
        console.print(_summary(findings))
    if status is Status.FAIL or (strict and status is Status.WARN):
        raise typer.Exit(1)


async def _checks() -> AsyncIterator[Finding]:
    yield environment.python()
    yield environment.packages()
    for finding in environment.settings():
        yield finding
    yield environment.pages()
    try:
        settings = Settings()
    except ValidationError:
        # Everything else is about what the settings name.
        return
    for finding in environment.data_dir(settings):
        yield finding
    yield environment.port(settings)
    async for finding in _databases(settings):
        yield finding
    yield await servers.mail(settings)
    async for finding in identity.issuer(settings):
        yield finding


async def _databases(settings: Settings) -> AsyncIterator[Finding]:
    embedded = settings.database_url is None
    if embedded and not (settings.data_dir / "postgres").exists():
        yield ok("postgresql", "embedded, made at the first start")
    else:
        with ExitStack() as stack:
            try:
                found = stack.enter_context(databases(settings, redis=False))
                async with _opened(found) as database:
                    async for finding in servers.postgresql(database, embedded=embedded):
                        yield finding
            except EmbeddedServerError as error:
                remedy = "See its log in the data folder, or set BACKFILL_DATABASE_URL."
                yield failed("postgresql", str(error), remedy=remedy)
            except DATABASE_ERRORS as error:
                reason = str(error) or type(error).__name__
                remedy = "Start it, or correct BACKFILL_DATABASE_URL: address, user, password, name."
                yield failed("postgresql", f"{_where(settings)} can't be used: {reason}", remedy=remedy)
    async for finding in servers.redis(settings, url=_redis_url(settings)):
        yield finding


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.open(settings.postgresql_url(), max_size=2, application_name="backfill-doctor")
    try:
        yield database
    finally:
        await database.close()


def _where(settings: Settings) -> str:
    """The database that was tried, without its user and password."""
    if settings.database_url is None:
        return "The embedded database"
    parts = urlsplit(settings.database_url.get_secret_value())
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "The database"


def _redis_url(settings: Settings) -> str | None:
    """The Redis that would be used, if it is one that can be asked."""
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    return running_redis(settings.data_dir)


def _tell(finding: Finding) -> None:
    line = Text().append(f"{finding.status.value:<5}", style=_STYLE[finding.status])
    line.append(f"{finding.name:<13} ").append(finding.found)
    if finding.remedy is not None:
        line.append(f"\n{'':<19}→ {finding.remedy}", style="bold")
    console.print(line, soft_wrap=True)


def _summary(findings: list[Finding]) -> Text:
    counts = Counter(finding.status for finding in findings)
    told = " · ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    return Text(f"\n{told}", style=_STYLE[servers.worst(findings)])
