"""What a worker proves itself with to other servers is never logged, whether they let it in or not."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from structlog.testing import capture_logs

from domain.operations.email_templates import assign_email_template, save_email_template
from domain.rules.vocabulary import EmailEvent
from domain.settings import Settings
from jobs.mailing import Server
from jobs.worker import run_worker
from tests.builders import Shop
from tests.mail_server import MailServer, mail_server
from tests.simulating import HOST
from tests.waiting import eventually
from tests.webhook_receiver import endpoint_of, webhook_receiver

pytestmark = pytest.mark.anyio

RIGHT = "right-p@ssword"
WRONG = "wrong-p@ssword"


async def with_order_to_tell_of(shop: Shop) -> None:
    """An order that is short, and whose customer is to be told."""
    saved = await save_email_template(
        shop.command(), template_id=None, name="Sorry", subject="{{ order.number }}", body="Sorry."
    )
    await assign_email_template(shop.command(), event=EmailEvent.OUT_OF_STOCK, template_id=saved.template_id)
    await shop.stock(TEA=1)
    await shop.order("SO-1", TEA=1)
    await shop.write("UPDATE orders SET email = 'ann@home.example'")
    await shop.stock(TEA=0)


@pytest.mark.parametrize("password", [RIGHT, WRONG])
async def test_neither_the_mail_servers_password_nor_a_webhooks_secret_is_logged(
    settings: Settings, shop: Shop, redis: Redis, caplog: pytest.LogCaptureFixture, password: str
) -> None:
    stop = asyncio.Event()
    with caplog.at_level(logging.DEBUG), capture_logs() as logged:
        async with (
            mail_server(password=RIGHT) as mail,
            webhook_receiver(500) as broken,
            webhook_receiver("drop") as gone,
            webhook_receiver() as good,
            asyncio.TaskGroup() as group,
        ):
            receivers = (broken, gone, good)
            for name, receiver in zip(("Broken", "Gone", "Good"), receivers, strict=True):
                await endpoint_of(shop, receiver, name=name)
            await with_order_to_tell_of(shop)
            told = with_mail(settings, mail, password)
            group.create_task(run_worker(told, database=shop.database, redis=redis, stop=stop))
            try:
                await eventually(lambda: all_were_asked(mail, [len(one.ids) for one in receivers]))
            finally:
                stop.set()

    assert mail.logins[0] is (password == RIGHT)
    # What the tests' own mail server logs is not the program's affair.
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
    everything = "\n".join([*lines, repr(logged)])
    assert logged, "a worker that tells nothing proves nothing"
    for receiver in receivers:
        assert receiver.secret
        assert receiver.secret.removeprefix("whsec_") not in everything
    assert password not in everything
    assert quote(password, safe="") not in everything


def with_mail(settings: Settings, mail: MailServer, password: str) -> Settings:
    url = f"smtp://shop:{quote(password, safe='')}@{HOST}:{mail.port}"
    return settings.model_copy(
        update={
            "smtp_url": SecretStr(url),
            "smtp_sender": "Acme <orders@acme.example>",
            "webhook_hosts": (HOST,),
            "shutdown_seconds": 1,
        }
    )


async def all_were_asked(mail: MailServer, deliveries: list[int]) -> bool:
    return bool(mail.logins) and all(deliveries)


async def test_what_is_printed_of_a_mail_server_does_not_show_its_password() -> None:
    server = Server(host="mail.example", port=587, tls=False, username="orders", password="correct horse")
    assert "correct horse" not in repr(server)
