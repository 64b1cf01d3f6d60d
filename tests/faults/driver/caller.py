"""Somebody who uses the API over HTTP, as its documentation says: keys, retries, and any of its processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from random import Random
from typing import Any

import httpx

from tests.faults.driver.known import Known, Tenant
from tests.faults.driver.mutations import Mutation

# Longer than the API takes to say that it can't: its answers are what is tested.
_PATIENCE_SECONDS = 15.0
_TRY_AGAIN = {"SERVICE_UNAVAILABLE", "THROTTLED"}
_SHARE_SENT_AGAIN = 0.2


class NotAnsweredError(Exception):
    """This time there was no answer, and the same request may be sent again."""


class Caller:
    """One caller of one client; it sends a request until it is answered."""

    def __init__(
        self, name: str, *, tenant: Tenant, known: Known, addresses: Sequence[str], random: Random
    ) -> None:
        self.name = name
        self.tenant = tenant
        self.known = known
        self.random = random
        self._addresses = addresses
        self._keys = 0
        self._http = httpx.AsyncClient(
            headers={
                "Authorization": f"Bearer {tenant.token}",
                "Accept": "application/graphql-response+json",
            },
            timeout=_PATIENCE_SECONDS,
            limits=httpx.Limits(keepalive_expiry=2),
        )

    async def close(self) -> None:
        """End its connections."""
        await self._http.aclose()

    async def ask(self, document: str, **variables: Any) -> Any:
        """The value of the only field of a query."""
        return await self._insist({"query": document, "variables": variables})

    async def change(self, mutation: Mutation, **arguments: Any) -> Any:
        """The payload of a mutation, done once however often it had to be sent.

        Now and then it is sent once more when it has been answered, and must be answered alike.
        """
        operation = mutation.field
        if mutation.keyed:
            self._keys += 1
            arguments["key"] = f"{self.name}-{self._keys}"
        body = {"query": mutation.document, "variables": arguments}
        payload = await self._insist(body)
        if mutation.keyed:
            self.tenant.keys[arguments["key"]] = operation
        self.known.done[operation] += 1
        for error in payload["userErrors"]:
            self.known.refused[f"{operation}: {error['code']}"] += 1
        if self.random.random() < _SHARE_SENT_AGAIN:
            again = await self._insist(body)
            self.known.again += 1
            if again != payload:
                self.known.problem(f"{operation} {arguments} was answered {payload}, and again {again}")
        return payload

    async def _insist(self, body: dict[str, Any]) -> Any:
        pause = 0.05
        while True:
            try:
                return await self._once(body)
            except (NotAnsweredError, httpx.HTTPError):
                await asyncio.sleep(pause * self.random.uniform(0.5, 1.5))
                pause = min(2 * pause, 1.0)

    async def _once(self, body: dict[str, Any]) -> Any:
        self.known.tries += 1
        address = self.random.choice(self._addresses)
        response = await self._http.post(f"{address}/graphql", json=body)
        try:
            answer = response.json()
        except ValueError:
            self.known.problem(f"{self.name} was answered {response.status_code}: {response.text[:500]!r}")
            raise NotAnsweredError from None
        errors = answer.get("errors", [])
        seen = {error.get("extensions", {}).get("code") for error in errors}
        if seen & _TRY_AGAIN:
            raise NotAnsweredError
        if response.status_code == HTTPStatus.BAD_REQUEST:
            raise AssertionError(f"{self.name} sent what the API doesn't know: {response.text[:500]}")
        if response.status_code != HTTPStatus.OK or errors:
            self.known.problem(f"{self.name} was answered {response.status_code}: {response.text[:500]}")
            raise NotAnsweredError
        (value,) = answer["data"].values()
        return value
