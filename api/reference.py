"""The schema as a page for people: docs/reference.md is made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

_HEAD = """# API reference

Everything the API has, made from [schema.graphql](../schema.graphql) by `make schema.graphql`. How things
belong together is told in [how it works](how-it-works.md), and shown in the
[walkthroughs](walkthroughs/README.md).

[Queries](#queries) · [Mutations](#mutations) · [Subscriptions](#subscriptions) · [Objects](#objects) ·
[Interfaces](#interfaces) · [Unions](#unions) · [Inputs](#inputs) · [Enums](#enums) · [Scalars](#scalars)"""

_ROOTS = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}

_KINDS: dict[str, type[TypeDefinitionNode]] = {
    "Objects": ObjectTypeDefinitionNode,
    "Interfaces": InterfaceTypeDefinitionNode,
    "Unions": UnionTypeDefinitionNode,
    "Inputs": InputObjectTypeDefinitionNode,
    "Enums": EnumTypeDefinitionNode,
    "Scalars": ScalarTypeDefinitionNode,
}


def reference(sdl: str) -> str:
    """A Markdown page on every operation and type of a schema in its text form, described and linked."""
    return _Page(sdl).text()


class _Page:
    def __init__(self, sdl: str) -> None:
        self._types = {
            node.name.value: node for node in parse(sdl).definitions if isinstance(node, TypeDefinitionNode)
        }
        # In the order of the page: names that differ in case only are told apart by a number, as GitHub does.
        self._anchors: dict[str, str] = {}
        seen: Counter[str] = Counter()
        for _, node in self._by_kind():
            anchor = node.name.value.lower()
            self._anchors[node.name.value] = f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor
            seen[anchor] += 1

    def text(self) -> str:
        parts = [_HEAD]
        for name, title in _ROOTS.items():
            parts.append(f"## {title}")
            root = self._types[name]
            assert isinstance(root, ObjectTypeDefinitionNode)  # noqa: S101 - roots are objects
            fields = sorted(root.fields or (), key=lambda field: field.name.value)
            parts += (self._operation(name.lower(), field) for field in fields)
        for title, nodes in groupby(self._by_kind(), key=itemgetter(0)):
            parts.append(f"## {title}")
            parts += (self._type(node) for _, node in nodes)
        return "\n\n".join(parts) + "\n"

    def _by_kind(self) -> Iterator[tuple[str, TypeDefinitionNode]]:
        for title, kind in _KINDS.items():
            for name in sorted(self._types.keys() - _ROOTS.keys()):
                if isinstance(self._types[name], kind):
                    yield title, self._types[name]

    def _operation(self, kind: str, field: FieldDefinitionNode) -> str:
        # With its kind, for a query and its type often have the same name, and so would have one anchor.
        heading = f"### {kind} {field.name.value}"
        arguments = f"\n\n{self._members('argument', field.arguments)}" if field.arguments else ""
        return f"{heading}\n\n{_text(field.description)}\n\nAnswers {self._link(field.type)}.{arguments}"

    def _type(self, node: TypeDefinitionNode) -> str:
        content = self._content(node)
        return f"### {node.name.value}\n\n{_text(node.description)}" + (f"\n\n{content}" if content else "")

    def _content(self, node: TypeDefinitionNode) -> str:
        if isinstance(
            node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode
        ):
            return self._members("field", node.fields)
        if isinstance(node, EnumTypeDefinitionNode):
            rows = [(f"`{value.name.value}`", _cell(value.description)) for value in node.values or ()]
            return _table(("value", "meaning"), rows)
        if isinstance(node, UnionTypeDefinitionNode):
            return f"One of {', '.join(self._link(member) for member in node.types or ())}."
        return ""

    def _members(
        self, what: str, members: Sequence[FieldDefinitionNode | InputValueDefinitionNode] | None
    ) -> str:
        rows = [
            (f"`{member.name.value}{_given(member)}`", self._link(member.type), _cell(member.description))
            for member in members or ()
        ]
        return _table((what, "type", "meaning"), rows)

    def _link(self, node: TypeNode) -> str:
        anchor, text = self._anchors.get(_name(node)), print_ast(node)
        return f"`{text}`" if anchor is None else f"[`{text}`](#{anchor})"


def _given(member: FieldDefinitionNode | InputValueDefinitionNode) -> str:
    """The names of a field's arguments, or an argument's default."""
    if isinstance(member, InputValueDefinitionNode):
        return f" = {print_ast(member.default_value)}" if member.default_value else ""
    names = [argument.name.value for argument in member.arguments or ()]
    return f"({', '.join(names)})" if names else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _name(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    assert isinstance(node, NamedTypeNode)  # noqa: S101 - what is left of a type without its wrappers
    return node.name.value


def _text(description: StringValueNode | None) -> str:
    return description.value.strip() if description else ""


def _cell(description: StringValueNode | None) -> str:
    return " ".join(_text(description).split()).replace("|", "\\|")
