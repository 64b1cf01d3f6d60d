"""What of the schema the clients rest on, as a text: `make clients` writes it beside the generated code.

While it stays as it is, what was generated is what would be generated: changes of the schema elsewhere need
no new client.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    InlineFragmentNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    visit,
)
from graphql.language import VariableDefinitionNode
from graphql.utilities import strip_ignored_characters

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "clients" / "operations.graphql"
USED = ROOT / "clients" / "python" / "generated-from.txt"


class _Uses(Visitor):
    """Fields with their types, and the enums and inputs that operations name."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.fields: set[str] = set()
        self.types: dict[str, GraphQLNamedType] = {}

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, type_ = self._info.get_parent_type(), self._info.get_type()
        if parent is not None and type_ is not None:
            self.fields.add(f"{parent.name}.{node.name.value}: {type_}")
            self._note(get_named_type(type_))

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        self.fields.add(f"... on {self._info.get_type()}")

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        type_ = self._info.get_input_type()
        if type_ is not None:
            self._note(get_named_type(type_))

    def _note(self, type_: GraphQLNamedType) -> None:
        if type_.name in self.types or not isinstance(type_, GraphQLEnumType | GraphQLInputObjectType):
            return
        self.types[type_.name] = type_
        if isinstance(type_, GraphQLInputObjectType):
            for field in type_.fields.values():
                self._note(get_named_type(field.type))


def used_schema() -> str:
    """The operations, every field they select, every enum and input they take or get."""
    operations = OPERATIONS.read_text()
    schema = build_schema((ROOT / "schema.graphql").read_text())
    info = TypeInfo(schema)
    uses = _Uses(info)
    visit(parse(operations), TypeInfoVisitor(info, uses))
    types = [_told(uses.types[name]) for name in sorted(uses.types)]
    return "\n".join((strip_ignored_characters(operations), *sorted(uses.fields), *types)) + "\n"


def _told(type_: GraphQLNamedType) -> str:
    """The type without its descriptions, of which nothing is generated."""
    if isinstance(type_, GraphQLEnumType):
        return f"enum {type_.name} {{ {' '.join(type_.values)} }}"
    assert isinstance(type_, GraphQLInputObjectType)
    fields = (f"{name}: {field.type}" for name, field in type_.fields.items())
    return f"input {type_.name} {{ {', '.join(fields)} }}"


if __name__ == "__main__":
    sys.stdout.write(used_schema())
