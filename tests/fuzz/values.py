"""Values of any kind, and GraphQL requests that are well-formed and that are not."""

from __future__ import annotations

from hypothesis import strategies as st

LARGEST = 1 << 16
"""Bytes of a body at most, in these tests."""

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# Infinity and NaN are Python's: JSON has no such numbers.
_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)

QUERIES = st.sampled_from(
    [
        "{ client { code } }",
        "{ orders(first: 2) { totalCount nodes { number lines { nodes { open } } } } }",
        "{ node(id: \"T3JkZXI6MQ\") { id } }",
        "subscription { orderChanged { cursor cause order { number } } }",
        "subscription S($after: String) { orderChanged(after: $after) { cursor } }",
        "subscription { stockLevelChanged { cursor } }",
        "subscription { bulkOperationProgress(id: \"x\") { cursor } }",
        "subscription { orderChanged { cursor } again: orderChanged { cursor } }",
        "subscription { __typename }",
        "mutation { loadSalesOrderCancel(salesOrderNumber: \"SO-1\") { userErrors { code } } }",
        "query A { client { code } } query B { client { code } }",
        "query ($n: Int!) { orders(first: $n) { totalCount } }",
        "{ unknown }",
        "{ client",
        "",
        "#",
        "{ " + "client { " * 400 + "code" + " }" * 401,
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ __schema { types { name } } }",
    ]
)  # fmt: skip

PAYLOADS = st.fixed_dictionaries(
    {"query": QUERIES | ANY_TEXT | ANY_JSON},
    optional={
        "variables": ANY_JSON
        | st.fixed_dictionaries({}, optional={"after": ANY_JSON, "n": st.integers() | ANY_JSON}),
        "operationName": st.sampled_from(["A", "B", "", "C"]) | ANY_JSON,
        "extensions": ANY_JSON
        | st.fixed_dictionaries(
            {
                "persistedQuery": ANY_JSON
                | st.fixed_dictionaries({"version": st.just(1), "sha256Hash": ANY_TEXT | st.just("0" * 64)})
            }
        ),
        "documentId": ANY_JSON | ANY_TEXT,
    },
)
OPERATIONS = st.fixed_dictionaries(
    {"query": QUERIES}, optional={"variables": st.fixed_dictionaries({}, optional={"n": st.integers(0, 9)})}
)
