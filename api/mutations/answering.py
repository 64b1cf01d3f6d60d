"""How a mutation answers: an operation's result, or why it was refused, as data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
import strawberry

from api.context import Info
from api.mutations.named_ids import named_id
from api.roles import check_role
from api.types.enums import ErrorCode
from domain.operations.answers import UserError as DomainUserError
from domain.operations.command import Command
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import Role

Result = TypeVar("Result")

_LOOKED_THROUGH = 20

IdempotencyKey = Annotated[
    str | None,
    strawberry.argument(
        description="A key of your own for this request: sent again with the same payload it gets the stored "
        "answer and nothing is done twice (F6)."
    ),
]
ExpectedVersion = Annotated[
    int | None,
    strawberry.argument(
        description="The order's version you have seen; if it has changed since, nothing is done and the "
        "answer is VERSION_CONFLICT with the current one (F6)."
    ),
]

ExpectedEdit = Annotated[
    int | None,
    strawberry.argument(
        description="The version of it you have seen, 0 for none; if it is another one by now, nothing is "
        "done and the answer is VERSION_CONFLICT with the current one (F6)."
    ),
]


@strawberry.type(
    description="A refusal the caller can act on. Broken requests and outages are GraphQL errors."
)
class UserError:
    """An expected no, as data."""

    code: ErrorCode = strawberry.field(description="Why, for programs.")
    message: str = strawberry.field(description="Why, and what to do, for people.")
    path: list[str] | None = strawberry.field(description="Where in the input, from the argument's name on.")
    current_version: int | None = strawberry.field(
        default=None,
        description="With VERSION_CONFLICT: the version now of what was to be changed; 0 when it is no more.",
    )
    wanted: int | None = strawberry.field(
        default=None, description="With INSUFFICIENT_STOCK: the units that were wanted."
    )
    available: int | None = strawberry.field(
        default=None, description="With INSUFFICIENT_STOCK: the units that are available."
    )
    line: int | None = strawberry.field(
        default=None, description="With a template that does not render: the line of the field, from 1."
    )


class Answered(msgspec.Struct, Generic[Result], frozen=True):
    """What an operation answered; `result` is None when it was refused as a whole."""

    result: Result | None
    errors: list[UserError]


def user_errors(errors: Sequence[DomainUserError]) -> list[UserError]:
    """Refusals as GraphQL objects."""
    return [_user_error(error) for error in errors]


async def answered(
    info: Info,
    operation: Callable[[Command], Awaitable[Result]],
    *,
    roles: frozenset[Role],
    idempotency_key: str | None,
) -> Answered[Result]:
    """Run an operation for the caller, if the caller's role is one of `roles`."""
    try:
        await check_role(info, roles)
        result = await operation(info.context.command(idempotency_key))
    except Refusal as refusal:
        await _record_foreign_id(info, [refusal])
        return Answered(None, [_user_error(DomainUserError.of(refusal))])
    # What does many things is refused some of them, and not as a whole.
    await _record_foreign_id(info, getattr(result, "errors", ()))
    return Answered(result, [])


async def _record_foreign_id(info: Info, refused: Sequence[Refusal | DomainUserError]) -> None:
    """Have it in the audit trail that an id was named which this client has not; of several, the first.

    Whether another client has it nobody here can see, and nobody is told.
    """
    # Some will do, of the thousands that one call may be refused.
    paths = [one.path for one in refused[:_LOOKED_THROUGH] if one.code is ErrorCode.NOT_FOUND]
    found = next(((path, id_) for path in paths if (id_ := named_id(info, path)) is not None), None)
    if found is None:
        return
    context = info.context
    await context.refusals.id_refused(
        context.database,
        context.authority,
        field=info.field_name,
        argument=".".join(found[0]),
        id_=found[1],
        now=context.now(),
    )


def _user_error(error: DomainUserError) -> UserError:
    return UserError(
        code=error.code,
        message=error.message,
        path=list(error.path) or None,
        current_version=_figure(error, "currentVersion"),
        wanted=_figure(error, "wanted"),
        available=_figure(error, "available"),
        line=_figure(error, "line"),
    )


def _figure(error: DomainUserError, name: str) -> int | None:
    value = error.details.get(name)
    return value if isinstance(value, int) else None
