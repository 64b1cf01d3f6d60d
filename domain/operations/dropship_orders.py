"""Dropship from a vendor: a line's open units are ordered to be shipped straight to the customer (D5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from domain.operations.checks import check_text
from domain.operations.command import Command, Work, perform
from domain.operations.steps.centers import named_center
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.editing import open_line
from domain.operations.steps.eligible import sort_out
from domain.operations.steps.settling import settle_orders
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BulkAction, DistributionCenterKind, EmailEvent, FulfilmentRoute
from domain.store import line_routes, lines, locks, purchase_orders, reference
from domain.store.database import Row
from domain.store.events import Topic
from domain.store.purchase_orders import NewLine


class ShipTo(msgspec.Struct, frozen=True, kw_only=True):
    """Where the vendor ships to."""

    name: str
    street: str
    city: str
    postal_code: str | None = None
    region: str | None = None
    country: str


class VendorTerms(msgspec.Struct, frozen=True, kw_only=True):
    """With which vendor, where to and until when; a vendor may have a distribution center of its own."""

    vendor: str | None = None
    distribution_center_id: int | None = None
    ship_to: ShipTo | None = None
    expected_at: datetime | None = None


class Dropshipped(msgspec.Struct, frozen=True):
    """The order, and the purchase order that was made of lines of it."""

    order_id: int
    purchase_order_id: int


async def dropship_order_line(
    command: Command, *, line_id: int, terms: VendorTerms, expected_version: int | None = None
) -> Dropshipped:
    """Have a vendor ship what is open of a line; it is promised the date the vendor expects (F4).

    Raises NOTHING_TO_DO when nothing is open or a vendor ships it already, INVALID_INPUT for a line on
    another route than PROCESSOR and for a distribution center that is no vendor's, NOT_FOUND,
    VERSION_CONFLICT, ORDER_LOCKED and ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> Dropshipped:
        _check_terms(terms)
        order, line = await open_line(
            work, line_id=line_id, expected_version=expected_version, path=("lineId",)
        )
        _check_line(line)
        return await leave_to_vendor(work, order=order, left=[line], terms=terms)

    return await perform(
        command,
        operation="dropshipOrderLine",
        payload=[line_id, terms, expected_version],
        answer=Dropshipped,
        body=body,
    )


async def leave_to_vendor(work: Work, *, order: Row, left: Sequence[Row], terms: VendorTerms) -> Dropshipped:
    """Order the open units of lines from a vendor; the order and its pool are locked by the caller.

    `left` are rows of the order's lines on the route PROCESSOR, with open units. Raises NOT_FOUND and
    INVALID_INPUT for the vendor's distribution center.
    """
    center_id = await _vendors_center(work, order, terms)
    ordered = None
    # The number is drawn; one that somebody has given to a purchase order of their own is passed over.
    while ordered is None:
        ordered = await purchase_orders.insert(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=center_id,
            number=None,
            vendor=terms.vendor,
            dropship_order_id=order["id"],
            ship_to=None if terms.ship_to is None else msgspec.to_builtins(terms.ship_to),
            at=work.now,
            lines=[
                NewLine(
                    sku_id=line["sku_id"],
                    quantity=line["open"],
                    expected_at=terms.expected_at,
                    order_line_id=line["id"],
                )
                for line in left
            ],
        )
    pool: int = order["distribution_center_id"]
    for demand in await line_routes.leave_to_vendor(
        work.sql, client_id=work.client_id, line_ids=[line["id"] for line in left]
    ):
        if demand["back_ordered"]:
            work.line_changed(
                line_id=demand["line_id"],
                distribution_center_id=pool,
                sku_id=demand["sku_id"],
                back_ordered=0,
                previous_back_ordered=demand["back_ordered"],
            )
    await settle_orders(work, before=[order])
    await refresh_coverage(work, distribution_center_id=pool, sku_ids={line["sku_id"] for line in left})
    work.changed(Topic.PURCHASE_ORDER, ordered["id"], distribution_center_id=center_id)
    work.audit(
        "ORDER_DROPSHIPPED",
        f"{sum(line['open'] for line in left)} units of order {order['number']} were ordered from a vendor "
        f"with purchase order {ordered['number']}.",
        order_id=order["id"],
        after={"purchaseOrder": ordered["id"], "lines": [line["id"] for line in left]},
    )
    return Dropshipped(order["id"], ordered["id"])


async def dropship(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Leave the back-ordered lines of the locked orders to the vendor (D5); why not, by order id, else.

    Which lines these are is decided before any of them is left, as a preview does.
    """
    eligible, refusals = await sort_out(work, BulkAction.DROPSHIP, locked)
    left: defaultdict[int, list[Row]] = defaultdict(list)
    for line in await lines.back_ordered(
        work.sql, client_id=work.client_id, order_ids=[order["id"] for order in eligible]
    ):
        left[line["order_id"]].append(line)
    for order in eligible:
        await leave_to_vendor(work, order=order, left=left[order["id"]], terms=VendorTerms())
    return refusals


async def ship_dropship(work: Work, *, order_id: int, shipped: Mapping[int, int]) -> None:
    """The vendor has shipped units (by order line); the order, its pool and the vendor's lines are locked."""
    (order,) = await locks.lock_orders(work.sql, client_id=work.client_id, order_ids=[order_id])
    await settle_orders(
        work,
        before=[order],
        quantities=[lines.QuantityChange(line_id, shipped=units) for line_id, units in shipped.items()],
    )
    work.tell_customer(EmailEvent.SHIPPED, order_id=order_id)


async def take_back(work: Work, *, order_id: int, line_ids: Sequence[int]) -> None:
    """Queue lines again that no vendor ships after all; the order and its pool are locked by the caller."""
    (order,) = await locks.lock_orders(work.sql, client_id=work.client_id, order_ids=[order_id])
    taken = await line_routes.take_from_vendor(work.sql, client_id=work.client_id, line_ids=line_ids)
    await settle_orders(work, before=[order])
    await refresh_coverage(
        work,
        distribution_center_id=order["distribution_center_id"],
        sku_ids={line["sku_id"] for line in taken},
    )


async def _vendors_center(work: Work, order: Row, terms: VendorTerms) -> int:
    """The vendor's distribution center: as told, else the only one there is, else the order's own."""
    if terms.distribution_center_id is None:
        centers = await reference.dropship_centers(work.sql, client_id=work.client_id)
        return centers[0] if len(centers) == 1 else int(order["distribution_center_id"])
    center = await named_center(work, terms.distribution_center_id)
    if center["kind"] != DistributionCenterKind.DROPSHIP:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{center['code']} is no vendor's warehouse; name a distribution center of the kind DROPSHIP.",
            path=("distributionCenter",),
        )
    return int(center["id"])


def _check_line(line: Row) -> None:
    if line["route"] == FulfilmentRoute.DROPSHIP:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "A vendor ships this line already.", path=("lineId",))
    if line["route"] != FulfilmentRoute.PROCESSOR:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"The line is on the route {line['route']}; only lines in the processor's queue can be left to a "
            "vendor.",
            path=("lineId",),
        )
    if not line["open"]:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "Nothing of the line is open.", path=("lineId",))


def _check_terms(terms: VendorTerms) -> None:
    if terms.vendor is not None:
        check_text(terms.vendor, what="vendor", path=("vendor",), longest=255)
    ship_to = terms.ship_to
    if ship_to is None:
        return
    for name, value in msgspec.to_builtins(ship_to).items():
        if value is not None:
            field = "postalCode" if name == "postal_code" else name
            check_text(value, what=f"{name.replace('_', ' ')}", path=("shipTo", field), longest=255)
