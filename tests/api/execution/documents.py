"""Random documents over any schema: selections, aliases, fragments, arguments, variables, directives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_union_type,
)
from hypothesis import strategies as st

FieldFilter = Callable[[str], bool]


@dataclass
class Document:
    """A document with values for its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Writer:
    draw: st.DrawFn
    schema: GraphQLSchema
    allowed: FieldFilter
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    names: int = 0

    def name(self, start: str) -> str:
        self.names += 1
        return f"{start}{self.names}"

    def some(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent

    # ------------------------------------------------------------ output

    def selection(self, type_: Any, depth: int) -> str:
        parts = [self.part(type_, depth) for _ in range(self.draw(st.integers(1, 4)))]
        return "{ " + " ".join(parts) + " }"

    def part(self, type_: Any, depth: int) -> str:
        kind = self.draw(st.integers(0, 9))
        if kind == 0 and depth > 0:
            return f"...{self.condition(type_)}{self.directives()} {self.selection(type_, depth - 1)}"
        if kind == 1 or (is_abstract_type(type_) and kind < 5):
            narrow = self.narrower(type_)
            return f"... on {narrow.name}{self.directives()} {self.selection(narrow, depth - 1)}"
        if kind == 2 and depth > 0:
            return f"...{self.fragment(self.narrower(type_), depth)}{self.directives()}"
        if kind == 3 or is_union_type(type_):
            return f"{self.name('t')}: __typename" if self.some(50) else "__typename"
        return self.field(type_, depth)

    def condition(self, type_: Any) -> str:
        return f" on {type_.name}" if self.some(50) else ""

    def narrower(self, type_: Any) -> Any:
        if not is_abstract_type(type_):
            return type_
        return self.draw(st.sampled_from([*self.schema.get_possible_types(type_), type_]))

    def fragment(self, type_: Any, depth: int) -> str:
        known = [name for name, text in self.fragments.items() if f" on {type_.name} " in text]
        if known and self.some(50):
            return self.draw(st.sampled_from(known))
        name = self.name("F")
        self.fragments[name] = f"fragment {name} on {type_.name} {self.selection(type_, depth - 1)}"
        return name

    def field(self, type_: Any, depth: int) -> str:
        names = [
            name
            for name, candidate in type_.fields.items()
            if self.allowed(name) and (depth > 0 or not is_composite_type(get_named_type(candidate.type)))
        ]
        if not names:
            return "__typename"
        name = self.draw(st.sampled_from(names))
        candidate = type_.fields[name]
        arguments = self.arguments(candidate)
        alias = f"{self.name('a')}: " if arguments or self.some(20) else ""
        named = get_named_type(candidate.type)
        below = f" {self.selection(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{alias}{name}{arguments}{self.directives()}{below}"

    def directives(self) -> str:
        if not self.some(12):
            return ""
        directive = self.draw(st.sampled_from(["skip", "include"]))
        return f" @{directive}(if: {self.value(self.schema.type_map['Boolean'], required=True)})"

    # ------------------------------------------------------------ input

    def arguments(self, candidate: GraphQLField) -> str:
        parts = []
        for name, argument in candidate.args.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if required or self.some(40):
                parts.append(f"{name}: {self.value(argument.type)}")
        return f"({', '.join(parts)})" if parts else ""

    def value(self, type_: Any, *, required: bool = False) -> str:
        """A literal of the type, or a variable."""
        if self.some(40):
            return self.variable(GraphQLNonNull(type_) if required else type_)
        return self.literal(type_ if not required else GraphQLNonNull(type_))

    def variable(self, type_: Any) -> str:
        name = self.name("v")
        default = ""
        if self.some(30):
            default = f" = {self.literal(type_)}"
        self.definitions.append(f"${name}: {type_}{default}")
        if not (default and self.some(50)):
            nullable = not isinstance(type_, GraphQLNonNull)
            if not (nullable and self.some(20)):
                self.variables[name] = self.json(type_)
        return f"${name}"

    def literal(self, type_: Any) -> str:
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.some(15):
            return "null"
        if isinstance(type_, GraphQLList):
            values = [self.literal(type_.of_type) for _ in range(self.draw(st.integers(0, 2)))]
            return f"[{', '.join(values)}]"
        if isinstance(type_, GraphQLInputObjectType):
            values = [f"{name}: {self.literal(input_)}" for name, input_ in self.chosen(type_)]
            return f"{{{', '.join(values)}}}"
        if isinstance(type_, GraphQLEnumType):
            return str(self.draw(st.sampled_from(list(type_.values))))
        return json.dumps(self.leaf(type_.name))

    def json(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.some(15):
            return None
        if isinstance(type_, GraphQLList):
            return [self.json(type_.of_type) for _ in range(self.draw(st.integers(0, 2)))]
        if isinstance(type_, GraphQLInputObjectType):
            return {name: self.json(input_) for name, input_ in self.chosen(type_)}
        if isinstance(type_, GraphQLEnumType):
            return "UNKNOWN" if self.some(1) else self.draw(st.sampled_from(list(type_.values)))
        return self.leaf(type_.name)

    def chosen(self, type_: GraphQLInputObjectType) -> list[tuple[str, Any]]:
        names = list(type_.fields)
        if type_.extensions["strawberry-definition"].is_one_of:
            name = self.draw(st.sampled_from(names))
            return [(name, GraphQLNonNull(type_.fields[name].type))]
        return [
            (name, input_.type)
            for name, input_ in type_.fields.items()
            if isinstance(input_.type, GraphQLNonNull) or self.some(40)
        ]

    def leaf(self, name: str) -> Any:
        strategies: dict[str, st.SearchStrategy[Any]] = {
            "Int": st.integers(-3, 20),
            "Float": st.sampled_from([0.5, 2, -1.25]),
            "Boolean": st.booleans(),
            "String": st.sampled_from(["", "word", 'quo"ted', "Ümlaut"]),
            "ID": st.sampled_from(["b1", "17"]),
            "Isbn": st.sampled_from(["978", "979"]),
            "Date": st.just("2026-11-22"),
            "DateTime": st.sampled_from(["2026-11-22T10:00:00Z", "2026-11-22T10:00:00+01:00"]),
            "Decimal": st.just("1.50"),
        }
        return self.draw(strategies[name])


@st.composite
def documents(
    draw: st.DrawFn, schema: GraphQLSchema, *, operation: str = "query", allowed: FieldFilter = lambda _: True
) -> Document:
    """A document with one operation; it may break rules of validation that concern merged fields."""
    writer = _Writer(draw, schema, allowed)
    root = {"query": schema.query_type, "mutation": schema.mutation_type}[operation]
    selection = writer.selection(root, draw(st.integers(1, 4)))
    definitions = f"({', '.join(writer.definitions)})" if writer.definitions else ""
    text = "\n".join([f"{operation} Random{definitions} {selection}", *writer.fragments.values()])
    return Document(text, writer.variables)
