"""Load Sales Orders (B1): orders are created at once, with status CREATE, and queued."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple

import msgspec

from domain.operations.capping import NewDemand, beyond_caps, too_much
from domain.operations.checks import check_count, check_country, check_quantity, check_text, is_quantity
from domain.operations.command import Command, UserError, Work, perform
from domain.operations.coverage import foresee_coverage, refresh_coverage
from domain.operations.marketplace_cancellations import cancel_for_customers
from domain.rules.coverage import OpenLine, back_order_status
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BackOrderStatus, MarketplaceStatus
from domain.store import lines, locks, orders, reference, statistics

_MANY = 100
"""So many orders at once fill a new database faster than PostgreSQL looks at it."""


class SalesOrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the client sends it; `quantity` in units."""

    sku_code: str
    quantity: int


class SalesOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the client sends it. Without `ordered_at` it counts as ordered when it is accepted."""

    number: str
    distribution_center_code: str
    store_code: str | None = None
    ordered_at: datetime | None = None
    priority: int = 0
    marketplace_status: MarketplaceStatus | None = None
    marketplace_invoice_number: str | None = None
    sales_order_code: str | None = None
    invoice_code: str | None = None
    shipping_agency: str | None = None
    order_type: str | None = None
    service: str | None = None
    country: str | None = None
    email: str | None = None
    lines: tuple[SalesOrderLine, ...]


class LoadedOrders(msgspec.Struct, frozen=True):
    """The orders created, in the order they were sent, and what became of the others."""

    order_ids: list[int]
    duplicates: int
    errors: list[UserError]


async def load_sales_orders(command: Command, *, sales_orders: Sequence[SalesOrder]) -> LoadedOrders:
    """Create the orders and queue them; no dispatch is made (B1).

    What the customer has cancelled on the marketplace by now is cancelled at once (C3). An order with an
    error, one whose number exists, and one beyond a cap on back orders (F7) is reported under its path and
    the others land. Raises INVALID_INPUT for an empty call or one of more than 10,000 orders.
    """

    if len(sales_orders) >= _MANY:
        async with command.database.connection() as sql:
            await statistics.refresh_if_stale(sql)

    async def body(work: Work) -> LoadedOrders:
        check_count(sales_orders, what="orders", path=("input",))
        return await _load(work, sales_orders)

    return await perform(
        command, operation="loadSalesOrders", payload=sales_orders, answer=LoadedOrders, body=body
    )


class WantedLine(NamedTuple):
    """A line that was checked, its SKU resolved to the client's own id; `quantity` in units."""

    sku_id: int
    quantity: int


class _Accepted(NamedTuple):
    """An order that was checked, the place in the input where it came from, and its lines."""

    place: int
    order: orders.NewOrder
    lines: Sequence[WantedLine]


async def _load(work: Work, sales_orders: Sequence[SalesOrder]) -> LoadedOrders:
    codes = await reference.resolve(
        work.sql,
        client_id=work.client_id,
        distribution_centers={order.distribution_center_code for order in sales_orders},
        stores={order.store_code for order in sales_orders if order.store_code is not None},
        skus={line.sku_code for order in sales_orders for line in order.lines},
    )
    errors: list[UserError] = []
    accepted: dict[str, _Accepted] = {}
    duplicates: list[tuple[int, str]] = []
    for index, sales_order in enumerate(sales_orders):
        path = ("input", str(index))
        try:
            order = _checked(sales_order, codes, work.now, path=path)
            wanted = checked_lines(sales_order.lines, codes, path=(*path, "lines"))
        except Refusal as refusal:
            errors.append(UserError.of(refusal))
            continue
        if order.number in accepted:
            duplicates.append((index, order.number))
        else:
            accepted[order.number] = _Accepted(index, order, wanted)

    await locks.lock_pools(
        work.sql,
        client_id=work.client_id,
        distribution_center_ids={new.order.distribution_center_id for new in accepted.values()},
    )
    # An order that exists adds nothing to the back orders: it is a duplicate, cap or no cap.
    known = await orders.existing_numbers(work.sql, client_id=work.client_id, numbers=accepted)
    duplicates += [(accepted.pop(number).place, number) for number in known]
    errors += await _leave_out_what_is_beyond_caps(work, accepted)
    ids = await _queue(work, list(accepted.values()))
    # Whoever loads into another pool may have taken the number since.
    duplicates += [(new.place, number) for number, new in accepted.items() if number not in ids]
    errors += [_duplicate(index, number) for index, number in duplicates]
    await _cancel_what_came_cancelled(
        work, ids, [new.order for number, new in accepted.items() if number in ids]
    )
    return LoadedOrders(
        order_ids=[ids[number] for number in accepted if number in ids],
        duplicates=len(duplicates),
        errors=sorted(errors, key=lambda error: int(error.path[1])),
    )


async def _leave_out_what_is_beyond_caps(work: Work, accepted: dict[str, _Accepted]) -> list[UserError]:
    """Take the orders that go beyond a cap out of the accepted ones; why, for each (F7)."""
    excesses = await beyond_caps(
        work,
        [
            NewDemand(
                distribution_center_id=new.order.distribution_center_id,
                store_id=new.order.store_id,
                lines=new.lines,
            )
            for new in accepted.values()
        ],
    )
    errors = []
    for (number, new), excess in zip(list(accepted.items()), excesses, strict=True):
        if excess is not None:
            del accepted[number]
            path = ("input", str(new.place), "lines", str(excess.line), "quantity")
            errors.append(UserError.of(too_much(excess, path=path)))
    return errors


async def _queue(work: Work, accepted: Sequence[_Accepted]) -> dict[str, int]:
    """Create the orders, covered as far as stock goes (D3), and say so; their ids by number.

    What most new lines lack can be told before they are there, and then each row is written once.
    """
    foreseen = await _foresee(work, accepted)
    ids = await orders.insert(
        work.sql,
        client_id=work.client_id,
        accepted_at=work.now,
        orders=[new.order for new in accepted],
        back_order_statuses=[seen.status for seen in foreseen],
    )
    landed = [
        (ids[new.order.number], new, seen)
        for new, seen in zip(accepted, foreseen, strict=True)
        if new.order.number in ids
    ]
    created = [order_id for order_id, _, _ in landed]
    # Was stock foreseen for orders that are not there, or in another order than that of their ids?
    holds = len(created) == len(accepted) and created == sorted(created)
    wanting = await lines.insert(
        work.sql,
        client_id=work.client_id,
        at=work.now,
        lines=[
            lines.NewLine(order_id, number, line.sku_id, line.quantity, back_ordered if holds else None)
            for order_id, new, seen in landed
            for number, (line, back_ordered) in enumerate(
                zip(new.lines, seen.back_ordered, strict=True), start=1
            )
        ],
        orders=[
            lines.Queued(order_id, new.order.distribution_center_id, new.order.priority, new.order.ordered_at)
            for order_id, new, _ in landed
        ],
    )
    for order_id, new, _ in landed:
        _announce(work, order_id, new.order)
    unforeseen: defaultdict[int, set[int]] = defaultdict(set)
    for line in wanting:
        if line["coverage_due"]:
            unforeseen[line["distribution_center_id"]].add(line["sku_id"])
        elif line["back_ordered"]:
            work.line_changed(
                line_id=line["id"],
                distribution_center_id=line["distribution_center_id"],
                sku_id=line["sku_id"],
                back_ordered=line["back_ordered"],
                previous_back_ordered=0,
            )
    for distribution_center_id, sku_ids in sorted(unforeseen.items()):
        await refresh_coverage(
            work,
            distribution_center_id=distribution_center_id,
            sku_ids=sku_ids,
            created_order_ids=set(created),
        )
    return ids


class _Foreseen(NamedTuple):
    """What each line of an order will lack, None where that is to be computed, and the status that makes."""

    back_ordered: Sequence[int | None]
    status: BackOrderStatus


async def _foresee(work: Work, accepted: Sequence[_Accepted]) -> list[_Foreseen]:
    by_pool: defaultdict[int, list[OpenLine]] = defaultdict(list)
    numbers = count()
    numbered = [[next(numbers) for _ in new.lines] for new in accepted]
    for place, (new, line_ids) in enumerate(zip(accepted, numbered, strict=True)):
        order = new.order
        by_pool[order.distribution_center_id] += [
            OpenLine(line_id, place, line.sku_id, order.priority, order.ordered_at, line.quantity)
            for line_id, line in zip(line_ids, new.lines, strict=True)
        ]
    lacking: dict[int, int] = {}
    marks_orders = True
    for distribution_center_id, new_lines in by_pool.items():
        foreseen = await foresee_coverage(work, distribution_center_id=distribution_center_id, new=new_lines)
        lacking |= foreseen.back_ordered
        marks_orders = foreseen.marks_orders
    return [
        _Foreseen(
            [lacking.get(line_id) for line_id in line_ids],
            back_order_status(
                open_units=sum(line.quantity for line in new.lines),
                back_ordered=sum(lacking.get(line_id, 0) for line_id in line_ids),
            )
            if marks_orders
            else BackOrderStatus.NONE,
        )
        for new, line_ids in zip(accepted, numbered, strict=True)
    ]


def _announce(work: Work, order_id: int, order: orders.NewOrder) -> None:
    work.order_changed(order_id=order_id, distribution_center_id=order.distribution_center_id)
    work.audit(
        "ORDER_LOADED",
        f"Order {order.number} was loaded and queued.",
        order_id=order_id,
        after={"number": order.number, "distribution_center": order.distribution_center_id},
    )


async def _cancel_what_came_cancelled(
    work: Work, ids: dict[str, int], created: Sequence[orders.NewOrder]
) -> None:
    """What the customer has cancelled on the marketplace by now is not left in the queue (C3)."""
    cancelled = [
        ids[order.number] for order in created if order.marketplace_status == MarketplaceStatus.CANCELLED
    ]
    if cancelled:
        rows = await locks.lock_orders(work.sql, client_id=work.client_id, order_ids=cancelled)
        await cancel_for_customers(work, locked=rows)


def _checked(
    order: SalesOrder, codes: reference.Codes, now: datetime, *, path: tuple[str, ...]
) -> orders.NewOrder:
    check_text(order.number, what="order number", path=(*path, "number"))
    for name in (
        "marketplace_invoice_number",
        "sales_order_code",
        "invoice_code",
        "shipping_agency",
        "order_type",
        "service",
        "email",
    ):
        value: str | None = getattr(order, name)
        if value is not None:
            check_text(value, what=name.replace("_", " "), path=(*path, _camel(name)), longest=255)
    if order.country is not None:
        check_country(order.country, path=(*path, "country"))
    if not -1_000_000 <= order.priority <= 1_000_000:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "The priority must be from -1,000,000 to 1,000,000.",
            path=(*path, "priority"),
        )
    distribution_center_id = codes.distribution_centers.get(order.distribution_center_code)
    if distribution_center_id is None:
        raise _unknown(
            "distribution center", order.distribution_center_code, (*path, "distributionCenterCode")
        )
    store_id = None
    if order.store_code is not None:
        store_id = codes.stores.get(order.store_code)
        if store_id is None:
            raise _unknown("store", order.store_code, (*path, "storeCode"))
    check_count(order.lines, what="lines of the order", path=(*path, "lines"))
    return orders.NewOrder(
        number=order.number,
        distribution_center_id=distribution_center_id,
        store_id=store_id,
        priority=order.priority,
        ordered_at=order.ordered_at or now,
        marketplace_status=order.marketplace_status,
        marketplace_invoice_number=order.marketplace_invoice_number,
        sales_order_code=order.sales_order_code,
        invoice_code=order.invoice_code,
        shipping_agency=order.shipping_agency,
        order_type=order.order_type,
        service=order.service,
        country=order.country,
        email=order.email,
    )


def checked_lines(
    lines: Sequence[SalesOrderLine], codes: reference.Codes, *, path: tuple[str, ...]
) -> list[WantedLine]:
    """The lines with their SKU ids. Raises INVALID_INPUT or NOT_FOUND under the path of the line."""
    checked = []
    for index, line in enumerate(lines):
        sku_id = codes.skus.get(line.sku_code)
        if sku_id is None or not is_quantity(line.quantity):
            here = (*path, str(index))
            check_quantity(line.quantity, path=(*here, "quantity"))
            raise _unknown("SKU", line.sku_code, (*here, "skuCode"))
        checked.append(WantedLine(sku_id, line.quantity))
    return checked


def _unknown(what: str, code: str, path: tuple[str, ...]) -> Refusal:
    return Refusal(
        ErrorCode.NOT_FOUND, f"There is no {what} with the code {code!r}; create it first.", path=path
    )


def _duplicate(index: int, number: str) -> UserError:
    return UserError(
        ErrorCode.DUPLICATE,
        f"Order {number} exists already; it was left as it is.",
        ("input", str(index), "number"),
    )


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
