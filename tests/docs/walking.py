"""Somebody who follows a page: sends what it says, and looks at what comes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from cli.graphql_socket import GraphQLSocket
from tests.docs.names import Names
from tests.docs.pages import Commands, Events, Request, Sheet, Step, Subscription
from tests.sheets import scanned, text_of

ADDRESS = "http://127.0.0.1:8000"
"""Where pages say that the API is."""

_PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 0.05


class Walker:
    """One user of the API at `address`, with a folder and a shell."""

    def __init__(self, *, address: str, token: str, folder: Path, shell: Mapping[str, str]) -> None:
        self._address = address
        self._token = token
        self._folder = folder
        self._shell = dict(shell)
        now = datetime.now(UTC)
        self.names = Names(
            {
                "tomorrow": f"{now + timedelta(days=1):%Y-%m-%d}",
                "in a week": f"{now + timedelta(days=7):%Y-%m-%d}",
            }
        )
        self._events: dict[str, asyncio.Queue[Any]] = {}
        self._resources = AsyncExitStack()
        self._http = httpx.AsyncClient(
            base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        self._socket: GraphQLSocket | None = None

    @classmethod
    @asynccontextmanager
    async def starting(
        cls, *, address: str, token: str, folder: Path, shell: Mapping[str, str]
    ) -> AsyncIterator[Walker]:
        """A user whose subscriptions end with the block."""
        walker = cls(address=address, token=token, folder=folder, shell=shell)
        async with walker._resources, walker._http:
            yield walker

    async def take(self, step: Step) -> list[str]:
        """Do what a step says; how what comes differs from what the page shows."""
        match step:
            case Request():
                return await self._request(step)
            case Subscription():
                return await self._subscribe(step)
            case Events():
                return await self._receive(step)
            case Commands():
                return await self._type(step)
            case Sheet():
                return self._look_at(step)

    async def _request(self, request: Request) -> list[str]:
        if missing := self.names.missing_in(request.document + request.variables):
            return [f"nothing has these names: {missing}"]
        give_up_at = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            answer = await self.ask(request)
            if request.answer is None:
                return [f"it was refused: {answer['errors']}"] if "errors" in answer else []
            differences = self.names.learn(request.answer, answer)
            # Workers are still at it, perhaps: whoever only looks, looks again.
            if not differences or not request.asks or asyncio.get_running_loop().time() > give_up_at:
                return differences
            await asyncio.sleep(_AGAIN_SECONDS)

    def socket(self) -> AbstractAsyncContextManager[GraphQLSocket]:
        """A WebSocket of this user."""
        return GraphQLSocket.open(f"ws{self._address.removeprefix('http')}/graphql", token=self._token)

    async def ask(self, request: Request) -> Any:
        """The answer as it is now."""
        body = {
            "query": self.names.put_into(request.document),
            "variables": json.loads(self.names.put_into(request.variables)),
        }
        return (await self._http.post("/graphql", json=body)).json()

    async def _subscribe(self, subscription: Subscription) -> list[str]:
        if missing := self.names.missing_in(subscription.document + subscription.variables):
            return [f"nothing has these names: {missing}"]
        if self._socket is None:
            self._socket = await self._resources.enter_async_context(self.socket())
        arrived = self._events[subscription.name] = asyncio.Queue()
        answers = self._socket.subscribe(
            self.names.put_into(subscription.document),
            json.loads(self.names.put_into(subscription.variables)),
        )
        reading = asyncio.create_task(_read(answers, arrived))
        self._resources.push_async_callback(_end, reading)
        # A person takes longer to type what follows than the server to begin; a query that was sent behind
        # the subscription is answered when it has begun.
        await asyncio.sleep(0)
        await self._socket.execute("{ client { code } }")
        return []

    async def _receive(self, step: Events) -> list[str]:
        others, last = step.others_before, ""
        for number, event in enumerate(step.events, start=1):
            while True:
                try:
                    seen = await self.next_event(step.name)
                except TimeoutError:
                    return [f"event {number} did not arrive; the last one was {last}"]
                differences = self.names.learn(event, seen)
                if not differences:
                    break
                if not others:
                    return [f"event {number}: {difference}" for difference in differences]
                last = json.dumps(seen)
            others = False
        return []

    async def next_event(self, name: str) -> Any:
        """What arrives next on a subscription."""
        return await asyncio.wait_for(self._events[name].get(), _PATIENCE_SECONDS)

    async def _type(self, commands: Commands) -> list[str]:
        output = await self.output_of(commands)
        if commands.output is None:
            return []
        shown, seen = commands.output.splitlines(), output.splitlines()
        return self.names.learn(shown, seen)

    async def output_of(self, commands: Commands) -> str:
        """What the commands print."""
        script = self.names.put_into(commands.script).replace(ADDRESS, self._address)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *("sh", "-eu", "-c", script),
            cwd=self._folder,
            env={**self._shell, "PATH": path},
            stdout=PIPE,
            stderr=PIPE,
        )
        output, errors = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == 0, errors.decode()
        return output.decode()

    def _look_at(self, sheet: Sheet) -> list[str]:
        if sheet.scanned:
            return self.names.learn(sheet.lines, scanned(self._folder / sheet.file))
        seen, at = text_of(self._folder / sheet.file).splitlines(), 0
        for line in map(self.names.put_into, sheet.lines):
            if line not in seen[at:]:
                return [f"{line!r} is not written in {sheet.file}, or not there: {seen}"]
            at += seen[at:].index(line) + 1
        return []


async def _read(answers: AsyncIterator[dict[str, Any]], arrived: asyncio.Queue[Any]) -> None:
    async for data in answers:
        arrived.put_nowait({"data": data})


async def _end(reading: asyncio.Task[None]) -> None:
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
