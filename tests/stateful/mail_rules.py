"""Rules: e-mails to customers, and a mail server that takes them, refuses them, or is away (D7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.email_deliveries import retry_email_delivery, send_due_emails
from domain.operations.email_templates import (
    assign_email_template,
    delete_email_template,
    save_email_template,
)
from domain.ports import Email, EmailNotSentError, EmailRefusedError
from domain.rules.vocabulary import EmailEvent
from tests.stateful.driver import Driver
from tests.stateful.order_rules import PICK

NAMES = ("short", "long")


@dataclass
class Post:
    """A mail server in the program; `taken` are the references of what it has taken."""

    answer: str
    taken: list[str] = field(default_factory=list)

    async def send(self, email: Email) -> None:
        """Take the e-mail, or not."""
        if self.answer == "refused":
            raise EmailRefusedError("550 No such mailbox")
        if self.answer == "away":
            raise EmailNotSentError("Nobody answers")
        self.taken.append(email.reference)


class MailRules(Driver):
    """Templates, what they are for, sending, and sending again."""

    @rule(
        name=st.sampled_from(NAMES),
        what=st.sampled_from(("save", "save", "save as new", "delete")),
        text=st.sampled_from(("Order {{ order.number }}", "{{ order.number }} of {{ client }}")),
    )
    def template(self, name: str, what: str, text: str) -> None:
        template_id = self._template(name)
        if what == "delete" and template_id is not None:
            known = template_id
            self.both(
                "delete template",
                lambda: self.model.delete_template(name),
                lambda c: delete_email_template(c, template_id=known),
            )
        elif what != "delete":
            replaced = None if what == "save as new" else template_id
            self.both(
                "save template",
                lambda: self.model.save_template(name, new=replaced is None),
                lambda c: save_email_template(c, template_id=replaced, name=name, subject=text, body=text),
            )

    @rule(event=st.sampled_from(EmailEvent), name=st.sampled_from((None, *NAMES, *NAMES)))
    def assign(self, event: EmailEvent, name: str | None) -> None:
        template_id = None if name is None else self._template(name)
        chosen = None if template_id is None else name
        self.both(
            "assign template",
            lambda: self.model.assign(event, chosen),
            lambda c: assign_email_template(c, event=event, template_id=template_id),
        )

    @rule(answer=st.sampled_from(("taken", "taken", "refused", "away", "no server")))
    def send_mail(self, answer: str) -> None:
        """What is due is tried; whatever the server has taken was sent once."""
        self.step += 1
        post = Post(answer)
        mailer = None if answer == "no server" else post
        while self.run(send_due_emails(database=self.database, mailer=mailer, now=self.now)):
            pass
        expected = 0 if mailer is None else self.model.send(self.now, answer)
        ours = [reference for reference in post.taken if reference.split(".")[0] == str(self.shop.client_id)]
        assert len(ours) == len(set(ours)) == expected
        self.count(f"send e-mails ({answer})", None)

    @rule(pick=PICK)
    def send_again(self, pick: int) -> None:
        letter = self.choose(pick, self.model.letters, lambda letter: letter.status == "FAILED")
        if letter is None:
            return
        like = [
            other
            for other in self.model.letters
            if (other.order, other.event) == (letter.order, letter.event)
        ]
        query = """
            SELECT id FROM email_deliveries WHERE client_id = $1 AND order_id = $2 AND event = $3 ORDER BY id
        """
        told = self.run(
            self.shop.tuples(query, self.shop.client_id, self.order_id(letter.order), letter.event)
        )
        ((delivery_id,),) = [told[like.index(letter)]]
        self.both(
            "send e-mail again",
            lambda: self.model.retry(letter, self.now),
            lambda c: retry_email_delivery(c, delivery_id=delivery_id),
        )

    def _template(self, name: str) -> int | None:
        query = "SELECT id FROM email_templates WHERE client_id = $1 AND name = $2"
        found: list[tuple[int]] = self.run(self.shop.tuples(query, self.shop.client_id, name))
        return found[0][0] if found else None
