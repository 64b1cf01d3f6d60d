"""Kinds of changes: what is asked of the API for each, and how a person reads one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text

Event = dict[str, Any]

_STYLE_OF_STATUS = {
    "COMMIT": "green",
    "COMPLETED": "green",
    "CANCELLED": "red",
    "FAILED": "red",
    "CREATE": "cyan",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of changes: a field of Subscription, its arguments, what is selected, and what is shown."""

    name: str
    field: str
    arguments: frozenset[str]
    selection: str
    line: Callable[[Event], Text]

    @property
    def document(self) -> str:
        """The subscription; its variables are `after` and the arguments."""
        names = sorted(self.arguments)
        declared = "".join(f", ${name}: ID" for name in names)
        passed = "".join(f", {name}: ${name}" for name in names)
        return (
            f"subscription ($after: String{declared}) {{ {self.field}(after: $after{passed}) "
            f"{{ cursor at {self.selection} }} }}"
        )


def _order(event: Event) -> Text:
    order = event["order"]
    line = _stamp(event, "order", order["distributionCenter"])
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


def _back_order_line(event: Event) -> Text:
    changed = event["line"]
    before, after = event["previousBackOrderedQty"], event["backOrderedQty"]
    line = _stamp(event, "line", changed["order"]["distributionCenter"])
    line.append(f"{changed['order']['number']:<16}back-ordered {before} → ")
    line.append(str(after), style="green" if after < before else "red")
    return line.append(f"  {changed['sku']['code']} {changed['sku']['name']}", style="dim")


def _run(event: Event) -> Text:
    run = event["run"]
    line = _stamp(event, "run", run["distributionCenter"])
    line.append(f"{run['status']:<16}", style="bold")
    return line.append(
        f"{run['ordersExamined']} examined · {run['ordersCommitted']} committed · "
        f"{run['ordersBackOrdered']} back orders · {run['ordersReturned']} returned · "
        f"{run['dispatchesCreated']} dispatches"
    )


def _promise(event: Event) -> Text:
    order = event["order"]
    line = _stamp(event, "promise", order["distributionCenter"]).append(f"{order['number']:<16}")
    line.append(f"{_day(event['previouslyPromisedAt'])} → ", style="dim").append(_day(event["promisedAt"]))
    return line.append(f"  {event['cause']}", style="dim")


def _stock(event: Event) -> Text:
    level = event["level"]
    line = _stamp(event, "stock", level["distributionCenter"]).append(f"{level['sku']['code']:<16}")
    line.append(
        f"{level['onHand']} on hand · {level['allocated']} allocated · {level['available']} available"
    )
    return line.append(f"  {event['cause']}", style="dim")


def _purchase_order(event: Event) -> Text:
    purchase = event["purchaseOrder"]
    line = _stamp(event, "purchase", purchase["distributionCenter"]).append(f"{purchase['number']:<16}")
    line.append("open" if purchase["open"] else "closed")
    return line.append(f"  {event['cause']}", style="dim")


def _schedule(event: Event) -> Text:
    schedule = event["schedule"]
    if schedule is None:
        return _stamp(event, "schedule", None).append("removed")
    line = _stamp(event, "schedule", schedule["distributionCenter"])
    line.append("enabled" if schedule["enabled"] else "paused")
    return line.append(f"  next run {_day(schedule['nextRunAt'])}", style="dim")


def _bulk(event: Event) -> Text:
    bulk = event["bulkOperation"]
    line = _stamp(event, "bulk", None).append(f"{bulk['action']:<22}")
    line.append(bulk["status"], style=_STYLE_OF_STATUS.get(bulk["status"], ""))
    return line.append(
        f"  {bulk['processed']} of {bulk['total']}: {bulk['succeeded']} done · {bulk['skipped']} skipped · "
        f"{bulk['failed']} failed"
    )


def _synchronization(event: Event) -> Text:
    work = event["synchronization"]
    line = _stamp(event, "sync", None).append(f"{work['store']['code']:<16}" if work else "forgotten")
    return line.append(work["status"], style=_STYLE_OF_STATUS.get(work["status"], "")) if work else line


def _settings(event: Event) -> Text:
    return _stamp(event, "settings", None).append(event["cause"])


_CENTER = frozenset({"distributionCenter"})
_PLACE = frozenset({"distributionCenter", "sku"})

ORDERS = Kind(
    "orders",
    "orderChanged",
    _CENTER,
    "cause previousStatus order { id number status queueStatus backOrderStatus isBackOrder store { code } "
    "distributionCenter { code } }",
    _order,
)
LINES = Kind(
    "lines",
    "backOrderLineChanged",
    _PLACE,
    "cause backOrderedQty previousBackOrderedQty line { id sku { code name } "
    "order { id number distributionCenter { code } } }",
    _back_order_line,
)
RUNS = Kind(
    "runs",
    "processorRunChanged",
    _CENTER,
    "run { id status distributionCenter { code } ordersExamined ordersCommitted ordersBackOrdered "
    "ordersReturned dispatchesCreated }",
    _run,
)
KINDS = {
    kind.name: kind
    for kind in (
        ORDERS,
        LINES,
        Kind(
            "promises",
            "promiseChanged",
            _CENTER,
            "cause promisedAt previouslyPromisedAt order { id number distributionCenter { code } }",
            _promise,
        ),
        Kind(
            "stock",
            "stockLevelChanged",
            _PLACE,
            "cause level { sku { code } distributionCenter { code } onHand allocated available }",
            _stock,
        ),
        RUNS,
        Kind(
            "purchase-orders",
            "purchaseOrderChanged",
            _CENTER,
            "cause purchaseOrder { id number open distributionCenter { code } }",
            _purchase_order,
        ),
        Kind(
            "schedules",
            "processorScheduleChanged",
            _CENTER,
            "cause schedule { id enabled nextRunAt distributionCenter { code } }",
            _schedule,
        ),
        Kind(
            "bulk",
            "bulkOperationChanged",
            frozenset(),
            "bulkOperation { id action status total processed succeeded skipped failed }",
            _bulk,
        ),
        Kind(
            "synchronizations",
            "synchronizationChanged",
            frozenset(),
            "cause synchronization { id status store { code } }",
            _synchronization,
        ),
        Kind("settings", "settingsChanged", frozenset(), "cause client { id code }", _settings),
    )
}
"""Every kind, by its name on the command line."""


def _stamp(event: Event, what: str, center: dict[str, str] | None) -> Text:
    at = datetime.fromisoformat(event["at"]).astimezone()
    line = Text().append(f"{at:%H:%M:%S}  ", style="dim").append(f"{what:<9}", style="dim")
    return line.append(f"{center['code'] if center else '':<6}")


def _day(at: str | None) -> str:
    return "no date" if at is None else f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
