"""Load Sales Orders (B1): orders are created at once, with status CREATE, and queued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from domain.operations.answers import UserError
from domain.operations.checks import check_count, check_country, check_quantity, check_text, is_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.marketplace_cancellations import cancel_for_customers
from domain.operations.steps.capping import NewDemand, beyond_caps, too_much
from domain.operations.steps.queueing import Accepted, WantedLine, queue_orders
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import MarketplaceStatus
from domain.store import locks, orders, reference, statistics

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
        await statistics.refresh_if_stale(command.database)

    async def body(work: Work) -> LoadedOrders:
        check_count(sales_orders, what="orders", path=("input",))
        return await _load(work, sales_orders)

    loaded = await perform(
        command, operation="loadSalesOrders", payload=sales_orders, answer=LoadedOrders, body=body
    )
    if len(sales_orders) >= _MANY:
        # Whoever looks at them next is not to go by plans of an empty database. They are loaded either way.
        await statistics.refresh_if_stale(command.database, waits=False)
    return loaded


async def _load(work: Work, sales_orders: Sequence[SalesOrder]) -> LoadedOrders:
    codes = await reference.resolve(
        work.sql,
        client_id=work.client_id,
        distribution_centers={order.distribution_center_code for order in sales_orders},
        stores={order.store_code for order in sales_orders if order.store_code is not None},
        skus={line.sku_code for order in sales_orders for line in order.lines},
    )
    errors: list[UserError] = []
    accepted: dict[str, Accepted] = {}
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
            accepted[order.number] = Accepted(index, order, wanted)

    await locks.lock_pools(
        work.sql,
        client_id=work.client_id,
        distribution_center_ids={new.order.distribution_center_id for new in accepted.values()},
    )
    # An order that exists adds nothing to the back orders: it is a duplicate, cap or no cap.
    known = await orders.existing_numbers(work.sql, client_id=work.client_id, numbers=accepted)
    duplicates += [(accepted.pop(number).place, number) for number in known]
    errors += await _leave_out_what_is_beyond_caps(work, accepted)
    ids = await queue_orders(work, list(accepted.values()))
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


async def _leave_out_what_is_beyond_caps(work: Work, accepted: dict[str, Accepted]) -> list[UserError]:
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
