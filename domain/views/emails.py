"""Templates of e-mails, what they would say, and what became of each e-mail (D7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.rules.email_templates import SAMPLE, Values, render_checked
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import EmailEvent, EmailStatus
from domain.store.database import Database, Row
from domain.store.email_values import Subject, newest_dispatch, newest_order, values_of
from domain.store.reads.emails import (
    BY_NAME,
    EMAIL_DELIVERIES,
    EMAIL_TEMPLATES,
    NEWEST_EMAIL,
    assignments,
)
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailDeliveryFilter:
    """Which e-mails; all conditions hold."""

    order: int | None = None
    event: Sequence[str] | None = None
    status: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailPreview:
    """What a template makes of an order; without an order, of a made-up one."""

    subject: str
    body: str
    order_id: int | None


async def email_templates_page(
    database: Database, *, client_id: int, request: PageRequest, selected: Collection[str]
) -> Page[Row]:
    """A page of the templates, by name."""
    return await fetch_page(
        database,
        EMAIL_TEMPLATES,
        conditions=Conditions.of_client(client_id),
        names=EMAIL_TEMPLATES.wanted(selected, always=("id",)),
        ordering=BY_NAME,
        request=request,
    )


async def email_assignments(database: Database, *, client_id: int) -> list[Row]:
    """Which template is sent for which event: event, template_id and version, by event."""
    async with database.connection(client_id) as sql:
        return await assignments(sql, client_id=client_id)


async def email_deliveries_page(
    database: Database,
    *,
    client_id: int,
    delivery_filter: EmailDeliveryFilter,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the delivery log, newest first."""
    conditions = Conditions.of_client(client_id)
    if delivery_filter.order is not None:
        conditions.add("delivery.order_id = {}", delivery_filter.order)
    if delivery_filter.event is not None:
        conditions.among("delivery.event", [EmailEvent(word) for word in delivery_filter.event])
    if delivery_filter.status is not None:
        conditions.among("delivery.status", [EmailStatus(word) for word in delivery_filter.status])
    return await fetch_page(
        database,
        EMAIL_DELIVERIES,
        conditions=conditions,
        names=EMAIL_DELIVERIES.wanted(selected, always=("id",)),
        ordering=NEWEST_EMAIL,
        request=request,
    )


async def preview_email(
    database: Database,
    *,
    client_id: int,
    subject: str,
    body: str,
    order_id: int | None,
    event: EmailEvent | None,
) -> EmailPreview:
    """What the template would say: of this order, or of the newest to which the event has happened.

    Where it has happened to none, or neither is given, the order is made up. Raises NOT_FOUND, and
    INVALID_INPUT as saving does.
    """
    chosen, values = await _values(database, client_id=client_id, order_id=order_id, event=event)
    return EmailPreview(
        subject=" ".join(render_checked("subject", subject, values).split()),
        body=render_checked("body", body, values),
        order_id=chosen,
    )


async def _values(
    database: Database, *, client_id: int, order_id: int | None, event: EmailEvent | None
) -> tuple[int | None, Values]:
    async with database.connection(client_id) as sql:
        chosen = order_id
        if chosen is None and event is not None:
            chosen = await newest_order(sql, client_id=client_id, event=event)
        if chosen is None:
            return None, SAMPLE
        shipped = await newest_dispatch(sql, client_id=client_id, order_id=chosen)
        subject = Subject(client_id=client_id, order_id=chosen, dispatch_id=shipped)
        found = await values_of(sql, subjects=[subject])
    if not found:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such order.", path=("orderId",))
    return chosen, found[0]
