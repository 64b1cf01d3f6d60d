"""The live feed in the terminal: what subscribers of the API see, one line per change."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.text import Text

from cli.graphql_socket import GraphQLSocket
from cli.program import console

_LINES_PER_TURN = 8
_TURN_SECONDS = 0.5

_ORDERS = """subscription {
  orderChanged {
    at cause previousStatus
    order { number status queueStatus backOrderStatus isBackOrder store { code } distributionCenter { code } }
  }
}"""
_BACK_ORDER_LINES = """subscription {
  backOrderLineChanged {
    at backOrderedQty previousBackOrderedQty
    line { sku { code name } order { number distributionCenter { code } } }
  }
}"""
_RUNS = """subscription {
  processorRunChanged {
    at run {
      status distributionCenter { code }
      ordersExamined ordersCommitted ordersBackOrdered ordersReturned dispatchesCreated
    }
  }
}"""

_STYLE_OF_STATUS = {"COMMIT": "green", "COMPLETED": "green", "CANCELLED": "red", "CREATE": "cyan"}


class Feed:
    """Prints what the subscriptions bring: every run, and of a burst the first changes of each kind.

    Orders that move on have a share of their own, or a burst of new orders and short lines would hide them.
    """

    def __init__(self, socket: GraphQLSocket) -> None:
        self._socket = socket
        self._news: deque[Text] = deque()
        self._moves: deque[Text] = deque()
        self._runs: deque[Text] = deque()

    async def run(self) -> None:
        """Subscribe and print until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(_ORDERS, "orderChanged", self._note_order))
            group.create_task(
                self._follow(
                    _BACK_ORDER_LINES,
                    "backOrderLineChanged",
                    lambda event: self._news.append(_back_order_line(event)),
                )
            )
            group.create_task(
                self._follow(_RUNS, "processorRunChanged", lambda event: self._runs.append(_run_line(event)))
            )
            group.create_task(self._print())

    async def _follow(self, document: str, name: str, note: Callable[[dict[str, Any]], None]) -> None:
        async for data in self._socket.subscribe(document):
            note(data[name])

    def _note_order(self, event: dict[str, Any]) -> None:
        moved = event["previousStatus"] not in (None, event["order"]["status"])
        (self._moves if moved else self._news).append(_order_line(event))

    async def _print(self) -> None:
        while True:
            await asyncio.sleep(_TURN_SECONDS)
            self._print_some(self._news)
            self._print_some(self._moves)
            while self._runs:
                console.print(self._runs.popleft(), soft_wrap=True)

    def _print_some(self, lines: deque[Text]) -> None:
        for _ in range(min(_LINES_PER_TURN, len(lines))):
            console.print(lines.popleft(), soft_wrap=True)
        if lines:
            console.print(f"          … and {len(lines)} more changes", style="dim")
            lines.clear()


def _order_line(event: dict[str, Any]) -> Text:
    order = event["order"]
    line = _stamp(event, "order", order["distributionCenter"]["code"])
    line.append(f"{order['number']:<16}")
    status = order["status"]
    if (before := event["previousStatus"]) and before != status:
        line.append(f"{before} → ", style="dim")
    line.append(status, style=_STYLE_OF_STATUS.get(status, ""))
    if order["isBackOrder"]:
        line.append("  back order", style="yellow")
    if order["backOrderStatus"] != "NONE":
        line.append(f"  lacks stock ({order['backOrderStatus'].lower()})", style="yellow")
    return line.append(f"  {event['cause']}", style="dim")


def _back_order_line(event: dict[str, Any]) -> Text:
    changed = event["line"]
    before, after = event["previousBackOrderedQty"], event["backOrderedQty"]
    line = _stamp(event, "line", changed["order"]["distributionCenter"]["code"])
    line.append(f"{changed['order']['number']:<16}back-ordered {before} → ")
    line.append(str(after), style="green" if after < before else "red")
    return line.append(f"  {changed['sku']['code']} {changed['sku']['name']}", style="dim")


def _run_line(event: dict[str, Any]) -> Text:
    run = event["run"]
    line = _stamp(event, "run", run["distributionCenter"]["code"])
    line.append(f"{run['status']:<16}", style="bold")
    return line.append(
        f"{run['ordersExamined']} examined · {run['ordersCommitted']} committed · "
        f"{run['ordersBackOrdered']} back orders · {run['ordersReturned']} returned · "
        f"{run['dispatchesCreated']} dispatches"
    )


def _stamp(event: dict[str, Any], what: str, center: str) -> Text:
    at = datetime.fromisoformat(event["at"]).astimezone()
    return (
        Text()
        .append(f"{at:%H:%M:%S}  ", style="dim")
        .append(f"{what:<6}", style="dim")
        .append(f"{center:<5}")
    )
