"""Connecting stores to their marketplaces (C5). A secret goes in and never comes out again."""

from __future__ import annotations

import re

import msgspec

from domain.operations.checks import is_web_address, refusals_at
from domain.operations.command import Command, Work, perform
from domain.operations.steps.versions import begin_edit, payload, require_version
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.signatures import check_secret
from domain.rules.vocabulary import ConnectorKind
from domain.store import store_connections, synchronizations
from domain.store.database import Row

LEAST_INTERVAL = 30
LONGEST_INTERVAL = 7 * 24 * 3600

# One folder of the client's own, by name: no path leads out of it.
_FOLDER = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NewConnection(msgspec.Struct, frozen=True, kw_only=True):
    """How to connect a store; a `secret` of None keeps the one there is. `interval_seconds` in seconds."""

    kind: ConnectorKind
    address: str | None
    secret: str | None
    enabled: bool
    interval_seconds: int

    def __repr__(self) -> str:
        return f"NewConnection({self.kind}, {self.address!r})"


class ConnectionChanged(msgspec.Struct, frozen=True):
    """The store whose connection was set or removed, and the connection's id, if it has one now."""

    store_id: int
    connection_id: int | None


async def set_store_connection(
    command: Command, *, store_id: int, connection: NewConnection, expected_version: int | None = None
) -> ConnectionChanged:
    """Connect a store to its marketplace, or change how it is; its circuit is closed again.

    An enabled one is fetched from at once. Raises NOT_FOUND for an unknown store, VERSION_CONFLICT, and
    INVALID_INPUT for an address or secret that does not fit the kind, or an interval out of bounds.
    """

    async def body(work: Work) -> ConnectionChanged:
        version = await begin_edit(work)
        store = await _store(work, store_id)
        before = await store_connections.lock(work.sql, client_id=work.client_id, store_id=store_id)
        require_version(before, expected_version, what="store's connection")
        _check(connection, has_secret=before is not None and before["secret"] is not None)
        pulled = connection.enabled and connection.kind is not ConnectorKind.PUSH
        connection_id = await store_connections.put(
            work.sql,
            client_id=work.client_id,
            store_id=store_id,
            kind=connection.kind,
            address=connection.address,
            secret=connection.secret or (before["secret"] if before else None),
            enabled=connection.enabled,
            interval_seconds=connection.interval_seconds,
            next_due_at=work.now if pulled else None,
            # Another place has other cursors.
            keep_cursor=before is not None and before["address"] == connection.address,
            version=version,
        )
        if not pulled:
            await _call_off(work, store_id, "The store's marketplace is not to be asked any more.")
        work.settings_changed()
        work.audit(
            "STORE_CONNECTED",
            f"Store {store['code']} was connected to its marketplace ({connection.kind}).",
            before=_told(before) if before else None,
            after=_told(msgspec.structs.asdict(connection)),
        )
        return ConnectionChanged(store_id, connection_id)

    # An answer is stored with its payload's hash only, so the secret is nowhere but in its column.
    return await perform(
        command,
        operation="setStoreConnection",
        payload=payload([store_id, connection], expected_version),
        answer=ConnectionChanged,
        body=body,
    )


async def remove_store_connection(
    command: Command, *, store_id: int, expected_version: int | None = None
) -> ConnectionChanged:
    """Disconnect a store and forget its secret.

    Raises NOT_FOUND, VERSION_CONFLICT, and NOTHING_TO_DO if it isn't connected.
    """

    async def body(work: Work) -> ConnectionChanged:
        await begin_edit(work)
        store = await _store(work, store_id)
        before = await store_connections.lock(work.sql, client_id=work.client_id, store_id=store_id)
        require_version(before, expected_version, what="store's connection")
        if before is None:
            raise Refusal(ErrorCode.NOTHING_TO_DO, "The store is not connected.", path=("storeId",))
        await store_connections.delete(work.sql, client_id=work.client_id, store_id=store_id)
        await _call_off(work, store_id, "The store was disconnected.")
        work.settings_changed()
        work.audit(
            "STORE_DISCONNECTED",
            f"Store {store['code']} was disconnected from its marketplace.",
            before=_told(before),
        )
        return ConnectionChanged(store_id, None)

    return await perform(
        command,
        operation="removeStoreConnection",
        payload=payload(store_id, expected_version),
        answer=ConnectionChanged,
        body=body,
    )


async def _store(work: Work, store_id: int) -> Row:
    found = await store_connections.stores(work.sql, client_id=work.client_id, store_ids=[store_id])
    if not found:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such store.", path=("storeId",))
    return found[0]


async def _call_off(work: Work, store_id: int, failure: str) -> None:
    await synchronizations.call_off(
        work.sql, client_id=work.client_id, store_id=store_id, failure=failure, now=work.now
    )


def _check(connection: NewConnection, *, has_secret: bool) -> None:
    with refusals_at("input", "address"):
        _check_address(connection.kind, connection.address)
    if connection.secret is not None:
        with refusals_at("input", "secret"):
            check_secret(connection.secret)
    elif connection.kind is not ConnectorKind.FILE_DROP and not has_secret:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "Messages to and from a marketplace are signed: give the secret you share with it.",
            path=("input", "secret"),
        )
    if not LEAST_INTERVAL <= connection.interval_seconds <= LONGEST_INTERVAL:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"The interval must be from {LEAST_INTERVAL} seconds to a week ({LONGEST_INTERVAL:,}).",
            path=("input", "intervalSeconds"),
        )


def _check_address(kind: ConnectorKind, address: str | None) -> None:
    if kind is ConnectorKind.PUSH:
        if address is not None:
            raise Refusal(
                ErrorCode.INVALID_INPUT, "A marketplace that pushes has no address here; leave it out."
            )
    elif kind is ConnectorKind.FILE_DROP:
        if address is None or not _FOLDER.fullmatch(address):
            raise Refusal(
                ErrorCode.INVALID_INPUT, "Name a folder: letters, digits, dots, dashes and underscores."
            )
    elif address is None or not is_web_address(address):
        raise Refusal(
            ErrorCode.INVALID_INPUT, "Give the marketplace's address: https://, without a user or a fragment."
        )


def _told(connection: Row | dict[str, object]) -> dict[str, object]:
    """What the audit trail may know."""
    return {name: connection[name] for name in ("kind", "address", "enabled", "interval_seconds")}
