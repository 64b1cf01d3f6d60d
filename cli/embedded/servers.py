"""The databases a command works on: the ones it was told, or embedded ones for as long as it runs."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import SecretStr

from cli.embedded.errors import EmbeddedServerError
from cli.embedded.folders import make_data_dir, server_account, socket_folder
from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.presence import Presence
from cli.embedded.redis import EmbeddedRedis, redis_program
from cli.signals import undisturbed
from domain.settings import Settings


@contextmanager
def databases(settings: Settings, *, redis: bool, durable: bool = True) -> Iterator[Settings]:
    """Settings with a URL for each database, while the block runs.

    What has no URL yet is embedded: attached to when another process of ours runs it on the same data
    directory, else started; the last process to leave stops it. `redis` says whether the command needs
    Redis at all. Without a Redis server on the PATH the answer's `redis_url` stays None: Redis is then
    inside this process, and only one process can have it. `durable=False` is for throw-away data.
    Raises EmbeddedServerError.
    """
    embed_postgres = settings.database_url is None
    embed_redis = redis and settings.redis_url is None
    if not embed_postgres and not embed_redis:
        yield settings
        return
    account = server_account()
    data_dir = make_data_dir(settings.data_dir, account)
    sockets = socket_folder(data_dir, account)
    postgres = EmbeddedPostgres(data_dir=data_dir, sockets=sockets, account=account, durable=durable)
    private_redis = EmbeddedRedis(data_dir=data_dir, sockets=sockets)
    program = redis_program() if embed_redis else None
    with ExitStack() as stack:
        urls: dict[str, SecretStr] = {}
        if embed_redis and program is None:
            stack.enter_context(_only_process_with_redis_inside(data_dir))
        presence = stack.enter_context(_used_by_us(data_dir, postgres, private_redis))
        if embed_postgres:
            urls["database_url"] = SecretStr(postgres.url)
        if program is not None:
            urls["redis_url"] = SecretStr(private_redis.url)
        with presence.alone():
            if embed_postgres:
                postgres.start()
            if program is not None:
                private_redis.start(program)
        yield settings.model_copy(update=urls)


def running_redis(data_dir: Path) -> str | None:
    """The URL of the embedded Redis of this folder, if it runs; nothing is made to find out."""
    if not data_dir.is_dir():
        return None
    redis = EmbeddedRedis(data_dir=data_dir, sockets=socket_folder(data_dir, server_account()))
    return redis.url if redis.answers() else None


@contextmanager
def _used_by_us(data_dir: Path, *servers: EmbeddedPostgres | EmbeddedRedis) -> Iterator[Presence]:
    """While the block runs this process is a user; the last user stops all servers, whoever started them."""
    presence = Presence(data_dir)
    with presence.alone():
        presence.enter()
    try:
        yield presence
    finally:
        with undisturbed(), presence.alone():
            if presence.leave():
                for server in servers:
                    server.stop()
        presence.close()


@contextmanager
def _only_process_with_redis_inside(data_dir: Path) -> Iterator[None]:
    with (data_dir / "redis-inside.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedServerError(
                f"Another process already runs on {data_dir} with Redis inside it, and this machine has no "
                "redis-server or valkey-server that both could use. Install one, or set BACKFILL_REDIS_URL "
                "for every process."
            ) from None
        yield
