"""Versions of what a client has set up: an edit can refuse to overwrite what its author has not seen (F6).

A version is the number of the client's edit that made it, so what is deleted and made anew has another one.
"""

from __future__ import annotations

from domain.operations.command import Work
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import reference
from domain.store.database import Row


async def begin_edit(work: Work) -> int:
    """The version that this edit makes. Nobody else edits what the client has set up until it is over.

    Pools are locked before it (store/locks.py).
    """
    return await reference.next_edit(work.sql, client_id=work.client_id)


def require_version(
    row: Row | None, expected: int | None, *, what: str, path: tuple[str, ...] = ("expectedVersion",)
) -> None:
    """Raise VERSION_CONFLICT when what is there, or that nothing is, is not what the caller has seen.

    `row` is None when there is nothing, whose version is 0; with `expected` of None anything will do.
    """
    current: int = 0 if row is None else row["version"]
    if expected is None or expected == current:
        return
    is_now = f"at version {current} by now" if row else "not there any more"
    raise Refusal(
        ErrorCode.VERSION_CONFLICT,
        f"The {what} is {is_now}, not at {expected}; read it again before you change it.",
        path=path,
        details={"currentVersion": current},
    )


def payload(told: object, expected_version: int | None) -> object:
    """What makes a repetition the same request: keys that were used without a version stay good."""
    return told if expected_version is None else [told, expected_version]
