"""What the generated operations lack: retries that do nothing twice, feeds that resume, paging, refusals."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from backfill_client.generated import Operations
from backfill_client.generated.async_base_client import HttpClient
from backfill_client.generated.base_model import UNSET
from backfill_client.generated.exceptions import (
    GraphQLClientError,
    GraphQLClientGraphQLMultiError,
)

log = logging.getLogger("backfill_client")

_PASSING = frozenset({429, 502, 503, 504})
"""Statuses of an API that may answer another time."""

_PASSING_CODES = frozenset({"SERVICE_UNAVAILABLE", "THROTTLED", "TOO_MANY_CONNECTIONS"})
"""The same in the body, whatever the status: with application/json that says nothing of the operation."""

_LONGEST_WAIT = 30.0

Answer = TypeVar("Answer")
Node = TypeVar("Node", covariant=True)
Data = TypeVar("Data")


class _UserError(Protocol):
    @property
    def code(self) -> Any: ...
    @property
    def message(self) -> str: ...


class _Payload(Protocol):
    @property
    def user_errors(self) -> Sequence[_UserError]: ...


class _PageInfo(Protocol):
    @property
    def has_next_page(self) -> bool: ...
    @property
    def end_cursor(self) -> str | None: ...


class _Connection(Protocol[Node]):
    @property
    def nodes(self) -> Sequence[Node]: ...
    @property
    def page_info(self) -> _PageInfo: ...


class _Event(Protocol):
    @property
    def cursor(self) -> str: ...


Payload = TypeVar("Payload", bound=_Payload)
Event = TypeVar("Event", bound=_Event)


class RefusedError(Exception):
    """A mutation was refused, as a whole or in part; `user_errors` say why and where."""

    def __init__(self, user_errors: Sequence[_UserError]) -> None:
        super().__init__("; ".join(f"{error.code}: {error.message}" for error in user_errors))
        self.user_errors = user_errors


class CursorExpiredError(Exception):
    """What came after the cursor is no longer kept: load the current state again, and follow from now."""


class Backfill(Operations):
    """The API at `url`, with the authority of `token`.

    A request that got no answer, or one that says "later", is sent again up to `retries` times, waiting for
    longer each time. Mutations get an `idempotency_key` when they are given none, so that is safe: the API
    does the same request once, and answers it again.
    """

    def __init__(self, url: str, *, token: str, retries: int = 6, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        base = f"{parts.netloc}{parts.path.rstrip('/').removesuffix('/graphql')}/graphql"
        authorization = f"Bearer {token}"
        super().__init__(
            url=f"{parts.scheme}://{base}",
            # What the generated code expects of a client is narrower than this one is.
            http_client=cast(
                "HttpClient", httpx.AsyncClient(headers={"Authorization": authorization}, timeout=timeout)
            ),
            ws_url=f"{'wss' if parts.scheme == 'https' else 'ws'}://{base}",
            ws_connection_init_payload={"authorization": authorization},
        )
        self._retries = retries

    async def execute(
        self,
        query: str,
        operation_name: str | None = None,
        variables: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """What the generated methods send with; see the class."""
        told = dict(variables or {})
        if "idempotencyKey" in told and told["idempotencyKey"] in (None, UNSET):
            told["idempotencyKey"] = str(uuid4())
        # A mutation of an operation of your own that takes no key could be done twice.
        repeatable = "idempotencyKey" in told or not query.lstrip().startswith("mutation")
        for waits_before in range(self._retries if repeatable else 0):
            try:
                response = cast(
                    "httpx.Response", await super().execute(query, operation_name, told, **kwargs)
                )
            except httpx.TransportError as error:
                log.info("no answer, trying again: %r", error)
                await asyncio.sleep(_wait(waits_before))
                continue
            if not _passes(response):
                return response
            asked = response.headers.get("Retry-After", "")
            log.info("not now (status %s), trying again", response.status_code)
            await asyncio.sleep(float(asked) if asked.isdigit() else _wait(waits_before))
        return await super().execute(query, operation_name, told, **kwargs)

    async def follow(
        self,
        subscribe: Callable[[str], AsyncIterator[Data]],
        event: Callable[[Data], Event],
        *,
        after: str | None = None,
    ) -> AsyncGenerator[Event]:
        """The events of a subscription for ever, without a gap, however often the connection is lost.

            backfill.follow(
                lambda after: backfill.order_changed(after=after), lambda data: data.order_changed
            )

        Begins after the event with the cursor `after`, else now. The cursor of the last event you have dealt
        with is where another process can go on. Raises CursorExpiredError, and GraphQLClientGraphQLMultiError
        when the API refuses.
        """
        cursor = after or (await self.event_cursor()).event_cursor
        waits = 0
        while True:
            try:
                # Closed at once when nobody listens any more, and not when somebody collects the garbage.
                async with aclosing(cast("AsyncGenerator[Data]", subscribe(cursor))) as events:
                    async for data in events:
                        happened = event(data)
                        yield happened
                        cursor, waits = happened.cursor, 0
            except GraphQLClientGraphQLMultiError as error:
                codes = {(one.extensions or {}).get("code") for one in error.errors}
                if "CURSOR_EXPIRED" in codes:
                    raise CursorExpiredError(str(error)) from error
                if not codes & (_PASSING_CODES | {"TOO_SLOW"}):
                    raise
            except ConnectionClosed as error:
                # 4400 to 4499: the API wants nothing to do with us as we are. 4408 means that it had no word
                # from us in time, as over a bad line.
                code = error.rcvd.code if error.rcvd else 0
                if 4400 <= code < 4500 and code != 4408:
                    raise
            except (OSError, InvalidHandshake, GraphQLClientError, TimeoutError) as error:
                log.info("connection lost, going on after %s: %r", cursor, error)
            await asyncio.sleep(_wait(waits))
            waits += 1


async def every(
    fetch: Callable[[str | None], Awaitable[Answer]],
    connection: Callable[[Answer], _Connection[Node]],
    *,
    after: str | None = None,
) -> AsyncIterator[Node]:
    """Every element of a list, page by page.

    every(lambda after: backfill.orders(first=200, after=after), lambda answer: answer.orders)
    """
    while True:
        page = connection(await fetch(after))
        for node in page.nodes:
            yield node
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


def checked(payload: Payload) -> Payload:
    """The payload of a mutation of which nothing was refused. Raises RefusedError."""
    if payload.user_errors:
        raise RefusedError(payload.user_errors)
    return payload


def _passes(response: httpx.Response) -> bool:
    """Whether the API says "later", which it says of an operation in the body."""
    if response.status_code in _PASSING or b'"errors"' not in response.content:
        return response.status_code in _PASSING
    try:
        errors = response.json().get("errors") or ()
    except ValueError:
        return False
    return any((error.get("extensions") or {}).get("code") in _PASSING_CODES for error in errors)


def _wait(waits_before: int) -> float:
    """Seconds to wait, longer each time; scattered, so that those who wait do not all come back at once."""
    longest: float = min(0.25 * 2 ** min(waits_before, 10), _LONGEST_WAIT)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
