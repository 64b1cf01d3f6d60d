"""What operations cost before they are executed: objects, page sizes multiplied."""

from __future__ import annotations

import time
from typing import Any

import pytest

from api.schema import schema
from api.transport.documents import Documents
from api.transport.limits import Limits
from domain.settings import Settings

documents = Documents(schema._schema, Limits.of(Settings()))

LOAD = """
mutation ($input: [SalesOrderInput!]!) {
  loadSalesOrders(input: $input) { orders { id } userErrors { code } }
}
"""

BOTH_WAYS = "query ($first: Int = 7, $last: Int) { orders(first: $first, last: $last) { nodes { id } } }"


@pytest.mark.parametrize(
    ("document", "variables", "points"),
    [
        ("{ __typename }", {}, 0),
        ("{ client { code name } }", {}, 1),
        ("{ client { settings { holdHours } } }", {}, 2),
        # The connection, and each of its nodes.
        ("{ orders(first: 10) { nodes { id } } }", {}, 1 + 10),
        ("{ orders(last: 10) { nodes { id } } }", {}, 1 + 10),
        ("{ orders { nodes { id } } }", {}, 1 + 50),
        ("{ orders(first: 10) { edges { node { id } cursor } } }", {}, 1 + 10 * 2),
        ("{ orders(first: 0) { pageInfo { hasNextPage } totalCount } }", {}, 1 + 1 + 10),
        # Pages in pages multiply.
        (
            "{ orders(first: 10) { nodes { lines(first: 5) { nodes { sku { code } } } } } }",
            {},
            1 + 10 * (1 + 1 + 5 * 2),
        ),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": 7}, 1 + 7),
        ("query ($n: Int = 3) { orders(first: $n) { nodes { id } } }", {}, 1 + 3),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": None}, 1 + 50),
        # What is out of bounds is refused by whoever reads the page.
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": 10**9}, 1 + 500),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": -5}, 1),
        ("{ orders(first: 99999999999) { nodes { id } } }", {}, 1 + 500),
        ("{ orders(first: -1000000) { nodes { id } } }", {}, 1),
        ("query ($n: Int = -5) { orders(first: $n) { nodes { id } } }", {}, 1),
        ("query ($n: Int = -5) { orders(first: $n) { nodes { id } } }", {"n": None}, 1 + 50),
        # JSON may write a whole number with a point.
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": 500.0}, 1 + 500),
        # Who names all arguments in one document says null for those that are not meant.
        ("{ orders(first: null, last: 500) { nodes { id } } }", {}, 1 + 500),
        ("{ orders(first: 500, last: null) { nodes { id } } }", {}, 1 + 500),
        (BOTH_WAYS, {"first": None, "last": 500}, 1 + 500),
        (BOTH_WAYS, {"first": 500, "last": None}, 1 + 500),
        (BOTH_WAYS, {"last": 500}, 1 + 500),
        (BOTH_WAYS, {}, 1 + 7),
        (BOTH_WAYS, {"first": None}, 1 + 50),
        ("query ($n: Int = 1) { orders(first: $n) { nodes { id } } }", {"n": None}, 1 + 50),
        # The page's size stands on the field around the connection.
        ("{ backlogOrders(first: 20) { orders { nodes { id } } } }", {}, 1 + 1 + 20),
        # Lists without pages: as many as are named, or a few.
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 3),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 40}, 40),
        # What the document says they are when nobody says otherwise.
        ('query ($ids: [ID!]! = ["a", "b", "c"]) { nodes(ids: $ids) { id } }', {}, 3),
        ('query ($ids: [ID!]! = ["a", "b", "c"]) { nodes(ids: $ids) { id } }', {"ids": ["a"]}, 1),
        ('query ($ids: [ID!]! = "a") { nodes(ids: $ids) { id } }', {}, 1),
        ("{ processorSchedules { cron } }", {}, 5),
        # Those of which so many can be asked for, too.
        ("{ mostBackOrdered(first: 20) { day } }", {}, 20),
        (
            'query ($n: Int) { node(id: "x") { ... on AllocationPlan { '
            "changes(first: $n, effects: [GAINED]) { rank } } } }",
            {"n": 200},
            1 + 200,
        ),
        # Fragments cost where they are spread.
        (
            "{ a: orders(first: 2) { ...P } b: orders(first: 3) { ...P } } "
            "fragment P on OrderConnection { nodes { ...O } } "
            "fragment O on Order { distributionCenter { code } }",
            {},
            1 + 2 * 2 + 1 + 3 * 2,
        ),
        ('{ node(id: "x") { ... on Order { lines(first: 4) { nodes { id } } } } }', {}, 1 + 1 + 4),
        # A mutation, an item of its input, and what it answers.
        (LOAD, {"input": [{}] * 1000}, 10 + 1000 + 1 + 5 + 5),
        # What validation refuses costs nothing.
        ("{ unknown { nodes { id } } ...Unknown }", {}, 0),
    ],
)
def test_the_points_of_an_operation(document: str, variables: dict[str, Any], points: int) -> None:
    assert documents.chosen_operation(document, None).cost.of(variables) == points


def test_a_request_of_a_known_document_costs_next_to_nothing_to_price() -> None:
    cost = documents.chosen_operation(
        "query ($n: Int) { orders(first: $n) { nodes { lines(first: $n) { nodes { sku { code } } } } } }",
        None,
    ).cost
    # Of this thread: what else the machine does meanwhile takes none of it.
    began = time.thread_time()
    for _ in range(1_000):
        cost.of({"n": 50})
    assert time.thread_time() - began < 0.5


def test_fragments_that_multiply_each_other_are_priced_at_once() -> None:
    chain = "".join(
        f"fragment F{n} on Order {{ lines {{ nodes {{ order {{ ...F{n + 1} }} }} }} }} " for n in range(4)
    )
    began = time.thread_time()
    cost = documents.chosen_operation(
        "{ orders { nodes { ...F0 ...F0 } } } " + chain + "fragment F4 on Order { id }", None
    ).cost
    assert cost.of({}) > 10**6
    assert time.thread_time() - began < 0.5
