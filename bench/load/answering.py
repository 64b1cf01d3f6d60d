"""What every assistant does: answer lines of JSON on its standard input, one after another."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import orjson
import uvloop

Answer: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Any]]

_LONGEST_QUESTION = 1 << 26


def answer_lines(answer: Answer) -> None:
    """Answer questions until the standard input ends."""
    uvloop.run(_answer_lines(answer))


async def _answer_lines(answer: Answer) -> None:
    reader = asyncio.StreamReader(limit=_LONGEST_QUESTION)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        sys.stdout.buffer.write(orjson.dumps(await answer(orjson.loads(line))) + b"\n")
        sys.stdout.buffer.flush()
