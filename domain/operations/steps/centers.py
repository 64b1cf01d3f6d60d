"""The distribution center that a command names."""

from __future__ import annotations

from domain.operations.command import Work
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import reference
from domain.store.database import Row


async def named_center(work: Work, distribution_center_id: int) -> Row:
    """The client's distribution center with this id: id, code, name and kind. Raises NOT_FOUND."""
    center = await reference.distribution_center(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    if center is None:
        raise Refusal(
            ErrorCode.NOT_FOUND, "There is no such distribution center.", path=("distributionCenter",)
        )
    return center
