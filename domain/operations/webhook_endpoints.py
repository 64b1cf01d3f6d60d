"""Where a client's outbound webhooks go. A secret is told once, and changed without losing a message."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from domain.operations.checks import check_text, is_web_address
from domain.operations.command import Command, Work, perform
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.retrying import KEEP_TRYING_WEBHOOKS
from domain.rules.signatures import secret_of
from domain.rules.vocabulary import WebhookEvent
from domain.rules.webhooks import UNCHOSEN
from domain.store import webhook_deliveries, webhook_endpoints
from domain.store.database import Row

MOST_ENDPOINTS = 20
"""Of one client."""

LONGEST_OVERLAP_HOURS = 7 * 24

_SECRET_BYTES = 32


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where webhooks go, and of what they tell; with a distribution center, of nothing in another one."""

    name: str
    url: str
    events: Sequence[WebhookEvent]
    distribution_center_id: int | None = None
    enabled: bool = True


class EndpointChanged(msgspec.Struct, frozen=True):
    """The endpoint it was about; `secret_number` says which secret was made, when one was.

    The secret itself is not in it, for an answer is kept: it is nowhere but in its column.
    """

    endpoint_id: int
    secret_number: int | None = None


async def save_webhook_endpoint(
    command: Command, *, endpoint_id: int | None, endpoint: NewEndpoint
) -> EndpointChanged:
    """Create an endpoint, with a secret, or with an id change one.

    A changed one starts with a clean sheet: what waits for it is tried again at once, for as long as if it
    were new. Raises NOT_FOUND, DUPLICATE for a name that another one has, and INVALID_INPUT.
    """

    async def body(work: Work) -> EndpointChanged:
        before = None if endpoint_id is None else await _endpoint(work, endpoint_id)
        await _check(work, endpoint_id, endpoint)
        told: dict[str, Any] = {
            "name": endpoint.name,
            "url": endpoint.url,
            # Each once, in the order of the vocabulary.
            "events": [event.value for event in WebhookEvent if event in endpoint.events],
            "distribution_center_id": endpoint.distribution_center_id,
            "enabled": endpoint.enabled,
        }
        if endpoint_id is None:
            changed = EndpointChanged(
                await webhook_endpoints.insert(
                    work.sql, client_id=work.client_id, **told, secret=_new_secret(), now=work.now
                ),
                secret_number=1,
            )
        else:
            changed = EndpointChanged(endpoint_id)
            of_it: dict[str, Any] = {"client_id": work.client_id, "endpoint_id": endpoint_id}
            await webhook_endpoints.change(work.sql, **of_it, **told)
            await webhook_deliveries.revive(
                work.sql, **of_it, now=work.now, give_up_at=work.now + KEEP_TRYING_WEBHOOKS
            )
        work.settings_changed()
        work.audit(
            "WEBHOOK_ENDPOINT_SAVED",
            f"The webhook endpoint {endpoint.name!r} was saved.",
            before=None if before is None else {name: before[name] for name in told},
            after=told,
        )
        return changed

    return await perform(
        command,
        operation="saveWebhookEndpoint",
        payload=[endpoint_id, endpoint],
        answer=EndpointChanged,
        body=body,
    )


async def delete_webhook_endpoint(command: Command, *, endpoint_id: int) -> EndpointChanged:
    """Forget an endpoint, its secret and its delivery log. Raises NOT_FOUND."""

    async def body(work: Work) -> EndpointChanged:
        before = await _endpoint(work, endpoint_id)
        await webhook_endpoints.delete(work.sql, client_id=work.client_id, endpoint_id=endpoint_id)
        work.settings_changed()
        work.audit(
            "WEBHOOK_ENDPOINT_DELETED",
            f"The webhook endpoint {before['name']!r} was deleted.",
            before={"endpoint": endpoint_id, "name": before["name"], "url": before["url"]},
        )
        return EndpointChanged(endpoint_id)

    return await perform(
        command,
        operation="deleteWebhookEndpoint",
        payload=endpoint_id,
        answer=EndpointChanged,
        body=body,
    )


async def rotate_webhook_secret(command: Command, *, endpoint_id: int, overlap_hours: int) -> EndpointChanged:
    """Make a new secret; messages are signed with the old one as well for `overlap_hours` more.

    Raises NOT_FOUND, and INVALID_INPUT for an overlap out of bounds.
    """

    async def body(work: Work) -> EndpointChanged:
        if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"The overlap is from 0 to {LONGEST_OVERLAP_HOURS} hours.",
                path=("overlapHours",),
            )
        before = await _endpoint(work, endpoint_id)
        number = await webhook_endpoints.rotate(
            work.sql,
            client_id=work.client_id,
            endpoint_id=endpoint_id,
            secret=_new_secret(),
            until=work.now + timedelta(hours=overlap_hours) if overlap_hours else None,
        )
        work.settings_changed()
        work.audit(
            "WEBHOOK_SECRET_ROTATED",
            f"The secret of the webhook endpoint {before['name']!r} was changed.",
            after={"endpoint": endpoint_id, "secret": number, "overlapHours": overlap_hours},
        )
        return EndpointChanged(endpoint_id, number)

    return await perform(
        command,
        operation="rotateWebhookSecret",
        payload=[endpoint_id, overlap_hours],
        answer=EndpointChanged,
        body=body,
    )


def _new_secret() -> str:
    return secret_of(secrets.token_bytes(_SECRET_BYTES))


async def _endpoint(work: Work, endpoint_id: int) -> Row:
    found = await webhook_endpoints.lock(work.sql, client_id=work.client_id, endpoint_id=endpoint_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such webhook endpoint.", path=("id",))
    return found


async def _check(work: Work, endpoint_id: int | None, endpoint: NewEndpoint) -> None:
    check_text(endpoint.name, what="name", path=("input", "name"))
    if not is_web_address(endpoint.url):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "Give the receiver's address: https://, without a user or a fragment.",
            path=("input", "url"),
        )
    if not endpoint.events or UNCHOSEN.intersection(endpoint.events):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"Choose at least one event; {' and '.join(sorted(UNCHOSEN))} come by themselves.",
            path=("input", "events"),
        )
    center = endpoint.distribution_center_id
    if center is not None and not await webhook_endpoints.has_center(
        work.sql, client_id=work.client_id, distribution_center_id=center
    ):
        raise Refusal(
            ErrorCode.NOT_FOUND,
            "There is no such distribution center.",
            path=("input", "distributionCenterId"),
        )
    others = await webhook_endpoints.others(work.sql, client_id=work.client_id, endpoint_id=endpoint_id)
    if endpoint.name in others:
        raise Refusal(
            ErrorCode.DUPLICATE, f"Another endpoint is called {endpoint.name!r}.", path=("input", "name")
        )
    if endpoint_id is None and len(others) >= MOST_ENDPOINTS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"A client has at most {MOST_ENDPOINTS} webhook endpoints; delete one first.",
            path=("input",),
        )
