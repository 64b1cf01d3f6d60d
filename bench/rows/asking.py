"""Contenders that are asked over HTTP: the same questions, the same answers, as many as they can give."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

import httpx
import orjson

from bench.load.requests import http_request
from bench.measuring import Contenders, Measure
from bench.metering import Meter
from bench.peers.running import Peer
from bench.processes import Assistant, assistant
from bench.samples import Sample

_CONNECTIONS = 8
_OPAQUE = ("endCursor", "startCursor", "cursor")


class DisagreementError(Exception):
    """Two contenders gave different answers to the same question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A server and what it is asked: bodies of POST requests, each of the same question as the others'."""

    peer: Peer
    bodies: Sequence[bytes]
    path: str = "/graphql"
    token: str | None = None


@asynccontextmanager
async def asking(
    asked: Sequence[Asked], *, database_url: str, seconds: float, connections: int = _CONNECTIONS
) -> AsyncIterator[Contenders]:
    """Contenders that answer their questions again and again, after all have given the same answers.

    Raises DisagreementError.
    """
    await agree(asked)
    async with assistant("bench.load.requests") as client:
        contenders = {
            one.peer.name: _measure(
                one, client, database_url=database_url, seconds=seconds, connections=connections
            )
            for one in asked
        }
        # Every server has met its questions before it is timed.
        for one in asked:
            await _ask(client, one, seconds=min(seconds, 1.0), connections=connections)
        yield contenders


def _measure(
    asked: Asked, client: Assistant, *, database_url: str, seconds: float, connections: int
) -> Measure:
    async def measure() -> Sample:
        meter = Meter(pids=asked.peer.pids, database_url=database_url)
        await meter.start()
        answered = await _ask(client, asked, seconds=seconds, connections=connections)
        server_cpu, postgres_cpu, memory = await meter.stop()
        return Sample(
            units=len(answered["latencies"]),
            seconds=answered["seconds"],
            server_cpu=server_cpu,
            postgres_cpu=postgres_cpu,
            memory=memory,
            load_cpu=answered["cpu"],
            latencies=answered["latencies"],
        )

    return measure


async def _ask(client: Assistant, asked: Asked, *, seconds: float, connections: int) -> Any:
    return await client.ask(
        port=asked.peer.port,
        connections=connections,
        seconds=seconds,
        requests=[http_request(body, path=asked.path, token=asked.token) for body in asked.bodies],
    )


async def agree(asked: Sequence[Asked]) -> None:
    """Ask everybody every question once. Raises DisagreementError unless their answers are the same."""
    first, *others = asked
    expected = [same_words(answer) for answer in await answers_of(first)]
    for other in others:
        given = [same_words(answer) for answer in await answers_of(other)]
        for number, (mine, theirs) in enumerate(zip_longest(expected, given)):
            if mine != theirs:
                raise DisagreementError(
                    f"{first.peer.name} and {other.peer.name} differ in answer {number}: "
                    f"{_difference(mine, theirs)}"
                )


async def answers_of(asked: Asked) -> list[Any]:
    """What the server answers to each of its questions. Raises DisagreementError for an error."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if asked.token is not None:
        headers["Authorization"] = f"Bearer {asked.token}"
    answers = []
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{asked.peer.port}", headers=headers, timeout=60
    ) as client:
        for body in asked.bodies:
            answer = await client.post(asked.path, content=body)
            content = answer.json() if answer.is_success else {"errors": answer.text}
            if "errors" in content:
                raise DisagreementError(f"{asked.peer.name} answers with an error: {content['errors']}")
            answers.append(content["data"])
    return answers


def same_words(answer: Any) -> Any:
    """The answer without what each server has its own words for: cursors, and forms of a time."""
    if isinstance(answer, Mapping):
        return {key: same_words(value) for key, value in answer.items() if key not in _OPAQUE}
    if isinstance(answer, list):
        return [same_words(value) for value in answer]
    if isinstance(answer, str) and len(answer) > len("2026-01-01T") and answer[4:5] == answer[7:8] == "-":
        try:
            return datetime.fromisoformat(answer).astimezone(UTC).isoformat()
        except ValueError:
            return answer
    return answer


def _difference(mine: Any, theirs: Any, path: str = "data") -> str:
    """The first place where two answers differ."""
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping) and mine.keys() == theirs.keys():
        for key in mine:
            if mine[key] != theirs[key]:
                return _difference(mine[key], theirs[key], f"{path}.{key}")
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for place, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            if one != other:
                return _difference(one, other, f"{path}[{place}]")
    return f"{path} is {str(mine)[:200]} and {str(theirs)[:200]}"


def graphql(document: str, **variables: object) -> bytes:
    """The body of a GraphQL request."""
    return orjson.dumps({"query": " ".join(document.split()), "variables": variables})


async def walk(asked: Asked, document: str, *, path: Sequence[str], pages: int) -> list[bytes]:
    """Requests for the first pages of a list, by its cursors; `path` leads to the connection."""
    bodies: list[bytes] = []
    after: str | None = None
    for _ in range(pages):
        bodies.append(graphql(document, after=after))
        (answer,) = await answers_of(
            Asked(peer=asked.peer, bodies=bodies[-1:], path=asked.path, token=asked.token)
        )
        for key in path:
            answer = answer[key]
        after = answer["pageInfo"]["endCursor"]
        if not answer["pageInfo"]["hasNextPage"]:
            break
    return bodies
