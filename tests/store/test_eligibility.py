"""What a preview says is what the execution does, and both are the rule on what the tables hold (A5)."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress

import pytest

from domain.operations.steps.eligible import sort_out_by_figures
from domain.rules.eligibility import LOOKS_AT, Facts, refusal
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import BulkAction, OrderStatus
from domain.store import orders
from domain.store.database import Database, Row
from domain.store.reads.eligibility import Question, Selection, facts_of_orders
from domain.store.reads.orders import OrderFilter
from domain.store.reads.paging import PageRequest
from domain.views.bulk_operations import Target, preview, preview_page
from tests.builders import NOW, Shop
from tests.bulk import done
from tests.operations.invariants import assert_consistent
from tests.operations.random_work import Busy, open_for_business

pytestmark = [pytest.mark.anyio, pytest.mark.rule("A5")]

STEPS = 150
ORDER = [
    BulkAction.DELAY,
    BulkAction.DROPSHIP,
    BulkAction.CONFIRM,
    BulkAction.CREATE_BACKLOG_SKUS,
    BulkAction.CREATE_DELIVERY_NOTES,
    BulkAction.REVERT_BACKLOG_SKUS,
    BulkAction.UNCONFIRM,
]
"""What is done first, so that each action has something to do."""


async def busy_shop(database: Database, *, seed: int) -> Shop:
    shop = await Shop.open(database)
    await open_for_business(shop)
    busy = Busy(shop, seed=seed)
    await busy.take_steps(STEPS)
    for _ in range(5):
        busy.step += 1
        await busy.load()
        with suppress(Refusal):
            await busy.count()
    return shop


async def facts_by_hand(shop: Shop) -> dict[int, Facts]:
    """The facts about every order, counted from plain rows."""
    settings = await shop.row("SELECT * FROM client_settings WHERE client_id = $1", shop.client_id)
    lines_of: defaultdict[int, list[Row]] = defaultdict(list)
    for line in await shop.rows("SELECT * FROM order_lines ORDER BY id"):
        lines_of[line["order_id"]].append(line)
    made_of: defaultdict[int, list[Row]] = defaultdict(list)
    for dispatch in await shop.rows("SELECT * FROM dispatches"):
        if dispatch["status"] != "CANCELLED" or not dispatch["requeued"]:
            made_of[dispatch["order_id"]].append(dispatch)
    left = Counter(
        {
            (level["distribution_center_id"], level["sku_id"]): max(
                level["on_hand"] - level["allocated"] - level["protected"], 0
            )
            for level in await shop.rows("SELECT * FROM stock_levels")
        }
    )
    demand = await shop.rows("SELECT * FROM pool_demand WHERE route = 'PROCESSOR' AND back_ordered > 0")
    short = {line["order_id"] for line in demand}
    facts = {}
    for order in await shop.rows("SELECT * FROM orders ORDER BY priority DESC, ordered_at, id"):
        open_on: Counter[str] = Counter()
        delivered = 0
        for line in lines_of[order["id"]]:
            units = line["requested"] - line["allocated"] - line["shipped"] - line["cancelled"]
            open_on[line["route"]] += units
            if line["route"] == "SPLIT_DELIVERY":
                shelf = (order["distribution_center_id"], line["sku_id"])
                delivered += min(units, left[shelf])
                left[shelf] -= min(units, left[shelf])
        facts[order["id"]] = Facts(
            status=OrderStatus(order["status"]),
            locked=order["locked"],
            dispatch_made=bool(made_of[order["id"]]),
            on_delivery_note=any(made["kind"] == "DELIVERY_NOTE" for made in made_of[order["id"]]),
            dispatched=any(line["allocated"] + line["shipped"] for line in lines_of[order["id"]]),
            open=open_on.total() > 0,
            # Nothing is demanded for a rejected order.
            open_on_processor=open_on["PROCESSOR"] > 0 and order["status"] != "OC_REJECTED",
            elsewhere=open_on["DROPSHIP"] + open_on["WAREHOUSE_PICK"] > 0,
            back_ordered=order["id"] in short,
            remaining=open_on["SPLIT_DELIVERY"] > 0,
            deliverable=delivered > 0,
            # Their stores are connected to no marketplace.
            askable=False,
            delayed_alike=order["delayed_until"] is None,
            revert_allowed=settings["allow_backlog_sku_revert"],
        )
    return facts


async def previewed(shop: Shop, question: Question, *, eligible: bool | None = None) -> list[Target]:
    """Every target of a preview, read in pages of seven."""
    found = await preview(shop.database, client_id=shop.client_id, question=question)
    targets: list[Target] = []
    after = None
    while True:
        page = await preview_page(
            shop.database,
            client_id=shop.client_id,
            of=found,
            eligible=eligible,
            request=PageRequest(first=7, after=after),
        )
        targets += page.nodes
        if not page.has_next_page:
            break
        after = page.cursors[-1]
    assert len(targets) == await page.count()
    return targets


@pytest.mark.rule("A2")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_facts_are_what_the_tables_hold(database: Database, seed: int) -> None:
    shop = await busy_shop(database, seed=seed)
    expected = await facts_by_hand(shop)

    for action, names in LOOKS_AT.items():
        async with database.transaction_across_clients() as transaction:
            found = await facts_of_orders(
                transaction.sql, client_id=shop.client_id, action=action, order_ids=expected
            )
        for order_id, facts in found.items():
            for name in names:
                assert getattr(facts, name) == getattr(expected[order_id], name), (action, name, order_id)
        assert found.keys() == expected.keys()


@pytest.mark.rule("A2")
@pytest.mark.parametrize("seed", [1, 2])
async def test_figures_refuse_backlog_skus_where_all_facts_do(database: Database, seed: int) -> None:
    shop = await busy_shop(database, seed=seed)
    action = BulkAction.CREATE_BACKLOG_SKUS
    await done(shop, BulkAction.CONFIRM, Selection(order_filter=OrderFilter()))
    eligible = [
        order_id for order_id, facts in (await facts_by_hand(shop)).items() if not refusal(action, facts)
    ]
    await done(shop, action, Selection(ids=eligible[::2]))
    expected = {
        order_id: (refused := refusal(action, facts)) and str(refused)
        for order_id, facts in (await facts_by_hand(shop)).items()
    }

    async with database.transaction_across_clients() as transaction:
        figures = await orders.figures(transaction.sql, client_id=shop.client_id, order_ids=expected)
    found = sort_out_by_figures(action, await shop.rows("SELECT * FROM orders"), figures)

    assert expected == {
        **{order["id"]: None for order in found.eligible},
        **{order_id: str(refused) for order_id, refused in found.refusals.items()},
    }
    assert found.eligible
    assert len({refused.code for refused in found.refusals.values()}) > 2, "the data was rich"


@pytest.mark.parametrize("seed", [4, 5])
async def test_a_preview_says_what_the_execution_then_does(database: Database, seed: int) -> None:
    shop = await busy_shop(database, seed=seed)
    await shop.settings(allow_backlog_sku_revert=True)
    selection = Selection(order_filter=OrderFilter(), exceptions=[1])
    seen: set[tuple[BulkAction, bool]] = set()

    for action in sorted(LOOKS_AT, key=[*ORDER, *LOOKS_AT].index):
        until = NOW.replace(year=2027) if action is BulkAction.DELAY else None
        question = Question(action=action, selection=selection, until=until)
        facts = await facts_by_hand(shop)
        targets = await previewed(shop, question)
        for eligible in (True, False):
            some = [target for target in targets if target.eligible is eligible]
            assert await previewed(shop, question, eligible=eligible) == some
        if action is not BulkAction.DELAY and action is not BulkAction.CREATE_DELIVERY_NOTES:
            for target in targets:
                refused = refusal(action, facts[target.order_id])
                assert target.code == (refused.code if refused else None)

        results = await done(shop, action, selection, until=until, size=9)

        said: list[tuple[int, str, str | None]] = [
            (target.order_id, "SUCCEEDED" if target.eligible else "SKIPPED", target.code)
            for target in targets
        ]
        if action is BulkAction.DROPSHIP:
            # What an order leaves to a vendor may be enough for another, which then waits for nothing.
            freed = {order_id for order_id, _, code in results if code == "NOTHING_TO_DO"}
            said = [(each[0], "SKIPPED", "NOTHING_TO_DO") if each[0] in freed else each for each in said]
        assert results == said
        seen |= {(action, target.eligible) for target in targets}
        await assert_consistent(database)

    assert len(seen) >= 2 * len(LOOKS_AT) - 2, "the data was rich"
