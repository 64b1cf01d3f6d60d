"""Two public data sets as Backfill's orders and stock; docs/data-sets.md tells the mapping and why."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.importing.entries import Entry, Report, UnreadableFileError
from cli.importing.sending_orders import send_orders
from domain.operations.command import Command
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine
from domain.operations.set_up import (
    NewDistributionCenter,
    NewSku,
    NewStore,
    StockCount,
    set_stock,
    upsert_distribution_centers,
    upsert_skus,
    upsert_stores,
)

# Stock codes are five digits with letters for the variant, or start with DCGS; what else is there are
# postage, fees, vouchers, discounts and manual corrections.
_GOODS = re.compile(r"\d{5}[A-Z]*|DCGS\w+")
NORTHWIND_ORDERS = "orders.csv"
_FIRST_BASKET_AT = datetime(2010, 12, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a data set brings: the reference data first, then the stock, then the orders."""

    distribution_center: NewDistributionCenter
    stores: Sequence[NewStore]
    skus: Sequence[NewSku]
    stock: Sequence[StockCount]
    orders: Sequence[Entry[SalesOrder]]


async def send_data_set(
    command: Callable[[], Command], data: DataSet, *, sent: Callable[[Report], None]
) -> Report:
    """Set up what the data set needs and load its orders. `sent` is told the report so far."""
    await upsert_distribution_centers(command(), distribution_centers=[data.distribution_center])
    if data.stores:
        await upsert_stores(command(), stores=data.stores)
    await upsert_skus(command(), skus=data.skus)
    await set_stock(command(), counts=data.stock)
    return await send_orders(command, data.orders, sent=sent)


def northwind_data(folder: Path) -> DataSet:
    """The Northwind sample database, from its CSV files in `folder`."""
    products = list(_rows(folder / "products.csv"))
    shippers = {row["shipper_id"]: row["company_name"] for row in _rows(folder / "shippers.csv")}
    lines: dict[str, list[SalesOrderLine]] = {}
    for row in _rows(folder / "order_details.csv"):
        line = SalesOrderLine(sku_code=_northwind_sku(row), quantity=int(row["quantity"]))
        lines.setdefault(row["order_id"], []).append(line)
    center = NewDistributionCenter(code="NORTHWIND", name="Northwind Traders")
    return DataSet(
        distribution_center=center,
        stores=[
            NewStore(code=row["customer_id"], name=row["company_name"])
            for row in _rows(folder / "customers.csv")
        ],
        skus=[NewSku(code=_northwind_sku(row), name=row["product_name"]) for row in products],
        stock=[
            StockCount(
                sku_code=_northwind_sku(row),
                distribution_center_code=center.code,
                on_hand=int(row["units_in_stock"]),
            )
            for row in products
        ],
        orders=[
            Entry(
                number,
                SalesOrder(
                    number=row["order_id"],
                    distribution_center_code=center.code,
                    store_code=row["customer_id"],
                    ordered_at=datetime.fromisoformat(row["order_date"]).replace(tzinfo=UTC),
                    shipping_agency=shippers.get(row["ship_via"]),
                    lines=tuple(lines[row["order_id"]]),
                ),
            )
            for number, row in enumerate(_rows(folder / NORTHWIND_ORDERS), start=2)
            if row["order_id"] in lines
        ],
    )


def online_retail_data(file: Path, *, on_hand: int) -> DataSet:
    """The baskets of the UCI "Online Retail" data in `file`, with `on_hand` units of every SKU in stock."""
    center = NewDistributionCenter(code="ONLINE-RETAIL", name="Online Retail")
    baskets = list(_baskets(file))
    codes = sorted({code for _, basket in baskets for code in basket})
    return DataSet(
        distribution_center=center,
        stores=[],
        skus=[NewSku(code=code, name=code) for code in codes],
        stock=[
            StockCount(sku_code=code, distribution_center_code=center.code, on_hand=on_hand) for code in codes
        ],
        orders=[
            Entry(
                line,
                SalesOrder(
                    number=f"OR-{line:06}",
                    distribution_center_code=center.code,
                    ordered_at=_FIRST_BASKET_AT + timedelta(minutes=line),
                    lines=tuple(
                        SalesOrderLine(sku_code=code, quantity=count) for code, count in basket.items()
                    ),
                ),
            )
            for line, basket in baskets
        ],
    )


def _northwind_sku(row: dict[str, str]) -> str:
    return f"NW-{int(row['product_id']):02}"


def _baskets(file: Path) -> Iterator[tuple[int, Counter[str]]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            codes = (code.strip().upper() for code in line.split(","))
            if basket := Counter(code for code in codes if _GOODS.fullmatch(code)):
                yield number, basket


def _rows(file: Path) -> Iterator[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines)
    except OSError as error:
        raise UnreadableFileError(f"{file} can't be read: {error.strerror}") from error
