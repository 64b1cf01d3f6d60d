"""Mutations of API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected
from api.ids import decode_id
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS
from api.roles import ADMINS
from api.types.api_tokens import ApiToken
from domain.operations import api_tokens
from domain.operations.command import Command
from domain.rules.vocabulary import Role
from domain.views.api_tokens import api_tokens_by_ids


@strawberry.type(description="The answer of createApiToken.")
class CreateApiTokenPayload:
    """The token, unless it was refused."""

    token_id: strawberry.Private[int | None]
    secret: str | None = strawberry.field(
        description="What to send: `Authorization: Bearer SECRET`. It is told this once and kept nowhere: "
        "the call repeated under its idempotencyKey has null here. Whoever missed it revokes the token and "
        "makes another."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The token; null when the call was refused.")
    async def api_token(parents: Parents, info: Info) -> list[ApiToken | None]:
        return await _tokens(parents, info)


@strawberry.type(description="The answer of revokeApiToken.")
class RevokeApiTokenPayload:
    """The token, unless it was refused."""

    token_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The token as it is now; null when the call was refused.")
    async def api_token(parents: Parents, info: Info) -> list[ApiToken | None]:
        return await _tokens(parents, info)


async def _tokens(parents: Parents, info: Info) -> list[Any]:
    return await api_tokens_by_ids(
        info.context.database,
        client_id=info.context.client_id,
        ids=[payload.token_id for payload in parents],
        selected=selected(info),
    )


@strawberry.type
class ApiTokenMutations:
    """The part of `Mutation` about API tokens."""

    @strawberry.mutation(
        description="Make an API token of this client, whose secret is in the answer and nowhere else. Takes "
        "the role ADMIN."
    )
    async def create_api_token(
        self,
        info: Info,
        role: Annotated[Role, strawberry.argument(description="What its holder may do.")],
        label: Annotated[
            str,
            strawberry.argument(
                description="What it is for, in at most 255 characters; who uses it is called so in the "
                "audit trail."
            ),
        ],
        expires_at: Annotated[
            datetime | None, strawberry.argument(description="From when on it works no longer; null: never.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> CreateApiTokenPayload:
        async def operation(command: Command) -> api_tokens.TokenCreated:
            return await api_tokens.create_api_token(command, role=role, label=label, expires_at=expires_at)

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        created = outcome.result
        return CreateApiTokenPayload(
            token_id=created.token_id if created else None,
            secret=created.text if created else None,
            user_errors=outcome.errors,
        )

    @strawberry.mutation(
        description="Make an API token useless, for good: within seconds it is refused, and what is "
        "subscribed to with it is closed. Takes the role ADMIN."
    )
    async def revoke_api_token(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The token.")],
        idempotency_key: IdempotencyKey = None,
    ) -> RevokeApiTokenPayload:
        async def operation(command: Command) -> api_tokens.TokenChanged:
            return await api_tokens.revoke_api_token(
                command, token_id=decode_id("ApiToken", id, argument="id")
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        changed = outcome.result
        return RevokeApiTokenPayload(
            token_id=changed.token_id if changed else None, user_errors=outcome.errors
        )
