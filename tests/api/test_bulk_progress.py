"""bulkOperationChanged: progress as it is made, and none missed after a cut (A6, F5)."""

from __future__ import annotations

import pytest

from api.ids import encode_id
from domain.operations.bulk_processing import BulkHandle
from domain.rules.vocabulary import BulkAction
from tests.api.transport.serving import Server, Socket
from tests.builders import Shop, sales_order
from tests.bulk import finish, load, started, these

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("relay"),
    pytest.mark.rule("A6"),
    pytest.mark.rule("F5"),
]

FOLLOW = """
subscription($id: ID, $after: String) { bulkOperationChanged(id: $id, after: $after) {
  cursor bulkOperation { id status total processed succeeded } } }
"""


@pytest.fixture
async def orders(shop: Shop) -> list[int]:
    """Three orders of the server's client."""
    await shop.sku("TEA")
    return await load(shop, [sales_order(f"SO-{number}", TEA=1) for number in range(3)])


def id_of(bulk: BulkHandle) -> str:
    return encode_id("BulkOperation", bulk.bulk_operation_id)


async def until_processed(socket: Socket, bulk: BulkHandle, count: int) -> str:
    """Receive until that many orders of the operation are done; the cursor of that event."""
    while True:
        event = (await socket.receive())["payload"]["data"]["bulkOperationChanged"]
        if event["bulkOperation"]["id"] == id_of(bulk) and event["bulkOperation"]["processed"] == count:
            return str(event["cursor"])


async def test_a_subscriber_follows_one_operation_to_its_end(
    server: Server, shop: Shop, orders: list[int]
) -> None:
    other = await started(shop, BulkAction.DELAY, these(orders[0]), until=None)
    bulk = await started(shop, BulkAction.CONFIRM)
    async with server.socket() as socket:
        await socket.subscribe("1", FOLLOW, variables={"id": id_of(bulk)})
        # The subscription has begun when the socket's next message is handled.
        await socket.subscribe("2", "{ client { code } }")
        while (await socket.receive())["type"] != "complete":
            pass
        await finish(other)
        await finish(bulk, size=1)

        await until_processed(socket, bulk, 3)


@pytest.mark.usefixtures("orders")
async def test_a_subscriber_who_was_cut_off_resumes_without_a_gap(server: Server, shop: Shop) -> None:
    bulk = await started(shop, BulkAction.CONFIRM)
    async with server.socket() as socket:
        await socket.subscribe("1", FOLLOW)
        await socket.subscribe("2", "{ client { code } }")
        while (await socket.receive())["type"] != "complete":
            pass
        other = await started(shop, BulkAction.CANCEL)
        # The start of the first operation may still be told after the subscription has begun.
        seen = await until_processed(socket, other, 0)
    await finish(bulk, size=1)
    await finish(other, size=1)

    async with server.socket() as socket:
        await socket.subscribe("1", FOLLOW, variables={"after": seen})
        events = [(await socket.receive())["payload"]["data"]["bulkOperationChanged"] for _ in range(8)]

    subjects = [event["bulkOperation"]["id"] for event in events]
    assert subjects == [id_of(bulk)] * 4 + [id_of(other)] * 4
    assert all(event["bulkOperation"]["status"] == "COMPLETED" for event in events)
