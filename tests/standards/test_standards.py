"""The standards, checked by what others wrote for that: audits, and the clients that programs use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Served
from tests.standards.node import ROOT, node, passed

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("standards")]

RELAY_EXCEPTIONS = {
    # How a store is connected to a marketplace; no page of a list, whatever its name ends with.
    ("relay-connection-types", "type StoreConnection implements Node {"),
    ("relay-arguments", "connection: StoreConnection"),
    ("relay-arguments", "storeConnections("),
    # The field above them has the arguments, as clients were promised: one page, and what belongs to it.
    ("relay-arguments", "orders: OrderConnection!"),
}
"""What the linter asks and the specification does not, or clients rely on: rule and line of the schema."""


async def test_every_audit_of_graphql_over_http_passes(packages: Path, served: Served) -> None:
    assert await passed("graphql_over_http.test.mjs", served=served) == 61


@pytest.mark.rule("F5")
async def test_the_client_of_graphql_transport_ws_works_with_it(packages: Path, served: Served) -> None:
    assert await passed("graphql_transport_ws.test.mjs", served=served) == 10


@pytest.mark.rule("F5")
async def test_the_client_of_graphql_sse_works_with_it(packages: Path, served: Served) -> None:
    assert await passed("graphql_sse.test.mjs", served=served) == 5


async def test_the_schema_is_one_that_relay_understands(packages: Path) -> None:
    eslint = packages / "eslint" / "bin" / "eslint.js"
    config = ROOT / "tests" / "standards" / "eslint.config.mjs"
    _, output = await node(eslint, "--format", "json", "--config", config, "schema.graphql")
    ((linted),) = json.loads(output)
    lines = (ROOT / "schema.graphql").read_text().splitlines()
    found = {
        (problem["ruleId"].removeprefix("@graphql-eslint/"), lines[problem["line"] - 1].strip())
        for problem in linted["messages"]
    }
    assert found == RELAY_EXCEPTIONS
