"""The pages of docs/walkthroughs, read as what their users do and see.

A page is Markdown. Of its fenced blocks these are steps, in their order:

| block | step |
|---|---|
| `graphql` | a document; a subscription stays open until the end of the page |
| `json variables` | the variables of the document before it |
| `json` | the answer to the document before it |
| `json NAME` | the next events of the subscription NAME; a line `…` stands for any before them |
| `sh` | commands |
| `text` | what the commands before it print |
| `text in FILE` | lines that are written in a PDF that commands have saved, in this order |
| `barcodes in FILE` | all that a scanner reads from it, from top to bottom |
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

_BLOCK = re.compile(r"^```(\w[^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class PageError(Exception):
    """A page that can't be read, and where."""


@dataclass(frozen=True, slots=True)
class Request:
    """A query or mutation, and what answers it; None where the page does not say."""

    line: int
    document: str
    variables: str
    answer: Any | None
    asks: bool
    """Whether it changes nothing, and may be asked again."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription by the name of its operation."""

    line: int
    document: str
    variables: str
    name: str


@dataclass(frozen=True, slots=True)
class Events:
    """What arrives next on a subscription."""

    line: int
    name: str
    events: Sequence[Any]
    others_before: bool
    """Whether other events may arrive before the first of these."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What is typed into a shell, and what it prints; None where the page does not say."""

    line: int
    script: str
    output: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written in a PDF, or what a scanner reads from it."""

    line: int
    file: str
    lines: Sequence[str]
    scanned: bool


Step = Request | Subscription | Events | Commands | Sheet


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    info: str
    text: str


def steps(page: Path, *, section: str | None = None) -> list[Step]:
    """The steps of a page, or of a section of it. Raises PageError."""
    text = page.read_text(encoding="utf-8")
    if section is not None:
        # What is before stays as empty lines, for the numbers of lines.
        before, _, rest = text.partition(f"\n## {section}\n")
        text = "\n" * (before.count("\n") + 2) + rest.partition("\n## ")[0]
    blocks = [
        _Block(text.count("\n", 0, found.start()) + 1, found[1].strip(), found[2])
        for found in _BLOCK.finditer(text)
    ]
    read: list[Step] = []
    while blocks:
        line = blocks[0].line
        try:
            read.append(_step(blocks))
        except (ValueError, GraphQLError) as error:
            raise PageError(f"{page.name}, line {line}: {error}") from error
    return read


def _step(blocks: list[_Block]) -> Step:
    """Take the blocks of the next step."""
    block = blocks.pop(0)
    what, _, name = block.info.partition(" ")
    match what, name:
        case "graphql", "":
            return _operation(block, blocks)
        case "json", named if named and named != "variables":
            others, text = block.text.startswith("…\n"), block.text.removeprefix("…\n")
            return Events(block.line, named, list(_values(text)), others)
        case "sh", "":
            return Commands(block.line, block.text, _following(blocks, "text"))
        case "text" | "barcodes", named if named.startswith("in "):
            file = named.removeprefix("in ")
            return Sheet(block.line, file, block.text.splitlines(), what == "barcodes")
        case _:
            raise ValueError(f"a block of {block.info!r} is no step here")


def _operation(block: _Block, blocks: list[_Block]) -> Request | Subscription:
    (operation,) = (
        node for node in parse(block.text).definitions if isinstance(node, OperationDefinitionNode)
    )
    variables = _following(blocks, "json variables") or "{}"
    if operation.operation is OperationType.SUBSCRIPTION:
        name = operation.name.value if operation.name else ""
        return Subscription(block.line, block.text, variables, name)
    answer = _following(blocks, "json")
    return Request(
        block.line,
        block.text,
        variables,
        None if answer is None else json.loads(answer),
        operation.operation is OperationType.QUERY,
    )


def _following(blocks: list[_Block], info: str) -> str | None:
    """Take the next block if it is such a one."""
    return blocks.pop(0).text if blocks and blocks[0].info == info else None


def _values(text: str) -> Iterator[Any]:
    """JSON values, one after the other."""
    decoder, position = json.JSONDecoder(), 0
    while rest := text[position:].lstrip():
        position = len(text) - len(rest)
        value, length = decoder.raw_decode(rest)
        yield value
        position += length
