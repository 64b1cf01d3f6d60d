"""Endpoints of outbound webhooks, and what became of each message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.rules.vocabulary import WebhookEvent, WebhookStatus
from domain.store.database import Database, Row
from domain.store.reads import webhooks as reads
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page
from domain.store.reads.webhooks import (
    BY_ENDPOINT_NAME,
    NEWEST_WEBHOOK,
    WEBHOOK_DELIVERIES,
    WEBHOOK_ENDPOINTS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeliveryFilter:
    """Which deliveries; all conditions hold."""

    endpoint: int | None = None
    event: Sequence[str] | None = None
    status: Sequence[str] | None = None


async def webhook_endpoints_page(
    database: Database, *, client_id: int, request: PageRequest, selected: Collection[str]
) -> Page[Row]:
    """A page of the endpoints, by name."""
    return await fetch_page(
        database,
        WEBHOOK_ENDPOINTS,
        conditions=Conditions.of_client(client_id),
        names=WEBHOOK_ENDPOINTS.wanted(selected, always=("id",)),
        ordering=BY_ENDPOINT_NAME,
        request=request,
    )


async def webhook_deliveries_page(
    database: Database,
    *,
    client_id: int,
    delivery_filter: WebhookDeliveryFilter,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the delivery log, newest first."""
    conditions = Conditions.of_client(client_id)
    if delivery_filter.endpoint is not None:
        conditions.add("delivery.endpoint_id = {}", delivery_filter.endpoint)
    if delivery_filter.event is not None:
        conditions.among("delivery.event", [WebhookEvent(word) for word in delivery_filter.event])
    if delivery_filter.status is not None:
        conditions.among("delivery.status", [WebhookStatus(word) for word in delivery_filter.status])
    return await fetch_page(
        database,
        WEBHOOK_DELIVERIES,
        conditions=conditions,
        names=WEBHOOK_DELIVERIES.wanted(selected, always=("id",)),
        ordering=NEWEST_WEBHOOK,
        request=request,
    )


async def secrets_of(
    database: Database, *, client_id: int, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """The secret of each (endpoint, number of its secret), unless it was changed since."""
    async with database.connection(client_id) as sql:
        return await reads.secrets_of(sql, client_id=client_id, wanted=wanted)
