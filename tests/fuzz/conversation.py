"""A conversation over a WebSocket, and what graphql-transport-ws says must come of all that is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from tests.api.transport.serving import Server, Socket
from tests.fuzz.values import ANY_JSON, ANY_TEXT, PAYLOADS

FOLLOWING_ORDERS = (
    "subscription { orderChanged { cursor } }",
    "subscription { orderChanged { cursor cause order { number } } }",
    "subscription S($after: String) { orderChanged(after: $after) { cursor } }",
)
FOLLOWING_OTHERS = ("subscription { stockLevelChanged { cursor } }",)
ANSWERED = (
    "{ client { code } }",
    "{ orders(first: 2) { totalCount nodes { number } } }",
    'mutation { loadSalesOrderCancel(salesOrderNumber: "NONE") { userErrors { code } } }',
    'subscription { bulkOperationProgress(id: "x") { cursor } }',
    "subscription { __typename }",
    "subscription { orderChanged { cursor } again: orderChanged { cursor } }",
    'subscription { orderChanged(after: "nonsense") { cursor } }',
    "query A { client { code } } query B { client { code } }",
    "query ($n: Int!) { orders(first: $n) { totalCount } }",
    "{ client @defer { code } }",
    "{ unknown }",
    "{ client",
    "",
    "{ " + "client { " * 400 + "code" + " }" * 401,
)
"""Operations that end by themselves, with an answer or an error."""


@dataclass(frozen=True)
class Init:
    """Say who one is."""

    payload: object

    def message(self, token: str) -> object:
        """What is sent."""
        told = {"authorization": f"Bearer {token}"} if self.payload is VALID else self.payload
        return {"type": "connection_init", "payload": told}


VALID = object()
"""Stands for a payload with the token, which strategies don't know yet."""


@dataclass(frozen=True)
class Subscribe:
    """Ask for an operation."""

    id: str
    query: str
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Complete:
    """Call an operation off, whether there is such a one or not."""

    id: str


@dataclass(frozen=True)
class Idle:
    """Say what changes nothing."""

    message: object


@dataclass(frozen=True)
class Nonsense:
    """Say what is no message of the protocol."""

    frame: str | bytes


@dataclass(frozen=True)
class Change:
    """Let an order change."""


Step = Init | Subscribe | Complete | Idle | Nonsense | Change


def _is_nonsense(message: object) -> bool:
    """Whether no server may take the message for one of the protocol."""
    if not isinstance(message, dict):
        return True
    if message.get("type") in ("connection_init", "ping", "pong"):
        return False
    if message.get("type") not in ("subscribe", "complete"):
        return True
    if not isinstance(message.get("id"), str) or not message["id"]:
        return True
    payload = message.get("payload")
    return message["type"] == "subscribe" and (
        not isinstance(payload, dict)
        or any(not isinstance(payload.get(name), dict | None) for name in ("variables", "extensions"))
        or not isinstance(payload.get("operationName"), str | None)
        or (not isinstance(payload.get("query"), str) and not payload.get("documentId"))
    )


_ID = st.sampled_from(["1", "2", "3", "é\u0000\u2028", "x" * 40_000])
_TYPES = st.sampled_from(
    ["connection_init", "subscribe", "complete", "ping", "pong", "next", "error", "connection_ack", "start"]
)
MESSAGES = st.one_of(
    ANY_JSON,
    st.fixed_dictionaries(
        {}, optional={"type": _TYPES | ANY_JSON, "id": _ID | ANY_JSON, "payload": PAYLOADS | ANY_JSON}
    ),
)
"""JSON of every kind, much of it nearly a message."""

_NONSENSE = st.one_of(
    MESSAGES.filter(_is_nonsense).map(json.dumps),
    ANY_TEXT.filter(lambda text: not _is_json(text)),
    st.binary(max_size=50),
    st.sampled_from(
        [
            "[" * 5_000,
            '{"type": "ping"} x',
            '{"type": "ping", "payload": Infinity}',
            '{"type": "\\ud800"}',
            "NaN",
            b'{"type": "ping"}',
        ]
    ),
)
_IDLE = st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["ping", "pong"])}, optional={"payload": ANY_JSON}),
    st.fixed_dictionaries({"type": st.just("pong"), "id": ANY_JSON, "more": ANY_JSON}),
)
_NOBODY = st.one_of(
    st.none(),
    st.dictionaries(ANY_TEXT, ANY_JSON, max_size=2),
    st.fixed_dictionaries({"authorization": st.sampled_from(["Bearer", "Bearer x"]) | ANY_JSON}),
)
STEPS = st.one_of(
    st.builds(Subscribe, _ID, st.sampled_from(FOLLOWING_ORDERS + FOLLOWING_OTHERS)),
    st.builds(Subscribe, _ID, st.sampled_from(ANSWERED)),
    st.builds(Subscribe, _ID, st.sampled_from(ANSWERED[:2]), st.just({"variables": None, "extensions": {}})),
    st.builds(Complete, _ID),
    st.builds(Idle, _IDLE),
    st.builds(Change),
    st.builds(Init, st.just(VALID)),
    st.builds(Init, _NOBODY),
    st.builds(Init, st.lists(ANY_JSON, max_size=1) | st.integers() | ANY_TEXT),
    st.builds(Nonsense, _NONSENSE),
)
"""What is said, out of order as often as not."""


class Conversation:
    """One socket, of which it is known after each step what is open on it."""

    def __init__(self, server: Server, socket: Socket, change: Callable[[], Any]) -> None:
        self._server = server
        self._socket = socket
        self._change = change
        self._admitted = False
        self._following: dict[str, bool] = {}
        """Subscriptions that are open: whether they are told of orders."""

    async def say(self, step: Step) -> int | None:
        """Say one thing, and check what comes of it; with which code the server closed, when it had to."""
        expected = self._closed_for(step)
        if isinstance(step, Change):
            await self._change()
        else:
            await self._socket.send(_frame(step, self._server.token))
        if expected is not None:
            code, reason = await self._socket.closed()
            assert code == expected, (step, code, reason)
            assert reason
            return code
        await self._check(step)
        return None

    def _closed_for(self, step: Step) -> int | None:
        match step:
            case Nonsense():
                return 4400
            case Init(payload) if payload is not VALID and not isinstance(payload, dict | None):
                return 4400
            case Init() if self._admitted:
                return 4429
            case Init(payload) if payload is not VALID:
                return 4403
            case Subscribe() if not self._admitted:
                return 4401
            case Subscribe(id_) if id_ in self._following:
                return 4409
            case _:
                return None

    async def _check(self, step: Step) -> None:
        """See that everything comes that must, and nothing else."""
        match step:
            case Init():
                assert await self._socket.receive() == {"type": "connection_ack"}
                self._admitted = True
            case Subscribe(id_, query) if query in FOLLOWING_ORDERS + FOLLOWING_OTHERS:
                self._following[id_] = query in FOLLOWING_ORDERS
            case Subscribe(id_):
                await self._answered(id_)
            case Complete(id_):
                self._following.pop(id_, None)
            case Idle(message) if isinstance(message, dict) and message["type"] == "ping":
                assert await self._socket.receive() == {"type": "pong"}
            case Change():
                told = {id_ for id_, orders in self._following.items() if orders}
                for _ in range(len(told)):
                    message = await self._socket.receive()
                    assert message["type"] == "next"
                    told.remove(message["id"])
            case _:
                pass
        await self._socket.send({"type": "ping"})
        assert await self._socket.receive() == {"type": "pong"}, step

    async def _answered(self, id_: str) -> None:
        """An operation's answer: what it yields and that it is complete, or an error alone."""
        message = await self._socket.receive()
        assert message["id"] == id_
        if message["type"] == "next":
            assert "INTERNAL_SERVER_ERROR" not in json.dumps(message)
            assert await self._socket.receive() == {"id": id_, "type": "complete"}
            return
        assert message["type"] == "error"
        for error in message["payload"]:
            assert error["message"]
            assert error.get("extensions", {}).get("code") != "INTERNAL_SERVER_ERROR", message


async def code_heard(socket: Socket) -> int | None:
    """Read whatever comes until the socket is closed; the code, None when the connection was cut."""
    try:
        while True:
            message = await socket.receive()
            assert message["type"] in ("connection_ack", "pong", "next", "error", "complete")
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def _frame(step: Step, token: str) -> object:
    match step:
        case Init():
            return step.message(token)
        case Subscribe(id_, query, more):
            return {"id": id_, "type": "subscribe", "payload": {"query": query, **more}}
        case Complete(id_):
            return {"id": id_, "type": "complete"}
        case Idle(message):
            return message
        case Nonsense(frame):
            return frame
        case Change():
            raise AssertionError("Nothing is said.")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
