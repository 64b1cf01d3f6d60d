"""`backfill doctor` finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cli.doctor import environment as machine
from cli.doctor import identity, servers
from cli.doctor.findings import Finding, Status
from domain.settings import Settings
from domain.store.condition import Condition
from tests.cli.running import Ended, backfill, environment, serving
from tests.machine import needs_shared_redis
from tests.mail_server import mail_server
from tests.new_database import new_database
from tests.oidc_issuer import oidc_issuer
from tests.waiting import eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def env(settings: Settings) -> dict[str, str]:
    return environment(settings, embedded=False) | {"BACKFILL_PORT": "0"}


def checks(ended: Ended) -> dict[str, list[dict[str, Any]]]:
    """The findings of a check, by its name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for check in json.loads(ended.output)["checks"]:
        found.setdefault(check["name"], []).append(check)
    return found


async def test_a_set_up_that_works_passes(env: dict[str, str]) -> None:
    async with serving(env=env):
        # The server is ready before its worker is.
        async def has_a_worker() -> bool:
            ended = await backfill("doctor", "--json", env=env)
            return bool(checks(ended)["workers"][0]["status"] == "OK")

        await eventually(has_a_worker)
        ended = await backfill("doctor", "--json", env=env)

    found = checks(ended)
    wrong = [check for some in found.values() for check in some if check["status"] == "FAIL"]
    assert (ended.code, wrong) == (0, [])
    for name in [
        "python",
        "packages",
        "settings",
        "postgresql",
        "schema",
        "rights",
        "clock",
        "events",
        "mail",
    ]:
        assert [check["status"] for check in found[name]] == ["OK"], name


async def test_what_is_wrong_with_the_settings_is_told_with_what_was_meant(env: dict[str, str]) -> None:
    ended = await backfill(
        "doctor",
        "--json",
        env={**env, "BACKFILL_DATABSE_URL": "x", "BACKFILL_FLAVOUR": "y", "BACKFILL_PORT": "ninety"},
    )

    found = checks(ended)["settings"]
    assert ended.code == 1
    assert found[0]["status"] == "FAIL"
    assert "BACKFILL_PORT" in found[0]["found"]
    remedies = {check["found"].split()[0]: check["remedy"] for check in found[1:]}
    assert remedies["BACKFILL_DATABSE_URL"] == "Did you mean BACKFILL_DATABASE_URL?"
    assert remedies["BACKFILL_FLAVOUR"].startswith("Remove it")


async def test_servers_that_are_not_there_are_told_with_the_variable(env: dict[str, str]) -> None:
    nobody = {
        "BACKFILL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/backfill",
        "BACKFILL_REDIS_URL": "redis://127.0.0.1:1",
        "BACKFILL_SMTP_URL": "smtp://127.0.0.1:1",
        "BACKFILL_SMTP_SENDER": "a@acme.example",
    }
    ended = await backfill("doctor", "--json", env=env | nobody)

    found = checks(ended)
    assert ended.code == 1
    for name, variable in (("postgresql", "DATABASE"), ("redis", "REDIS"), ("mail", "SMTP")):
        (check,) = found[name]
        assert (check["status"], f"BACKFILL_{variable}_URL" in check["remedy"]) == ("FAIL", True)


@pytest.mark.parametrize(
    ("variable", "url", "name", "found"),
    [
        (
            "BACKFILL_DATABASE_URL",
            "postgresql://nobody:secret@127.0.0.1:1/backfill",
            "postgresql",
            "127.0.0.1:1/backfill can't be used: ",
        ),
        (
            "BACKFILL_REDIS_URL",
            "redis+sentinel://:secret@127.0.0.1:1,127.0.0.1:2/mymaster/0",
            "redis",
            "No Sentinel of 127.0.0.1:1,127.0.0.1:2 answers and knows a primary named mymaster.",
        ),
        (
            "BACKFILL_REDIS_URL",
            "redis+sentinel://:secret@127.0.0.1:1",
            "settings",
            "BACKFILL_REDIS_URL: must name the primary: redis+sentinel://host:26379,host:26379/mymaster/0",
        ),
    ],
)
async def test_where_nobody_answers_is_told_without_the_password(
    env: dict[str, str], variable: str, url: str, name: str, found: str
) -> None:
    ended = await backfill("doctor", "--json", env=env | {variable: url})

    (check,) = checks(ended)[name]
    assert (ended.code, check["status"]) == (1, "FAIL")
    assert check["found"].startswith(found)
    assert variable in check["found"] + check["remedy"]
    assert "secret" not in ended.output + ended.errors


async def test_a_person_reads_what_to_do(env: dict[str, str]) -> None:
    ended = await backfill("doctor", env={**env, "BACKFILL_REDIS_URL": "redis://127.0.0.1:1"})

    assert ended.code == 1
    assert "FAIL redis" in ended.errors
    assert "→ Start it, or correct BACKFILL_REDIS_URL." in ended.errors


@needs_shared_redis
async def test_a_database_that_was_not_migrated_is_told_and_not_touched(settings: Settings) -> None:
    async with new_database(settings) as told:
        env = environment(told, embedded=False)
        first, again = [await backfill("doctor", "--json", env=env) for _ in range(2)]
        for ended in (first, again):
            (check,) = checks(ended)["schema"]
            assert (check["status"], check["remedy"]) == ("FAIL", "Run: backfill migrate")


async def test_a_mail_server_that_answers_is_no_problem(settings: Settings) -> None:
    async with mail_server() as mail:
        told = Settings(smtp_url=SecretStr(mail.url), smtp_sender="a@acme.example")
        assert (await servers.mail(told)).status is Status.OK


def test_a_port_that_somebody_has_is_told_with_whom() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        finding = machine.port(Settings(host="127.0.0.1", port=taken.getsockname()[1]))

    assert finding.status is Status.FAIL
    assert "pytest" in finding.found
    assert machine.port(Settings(host="127.0.0.1", port=0)).status is Status.OK


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    (finding,) = machine.data_dir(Settings(data_dir=blocked / "data"))
    assert finding.status is Status.FAIL
    assert next(machine.data_dir(Settings(data_dir=tmp_path / "new"))).status is Status.OK


def test_an_old_python_and_pages_that_were_not_built_are_told(tmp_path: Path) -> None:
    assert machine.python((3, 10)).status is Status.FAIL
    assert machine.pages(tmp_path / "index.html").remedy == "Run: make web"
    assert machine.packages("no-such-distribution").status is Status.FAIL
    assert machine.packages().status is Status.OK


@pytest.mark.parametrize(
    ("change", "name", "status"),
    [
        ({"workers": 0}, "workers", Status.WARN),
        ({"overdue_schedules": 1}, "schedules", Status.FAIL),
        ({"outbox": 5, "seconds": 11}, "events", Status.WARN),
        ({"outbox": 5, "seconds": 121}, "events", Status.FAIL),
        ({"endpoints_off": 1}, "webhooks", Status.WARN),
    ],
)
def test_work_that_nobody_does_is_told(change: dict[str, int], name: str, status: Status) -> None:
    good = {"workers": 1, "overdue_schedules": 0, "outbox": 0, "endpoints_off": 0, "seconds": 0}

    def found(told: dict[str, int]) -> dict[str, Status]:
        seconds = told.pop("seconds")
        now = Condition(**told, outbox_age=timedelta(seconds=seconds))
        return {finding.name: finding.status for finding in servers.work(now)}

    assert set(found(dict(good)).values()) == {Status.OK}
    assert found(good | change)[name] is status


async def oidc(issuer: str, **told: Any) -> list[Finding]:
    settings = Settings(oidc_issuer=issuer, oidc_audience=("backfill",), **told)
    return [finding async for finding in identity.issuer(settings)]


async def test_an_issuer_whose_keys_can_be_used_passes() -> None:
    async with oidc_issuer() as issuer:
        (finding,) = await oidc(issuer.url, oidc_algorithms=("ES256",))
        assert finding.status is Status.OK
        assert finding.found == f"{issuer.url}: usable keys 1, for ES256."
        (finding,) = await oidc(issuer.url, oidc_algorithms=("RS256",))
        assert (finding.status, "BACKFILL_OIDC_ALGORITHMS" in (finding.remedy or "")) == (Status.FAIL, True)
        issuer.told = {"issuer": "https://elsewhere.example"}
        (finding,) = await oidc(issuer.url)
        assert (finding.status, "another issuer" in finding.found) == (Status.FAIL, True)


async def test_an_issuer_that_is_not_there_is_told_with_the_variable() -> None:
    (finding,) = await oidc("http://127.0.0.1:1/realm")
    assert finding.status is Status.FAIL
    assert "could not be reached" in finding.found
    assert "BACKFILL_OIDC_ISSUER" in (finding.remedy or "")


async def test_an_issuer_over_plain_http_on_another_machine_is_a_warning() -> None:
    warning, _ = await oidc("http://issuer.invalid/realm")
    assert (warning.status, "not https" in warning.found) == (Status.WARN, True)


async def test_without_an_issuer_there_is_nothing_to_check() -> None:
    (finding,) = [finding async for finding in identity.issuer(Settings())]
    assert finding.status is Status.OK
