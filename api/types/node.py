"""Objects with a global id, and loading them by the ids that rows refer to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, made_of
from api.execution.selection import selected
from api.ids import encode_id
from domain.views.nodes import joined, rows_by_ids


@strawberry.interface(description="An object with an id that is unique in the whole API.")
class Node:
    """The Relay interface of everything that can be fetched again by its id."""

    id: strawberry.ID = strawberry.field(description="The object's global id; pass it back as it is.")


def node_id(kind: str) -> Any:
    """The `id` field of a type whose rows carry a numeric `id`."""
    return made_of(
        "id",
        partial(encode_id, kind),
        graphql_type=strawberry.ID,
        description="The object's global id; pass it back as it is.",
        name="id",
    )


async def load(info: Info, kind: str, ids: Sequence[int | None]) -> list[Any]:
    """The row of each id, or None, with the columns that the current field's selection needs."""
    return await rows_by_ids(
        info.context.database,
        kind,
        client_id=info.context.client_id,
        ids=ids,
        selected=selected(info),
    )


async def follow(parents: Parents, info: Info, kind: str, column: str) -> list[Any]:
    """The object that each parent's column refers to; it has come along with the parents, or is loaded."""
    name = info.python_name
    came: list[Any] | None = joined(list(parents), name)
    if came is not None:
        return came
    return await load(info, kind, [row[column if column in row else f"{name}.id"] for row in parents])
