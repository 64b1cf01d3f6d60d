"""What the marketplace says of orders comes in: statuses, codes, and cancellations by customers (C3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from domain.operations.answers import UserError
from domain.operations.cancel_orders import decide_cancellations
from domain.operations.checks import check_count, check_text
from domain.operations.command import Command, Work, perform
from domain.operations.marketplace_cancellations import cancel_for_customers
from domain.operations.steps.settling import tell_of_changes
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import MarketplaceStatus, OrderStatus, Outcome
from domain.store import locks, marketplace
from domain.store.database import ReadTooEarlyError, Row

_TEXTS = ("marketplace_invoice_number", "sales_order_code", "invoice_code", "shipping_agency")
_FIELDS = ("marketplace_status", *_TEXTS)


class MarketplaceUpdate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of an order; what is left out stays, and null takes it away."""

    order_number: str
    marketplace_status: MarketplaceStatus | msgspec.UnsetType | None = msgspec.UNSET
    marketplace_invoice_number: str | msgspec.UnsetType | None = msgspec.UNSET
    sales_order_code: str | msgspec.UnsetType | None = msgspec.UNSET
    invoice_code: str | msgspec.UnsetType | None = msgspec.UNSET
    shipping_agency: str | msgspec.UnsetType | None = msgspec.UNSET

    def told(self) -> dict[str, str | None]:
        """What it says, by column."""
        return {name: value for name in _FIELDS if (value := getattr(self, name)) is not msgspec.UNSET}


class UpdateResult(msgspec.Struct, frozen=True):
    """What became of one update.

    What is SKIPPED was known already. An error without FAILED says why the order could not be cancelled, or
    not wholly, as the customer wanted.
    """

    order_number: str
    outcome: Outcome
    order_id: int | None = None
    error: UserError | None = None


class MarketplaceUpdated(msgspec.Struct, frozen=True):
    """A result for each update, in their order."""

    results: list[UpdateResult]


async def update_marketplace_status(
    command: Command, *, updates: Sequence[MarketplaceUpdate]
) -> MarketplaceUpdated:
    """Record what marketplaces say of orders; from it their conditions follow (C3).

    An order cancelled on its marketplace was cancelled by the customer, and is cancelled here as well but
    for what is dispatched of it. Each update has its result, and those in error change nothing.
    Raises INVALID_INPUT for an empty call or one of more than 10,000 updates.
    """

    async def body(work: Work) -> MarketplaceUpdated:
        check_count(updates, what="updates", path=("input",))
        return await _update(work, updates)

    return await perform(
        command, operation="updateMarketplaceStatus", payload=updates, answer=MarketplaceUpdated, body=body
    )


async def _update(work: Work, updates: Sequence[MarketplaceUpdate]) -> MarketplaceUpdated:
    refusals = _refused(updates)
    rows = await _locked(work, [update for place, update in enumerate(updates) if place not in refusals])
    changes: dict[int, dict[str, str | None]] = {}
    for place, update in enumerate(updates):
        if place in refusals:
            continue
        order = rows.get(update.order_number)
        if order is None:
            refusals[place] = Refusal(
                ErrorCode.NOT_FOUND,
                f"There is no sales order with the number {update.order_number!r}.",
                path=("orderNumber",),
            )
        else:
            changes[place] = {name: value for name, value in update.told().items() if order[name] != value}
    await _record(work, [(rows[updates[place].order_number], change) for place, change in changes.items()])
    # Whether it is news or not: what stood in the way of cancelling may be gone since it was told.
    cancelled = {
        place: rows[updates[place].order_number]
        for place in changes
        if _cancels(updates[place], rows[updates[place].order_number])
    }
    done_by_us, kept = await cancel_for_customers(work, locked=list(cancelled.values()))
    refusals |= {
        place: kept[order["id"]].at("marketplaceStatus")
        for place, order in cancelled.items()
        if order["id"] in kept
    }
    done = {place for place, change in changes.items() if change}
    done |= {place for place, order in cancelled.items() if order["id"] in done_by_us}
    return MarketplaceUpdated(
        [
            UpdateResult(
                update.order_number,
                _outcome(known=place in changes, done=place in done),
                rows[update.order_number]["id"] if place in changes else None,
                _error(refusals.get(place), place),
            )
            for place, update in enumerate(updates)
        ]
    )


def _refused(updates: Sequence[MarketplaceUpdate]) -> dict[int, Refusal]:
    """The updates that say nothing that could be recorded, by place."""
    refusals: dict[int, Refusal] = {}
    seen: set[str] = set()
    for place, update in enumerate(updates):
        try:
            _check(update, seen)
        except Refusal as refusal:
            refusals[place] = refusal
        seen.add(update.order_number)
    return refusals


def _outcome(*, known: bool, done: bool) -> Outcome:
    if done:
        return Outcome.SUCCEEDED
    return Outcome.SKIPPED if known else Outcome.FAILED


def _error(refusal: Refusal | None, place: int) -> UserError | None:
    return None if refusal is None else UserError.of(refusal, path=("input", str(place), *refusal.path))


async def _locked(work: Work, updates: Iterable[MarketplaceUpdate]) -> dict[str, Row]:
    """The orders' rows by number: locked, and with their pools where `_concerning_pools` says so."""
    told = {update.order_number: update for update in updates}
    known = await marketplace.known(work.sql, client_id=work.client_id, numbers=told)
    with_pool = await _concerning_pools(work, told, known)
    rows = await locks.lock_orders_without_pools(
        work.sql, client_id=work.client_id, order_ids=[row["id"] for row in known], but_for=with_pool
    )
    if await _concerning_pools(work, told, [row for row in rows if row["id"] not in with_pool]):
        raise ReadTooEarlyError
    return {row["number"]: row for row in rows}


async def _concerning_pools(
    work: Work, told: Mapping[str, MarketplaceUpdate], rows: Iterable[Row]
) -> set[int]:
    """Ids of the orders that are cancelled by it, or of which plans were made from what is another now: rules
    go by carriers (B3, F3).

    Whatever else is told, often and of many orders, waits for no pool and leaves its plans fresh (F2).
    """
    concerning: set[int] = set()
    cancelled: list[Row] = []
    for row in rows:
        update = told[row["number"]]
        if update.told().get("shipping_agency", row["shipping_agency"]) != row["shipping_agency"]:
            concerning.add(row["id"])
        elif _cancels(update, row):
            cancelled.append(row)
    if cancelled:
        # A cancelled order that can't be cancelled here is told of again and again.
        decided, _ = await decide_cancellations(work, cancelled)
        concerning |= decided.keys()
    return concerning


def _cancels(update: MarketplaceUpdate, order: Row) -> bool:
    return (
        update.marketplace_status == MarketplaceStatus.CANCELLED and order["status"] != OrderStatus.CANCELLED
    )


async def _record(work: Work, changes: Sequence[tuple[Row, dict[str, str | None]]]) -> None:
    news = [(order, change) for order, change in changes if change]
    await marketplace.record(
        work.sql,
        client_id=work.client_id,
        standings=[
            marketplace.Standing(order_id=order["id"], **{name: order[name] for name in _FIELDS} | change)
            for order, change in news
        ],
    )
    tell_of_changes(work, [order for order, _ in news])
    for order, change in news:
        work.audit(
            "MARKETPLACE_UPDATED",
            f"Order {order['number']} has another {', another '.join(change)}.".replace("_", " "),
            order_id=order["id"],
            before={name: order[name] for name in change},
            after=change,
        )


def _check(update: MarketplaceUpdate, seen: Collection[str]) -> None:
    if update.order_number in seen:
        raise Refusal(
            ErrorCode.DUPLICATE,
            f"Order {update.order_number} is in this call already; send its next update in another one.",
            path=("orderNumber",),
        )
    told = update.told()
    if not told:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "The update says nothing of the order.")
    for name in _TEXTS:
        value = told.get(name)
        if value is not None:
            head, *tail = name.split("_")
            path = head + "".join(word.capitalize() for word in tail)
            check_text(value, what=name.replace("_", " "), path=(path,), longest=255)
