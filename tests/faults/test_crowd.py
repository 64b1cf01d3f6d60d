"""Eight processes load, cancel, count, ship and run one pool at once.

    BACKFILL_TEST_CROWD_SECONDS=60 .venv/bin/python -m pytest tests/faults/test_crowd.py -s

goes on longer than the few seconds that every change is tested with, and says how much was done.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from typing import Any

import pytest

from domain.settings import Settings
from domain.store.database import Database
from tests.builders import Shop
from tests.faults.crowd import SKUS
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.anyio

SECONDS = float(os.environ.get("BACKFILL_TEST_CROWD_SECONDS", "8"))
MEMBERS = 8
_WRONG_LEVELS = """
SELECT count(*) FROM stock_levels WHERE on_hand < 0 OR allocated < 0 OR allocated > on_hand
"""


@pytest.mark.rule("B2")
@pytest.mark.rule("B9")
@pytest.mark.rule("F8")
async def test_eight_processes_on_one_pool_never_oversell_and_leave_true_books(
    settings: Settings, database: Database
) -> None:
    shop = await Shop.open(database)
    counted: dict[str, Any] = dict.fromkeys(SKUS, 100)
    await shop.stock(**counted)
    members = [
        asyncio.create_task(_member(settings.postgresql_url(), shop.client_id, seed))
        for seed in range(MEMBERS)
    ]
    looks = 0
    while not all(member.done() for member in members):
        assert await shop.value(_WRONG_LEVELS) == 0
        looks += 1
        await asyncio.sleep(0.02)
    done: Counter[str] = Counter()
    for member in members:
        done.update(await member)
    print(f"\n{looks} looks at the levels while the crowd did {dict(done)}")  # noqa: T201 - asked for with -s

    await assert_consistent(database)
    assert await shop.value("SELECT count(*) FROM processor_runs WHERE status = 'RUNNING'") == 0
    for name in ("load", "cancel", "count", "run", "ship", "cancel dispatch"):
        assert done[name] > 0, f"the crowd never did: {name}"


async def _member(url: str, client_id: int, seed: int) -> dict[str, int]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.crowd", url, str(client_id), str(seed), str(SECONDS)),
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    did: dict[str, int] = json.loads(output)
    return did
