"""Whatever is done in whatever order, the database and a reference model tell the same.

The usual suite takes some hundred steps, always the same ones; `make stateful` takes 10,000 new ones.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from itertools import product
from typing import Any

import anyio.to_thread
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from domain.store.database import Database
from tests.marketplace import marketplace
from tests.stateful.bulk_rules import BulkRules
from tests.stateful.driver import CENTERS, SKUS, Tally
from tests.stateful.mail_rules import MailRules
from tests.stateful.marketplace_rules import MarketplaceRules
from tests.stateful.order_rules import WISHES
from tests.stateful.plan_rules import PlanRules
from tests.stateful.scan_rules import ScanRules
from tests.stateful.setting_rules import CHANGES, SettingRules
from tests.stateful.stock_rules import StockRules
from tests.stateful.time_rules import TimeRules
from tests.stateful.token_rules import TokenRules
from tests.stateful.webhook_rules import WebhookRules

STEPS = int(os.environ.get("BACKFILL_TEST_STEPS", "0"))
"""Steps to take at least, newly chosen each time; 0: some hundred, the same ones every time."""

STEPS_OF_AN_EXAMPLE = 100


class Everything(
    MarketplaceRules,
    StockRules,
    ScanRules,
    SettingRules,
    TimeRules,
    PlanRules,
    BulkRules,
    MailRules,
    WebhookRules,
    TokenRules,
):
    """Every operation, in any order."""

    @initialize(
        changes=st.lists(CHANGES, max_size=6),
        counts=st.lists(st.integers(0, 12), min_size=8, max_size=8),
        wishes=st.lists(WISHES, min_size=4, max_size=6),
    )
    def open_for_business(self, changes: list[tuple[Any, ...]], counts: list[int], wishes: list[Any]) -> None:
        """There is something to begin with, whatever is done next."""
        for change in changes:
            self.set_up(change)
        places = product(CENTERS, SKUS)
        self.count_stock_as(
            [(center, sku, units) for (center, sku), units in zip(places, counts, strict=True)]
        )
        self.load(wishes, again=1)


@pytest.mark.rule("A1")
@pytest.mark.rule("A3")
@pytest.mark.rule("A6")
@pytest.mark.rule("A7")
@pytest.mark.rule("A8")
@pytest.mark.rule("A9")
@pytest.mark.rule("B2")
@pytest.mark.rule("B3")
@pytest.mark.rule("B5")
@pytest.mark.rule("B6")
@pytest.mark.rule("B7")
@pytest.mark.rule("B8")
@pytest.mark.rule("B9")
@pytest.mark.rule("C2")
@pytest.mark.rule("C3")
@pytest.mark.rule("C5")
@pytest.mark.rule("D1")
@pytest.mark.rule("D2")
@pytest.mark.rule("D3")
@pytest.mark.rule("D4")
@pytest.mark.rule("D5")
@pytest.mark.rule("D6")
@pytest.mark.rule("D7")
@pytest.mark.rule("D8")
@pytest.mark.rule("D9")
@pytest.mark.rule("E2")
@pytest.mark.rule("E5")
@pytest.mark.rule("F2")
@pytest.mark.rule("F3")
@pytest.mark.rule("F4")
@pytest.mark.rule("F5")
@pytest.mark.rule("F6")
@pytest.mark.rule("F7")
@pytest.mark.rule("F8")
@pytest.mark.rule("F9")
async def test_the_database_and_the_model_tell_the_same_after_every_step(database: Database) -> None:
    tally = Tally()
    how = settings(
        max_examples=20 if STEPS else 4,
        stateful_step_count=STEPS_OF_AN_EXAMPLE,
        derandomize=not STEPS,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )

    class Machine(Everything):
        def __init__(self) -> None:
            super().__init__(database, tally)

    async with marketplace() as simulator:
        Machine.simulator = simulator
        while tally.steps <= STEPS:
            await anyio.to_thread.run_sync(partial(run_state_machine_as_test, Machine, settings=how))

    sys.stdout.write("\n".join([f"{tally.steps} steps", *tally.lines()]) + "\n")
