"""The commands of interface.md, on embedded databases and on external ones."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from domain.settings import Settings
from tests.cli.running import TOKEN, backfill, environment, serving
from tests.machine import needs_shared_redis
from tests.new_database import new_database
from tests.waiting import eventually

ORDERS = """number,distribution_center,sku,quantity
A1,BER,10-01,2
A1,BER,10-02,1
A2,BER,10-01,500
A3,BER,nothing,1
"""


@pytest.fixture(params=["embedded", "external"])
def env(request: pytest.FixtureRequest, settings: Settings) -> dict[str, str]:
    """The environment of a shell, with URLs of databases and without."""
    return environment(settings, embedded=request.param == "embedded")


@pytest.fixture
def external(settings: Settings) -> dict[str, str]:
    """The environment of a shell that names databases, for what is the same with embedded ones."""
    return environment(settings, embedded=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a small shop in files."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "centers.csv").write_text("code,name\nBER,Berlin\n")
    (folder / "skus.csv").write_text("code,name,barcode\n10-01,Tent,4012345600013\n10-02,Stove,\n")
    (folder / "stock.csv").write_text("sku,distribution_center,on_hand\n10-01,BER,10\n10-02,BER,5\n")
    (folder / "orders.csv").write_text(ORDERS)
    return folder


async def test_the_main_job_from_files_to_an_answer(env: dict[str, str], files: Path) -> None:
    async with serving(env=env) as served:
        assert await served.query("{ client { code } }") == {"client": {"code": "DEMO"}}
        for what, file in (("distribution-centers", "centers"), ("skus", "skus"), ("stock", "stock")):
            ended = await backfill("load", what, files / f"{file}.csv", env=env)
            assert (ended.code, ended.errors.count("Error")) == (0, 0), ended
        first = await backfill("load", "orders", files / "orders.csv", "--json", env=env)
        again = await backfill("load", "orders", files / "orders.csv", env=env)
        assert first.code == 1
        assert json.loads(first.output) == {
            "created": 2,
            "duplicates": 0,
            "failures": [
                {
                    "line": 5,
                    "code": "NOT_FOUND",
                    "message": "Order A3: There is no SKU with the code 'nothing'; create it first.",
                    "field": "sku",
                }
            ],
        }
        assert again.output == "0 loaded, 2 existed already, 1 failed\n"
        assert "orders.csv, line 5, sku: NOT_FOUND: Order A3: There is no SKU" in again.errors
        data = await served.query("{ orders { totalCount nodes { number status } } }")
        assert data["orders"]["totalCount"] == 2
        levels = await served.query('{ stockLevels(skuCodes: ["10-01"]) { distributionCenter { id } } }')
        center = levels["stockLevels"][0]["distributionCenter"]["id"]
        await served.query(
            "mutation ($id: ID!) { runOrderProcessor(distributionCenter: $id) { run { id } } }", id=center
        )

        async def is_committed() -> bool:
            data = await served.query('{ retrieveSalesOrderStatus(salesOrderNumber: "A1") { status } }')
            return bool(data["retrieveSalesOrderStatus"]["status"] == "COMMIT")

        await eventually(is_committed)
    assert served.process.returncode == 0


async def test_a_later_start_goes_on_with_the_same_data(env: dict[str, str]) -> None:
    async with serving(env=env):
        pass
    later = {name: value for name, value in env.items() if name != "BACKFILL_BOOTSTRAP_TOKEN"}
    async with serving(env=later) as served:
        assert await served.query("{ client { code } }") == {"client": {"code": "DEMO"}}


async def test_health_readiness_and_metrics_answer(env: dict[str, str]) -> None:
    async with serving("--no-worker", env=env) as served:
        answers = [(await served.api.get(path)).status_code for path in ("/healthz", "/readyz", "/metrics")]
        assert answers == [200, 200, 200]


async def test_a_token_is_printed_once_works_and_can_be_revoked(env: dict[str, str]) -> None:
    async with serving("--no-worker", env=env) as served:
        created = await backfill("token", "create", "--client", "DEMO", "--role", "viewer", env=env)
        assert created.code == 0, created
        token = created.output.strip()
        answer = await served.api.post(
            "/graphql", json={"query": "{ client { code } }"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.json()["data"] == {"client": {"code": "DEMO"}}
        listed = await backfill("token", "list", "--client", "DEMO", env=env)
        assert token not in listed.output
        (row,) = [line for line in listed.output.splitlines() if "VIEWER" in line]
        revoked = await backfill("token", "revoke", "--client", "DEMO", row.split("\t")[0], env=env)
        assert revoked.code == 0, revoked

        async def is_refused() -> bool:
            refused = await served.api.post(
                "/graphql",
                json={"query": "{ client { code } }"},
                headers={"Authorization": f"Bearer {token}"},
            )
            return refused.status_code == 401

        await eventually(is_refused)


async def test_a_token_for_a_new_client_makes_the_client_and_leaves_the_first_start_as_it_is(
    env: dict[str, str],
) -> None:
    created = await backfill("token", "create", "--client", "ACME", "--role", "ADMIN", env=env)
    assert created.code == 0, created
    assert "There was no client ACME; it exists now." in created.errors
    (token,) = created.output.splitlines()
    second = await backfill("token", "create", "--client", "ACME", "--role", "VIEWER", env=env)
    assert (second.code, "There was no client" in second.errors) == (0, False)
    listed = await backfill("client", "list", env=env)
    assert listed.output == "ACME\tACME\nDEMO\tDemo\n"
    async with serving("--no-worker", env=env) as served:
        assert await served.query("{ client { code } }") == {"client": {"code": "DEMO"}}
        answer = await served.api.post(
            "/graphql", json={"query": "{ client { code } }"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.json()["data"] == {"client": {"code": "ACME"}}


async def test_a_client_that_can_not_be_created_is_refused_in_a_sentence(external: dict[str, str]) -> None:
    created = await backfill("client", "create", "--code", "ACME", "--name", "Acme", env=external)
    assert created.code == 0, created
    again = await backfill("client", "create", "--code", "ACME", "--name", "Again", env=external)
    assert (again.code, again.output, again.errors) == (1, "", "Error: Client ACME exists already.\n")
    for command in (
        ("client", "create", "--code", "A B", "--name", "Acme"),
        ("token", "create", "--client", "A B", "--role", "ADMIN"),
    ):
        refused = await backfill(*command, "--json", env=external)
        told = "A client's code has 1 to 64 letters, digits, dots, dashes and underscores."
        assert (refused.code, refused.output) == (1, ""), refused
        assert json.loads(refused.errors) == {"error": {"code": "INVALID_INPUT", "message": told}}
    listed = await backfill("client", "list", env=external)
    assert listed.output == "ACME\tAcme\nDEMO\tDemo\n"


async def test_a_client_that_is_not_there_is_told_with_the_remedy(external: dict[str, str]) -> None:
    no_code = await backfill("token", "create", "--client", "A B", "--role", "ADMIN", env=external)
    assert (no_code.code, no_code.output) == (1, "")
    ended = await backfill("token", "list", "--client", "ACME", env=external)
    assert (ended.code, ended.output) == (1, "")
    assert "backfill client create --code ACME" in " ".join(ended.errors.split())
    told = await backfill("token", "list", "--client", "ACME", "--json", env=external)
    error = json.loads(told.errors)["error"]
    assert (told.code, told.output, error["code"]) == (1, "", "FAILED")


@pytest.mark.rule("B2")
async def test_a_schedule_for_all_clients_is_set_listed_and_removed(external: dict[str, str]) -> None:
    for code in ("ACME", "OTHER"):
        ended = await backfill("client", "create", "--code", code, "--name", code, env=external)
        assert ended.code == 0, ended
    times = ("--at", "06:30", "--at", "18:00", "--on", "monday", "--on", "friday")
    first = await backfill("schedule", "set", "BER", *times, env=external)
    assert (first.code, first.output) == (
        0,
        "The schedule of BER applies to 0 clients, and to each that adds BER later.\n",
    )
    paused = await backfill("schedule", "set", "HAM", "--cron", "0 6 * * *", "--paused", env=external)
    assert paused.code == 0, paused
    listed = await backfill("schedule", "list", env=external)
    shown = await backfill("schedule", "list", "--json", env=external)
    assert json.loads(shown.output)[1] == {"code": "HAM", "cron": "0 6 * * *", "enabled": False, "clients": 0}
    assert listed.output == "BER\t0 18 * * 1,5; 30 6 * * 1,5\tenabled\t0\nHAM\t0 6 * * *\tpaused\t0\n"

    unclear = await backfill("schedule", "set", "BER", "--cron", "0 6 * * *", "--at", "06:00", env=external)
    never = await backfill("schedule", "set", "BER", "--cron", "0 6 31 2 *", env=external)
    assert (unclear.code, "--cron" in unclear.errors) == (1, True)
    assert (never.code, "no cron expression that comes due" in " ".join(never.errors.split())) == (1, True)

    removed = await backfill("schedule", "remove", "BER", env=external)
    assert (removed.code, removed.output) == (0, "The schedule of BER was taken away from 0 clients.\n")
    assert (await backfill("schedule", "remove", "BER", env=external)).code == 1


async def test_no_secret_is_in_the_logs(env: dict[str, str]) -> None:
    ended = await backfill("client", "list", env={**env, "BACKFILL_LOG_LEVEL": "debug"})
    assert ended.code == 0, ended
    assert TOKEN not in ended.output + ended.errors


@needs_shared_redis
async def test_a_killed_worker_is_replaced(settings: Settings) -> None:
    env = environment(settings, embedded=False)
    async with serving(env=env) as served:
        first = await _started_by(served.process.pid, workers=1)
        psutil.Process(first[0]).send_signal(signal.SIGKILL)

        async def is_replaced() -> bool:
            now = await _workers_of(served.process.pid)
            return bool(now) and now != first

        await eventually(is_replaced)
    assert served.process.returncode == 0


@needs_shared_redis
async def test_workers_end_when_the_server_is_killed(settings: Settings) -> None:
    env = environment(settings, embedded=False)
    async with serving("--workers", "2", env=env) as served:
        workers = await _started_by(served.process.pid, workers=2)
        served.process.kill()

        async def are_gone() -> bool:
            return not any(psutil.pid_exists(pid) for pid in workers)

        await eventually(are_gone)


@needs_shared_redis
async def test_several_api_processes_share_one_address(settings: Settings) -> None:
    env = environment(settings, embedded=False)
    async with serving("--processes", "2", "--no-worker", env=env) as served:
        assert await served.query("{ client { code } }") == {"client": {"code": "DEMO"}}
    assert served.process.returncode == 0


@pytest.mark.parametrize("several", ["--workers", "--processes"])
async def test_more_processes_than_can_share_redis_are_refused(
    settings: Settings, tmp_path: Path, several: str
) -> None:
    env = environment(settings, embedded=True, path=str(tmp_path))
    ended = await backfill("serve", several, "2", env=env)
    assert ended.code == 1
    assert "BACKFILL_REDIS_URL" in ended.errors


async def test_the_worker_is_inside_the_server_where_there_is_no_redis(
    settings: Settings, tmp_path: Path
) -> None:
    env = environment(settings, embedded=True, path=str(tmp_path))
    async with serving(env=env) as served:
        assert await _workers_of(served.process.pid) == []
        assert await served.query("{ client { code } }") == {"client": {"code": "DEMO"}}
    assert served.process.returncode == 0


async def test_an_external_database_is_migrated_when_it_is_told_to(settings: Settings) -> None:
    async with new_database(settings) as told:
        env = environment(told, embedded=False)
        check = await backfill("migrate", "--check", env=env)
        early = await backfill("client", "list", env=env)
        applied = await backfill("migrate", env=env)
        after = await backfill("migrate", "--check", env=env)
        assert (check.code, check.output) == (1, applied.output)
        assert "backfill migrate" in early.errors
        assert applied.output.startswith("0001_initial\n")
        assert (after.code, after.output) == (0, "")


async def test_a_server_that_is_not_there_is_told_in_a_sentence(settings: Settings) -> None:
    env = environment(settings, embedded=False)
    env["BACKFILL_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/backfill"
    ended = await backfill("client", "list", env=env)
    assert ended.code == 3
    told = await backfill("client", "list", "--json", env=env)
    assert (told.code, json.loads(told.errors)["error"]["code"]) == (3, "DATABASE")
    assert "BACKFILL_DATABASE_URL" in ended.errors
    assert "Traceback" not in ended.errors


@pytest.mark.parametrize(
    ("bytes_", "problem"),
    [
        ("number,distribution_center,sku,quantity\nÄ1,BER,10-01,1\n".encode("latin-1"), "no text in UTF-8"),
        (b'number,distribution_center,"sku,quantity\n', "the header is not CSV"),
    ],
)
async def test_a_file_that_can_not_be_read_is_told_in_a_sentence(
    settings: Settings, tmp_path: Path, bytes_: bytes, problem: str
) -> None:
    (tmp_path / "orders.csv").write_bytes(bytes_)
    ended = await backfill(
        "load", "orders", tmp_path / "orders.csv", "--json", env=environment(settings, embedded=False)
    )
    assert (ended.code, ended.output) == (1, "")
    assert problem in json.loads(ended.errors.splitlines()[-1])["error"]["message"]
    assert "Traceback" not in ended.errors


@needs_shared_redis
@pytest.mark.parametrize("processes", ["1", "2"])
async def test_documents_that_can_not_be_read_end_the_server_however_many_processes_it_has(
    settings: Settings, tmp_path: Path, processes: str
) -> None:
    env = environment(settings, embedded=False) | {"BACKFILL_DOCUMENTS": str(tmp_path / "nothing.json")}
    ended = await backfill("serve", "--port", "0", "--processes", processes, env=env)
    assert ended.code == 1
    assert "BACKFILL_DOCUMENTS" in ended.errors
    assert "Traceback" not in ended.errors


async def test_the_demo_shows_orders_being_committed_and_ends_with_code_0(settings: Settings) -> None:
    env = environment(settings, embedded=True)
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", "demo", "--port", "0", env=env, stderr=PIPE
    )
    assert demo.stderr is not None
    shown = ""
    async with asyncio.timeout(240):
        # Runs and orders come by subscriptions of their own, and either may be told first.
        while not all(word in shown for word in ("COMPLETED", "CREATE → COMMIT", "back-ordered 0 → ")):
            line = await demo.stderr.readline()
            assert line, shown
            shown += line.decode()
        demo.send_signal(signal.SIGINT)
        await demo.communicate()
    assert demo.returncode == 0
    # The first run, and not only the one at the next full minute, finds goods for the orders.
    first, *_ = re.findall(r"COMPLETED +\d+ examined · (\d+) committed", shown)
    assert int(first) > 0


async def _started_by(pid: int, *, workers: int) -> list[int]:
    """The worker processes of the server `pid` as soon as there are so many: it is ready without them."""

    async def are_there() -> bool:
        return len(await _workers_of(pid)) == workers

    await eventually(are_there)
    return await _workers_of(pid)


async def _workers_of(pid: int) -> list[int]:
    """The worker processes that the server `pid` has started and that still live."""
    workers = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "worker" in child.cmdline():
                workers.append(child.pid)
    return sorted(workers)
