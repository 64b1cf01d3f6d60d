"""The whole schema over a filled database: breadth-first, documents are answered as by graphql-core."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult

from api.context import Context
from api.errors import INTERNAL, presented
from api.ids import encode_id
from api.mutations.root import Mutation
from api.queries.root import Query
from api.realtime.feed import Feed
from api.realtime.groups import Groups
from api.schema import PublishedSchema, schema
from api.subscriptions.root import Subscription
from domain.bootstrap import create_client
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate
from tests.api.execution.comparing import answer, assert_equal_but_for_races
from tests.api.execution.documents import Document, documents
from tests.filled import UNTIL, fill
from tests.new_database import new_database

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.xdist_group("whole schema"),
    # graphql-core forgets coroutines beside a field whose arguments are wrong.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ORDERS = 300

GRAPHQL_CORE = PublishedSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    present=presented,
    config=StrawberryConfig(auto_camel_case=True),
    execution_context_class=StrawberryGraphQLCoreExecutionContext,
)

NUMBERS = st.one_of(st.integers(1, 20), st.integers(ORDERS - 60, ORDERS + 1))
KINDS = st.sampled_from(
    ["Order", "OrderLine", "Sku", "Store", "DistributionCenter", "Dispatch", "Backorder", "PurchaseOrder"]
)
LEAVES = {
    "Int": st.integers(0, 5),
    "Float": st.just(0.5),
    "Boolean": st.booleans(),
    "String": st.one_of(
        NUMBERS.map("SO-{:08}".format), NUMBERS.map("SKU-{:05}".format), NUMBERS.map("D{}".format)
    ),
    "ID": st.builds(encode_id, KINDS, NUMBERS),
    "Date": st.dates(UNTIL.date().replace(day=1), UNTIL.date()).map(str),
    "DateTime": st.sampled_from(["2026-02-27T00:00:00Z", "2026-03-02T08:00:00+01:00"]),
    "JSON": st.just("{}"),
}
CURSORS = frozenset({"after", "before"})


class ContextOfThen(Context):
    """The clock stands where the data end."""

    def now(self) -> datetime:
        return UNTIL


@pytest.fixture(scope="module")
async def context(servers: Settings) -> AsyncIterator[ContextOfThen]:
    """Who asks in a database of its own: the other tests want theirs empty."""
    async with new_database(servers) as told:
        database = await Database.open(told.postgresql_url())
        try:
            await migrate(database)
            client = await create_client(database, code="ACME", name="Acme", now=UNTIL)
            async with database.connection_across_clients() as sql:
                await fill(sql, client_id=client.id, orders=ORDERS)
            yield ContextOfThen(
                database=database,
                authority=Authority(client_id=client.id, role=Role.ADMIN, actor="tests"),
                groups=Groups(Feed(database=database, redis=FakeAsyncRedis())),
                request_id="tests",
            )
        finally:
            await database.close()
            # What graphql-core has forgotten is found now, and by no other test.
            gc.collect()


def is_our_mistake(result: ExecutionResult) -> bool:
    return any((error.extensions or {}).get("code") == INTERNAL for error in result.errors or ())


@settings(suppress_health_check=list(HealthCheck))
@given(documents(schema._schema, LEAVES, given=lambda name: name not in CURSORS))
async def test_queries_are_answered_as_graphql_core_answers_them(
    context: ContextOfThen, document: Document
) -> None:
    ours, theirs = [await answer(executed, document, context) for executed in (schema, GRAPHQL_CORE)]

    assert_equal_but_for_races(ours, theirs)
    assert not is_our_mistake(ours)
    event(f"{'some' if theirs.data else 'no'} data, {'some' if theirs.errors else 'no'} errors")
