"""Mutations of e-mail templates and of the delivery log (D7)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id, decode_optional
from api.mutations.answering import ExpectedEdit, IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS
from api.roles import ADMINS, OPERATORS
from api.types.emails import EmailDelivery, EmailTemplate
from api.types.node import load
from domain.operations import email_deliveries, email_templates
from domain.operations.command import Command
from domain.rules.vocabulary import EmailEvent


@strawberry.type(description="The answer of a mutation of an e-mail template.")
class EmailTemplatePayload:
    """The template, unless it was refused."""

    template_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The template as it is now; null when there is none, or the call was refused.")
    async def template(parents: Parents, info: Info) -> list[EmailTemplate | None]:
        return await load(info, "EmailTemplate", [payload.template_id for payload in parents])


@strawberry.type(description="The answer of deleteEmailTemplate.")
class DeleteEmailTemplatePayload:
    """Which template was deleted, unless it was refused."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The id of the template that is no more; null when the call was refused."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The answer of a mutation of an e-mail.")
class EmailDeliveryPayload:
    """The e-mail, unless it was refused."""

    delivery_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The e-mail as it is now; null when the call was refused.")
    async def delivery(parents: Parents, info: Info) -> list[EmailDelivery | None]:
        return await load(info, "EmailDelivery", [payload.delivery_id for payload in parents])


@strawberry.type
class EmailMutations:
    """The part of `Mutation` about e-mails to customers."""

    @strawberry.mutation(
        description="Create a template of e-mails or, with an id, replace one; see EmailTemplate for what it "
        "may say. One that does not render is refused: INVALID_INPUT with the field and the line. Takes the "
        "role ADMIN."
    )
    async def save_email_template(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="As people call it.")],
        subject: Annotated[str, strawberry.argument(description="The template of the subject.")],
        body: Annotated[str, strawberry.argument(description="The template of the text.")],
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The template to replace.")
        ] = None,
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> EmailTemplatePayload:
        async def operation(command: Command) -> email_templates.TemplateChanged:
            return await email_templates.save_email_template(
                command,
                template_id=decode_optional("EmailTemplate", id, argument="id"),
                name=name,
                subject=subject,
                body=body,
                expected_version=expected_version,
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        saved = outcome.result
        return EmailTemplatePayload(
            template_id=saved.template_id if saved else None, user_errors=outcome.errors
        )

    @strawberry.mutation(
        description="Delete a template. Its events send nothing any more, and what was not sent yet is "
        "skipped. Takes the role ADMIN."
    )
    async def delete_email_template(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The template.")],
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> DeleteEmailTemplatePayload:
        async def operation(command: Command) -> email_templates.TemplateChanged:
            number = decode_id("EmailTemplate", id, argument="id")
            return await email_templates.delete_email_template(
                command, template_id=number, expected_version=expected_version
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        return DeleteEmailTemplatePayload(
            deleted_id=id if outcome.result else None, user_errors=outcome.errors
        )

    @strawberry.mutation(
        description="Send this template whenever the event happens from now on; without one, send none. "
        "Takes the role ADMIN."
    )
    async def assign_email_template(
        self,
        info: Info,
        event: Annotated[EmailEvent, strawberry.argument(description="What happens.")],
        template_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The template; null for none.")
        ] = None,
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> EmailTemplatePayload:
        async def operation(command: Command) -> email_templates.TemplateChanged:
            number = decode_optional("EmailTemplate", template_id, argument="templateId")
            return await email_templates.assign_email_template(
                command, event=event, template_id=number, expected_version=expected_version
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        assigned = outcome.result
        return EmailTemplatePayload(
            template_id=assigned.template_id if assigned else None, user_errors=outcome.errors
        )

    @strawberry.mutation(
        description="Send an e-mail that failed, was skipped or waits, now, to the address that its order "
        "has now."
    )
    async def retry_email_delivery(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The e-mail.")],
        idempotency_key: IdempotencyKey = None,
    ) -> EmailDeliveryPayload:
        async def operation(command: Command) -> email_deliveries.DeliveryChanged:
            number = decode_id("EmailDelivery", id, argument="id")
            return await email_deliveries.retry_email_delivery(command, delivery_id=number)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        retried = outcome.result
        return EmailDeliveryPayload(
            delivery_id=retried.delivery_id if retried else None, user_errors=outcome.errors
        )
