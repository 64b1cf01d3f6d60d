"""Hold times of orders with certain attributes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from domain.operations.apply_allocation_plan import apply_allocation_plan
from domain.operations.hold_rules import NewHoldRule, delete_hold_rule, set_hold_rule
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.plan_allocation import plan_allocation
from domain.operations.split_orders import split_order
from domain.rules.hold_rules import HoldScope, winner
from domain.rules.refusals import ErrorCode
from domain.store import hold_rules, locks
from domain.views.nodes import rows_by_ids
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import audited, clear_records, refused
from tests.runs import claimed, decisions, lock_awaited, process

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Attributes:
    """What an order tells of itself, beside its lines."""

    order_type: str | None = None
    shipping_agency: str | None = None
    service: str | None = None
    country: str | None = None


async def order(shop: Shop, number: str, told: Attributes, at: str = MAIN) -> int:
    """An order of which one line is there and the other is not; its id."""
    sales_order = SalesOrder(
        number=number,
        distribution_center_code=at,
        order_type=told.order_type,
        shipping_agency=told.shipping_agency,
        service=told.service,
        country=told.country,
        lines=(SalesOrderLine(sku_code="TEA", quantity=1), SalesOrderLine(sku_code="CUP", quantity=1)),
    )
    loaded = await load_sales_orders(shop.command(), sales_orders=[sales_order])
    assert loaded.errors == []
    return loaded.order_ids[0]


async def rule(shop: Shop, hours: int, at: str | None = None, **named: str) -> int:
    new = NewHoldRule(distribution_center_code=at, hours=hours, **named)
    return (await set_hold_rule(shop.command(), rule=new)).rule_id


async def shown(shop: Shop, order_ids: list[int]) -> list[tuple[int | None, timedelta]]:
    """The rule of each order and how long it is held, as the API shows them."""
    rows = await rows_by_ids(
        shop.database,
        "Order",
        client_id=shop.client_id,
        ids=order_ids,
        selected=["hold_rule", "hold_expires_at"],
    )
    return [(row["hold_rule"], row["hold_expires_at"] - NOW) for row in rows if row is not None]


@pytest.mark.rule("B3")
async def test_a_run_holds_each_order_as_long_as_its_rule_says(shop: Shop) -> None:
    await shop.stock(TEA=9)
    await shop.sku("CUP")
    plain = await order(shop, "SO-1", Attributes())
    express = await order(shop, "SO-2", Attributes(shipping_agency="DHL", service="EXPRESS"))
    abroad = await order(shop, "SO-3", Attributes(shipping_agency="DHL", service="EXPRESS", country="JP"))
    dhl = await rule(shop, 2, shipping_agency="DHL")
    fast = await rule(shop, 1, shipping_agency="DHL", service="EXPRESS")
    japan = await rule(shop, 5, shipping_agency="DHL", country="JP")

    assert await shown(shop, [plain, express, abroad]) == [
        (None, 24 * HOUR),
        (fast, HOUR),
        (japan, 5 * HOUR),
    ]
    run = await claimed(shop)
    await process(run, now=NOW + 4 * HOUR)
    assert [(order_id, given) for order_id, given, _ in await decisions(shop, run)] == [
        (plain, 0),
        (plain, 0),
        (express, 1),
        (express, 0),
        (abroad, 0),
        (abroad, 0),
    ]

    await delete_hold_rule(shop.command(), rule_id=japan)
    await delete_hold_rule(shop.command(), rule_id=fast)
    assert await shown(shop, [express, abroad]) == [(dhl, 2 * HOUR), (dhl, 2 * HOUR)]


@pytest.mark.rule("B3")
async def test_the_database_chooses_the_rule_that_the_runs_choose(shop: Shop) -> None:
    random = Random(7)  # noqa: S311 - the same every time
    values = {
        "order_type": (None, "B2B", "B2C"),
        "shipping_agency": (None, "DHL", "UPS"),
        "service": (None, "EXPRESS"),
        "country": (None, "NL", "JP"),
    }
    await shop.distribution_center("EAST")
    await shop.sku("TEA")
    await shop.sku("CUP")

    def some() -> dict[str, str]:
        chosen = {name: random.choice(options) for name, options in values.items()}
        return {name: value for name, value in chosen.items() if value is not None}

    for hours in range(40):
        at = random.choice((None, MAIN, "EAST"))
        if named := some():
            await rule(shop, hours, at, **named)
    centers = {at: await shop.id_of("distribution_centers", at) for at in (MAIN, "EAST")}
    orders = {}
    for number in range(60):
        at, told = random.choice((MAIN, "EAST")), some()
        order_id = await order(shop, f"SO-{number}", Attributes(**told), at)
        orders[order_id] = HoldScope(centers[at], **told)

    expected = []
    async with shop.database.connection_across_clients() as sql:
        rules = {
            pool: await hold_rules.of_pool(sql, client_id=shop.client_id, distribution_center_id=pool)
            for pool in centers.values()
        }
    for scope in orders.values():
        assert scope.distribution_center_id is not None
        best = winner(rules[scope.distribution_center_id], scope)
        expected.append((None, 24 * HOUR) if best is None else (best.rule_id, best.hours * HOUR))
    assert await shown(shop, list(orders)) == expected
    assert len({chosen for chosen, _ in expected}) > 10


@pytest.mark.rule("B3")
async def test_a_rule_for_the_same_attributes_is_replaced(shop: Shop) -> None:
    first = await rule(shop, 2, MAIN, country="NL")
    await clear_records(shop)

    assert await rule(shop, 3, MAIN, country="NL") == first

    assert await shop.tuples("SELECT id, hours FROM hold_rules") == [(first, 3)]
    named = {"distribution_center_code": MAIN, "country": "NL"}
    assert await audited(shop) == [
        ("HOLD_RULE_SET", None, {**named, "hours": 2}, {**named, "hours": 3}),
    ]


@pytest.mark.rule("B3")
@pytest.mark.rule("F2")
async def test_a_new_rule_makes_plans_of_its_distribution_center_stale(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    pool = await shop.id_of("distribution_centers", MAIN)
    plan = await plan_allocation(shop.command(), distribution_center_id=pool)
    await rule(shop, 2, "EAST", country="NL")
    await apply_allocation_plan(shop.command(), plan_id=plan.plan_id)
    other = await plan_allocation(shop.command(), distribution_center_id=pool)
    await rule(shop, 2, country="NL")

    async with refused(shop, ErrorCode.STALE_PLAN, "planId"):
        await apply_allocation_plan(shop.command(), plan_id=other.plan_id)


@pytest.mark.rule("B3")
@pytest.mark.rule("F2")
async def test_plans_of_a_distribution_center_that_comes_meanwhile_go_by_the_new_rule(shop: Shop) -> None:
    await shop.sku("CUP")
    pool = await shop.id_of("distribution_centers", MAIN)

    async def open_another() -> None:
        east = await shop.distribution_center("EAST")
        await shop.stock("EAST", TEA=9)
        await order(shop, "SO-1", Attributes(country="NL"), "EAST")
        await plan_allocation(shop.command(now=NOW + 4 * HOUR), distribution_center_id=east)

    async with shop.database.transaction(shop.client_id) as transaction:
        await locks.lock_pools(transaction.sql, client_id=shop.client_id, distribution_center_ids=[pool])
        setting = asyncio.create_task(rule(shop, 1, country="NL"))
        await lock_awaited(shop)
        opening = asyncio.create_task(open_another())
        await lock_awaited(shop, times=2)
    await asyncio.gather(setting, opening)

    assert await shop.tuples("SELECT given FROM plan_decisions ORDER BY rank") == [(1,), (0,)]


@pytest.mark.rule("B3")
@pytest.mark.rule("D8")
async def test_a_split_order_is_held_like_the_one_it_came_from(shop: Shop) -> None:
    await shop.stock(TEA=1, CUP=1)
    origin = await order(shop, "SO-1", Attributes("B2B", "DHL", "EXPRESS", "NL"))
    tea, _ = await shop.lines_of(origin)
    split = await split_order(shop.command(), order_id=origin, line_ids=[tea], new_number="SO-1b")
    fast = await rule(shop, 1, order_type="B2B", shipping_agency="DHL", service="EXPRESS", country="NL")

    assert await shown(shop, [origin, split.new_order_id]) == [(fast, HOUR)] * 2


@pytest.mark.rule("B3")
async def test_bad_rules_are_refused(shop: Shop, other: Shop) -> None:
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", says="at least one"):
        await rule(shop, 1)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "hours"):
        await rule(shop, 8761, country="NL")
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "country"):
        await rule(shop, 1, country="nl")
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "orderType"):
        await rule(shop, 1, order_type=" ")
    async with refused(shop, ErrorCode.NOT_FOUND, "input", "distributionCenterCode"):
        await rule(shop, 1, "NONE")
    foreign = await rule(other, 1, country="NL")
    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await delete_hold_rule(shop.command(), rule_id=foreign)


@pytest.mark.rule("B3")
@pytest.mark.rule("B1")
async def test_an_order_with_a_country_that_is_none_is_reported(shop: Shop) -> None:
    await shop.sku("TEA")
    wrong = SalesOrder(
        number="SO-1",
        distribution_center_code=MAIN,
        country="Japan",
        lines=(SalesOrderLine(sku_code="TEA", quantity=1),),
    )

    loaded = await load_sales_orders(shop.command(), sales_orders=[wrong])

    assert [(error.code, error.path) for error in loaded.errors] == [
        (ErrorCode.INVALID_INPUT, ("input", "0", "country"))
    ]
