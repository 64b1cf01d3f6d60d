"""The GraphQL schema: `schema.graphql` is its printed form."""

from __future__ import annotations

from strawberry.schema.config import StrawberryConfig

from api.errors import PresentErrors
from api.execution.schema import BreadthFirstSchema
from api.mutations.root import Mutation
from api.queries.root import Query
from api.subscriptions.root import Subscription

schema = BreadthFirstSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[PresentErrors],
    config=StrawberryConfig(auto_camel_case=True),
)
