"""Saving, deleting and assigning the templates of e-mails (D7)."""

from __future__ import annotations

import msgspec

from domain.operations.checks import check_text
from domain.operations.command import Command, Work, perform
from domain.operations.steps.versions import begin_edit, payload, require_version
from domain.rules.email_templates import check_template
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import EmailEvent
from domain.store import email_templates
from domain.store.database import Row


class TemplateChanged(msgspec.Struct, frozen=True):
    """The template it was about, or None when there is none any more."""

    template_id: int | None


async def save_email_template(
    command: Command,
    *,
    template_id: int | None,
    name: str,
    subject: str,
    body: str,
    expected_version: int | None = None,
) -> TemplateChanged:
    """Create a template or, with an id, replace one.

    Raises NOT_FOUND, DUPLICATE for a name that another one has, INVALID_INPUT for a text that does not
    render, with its line in the details, and VERSION_CONFLICT.
    """

    async def body_(work: Work) -> TemplateChanged:
        check_text(name, what="name", path=("name",))
        check_template(subject=subject, body=body)
        version = await begin_edit(work)
        before = None if template_id is None else await _template(work, template_id, path=("id",))
        require_version(before, expected_version, what="e-mail template")
        if await email_templates.id_of_name(work.sql, client_id=work.client_id, name=name) not in (
            None,
            template_id,
        ):
            raise Refusal(ErrorCode.DUPLICATE, f"Another template is called {name!r}.", path=("name",))
        texts = {"name": name, "subject": subject, "body": body}
        if template_id is None:
            saved = await email_templates.insert(
                work.sql, client_id=work.client_id, **texts, version=version, now=work.now
            )
        else:
            saved = template_id
            await email_templates.change(
                work.sql,
                client_id=work.client_id,
                template_id=saved,
                **texts,
                version=version,
                now=work.now,
            )
        work.settings_changed()
        work.audit(
            "EMAIL_TEMPLATE_SAVED",
            f"The e-mail template {name!r} was saved.",
            before=None if before is None else {key: before[key] for key in texts},
            after=texts,
        )
        return TemplateChanged(saved)

    return await perform(
        command,
        operation="saveEmailTemplate",
        payload=payload([template_id, name, subject, body], expected_version),
        answer=TemplateChanged,
        body=body_,
    )


async def delete_email_template(
    command: Command, *, template_id: int, expected_version: int | None = None
) -> TemplateChanged:
    """Delete a template with its assignments; e-mails of it that were not sent are skipped.

    Raises NOT_FOUND and VERSION_CONFLICT.
    """

    async def body(work: Work) -> TemplateChanged:
        await begin_edit(work)
        template = await _template(work, template_id, path=("id",))
        require_version(template, expected_version, what="e-mail template")
        await email_templates.delete(work.sql, client_id=work.client_id, template_id=template_id)
        work.settings_changed()
        work.audit(
            "EMAIL_TEMPLATE_DELETED",
            f"The e-mail template {template['name']!r} was deleted.",
            before={key: template[key] for key in ("name", "subject", "body")},
        )
        return TemplateChanged(template_id)

    return await perform(
        command,
        operation="deleteEmailTemplate",
        payload=payload(template_id, expected_version),
        answer=TemplateChanged,
        body=body,
    )


async def assign_email_template(
    command: Command, *, event: EmailEvent, template_id: int | None, expected_version: int | None = None
) -> TemplateChanged:
    """Send this template whenever the event happens from now on, or none.

    Raises NOT_FOUND and VERSION_CONFLICT.
    """

    async def body(work: Work) -> TemplateChanged:
        version = await begin_edit(work)
        if template_id is not None:
            await _template(work, template_id, path=("templateId",))
        before = await email_templates.assigned(work.sql, client_id=work.client_id, event=event)
        require_version(before, expected_version, what="assignment of a template")
        await email_templates.assign(
            work.sql, client_id=work.client_id, event=event, template_id=template_id, version=version
        )
        work.settings_changed()
        work.audit(
            "EMAIL_TEMPLATE_ASSIGNED",
            f"The e-mail for {event} was {'changed' if template_id else 'switched off'}.",
            before={"event": event, "template": None if before is None else before["template_id"]},
            after={"event": event, "template": template_id},
        )
        return TemplateChanged(template_id)

    return await perform(
        command,
        operation="assignEmailTemplate",
        payload=payload([event, template_id], expected_version),
        answer=TemplateChanged,
        body=body,
    )


async def _template(work: Work, template_id: int, *, path: tuple[str, ...]) -> Row:
    template = await email_templates.get(work.sql, client_id=work.client_id, template_id=template_id)
    if template is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such e-mail template.", path=path)
    return template
