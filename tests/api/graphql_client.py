"""A caller of the GraphQL API: the real schema over the real database, without a socket between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from api.context import Context
from api.execution.encoding import encoded
from api.realtime.groups import Groups
from api.schema import schema
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.store.database import Database


@dataclass(frozen=True, slots=True)
class GraphQLClient:
    """Executes documents as one client with one role."""

    database: Database
    groups: Groups
    client_id: int
    role: Role = Role.ADMIN

    async def execute(self, document: str, **variables: Any) -> dict[str, Any]:
        """The response as a client reads it: data, and errors when there are any."""
        result = await schema.execute(
            document,
            variable_values=variables,
            context_value=Context(
                database=self.database,
                authority=Authority(client_id=self.client_id, role=self.role, actor="tester"),
                groups=self.groups,
                request_id="test",
            ),
        )
        response: dict[str, Any] = {"data": result.data}
        if result.errors:
            response["errors"] = [error.formatted for error in result.errors]
        # As it goes over the wire, so that nothing passes here that could not be sent.
        decoded: dict[str, Any] = orjson.loads(encoded(response))
        return decoded

    async def data(self, document: str, **variables: Any) -> Any:
        """The data of a response that has no errors; of a single root field, its value."""
        response = await self.execute(document, **variables)
        assert "errors" not in response, response["errors"]
        data = response["data"]
        return next(iter(data.values())) if len(data) == 1 else data
