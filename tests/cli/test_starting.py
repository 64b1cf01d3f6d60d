"""Processes that are started while what they stand on is away."""

from __future__ import annotations

import httpx
import pytest

from domain.settings import Settings
from tests.cli.running import backfill, environment, started
from tests.cuttable import cuttable_postgresql
from tests.waiting import eventually

pytestmark = pytest.mark.anyio


async def test_what_is_started_while_postgresql_is_away_says_so_and_works_as_soon_as_it_is_there(
    settings: Settings,
) -> None:
    env = environment(settings, embedded=False)
    async with cuttable_postgresql(settings.postgresql_url()) as (way, url):
        way.cut()
        async with started(env={**env, "BACKFILL_DATABASE_URL": url}) as served:
            assert (await served.api.get("/healthz")).status_code == httpx.codes.OK
            ready = await served.api.get("/readyz")
            parts = ready.json()["parts"]
            assert (ready.status_code, parts["postgresql"], parts["schema"]) == (
                httpx.codes.SERVICE_UNAVAILABLE,
                "does not answer",
                "does not answer",
            )
            asked = await served.api.post("/graphql", json={"query": "{ client { code } }"})
            assert asked.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"

            way.mend()
            await eventually(served.is_ready)
            await served.query(
                'mutation { upsertDistributionCenters(input: [{code: "BER", name: "Berlin"}]) '
                "{ userErrors { message } } }"
            )
            (center,) = (await served.query("{ distributionCenters { id } }"))["distributionCenters"]
            await served.query(
                "mutation ($id: ID!) { runOrderProcessor(distributionCenter: $id) { run { id } } }",
                id=center["id"],
            )

            async def has_run() -> bool:
                runs = (await served.query("{ processorRuns { nodes { status } } }"))["processorRuns"]
                return bool(runs["nodes"] == [{"status": "COMPLETED"}])

            # The worker was started while PostgreSQL was away, too.
            await eventually(has_run)
        assert not any("process_ended" in line or "Traceback" in line for line in served.logged)


async def test_a_database_that_does_not_exist_is_no_outage(settings: Settings) -> None:
    env = environment(settings, embedded=False)
    url = settings.postgresql_url().replace("/backfill_test_", "/no_backfill_test_")

    for words in (("serve", "--port", "0"), ("worker",)):
        ended = await backfill(*words, env={**env, "BACKFILL_DATABASE_URL": url})

        assert (ended.code, "The database can't be used" in ended.errors) == (3, True), ended
