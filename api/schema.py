"""The GraphQL schema: `schema.graphql` is its printed form."""

from __future__ import annotations

from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.errors import presented
from api.execution.schema import BreadthFirstSchema
from api.mutations.root import Mutation
from api.queries.root import Query
from api.subscriptions.root import Subscription


class PublishedSchema(BreadthFirstSchema):
    """Our schema, which leaves logging errors to `presented`: expected ones are no news."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing."""


schema = PublishedSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    present=presented,
    config=StrawberryConfig(auto_camel_case=True),
)
