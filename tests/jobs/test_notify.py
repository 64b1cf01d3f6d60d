"""A worker with a mail server tells customers; one without says that it can't."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from domain.operations.email_templates import assign_email_template, save_email_template
from domain.rules.vocabulary import EmailEvent
from domain.settings import Settings
from domain.store.database import Database
from jobs.mailing import SmtpMailer
from jobs.notify import Notifier
from jobs.worker import run_worker
from tests.builders import Shop
from tests.mail_server import MailServer, mail_server
from tests.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D7"), pytest.mark.usefixtures("redis")]


async def back_ordered(database: Database, orders: int) -> Shop:
    """A shop whose orders are all short, and the customers of which are to be told."""
    shop = await Shop.open(database)
    saved = await save_email_template(
        shop.command(), template_id=None, name="Sorry", subject="{{ order.number }}", body="Sorry."
    )
    await assign_email_template(shop.command(), event=EmailEvent.OUT_OF_STOCK, template_id=saved.template_id)
    await shop.stock(TEA=orders)
    for number in range(orders):
        await shop.order(f"SO-{number:02}", TEA=1)
    await shop.write("UPDATE orders SET email = 'ann@home.example'")
    await shop.stock(TEA=0)
    return shop


def with_mail(settings: Settings, mail: MailServer) -> Settings:
    return settings.model_copy(
        update={"smtp_url": SecretStr(mail.url), "smtp_sender": "Acme <orders@acme.example>"}
    )


async def test_a_worker_sends_what_is_due_and_tries_again_what_failed(
    settings: Settings, database: Database, redis: Redis
) -> None:
    stop = asyncio.Event()
    async with mail_server() as mail, asyncio.TaskGroup() as group:
        mail.answers = ["451 Later"]
        shop = await back_ordered(database, 2)
        group.create_task(run_worker(with_mail(settings, mail), database=database, redis=redis, stop=stop))
        try:
            await eventually(lambda: _counted(shop, "status = 'SENT'", 1))
            assert await shop.value("SELECT due_at > now() FROM email_deliveries WHERE status = 'PENDING'")
            await shop.write("UPDATE email_deliveries SET due_at = now() WHERE status = 'PENDING'")
            await eventually(lambda: _counted(shop, "status = 'SENT'", 2))
        finally:
            stop.set()

    assert (mail.subjects, mail.refused) == (["SO-00", "SO-01"], 1)


async def test_a_job_goes_on_until_nothing_is_due(settings: Settings, database: Database) -> None:
    async with mail_server() as mail:
        shop = await back_ordered(database, 7)
        mailer = SmtpMailer.of(with_mail(settings, mail))

        await Notifier(database=database, mailer=mailer, stopping=asyncio.Event()).notify()

    assert len(set(mail.subjects)) == len(mail.subjects) == 7
    assert await _counted(shop, "status = 'SENT'", 7)


async def test_an_e_mail_that_the_server_takes_its_time_for_holds_up_no_other(
    settings: Settings, database: Database, redis: Redis
) -> None:
    stop = asyncio.Event()
    async with mail_server() as mail, asyncio.TaskGroup() as group:
        mail.looks_through = {"SO-00": 60}
        shop = await back_ordered(database, 30)
        worker = group.create_task(
            run_worker(with_mail(settings, mail), database=database, redis=redis, stop=stop)
        )
        try:
            await eventually(lambda: _counted(shop, "status = 'SENT'", 29))
        finally:
            stop.set()
            await asyncio.sleep(0)
            worker.cancel()

    assert mail.subjects == [f"SO-{number:02}" for number in range(30)]


async def test_without_a_mail_server_or_a_sender_there_is_no_mailer_and_all_wait(
    settings: Settings, database: Database
) -> None:
    shop = await back_ordered(database, 1)
    for told in (
        settings,
        settings.model_copy(update={"smtp_sender": "orders@acme.example"}),
        settings.model_copy(update={"smtp_url": SecretStr("smtp://localhost")}),
    ):
        assert SmtpMailer.of(told) is None

    await Notifier(database=database, mailer=None, stopping=asyncio.Event()).notify()

    assert await _counted(shop, "status = 'PENDING' AND attempts = 0 AND reason ~ 'BACKFILL_SMTP_URL'", 1)


async def _counted(shop: Shop, condition: str, expected: int) -> bool:
    query = f"SELECT count(*) FROM email_deliveries WHERE {condition}"  # noqa: S608
    return bool(await shop.value(query) == expected)
