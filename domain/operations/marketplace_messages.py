"""What marketplaces send, fetched or pushed (C5): a JSON object of new orders and of statuses.

    {"orders": [{"number": "SO-1", "distributionCenterCode": "MAIN",
                 "lines": [{"skuCode": "TEA", "quantity": 2}]}],
     "statuses": [{"orderNumber": "SO-0", "marketplaceStatus": "SHIPPED", "invoiceCode": "I-7"}],
     "cursor": "where the next fetch goes on", "more": false}

Everything may be left out. The fields are those of loadSalesOrders, but for the store, which is the
connection's, and of updateMarketplaceStatus. A row that can't be read is a result of its own and spoils no
other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from domain.operations.checks import MAX_PER_CALL
from domain.operations.load_sales_orders import SalesOrder
from domain.operations.update_marketplace_status import MarketplaceUpdate
from domain.rules.instants import in_utc
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import Outcome, SynchronizedRow
from domain.store.synchronizations import Result

Row = TypeVar("Row", bound=msgspec.Struct)

_NUMBER = {SynchronizedRow.ORDER: "number", SynchronizedRow.STATUS: "order_number"}


class UnreadableMessageError(Exception):
    """What came is no message at all; the text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as far as it can be read, and a result for each row that can't."""

    orders: list[SalesOrder]
    statuses: list[MarketplaceUpdate]
    unreadable: list[Result]
    cursor: str | None
    more: bool


class _Envelope(msgspec.Struct):
    orders: list[msgspec.Raw] = []
    statuses: list[msgspec.Raw] = []
    cursor: str | None = None
    more: bool = False


def read_message(body: bytes, *, store_code: str) -> Message:
    """Read a message of the store's marketplace. Raises UnreadableMessageError."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableMessageError(f"This is not the JSON that was agreed on: {error}.") from None
    rows = len(envelope.orders) + len(envelope.statuses)
    if rows > MAX_PER_CALL:
        raise UnreadableMessageError(f"It has {rows:,} rows; send at most {MAX_PER_CALL:,} at a time.")
    if envelope.cursor is not None and not (len(envelope.cursor) <= 1000 and envelope.cursor.isprintable()):
        raise UnreadableMessageError("Its cursor is not printable text of at most 1,000 characters.")
    unreadable: list[Result] = []
    orders = _read(envelope.orders, SalesOrder, SynchronizedRow.ORDER, unreadable)
    return Message(
        orders=[msgspec.structs.replace(order, store_code=store_code) for order in orders],
        statuses=_read(envelope.statuses, MarketplaceUpdate, SynchronizedRow.STATUS, unreadable),
        unreadable=unreadable,
        cursor=envelope.cursor,
        more=envelope.more,
    )


def shown(text: object) -> str:
    """Text from outside as it can be stored and shown."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(text)[:255])


def _read(
    raw: list[msgspec.Raw], kind: type[Row], about: SynchronizedRow, unreadable: list[Result]
) -> list[Row]:
    rows = []
    for position, text in enumerate(raw):
        fields: Any = None
        try:
            fields = _in_snake_case(msgspec.json.decode(text))
            row = msgspec.convert(fields, kind)
            _check_time(row)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            number = fields.get(_NUMBER[about]) if isinstance(fields, dict) else None
            subject = f"row {position}" if number is None else shown(number)
            why = _in_camel_case(str(error))
            unreadable.append(Result(about, subject, Outcome.FAILED, ErrorCode.INVALID_INPUT, shown(why)))
        else:
            rows.append(row)
    return rows


def _check_time(row: msgspec.Struct) -> None:
    if not isinstance(row, SalesOrder) or row.ordered_at is None:
        return
    if row.ordered_at.tzinfo is None:
        raise msgspec.ValidationError("`ordered_at` needs a time zone, such as 2026-03-02T08:00:00Z")
    try:
        in_utc(row.ordered_at)
    except ValueError as error:
        raise msgspec.ValidationError(f"`ordered_at`: {error}") from None


def _in_snake_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            re.sub("[A-Z]", lambda sign: "_" + sign[0].lower(), k): _in_snake_case(v)
            for k, v in value.items()
        }
    return [_in_snake_case(item) for item in value] if isinstance(value, list) else value


def _in_camel_case(text: str) -> str:
    return re.sub("_([a-z])", lambda sign: sign[1].upper(), text)
