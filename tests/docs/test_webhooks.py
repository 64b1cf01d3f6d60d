"""docs/webhooks.md says what is so: its operations are carried out, and its message is one that arrives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from api.realtime.feed import Feed
from api.realtime.groups import Groups
from domain.rules.vocabulary import WebhookEvent
from domain.rules.webhooks import UNCHOSEN
from domain.store.database import Database
from tests.api.graphql_client import GraphQLClient
from tests.builders import Shop
from tests.webhook_receiver import delivered, endpoint_of, webhook_receiver

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


async def test_the_operations_of_the_page_are_carried_out(database: Database, redis: Redis) -> None:
    shop = await Shop.open(database)
    caller = GraphQLClient(database, Groups(Feed(database=database, redis=redis)), shop.client_id)
    register, log = blocks("graphql")

    first, again = await caller.data(register), await caller.data(register)

    assert (first["userErrors"], first["endpoint"]["circuit"]) == ([], "CLOSED")
    assert first == again
    assert await caller.data(log) == {"nodes": []}


async def test_the_message_of_the_page_is_one_that_arrives(database: Database) -> None:
    shop = await Shop.open(database)
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)
        (message,) = receiver.taken
    (shown,) = blocks("json")

    def without_cursor(text: Any) -> Any:
        return {**text, "data": {**text["data"], "cursor": "…"}}

    assert without_cursor(message) == without_cursor(json.loads(shown))


def test_every_event_that_can_be_chosen_is_on_the_page() -> None:
    assert set(re.findall(r"\b[A-Z_]+_CHANGED\b", PAGE)) == {
        event.value for event in WebhookEvent if event not in UNCHOSEN
    }
