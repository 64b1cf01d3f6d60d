"""Opening an order for a change: found, locked with its pool, and still what the caller has seen (A3, F6).

Every edit goes through here, also those of no quantity: the pool's lock moves its generation on, and
whatever a plan was made from has then changed (F2).
"""

from __future__ import annotations

from collections.abc import Collection

from domain.operations.checks import refusals_at
from domain.operations.command import Work
from domain.rules import lifecycle
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import FulfilmentRoute, OrderStatus
from domain.store import lines, locks
from domain.store.database import Row


async def open_order(
    work: Work, *, order_id: int, expected_version: int | None, path: tuple[str, ...]
) -> Row:
    """The order's row, locked with its pool. Raises NOT_FOUND under `path`, and VERSION_CONFLICT."""
    locked = await locks.lock_orders_and_pools(work.sql, client_id=work.client_id, order_ids=[order_id])
    if not locked:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such order.", path=path)
    (order,) = locked
    _check_version(order, expected_version)
    return order


async def open_order_of_line(
    work: Work, *, line_id: int, expected_version: int | None, path: tuple[str, ...]
) -> Row:
    """The row of the line's order, locked with its pool. Raises NOT_FOUND under `path`, VERSION_CONFLICT."""
    order = await locks.lock_order_of_line(work.sql, client_id=work.client_id, line_id=line_id)
    if order is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such order line.", path=path)
    _check_version(order, expected_version)
    return order


async def open_line(
    work: Work, *, line_id: int, expected_version: int | None, path: tuple[str, ...]
) -> tuple[Row, Row]:
    """The editable order of the line and the line itself with its open units, locked with their pool.

    Raises NOT_FOUND, ORDER_LOCKED and ORDER_STATUS_NOT_ALLOWED under `path`, and VERSION_CONFLICT.
    """
    order = await open_order_of_line(work, line_id=line_id, expected_version=expected_version, path=path)
    require_editable(order, path=path)
    of_order = await lines.of_orders(work.sql, client_id=work.client_id, order_ids=[order["id"]])
    (line,) = (line for line in of_order if line["id"] == line_id)
    return order, line


def require_in_queue(line: Row, seen: Collection[int], *, can: str, path: tuple[str, ...]) -> None:
    """Raise INVALID_INPUT for a line that was `seen` in the call already, or is not in the processor's queue.

    `can` is what only lines there can.
    """
    name = f"Line {line['line_number']}"
    if line["id"] in seen:
        raise Refusal(ErrorCode.INVALID_INPUT, f"{name} is there twice; send it once.", path=path)
    if line["route"] != FulfilmentRoute.PROCESSOR:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{name} is on the route {line['route']}; only lines in the processor's queue can {can}.",
            path=path,
        )


def require_editable(order: Row, *, path: tuple[str, ...]) -> None:
    """Raise ORDER_LOCKED or ORDER_STATUS_NOT_ALLOWED, under `path`, when its details can't be edited."""
    with refusals_at(*path):
        lifecycle.require_editable(status=OrderStatus(order["status"]), locked=order["locked"])


def _check_version(order: Row, expected: int | None) -> None:
    current: int = order["version"]
    if expected is not None and expected != current:
        raise Refusal(
            ErrorCode.VERSION_CONFLICT,
            f"The order is at version {current} by now, not {expected}; read it again before you change it.",
            path=("expectedVersion",),
            details={"currentVersion": current},
        )
