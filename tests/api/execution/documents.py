"""Random documents over any schema: selections, aliases, fragments, arguments, variables, directives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
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

NameFilter: TypeAlias = Callable[[str], bool]
Leaves: TypeAlias = Mapping[str, st.SearchStrategy[Any]]
"""The values that leaves of input may have, by the names of their types."""

OTHER = "query Other { __typename }"
"""A second operation."""

WRONG = st.sampled_from([True, -7, 2**40, 1.5, "word", [], {"odd": 1}])
"""Values of which most types can make nothing."""


@dataclass
class Document:
    """A document with values for its variables, and which of its operations is meant."""

    text: str
    variables: dict[str, Any]
    operation_name: str | None = None

    @property
    def is_ambiguous(self) -> bool:
        """Whether nothing says which of several operations is meant, which transports refuse."""
        return self.operation_name is None and OTHER in self.text


@dataclass(frozen=True)
class _Head:
    """A field up to its selection: it may be asked for again, and is merged then."""

    text: str
    type: Any


@dataclass
class _Writer:
    draw: st.DrawFn
    schema: GraphQLSchema
    leaves: Leaves
    allowed: NameFilter
    given: NameFilter
    definitions: dict[str, str] = field(default_factory=dict)
    defined: dict[str, list[str]] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    heads: dict[str, list[_Head]] = field(default_factory=dict)
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
        known = [head for head in self.heads.get(type_.name, ()) if depth > 0 or not head.type]
        if known and self.some(15):
            head = self.draw(st.sampled_from(known))
            return f"{head.text}{self.directives()}{self.below(head.type, depth)}"
        if type_.name == "Query" and self.some(2):
            return f'{self.name("i")}: __type(name: "Query") {{ name }}'
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
        head = _Head(f"{alias}{name}{arguments}", named if is_composite_type(named) else None)
        self.heads.setdefault(type_.name, []).append(head)
        return f"{head.text}{self.directives()}{self.below(head.type, depth)}"

    def below(self, type_: Any, depth: int) -> str:
        return f" {self.selection(type_, depth - 1)}" if type_ else ""

    def directives(self) -> str:
        if not self.some(12):
            return ""
        boolean = GraphQLNonNull(GraphQLBoolean)
        chosen = self.draw(st.sampled_from([("skip",), ("include",), ("skip", "include")]))
        return "".join(f" @{directive}(if: {self.value(boolean)})" for directive in chosen)

    # ------------------------------------------------------------ input

    def arguments(self, candidate: GraphQLField) -> str:
        parts = []
        for name, argument in candidate.args.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if required or (self.given(name) and self.some(40)):
                parts.append(f"{name}: {self.value(argument.type)}")
        return f"({', '.join(parts)})" if parts else ""

    def value(self, type_: Any, *, variables: int = 40) -> str:
        """A literal of the type, or, with that probability, a variable."""
        return self.variable(type_) if self.some(variables) else self.literal(type_, variables=variables // 4)

    def variable(self, type_: Any) -> str:
        known = self.defined.setdefault(str(type_), [])
        if known and self.some(25):
            return self.draw(st.sampled_from(known))
        if not isinstance(type_, GraphQLNonNull) and self.some(10):
            return self.variable(GraphQLNonNull(type_))
        name = self.name("v")
        if isinstance(type_, GraphQLNonNull) and self.some(10):
            return self.with_default(name, type_.of_type)
        default = f" = {self.literal(type_, variables=0)}" if self.some(30) else ""
        self.definitions[name] = f"${name}: {type_}{default}"
        known.append(f"${name}")
        may_be_absent = default or not isinstance(type_, GraphQLNonNull)
        if not self.some(35 if may_be_absent else 1):
            self.variables[name] = self.draw(WRONG) if self.some(1) else self.json(type_)
        return f"${name}"

    def with_default(self, name: str, type_: Any) -> str:
        """A variable that may stand where no null may be, for it has a default; null may be given for it."""
        self.definitions[name] = f"${name}: {type_} = {self.literal(GraphQLNonNull(type_), variables=0)}"
        if self.some(70):
            self.variables[name] = self.json(type_)
        return f"${name}"

    def literal(self, type_: Any, *, variables: int) -> str:
        """A literal, in which variables may stand for items and fields."""
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.some(15):
            return "null"
        if isinstance(type_, GraphQLList):
            if self.some(10):
                return self.literal(type_.of_type, variables=variables)
            count = self.draw(st.integers(0, 2))
            values = [self.value(type_.of_type, variables=variables) for _ in range(count)]
            return f"[{', '.join(values)}]"
        if isinstance(type_, GraphQLInputObjectType):
            values = [
                f"{name}: {self.value(input_, variables=variables)}" for name, input_ in self.chosen(type_)
            ]
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
            if self.some(10):
                return self.json(type_.of_type)
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
            if isinstance(input_.type, GraphQLNonNull) or (self.given(name) and self.some(40))
        ]

    def leaf(self, name: str) -> Any:
        return self.draw(self.leaves[name])


def everything(_name: str) -> bool:
    """Allows every name."""
    return True


@st.composite
def documents(
    draw: st.DrawFn,
    schema: GraphQLSchema,
    leaves: Leaves,
    *,
    operation: str = "query",
    allowed: NameFilter = everything,
    given: NameFilter = everything,
) -> Document:
    """A document; it may break rules of validation that concern merged fields.

    It asks for fields that are `allowed`, and gives arguments and input fields that are not required if they
    are `given`. A subscription asks for one field.
    """
    writer = _Writer(draw, schema, leaves, allowed, given)
    root = {
        "query": schema.query_type,
        "mutation": schema.mutation_type,
        "subscription": schema.subscription_type,
    }[operation]
    depth = draw(st.integers(1, 4))
    if operation == "subscription":
        selection = f"{{ {writer.field(root, depth)} }}"
    else:
        selection = writer.selection(root, depth)
    definitions = f"({', '.join(writer.definitions.values())})" if writer.definitions else ""
    parts = [f"{operation} Random{definitions} {selection}", *writer.fragments.values()]
    if not writer.some(10):
        return Document("\n".join(parts), writer.variables)
    parts.insert(draw(st.integers(0, len(parts))), OTHER)
    name = draw(st.sampled_from(["Random", "Random", "Random", "Other", "Missing", None]))
    if name == "Other":
        writer.variables["unknown"] = 1
    return Document("\n".join(parts), writer.variables, name)
