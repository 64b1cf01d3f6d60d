"""What is on paper in a warehouse: order sheets, pick tickets and Backorder sheets (E3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.rules.vocabulary import DispatchStatus
from domain.store.database import Database, Row
from domain.store.reads.backorders import BACKORDERS, IS_OPEN
from domain.store.reads.orders import LINES
from domain.store.reads.reference import DISPATCHES
from domain.store.reads.select import fetch_by_ids
from domain.views.backorders import items_of_backorders
from domain.views.dispatches import lines_of_dispatches
from domain.views.nodes import rows_by_ids


class SheetKind(StrEnum):
    """What a sheet is of; also the word for it in the sheet's address."""

    ORDER = "order"
    PICK = "dispatch"
    BACKORDER = "backorder"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A SKU on a sheet: what a scanner finds it by, and its figures, in the order of the sheet's columns."""

    code: str
    name: str
    barcode: str
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document to print. `number` is what its barcode says."""

    title: str
    number: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[str]
    lines: Sequence[SheetLine]


@dataclass(frozen=True, slots=True)
class Printable:
    """A sheet that there is to print."""

    kind: SheetKind
    id: int
    title: str


_TITLES = {
    SheetKind.ORDER: "Order sheet",
    SheetKind.PICK: "Pick ticket",
    SheetKind.BACKORDER: "Backorder sheet",
}


async def sheet(database: Database, *, client_id: int, kind: SheetKind, subject_id: int) -> Sheet | None:
    """The sheet of an order, a dispatch or a Backorder; None when the client has none with this id."""
    return await _SHEETS[kind](database, client_id, subject_id)


async def printables_of_order(database: Database, *, client_id: int, order_id: int) -> list[Printable]:
    """The order's own sheet, the pick tickets of what is not packed yet, and its open Backorder's sheet."""
    async with database.connection(client_id) as sql:
        picks = await sql.fetch(
            DISPATCHES.select(["id", "number"]) + "\n  AND d.order_id = $2 AND d.status = $3\nORDER BY d.id",
            client_id,
            order_id,
            DispatchStatus.CREATED,
        )
        open_ones = await sql.fetch(
            BACKORDERS.select(["id", "number"]) + f"\n  AND b.order_id = $2 AND {IS_OPEN}\nORDER BY b.id",
            client_id,
            order_id,
        )
    (order,) = await rows_by_ids(database, "Order", client_id=client_id, ids=[order_id], selected=("number",))
    if order is None:
        return []
    found = {SheetKind.ORDER: [order], SheetKind.PICK: picks, SheetKind.BACKORDER: open_ones}
    return [
        Printable(kind, row["id"], f"{_TITLES[kind]} {row['number']}")
        for kind, rows in found.items()
        for row in rows
    ]


async def _order_sheet(database: Database, client_id: int, order_id: int) -> Sheet | None:
    order = await _row(database, "Order", client_id, order_id)
    if order is None:
        return None
    async with database.connection(client_id) as sql:
        lines = await fetch_by_ids(
            sql,
            LINES,
            client_id=client_id,
            ids=[order_id],
            key="order_id",
            names=["id", "line_number", "sku_id", *_ORDER_COLUMNS.values()],
        )
    lines.sort(key=lambda line: (line["line_number"], line["id"]))
    return await _sheet(database, client_id, SheetKind.ORDER, order, order, lines)


async def _pick_ticket(database: Database, client_id: int, dispatch_id: int) -> Sheet | None:
    dispatch = await _row(database, "Dispatch", client_id, dispatch_id)
    if dispatch is None:
        return None
    lines = await lines_of_dispatches(
        database, client_id=client_id, dispatch_ids=[dispatch_id], selected=("sku", *_PICK_COLUMNS.values())
    )
    order = await _row(database, "Order", client_id, dispatch["order_id"])
    return await _sheet(database, client_id, SheetKind.PICK, dispatch, order, lines[dispatch_id])


async def _backorder_sheet(database: Database, client_id: int, backorder_id: int) -> Sheet | None:
    backorder = await _row(database, "Backorder", client_id, backorder_id)
    if backorder is None:
        return None
    items = await items_of_backorders(
        database,
        client_id=client_id,
        backorder_ids=[backorder_id],
        selected=("sku", *_BACKORDER_COLUMNS.values()),
    )
    order = await _row(database, "Order", client_id, backorder["order_id"])
    return await _sheet(database, client_id, SheetKind.BACKORDER, backorder, order, items[backorder_id])


_ORDER_COLUMNS = {"Ordered": "requested", "Open": "open", "Available": "available", "Incoming": "incoming"}
_PICK_COLUMNS = {"Pick": "quantity"}
_BACKORDER_COLUMNS = {
    "Ordered": "quantity",
    "Filled": "filled",
    "Cancelled": "cancelled",
    "Open": "open",
    "Available": "available",
}
_COLUMNS: Mapping[SheetKind, Mapping[str, str]] = {
    SheetKind.ORDER: _ORDER_COLUMNS,
    SheetKind.PICK: _PICK_COLUMNS,
    SheetKind.BACKORDER: _BACKORDER_COLUMNS,
}
_SHEETS: Mapping[SheetKind, Callable[[Database, int, int], Awaitable[Sheet | None]]] = {
    SheetKind.ORDER: _order_sheet,
    SheetKind.PICK: _pick_ticket,
    SheetKind.BACKORDER: _backorder_sheet,
}


async def _sheet(
    database: Database,
    client_id: int,
    kind: SheetKind,
    subject: Row,
    order: Row | None,
    lines: Sequence[Row],
) -> Sheet:
    """The sheet of the subject, a row of its kind's table with its number, and of its lines."""
    if order is None:
        raise AssertionError("what has lines has an order")
    center = await _row(database, "DistributionCenter", client_id, order["distribution_center_id"])
    skus = await rows_by_ids(
        database,
        "Sku",
        client_id=client_id,
        ids=[line["sku_id"] for line in lines],
        selected=("code", "name", "barcode"),
    )
    columns = _COLUMNS[kind]
    return Sheet(
        title=_TITLES[kind],
        number=subject["number"],
        facts=[
            ("Order", order["number"]),
            ("Ordered", f"{order['ordered_at']:%Y-%m-%d %H:%M} UTC"),
            ("Distribution center", f"{center['code']} {center['name']}" if center else ""),
            ("Status", subject["status"]),
        ],
        columns=list(columns),
        lines=[
            SheetLine(
                code=sku["code"],
                name=sku["name"],
                barcode=sku["barcode"] or sku["code"],
                figures=tuple(line[column] for column in columns.values()),
            )
            for line, sku in zip(lines, skus, strict=True)
            if sku is not None
        ],
    )


async def _row(database: Database, kind: str, client_id: int, number: int) -> Row | None:
    (row,) = await rows_by_ids(
        database,
        kind,
        client_id=client_id,
        ids=[number],
        selected=(
            *("code", "name", "number", "status"),
            *("order", "order_id", "ordered_at", "distribution_center_id"),
        ),
    )
    return row
