"""The reference in docs/ names everything that the schema has, and links to what is there."""

from __future__ import annotations

import re
from pathlib import Path

from graphql import GraphQLObjectType, is_introspection_type, is_specified_scalar_type

from api.reference import reference
from api.schema import schema

PAGE = reference(schema.as_str())


def test_every_type_and_operation_has_a_heading_and_every_field_a_row() -> None:
    headings = set(re.findall(r"^### (.+)$", PAGE, re.MULTILINE))
    rows = set(re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE))
    for name, type_ in schema._schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        if name in ("Query", "Mutation", "Subscription"):
            assert isinstance(type_, GraphQLObjectType)
            assert {f"{name.lower()} {field}" for field in type_.fields} <= headings
        else:
            assert name in headings
            assert set(getattr(type_, "fields", ())) <= rows


def test_every_link_leads_to_a_heading() -> None:
    anchors = set()
    for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE):
        anchor = heading.lower().replace(" ", "-")
        # As GitHub tells headings apart that have one anchor.
        anchors.add(f"{anchor}-1" if anchor in anchors else anchor)
    assert set(re.findall(r"\(#([^)]+)\)", PAGE)) <= anchors


def test_names_that_differ_only_in_case_are_told_apart() -> None:
    assert "[`BackOrderStatus!`](#backorderstatus)" in PAGE
    assert "[`BackorderStatus!`](#backorderstatus-1)" in PAGE


def test_the_page_that_is_checked_in_is_this_one() -> None:
    assert Path("docs/reference.md").read_text(encoding="utf-8") == PAGE
