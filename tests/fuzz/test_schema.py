"""Operations made from the schema: what is refused is told as data, and nothing is our own mistake.

schemathesis makes them, for each field of Query and Mutation with values of every type; what comes of them is
judged here. Its own check takes every entry of `errors` for a defect, except those of validation; but a query
that asks for what can't be has no other place for its refusal, which then names the argument. A mutation has:
`userErrors`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from domain.bootstrap import create_token
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import Role
from tests.api.transport.serving import NOW, Server
from tests.fuzz.examples import examples
from tests.fuzz.watching import Watch

pytestmark = pytest.mark.anyio

_SCHEMA = schemathesis.graphql.from_path(Path(__file__).parents[2] / "schema.graphql")
_FIELDS = [found.ok() for found in _SCHEMA.get_all_operations() if isinstance(found, Ok)]
_OPERATIONS: st.SearchStrategy[Any] = st.sampled_from(_FIELDS).flatmap(lambda field: field.as_strategy())


@pytest.fixture
async def admin(server: Server) -> str:
    """A token that may do everything, so that nothing is refused for its role."""
    return await create_token(
        server.database, client_id=server.client.id, role=Role.ADMIN, label="admin", now=NOW
    )


@given(operation=_OPERATIONS)
@examples(60)
async def test_every_operation_of_the_schema_is_answered(
    server: Server, watch: Watch, admin: str, operation: Any
) -> None:
    async with watch.example():
        answer = await server.post({"query": operation.body}, Authorization=f"Bearer {admin}")
        assert answer.status_code in (200, 400), (answer.status_code, answer.text)
        told = answer.json()
        if "data" not in told:
            # Nothing was executed: schemathesis doesn't know of inputs that take one field of several.
            assert all(error["message"] and "path" not in error for error in told["errors"]), told
            return
        for error in told.get("errors", []):
            assert not operation.body.startswith("mutation"), (operation.body, error)
            assert error["extensions"]["code"] in set(ErrorCode), (operation.body, error)
