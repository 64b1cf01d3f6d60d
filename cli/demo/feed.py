"""The live feed in the terminal: what subscribers of the API see, one line per change."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.text import Text

from cli.demo.graphql_socket import GraphQLSocket
from cli.program import console

_LINES_PER_TURN = 10
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
    """Prints what the subscriptions bring: every run, and the first changes of a burst."""

    def __init__(self, socket: GraphQLSocket) -> None:
        self._socket = socket
        self._lines: deque[Text] = deque()
        self._runs: deque[Text] = deque()

    async def run(self) -> None:
        """Subscribe and print until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(_ORDERS, "orderChanged", _order_line, self._lines))
            group.create_task(
                self._follow(_BACK_ORDER_LINES, "backOrderLineChanged", _back_order_line, self._lines)
            )
            group.create_task(self._follow(_RUNS, "processorRunChanged", _run_line, self._runs))
            group.create_task(self._print())

    async def _follow(
        self,
        document: str,
        name: str,
        line_of: Callable[[dict[str, Any]], Text],
        lines: deque[Text],
    ) -> None:
        async for data in self._socket.subscribe(document):
            lines.append(line_of(data[name]))

    async def _print(self) -> None:
        while True:
            await asyncio.sleep(_TURN_SECONDS)
            for _ in range(min(_LINES_PER_TURN, len(self._lines))):
                console.print(self._lines.popleft(), soft_wrap=True)
            if self._lines:
                console.print(f"          … and {len(self._lines)} more changes", style="dim")
                self._lines.clear()
            while self._runs:
                console.print(self._runs.popleft(), soft_wrap=True)


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
