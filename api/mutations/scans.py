"""Applying what scanners recorded offline (F10)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import split_id
from api.mutations.answering import UserError, answered, user_errors
from api.roles import SCANNERS
from api.types.scans import ScanInput, ScanOutcome
from domain.operations import apply_scans as applying
from domain.operations.command import Command
from domain.rules.vocabulary import ScanAction

_DOCUMENTS = {ScanAction.FILL: "Backorder", ScanAction.RECEIVE: "PurchaseOrder"}
_NO_DOCUMENT = 0


@strawberry.type(description="The answer of applyScans.")
class ScansPayload:
    """What became of each scan."""

    scans: list[ScanOutcome] = strawberry.field(description="What became of each scan, in their order.")
    user_errors: list[UserError] = strawberry.field(
        description="Why the whole call was refused; what was refused of single scans is told with them."
    )


@strawberry.type
class ScanMutations:
    """The part of `Mutation` for scanners."""

    @strawberry.mutation(
        description="Apply what a scanner recorded offline, in the order of recording: each scan on its own "
        "and once, however often it is sent (F10). At most 1,000 scans."
    )
    async def apply_scans(
        self,
        info: Info,
        scans: Annotated[list[ScanInput], strawberry.argument(description="The scans, oldest first.")],
        sent_at: Annotated[
            datetime | None,
            strawberry.argument(
                description="What the clock that `scannedAt` was read from shows at this very sending. With "
                "it each scan is of its own moment, however wrong that clock is: a COUNT says what was there "
                "then, and what came and left since is added. Without it, all are of the moment they are "
                "applied."
            ),
        ] = None,
    ) -> ScansPayload:
        async def operation(command: Command) -> list[applying.ScanOutcome]:
            return await applying.apply_scans(
                command, scans=[_scan(given) for given in scans], sent_at=sent_at
            )

        answer = await answered(info, operation, roles=SCANNERS, idempotency_key=None)
        return ScansPayload(
            scans=[
                ScanOutcome(
                    key=scan.key,
                    outcome=scan.outcome,
                    error=user_errors([scan.error])[0] if scan.error else None,
                )
                for scan in answer.result or []
            ],
            user_errors=answer.errors,
        )


def _scan(given: ScanInput) -> applying.Scan:
    return applying.Scan(
        key=given.key,
        action=given.action,
        code=given.code,
        quantity=1 if given.quantity is None else given.quantity,
        distribution_center_code=given.distribution_center_code,
        document_id=_document_id(given),
        scanned_at=given.scanned_at,
    )


def _document_id(given: ScanInput) -> int | None:
    """The number in the document's id; of an id of another kind, one that no document has.

    So one bad id fails its own scan, and the others of the batch are applied.
    """
    if given.document_id is None or given.action not in _DOCUMENTS:
        return None
    found = split_id(given.document_id)
    return found[1] if found and found[0] == _DOCUMENTS[given.action] else _NO_DOCUMENT
