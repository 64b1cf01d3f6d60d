"""Whole data sets: loaded with one command, processed by a run, and checked against a calculation by hand.

    BACKFILL_TEST_DATA=/folder/with/both .venv/bin/python -m pytest tests/cli/test_data_sets.py

takes the real ones; without it the tests make small ones of the same layout. The calculation reads the
files by itself and knows nothing of the program's rules: it is what B4 to B7 say, order by order.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from domain.operations.processor_runs import claim_run
from domain.settings import Settings
from domain.store.database import Database
from tests.builders import Shop
from tests.cli.running import backfill, environment
from tests.operations.invariants import assert_consistent
from tests.pools import made_dispatches
from tests.runs import process, requested

pytestmark = pytest.mark.anyio

AT_ONCE = datetime.now(UTC)
HOLD_IS_OVER = datetime(2100, 1, 1, tzinfo=UTC)
STOCK_OF_EACH = 100


@dataclass(frozen=True)
class Wanted:
    """An order of a data set: its number, what it is ranked by, and the units of each line in order."""

    number: str
    rank: tuple[object, ...]
    lines: list[tuple[str, int]]


def by_hand(
    orders: list[Wanted], stock: dict[str, int], *, hold_is_over: bool
) -> dict[str, Counter[tuple[str, int]]]:
    """What each order gets, walking the orders by rank with a pencil."""
    left = Counter(stock)
    got = {}
    for order in sorted(orders, key=lambda order: order.rank):
        needs: Counter[str] = Counter()
        for code, units in order.lines:
            needs[code] += units
        whole = all(left[code] >= units for code, units in needs.items())
        taken = []
        if whole or (len(needs) > 1 and hold_is_over):
            for code, units in order.lines:
                if left[code] >= units:
                    left[code] -= units
                    taken.append((code, units))
        if taken:
            got[order.number] = Counter(taken)
    return got


def rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="", encoding="utf-8-sig") as opened:
        yield from csv.DictReader(opened)


def northwind(folder: Path) -> tuple[list[Wanted], dict[str, int]]:
    lines: dict[str, list[tuple[str, int]]] = {}
    for row in rows(folder / "order_details.csv"):
        line = (f"NW-{int(row['product_id']):02}", int(row["quantity"]))
        lines.setdefault(row["order_id"], []).append(line)
    orders = [
        Wanted(row["order_id"], (row["order_date"], place), lines[row["order_id"]])
        for place, row in enumerate(rows(folder / "orders.csv"))
    ]
    stock = {
        f"NW-{int(row['product_id']):02}": int(row["units_in_stock"]) for row in rows(folder / "products.csv")
    }
    return orders, stock


def online_retail(file: Path) -> tuple[list[Wanted], dict[str, int]]:
    orders = []
    codes: set[str] = set()
    for place, line in enumerate(file.read_text().splitlines(), start=1):
        goods = [code for code in line.upper().split(",") if re.fullmatch(r"\d{5}[A-Z]*|DCGS\w+", code)]
        if goods:
            orders.append(Wanted(f"OR-{place:06}", (place,), list(Counter(goods).items())))
            codes.update(goods)
    return orders, dict.fromkeys(codes, STOCK_OF_EACH)


def small_northwind(folder: Path) -> Path:
    """Data of Northwind's layout, made up."""
    random = Random(1)  # noqa: S311 - the same data every time
    (folder / "products.csv").write_text(
        "product_id,product_name,units_in_stock\n"
        + "".join(f"{number},Product {number},{random.randint(0, 60)}\n" for number in range(1, 13))
    )
    (folder / "customers.csv").write_text("customer_id,company_name\nALFKI,Alfreds Futterkiste\n")
    (folder / "shippers.csv").write_text("shipper_id,company_name\n1,Speedy Express\n")
    numbers = range(10248, 10328)
    (folder / "orders.csv").write_text(
        "order_id,customer_id,order_date,ship_via\n"
        + "".join(f"{number},ALFKI,1996-07-{random.randint(1, 28):02},1\n" for number in numbers)
    )
    (folder / "order_details.csv").write_text(
        "order_id,product_id,unit_price,quantity\n"
        + "".join(
            f"{number},{product},1,{random.randint(1, 20)}\n"
            for number in numbers
            for product in random.sample(range(1, 13), random.randint(1, 4))
        )
    )
    return folder


def small_online_retail(folder: Path) -> Path:
    """Data of the layout of Online Retail, made up, with charges between the goods."""
    random = Random(2)  # noqa: S311 - the same data every time
    goods = [f"{number}{letter}" for number in range(22000, 22008) for letter in ("", "A")]
    baskets = [random.choices([*goods, "POST", "M"], k=random.randint(1, 40)) for _ in range(120)]
    file = folder / "baskets.csv"
    file.write_text("".join(",".join(basket) + "\n" for basket in baskets))
    return file


@dataclass(frozen=True)
class DataSet:
    """How a data set is found or made, loaded and read."""

    name: str
    center: str
    real: str
    make: Callable[[Path], Path]
    read: Callable[[Path], tuple[list[Wanted], dict[str, int]]]


DATA_SETS = [
    DataSet("northwind", "NORTHWIND", "northwind", small_northwind, northwind),
    DataSet(
        "online-retail", "ONLINE-RETAIL", "online-retail/baskets.csv", small_online_retail, online_retail
    ),
]


@pytest.mark.rule("B1")
@pytest.mark.rule("B4")
@pytest.mark.rule("B5")
@pytest.mark.rule("B6")
@pytest.mark.rule("B7")
@pytest.mark.rule("D4")
@pytest.mark.parametrize("hold_is_over", [False, True])
@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda data_set: data_set.name)
async def test_a_run_over_a_data_set_gives_what_a_calculation_by_hand_gives(
    settings: Settings, database: Database, tmp_path: Path, data_set: DataSet, hold_is_over: bool
) -> None:
    real = os.environ.get("BACKFILL_TEST_DATA")
    data = Path(real) / data_set.real if real else data_set.make(tmp_path)
    orders, stock = data_set.read(data)

    loaded = await backfill(
        *("load", data_set.name, data), env=environment(settings, embedded=False), patience_seconds=600
    )
    assert loaded.code == 0, loaded.errors

    shop = Shop(database, await _only_client(database))
    assert await shop.value("SELECT count(*) FROM orders") == len(orders)
    run = await requested(shop, at=data_set.center)
    now = HOLD_IS_OVER if hold_is_over else AT_ONCE
    assert await claim_run(run, now=now)
    await process(run, now=now, size=500)

    expected = by_hand(orders, stock, hold_is_over=hold_is_over)
    assert await made_dispatches(shop, at=data_set.center) == expected
    assert expected
    await assert_consistent(database)


async def _only_client(database: Database) -> int:
    async with database.connection_across_clients() as sql:
        client_id: int = await sql.fetchval("SELECT id FROM clients")
    return client_id
