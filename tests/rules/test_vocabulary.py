"""Values of the vocabulary are their text, and each says what it means."""

import msgspec
import orjson
import pytest

from domain.rules import allocation, refusals, vocabulary
from domain.rules.described import Described

ENUMS = [
    enum
    for module in (vocabulary, refusals, allocation)
    for enum in vars(module).values()
    if isinstance(enum, type) and issubclass(enum, Described) and enum.__module__ == module.__name__
]


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_every_enum_and_every_value_says_what_it_means(enum: type[Described]) -> None:
    assert enum.__doc__
    assert enum.__doc__.endswith(".")
    for member in enum:
        assert member.description.endswith(".")


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_a_value_is_its_text_in_code_in_json_and_back(enum: type[Described]) -> None:
    for member in enum:
        assert member == member.name == member.value == str(member)
        assert orjson.dumps(member) == msgspec.json.encode(member) == f'"{member.name}"'.encode()
        assert msgspec.json.decode(msgspec.json.encode(member), type=enum) is member
        assert enum(member.name) is member
        assert {member.name: 1}[member] == 1
