"""Which operation a document means, and which documents are too much."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from graphql import GraphQLError, get_introspection_query
from strawberry.types.graphql import OperationType

from api.schema import schema
from api.transport.documents import Documents
from api.transport.limits import Limits
from domain.settings import Settings

LIMITS = Limits.of(Settings())

chosen_operation = Documents(schema._schema, LIMITS).chosen_operation


def _refused(document: str) -> tuple[str, str]:
    with pytest.raises(GraphQLError) as refused:
        chosen_operation(document, None)
    assert refused.value.extensions
    return refused.value.extensions["code"], refused.value.message


def test_the_only_operation_needs_no_name() -> None:
    for document, name, expected in (
        ("{ a }", None, (None, OperationType.QUERY)),
        ("mutation M { a }", None, ("M", OperationType.MUTATION)),
        ("subscription S { a }", "S", ("S", OperationType.SUBSCRIPTION)),
    ):
        operation = chosen_operation(document, name)
        assert (operation.name, operation.type) == expected


def test_the_introspection_query_of_tools_is_not_too_much() -> None:
    document = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    assert chosen_operation(document, None).name == "IntrospectionQuery"


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "document", ["{{ orders(first: {}) {{ totalCount }} }}", "query ($n: Int = {}) {{ a }}"]
)
def test_a_number_too_long_to_be_read_is_refused(document: str, sign: str) -> None:
    assert _refused(document.format(sign + "9" * 5_000)) == (
        "DOCUMENT_TOO_COMPLEX",
        "A document has at most 1,000 digits in a number.",
    )
    chosen_operation(document.format(sign + "9" * 1_000), None)
    chosen_operation('{ order(number: "' + "9" * 5_000 + '") { id } }', None)


def test_an_operation_is_as_deep_as_its_fragments_make_it() -> None:
    def document(levels: int) -> str:
        half = levels // 2
        inner = "{ a " * (levels - half - 1) + "{ a }" + "}" * (levels - half - 1)
        return "{ a " * half + "{ ...F }" + "}" * half + f" fragment F on T {inner}"

    chosen_operation(document(LIMITS.document_depth), None)
    code, message = _refused(document(LIMITS.document_depth + 1))
    assert code == "DOCUMENT_TOO_COMPLEX"
    assert message == "Selections may be nested 20 levels deep."
    assert _refused("{ a " * 2_000 + "}" * 2_000)[0] in ("DOCUMENT_TOO_COMPLEX", "GRAPHQL_PARSE_FAILED")


def test_aliases_count_wherever_their_fragment_is_spread() -> None:
    fragment = "fragment F on T { x: a y: a }"
    fits = LIMITS.document_aliases // 2
    chosen_operation("{" + "...F " * fits + "}" + fragment, None)
    assert _refused("{" + "...F " * (fits + 1) + "}" + fragment)[0] == "DOCUMENT_TOO_COMPLEX"
    chosen_operation("query A {" + "...F " * fits + "} query B { ...F }" + fragment, "B")


def test_fragments_that_double_each_other_are_refused_at_once() -> None:
    doubling = "".join(f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }} " for n in range(99))
    # Of this thread: what else the machine does meanwhile takes none of it.
    began = time.thread_time()
    assert _refused("{ ...F0 } " + doubling + "fragment F99 on T { a }") == (
        "DOCUMENT_TOO_COMPLEX",
        "An operation may select 5,000 fields, those in its fragments included.",
    )
    assert time.thread_time() - began < 0.5


def test_fragments_that_spread_themselves_are_left_to_validation() -> None:
    chosen_operation("{ ...A } fragment A on T { a ...B } fragment B on T { b ...A ...Unknown }", None)


def test_what_validation_compares_with_each_other_is_limited() -> None:
    fields = LIMITS.document_selections
    chosen_operation("{" + "a " * fields + "}", None)
    assert _refused("{" + "a " * (fields + 1) + "}") == (
        "DOCUMENT_TOO_COMPLEX",
        "A document may have 300 fields of one name, or spreads.",
    )
    assert _refused("{" + "x: a " * (fields + 1) + "}")[0] == "DOCUMENT_TOO_COMPLEX"
    assert _refused("{" + "a b " * (fields - 1) + "}")[0] == "DOCUMENT_TOO_COMPLEX"
    assert _refused("{" + "... { a } " * (fields + 1) + "}")[0] == "DOCUMENT_TOO_COMPLEX"
    assert _refused("{ b } fragment F on T {" + "a " * fields + "}")[0] == "DOCUMENT_TOO_COMPLEX"
    fragments = "".join(
        f"fragment F{n} on T {{ ...F{n + 1} }} " for n in range(LIMITS.document_fragments + 1)
    )
    assert _refused("{ ...F0 }" + fragments) == (
        "DOCUMENT_TOO_COMPLEX",
        "A document may have 100 fragments.",
    )


def test_a_document_may_ask_for_many_different_fields() -> None:
    fields = LIMITS.document_selections
    chosen_operation("{ " + " ".join(f"f{n}" for n in range(4 * fields)) + " }", None)
    # Four names, each half as often: pairs of them are as many as of one name.
    chosen_operation("{ " + "a b c d " * (fields // 2) + "}", None)
    assert _refused("{ " + "a b c d " * (fields // 2 + 1) + "}")[0] == "DOCUMENT_TOO_COMPLEX"


def test_documents_have_a_limited_length() -> None:
    assert _refused("{ a(" + " " * LIMITS.document_characters + ") }")[0] == "DOCUMENT_TOO_COMPLEX"
    assert _refused("{ a(x: [" + "1 " * LIMITS.document_tokens + "]) }") == (
        "GRAPHQL_PARSE_FAILED",
        f"Syntax Error: Document contains more than {LIMITS.document_tokens} tokens. Parsing aborted.",
    )


def test_directives_are_counted_wherever_they_stand() -> None:
    most = LIMITS.document_directives
    chosen_operation("query @a { a " + "@skip(if: false) " * (most - 1) + "}", None)
    assert _refused("query @a { a " + "@skip(if: false) " * most + "}") == (
        "DOCUMENT_TOO_COMPLEX",
        "A document may have 100 directives.",
    )


def test_the_schema_is_not_told_where_introspection_is_off() -> None:
    documents = Documents(schema._schema, replace(LIMITS, introspection=False))
    documents.chosen_operation("{ orders { nodes { __typename } } }", None)
    for document in (
        "{ __schema { types { name } } }",
        '{ ... { __type(name: "Order") { name } } }',
        "{ ...F } fragment F on Query { x: __schema { types { name } } }",
    ):
        with pytest.raises(GraphQLError) as refused:
            documents.chosen_operation(document, None)
        assert (refused.value.extensions or {})["code"] == "INTROSPECTION_DISABLED"
