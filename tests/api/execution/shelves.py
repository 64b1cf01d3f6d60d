"""Data for any schema, made as it is read: the same for the same seed, and as faulty as wished."""

from __future__ import annotations

import datetime
import random
from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_nullable_type,
    is_abstract_type,
    is_nullable_type,
    is_object_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

RECORD = "|"

FAULTS: list[Any] = [None, None, {"odd": 1}, ValueError, [None], {}, -1.5, "word", 2**40]


class Shelves:
    """The context of a request: makes rows by GraphQL type and key, and keeps a log for mutations."""

    def __init__(self, schema: GraphQLSchema, *, seed: int, faults: float) -> None:
        self.schema = schema
        self.seed = seed
        self.faults = faults
        self.log: list[str] = []

    def row(self, type_name: str, key: object) -> Any:
        return self.value(self.schema.type_map[type_name], f"{self.seed}:{type_name}:{key}")

    def value(self, type_: Any, key: str) -> Any:
        """A value of the GraphQL type, or now and then something else."""
        dice = random.Random(key)  # noqa: S311
        if dice.random() < self.faults:
            fault = dice.choice(FAULTS)
            return ValueError("a faulty value") if fault is ValueError else fault
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, key + "!")
        if dice.random() < 0.1:
            return None
        if isinstance(type_, GraphQLList):
            items = [self.value(type_.of_type, f"{key}/{index}") for index in range(dice.randrange(4))]
            return dice.choice([items, tuple(items), deque(items)])
        if is_abstract_type(type_):
            return self.value(dice.choice(self.schema.get_possible_types(type_)), key + "~")
        if is_object_type(type_):
            if type_.name.endswith("Connection"):
                return AttributeRow(self, type_, key)
            row = Row(self, type_, key)
            # What such a record holds are plain rows: it has to have all of it at once.
            return row if self.seed % 2 or RECORD in key else record_of(row, type_, key)
        if isinstance(type_, GraphQLEnumType):
            value = dice.choice(list(type_.values.values())).value
            return dice.choice([value, type_.wrapped_cls(value)])  # type: ignore[attr-defined]
        instant = datetime.datetime(2026, 3, 29, 1, 2, 3, dice.randrange(2) * 4567, tzinfo=datetime.UTC)
        leaves = {
            "String": f"text {dice.randrange(100)}",
            "ID": f"id{dice.randrange(100)}",
            "Int": dice.choice([dice.randrange(-5, 100), True, 3.0]),
            "Float": dice.choice([dice.random(), 2, 1e300]),
            "Boolean": dice.random() < 0.5,
            "DateTime": instant.astimezone(datetime.timezone(datetime.timedelta(hours=dice.randrange(3)))),
            "Date": instant.date(),
            "Isbn": dice.choice(["978", "", "979"]),
            "JSON": {"list": [1, "two", None]},
        }
        return leaves[type_.name]

    def field(self, type_: GraphQLObjectType, name: str, key: str) -> Any:
        """The value of the field with this python name."""
        for field in type_.fields.values():
            if field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name == name:
                return self.value(field.type, f"{key}.{name}")
        raise KeyError(name)


class Row(dict[str, Any]):
    """A mapping whose values are made when asked for."""

    def __init__(self, shelves: Shelves, type_: GraphQLObjectType, key: str) -> None:
        super().__init__({"__typename": type_.name})
        self._source = shelves, type_, key
        for name, field in type_.fields.items():
            declared = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
            if getattr(declared, "along", None) is not None:
                self._bring(declared.python_name, field.type, f"{key}.{name} comes along")

    def _bring(self, name: str, type_: Any, key: str) -> None:
        """Have the object of a field come along, as the seed says: always, now and then, or never."""
        shelves, _, _ = self._source
        if random.Random(key).random() < (shelves.seed % 3) / 2:  # noqa: S311
            return
        is_there = not (is_nullable_type(type_) and random.Random(key + "?").random() < 0.3)  # noqa: S311
        for inner in get_nullable_type(type_).fields.values():
            of = inner.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name
            self[f"{name}.{of}"] = shelves.value(inner.type, f"{key}.{of}") if is_there else None

    def __missing__(self, name: str) -> Any:
        shelves, type_, key = self._source
        value = shelves.field(type_, name, key)
        self[name] = value
        return value

    def __repr__(self) -> str:
        return f"a {self['__typename']}"


class Record:
    """A row of a database: it gives its values in order, has them by name, and its class knows the names."""

    columns_in_order: tuple[str, ...] = ()
    column_types: tuple[type | None, ...] = ()
    columns_in_32_bits: tuple[bool, ...] = ()

    def __init__(self, values: tuple[Any, ...]) -> None:
        self._values = values

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self.columns_in_order

    def __getitem__(self, name: str) -> Any:
        return dict(zip(self.columns_in_order, self._values, strict=True))[name]

    def get(self, name: str, default: Any = None) -> Any:
        return dict(zip(self.columns_in_order, self._values, strict=True)).get(name, default)

    def keys(self) -> tuple[str, ...]:
        return self.columns_in_order

    def __repr__(self) -> str:
        return f"a {self['__typename']}"


def record_of(row: Row, type_: GraphQLObjectType, key: str) -> Record:
    """A record with what the row has, in an order of its own; a column may come twice, and counts as last."""
    for field in type_.fields.values():
        name = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name
        row[name] = row._source[0].field(type_, name, f"{key}{RECORD}")
    items = list(row.items())
    dice = random.Random(f"{row._source[0].seed}{type_.name}")  # noqa: S311
    dice.shuffle(items)
    items = [*((name, "of before") for name, _ in items[: dice.randrange(2)]), *items]
    types = [type(value) if type(value) in (bool, int, float, str) else None for _, value in items]
    small = [type(value) is int and -(2**31) <= value < 2**31 for _, value in items]
    kind = _class_of(tuple(name for name, _ in items), tuple(types), tuple(small))
    return kind(tuple(value for _, value in items))


@cache
def _class_of(
    columns: tuple[str, ...], types: tuple[type | None, ...], small: tuple[bool, ...]
) -> type[Record]:
    told = {"columns_in_order": columns, "column_types": types, "columns_in_32_bits": small}
    return type("Record", (Record,), told)


class AttributeRow:
    """An object whose attributes are made when asked for."""

    def __init__(self, shelves: Shelves, type_: GraphQLObjectType, key: str) -> None:
        self._source = shelves, type_, key

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        shelves, type_, key = self._source
        return shelves.field(type_, name, key)

    def __repr__(self) -> str:
        return "a page"
