"""Settings come from the environment, and no secret leaves them by accident."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from domain.rules.vocabulary import Role
from domain.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "BOOTSTRAP_TOKEN", "PORT"):
        monkeypatch.delenv(f"BACKFILL_{name}", raising=False)


def test_printing_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKFILL_DATABASE_URL", "postgresql://shop:hunter2@db/backfill")
    monkeypatch.setenv("BACKFILL_REDIS_URL", "redis://:hunter2@queue:6379")
    monkeypatch.setenv("BACKFILL_BOOTSTRAP_TOKEN", "hunter2")
    settings = Settings()
    assert "hunter2" not in f"{settings} {settings!r} {settings.model_dump_json()}"
    assert settings.postgresql_url() == "postgresql://shop:hunter2@db/backfill"


@pytest.mark.parametrize(
    "url",
    [
        "postgres://db/backfill",
        "postgresql://shop@db:5433/backfill",
        "postgresql://shop@/backfill?host=/run/postgresql",
    ],
)
def test_every_form_of_a_postgresql_url_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("BACKFILL_DATABASE_URL", url)
    assert Settings().postgresql_url() == url


@pytest.mark.parametrize("name", ["BACKFILL_DATABASE_URL", "BACKFILL_REDIS_URL"])
def test_a_url_of_another_kind_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "mysql://shop:hunter2@db/backfill")
    with pytest.raises(ValidationError, match="must start with") as refused:
        Settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.rule("F6")
def test_answers_are_kept_for_as_long_as_scanners_send_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKFILL_KEEP_ANSWERS_DAYS", "6")
    with pytest.raises(ValidationError, match="greater than or equal to 7"):
        Settings()


@pytest.mark.rule("D7")
@pytest.mark.parametrize("url", ["http://shop:hunter2@mail", "smtp://", "shop:hunter2@mail"])
def test_a_mail_server_that_is_none_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("BACKFILL_SMTP_URL", url)
    with pytest.raises(ValidationError, match="must be smtp://") as refused:
        Settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.rule("D7")
def test_a_mail_server_and_a_sender_are_taken_and_the_password_is_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKFILL_SMTP_URL", "smtps://shop:hunter2@mail.example:465")
    monkeypatch.setenv("BACKFILL_SMTP_SENDER", "Shop <orders@shop.example>")
    settings = Settings()
    assert "hunter2" not in f"{settings!r} {settings.model_dump_json()}"
    assert settings.smtp_sender == "Shop <orders@shop.example>"
    monkeypatch.setenv("BACKFILL_SMTP_SENDER", "nobody")
    with pytest.raises(ValidationError, match="must be an address"):
        Settings()


@pytest.mark.parametrize("token", ["two words", "hunter2\n", " hunter2", "schlüssel", "x" * 8193])
def test_a_first_token_that_no_request_could_carry_is_refused(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("BACKFILL_BOOTSTRAP_TOKEN", token)
    with pytest.raises(ValidationError, match="must be visible ASCII characters") as refused:
        Settings()
    assert token.strip() not in str(refused.value)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKFILL_DATABASE_URL", "")
    monkeypatch.setenv("BACKFILL_PORT", "")
    settings = Settings()
    assert settings.database_url is None
    assert settings.port == 8000


def test_an_issuer_is_set_with_whom_its_tokens_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKFILL_OIDC_ISSUER", "https://login.example/realm")
    with pytest.raises(ValidationError, match="must be set with BACKFILL_OIDC_ISSUER"):
        Settings()
    monkeypatch.setenv("BACKFILL_OIDC_AUDIENCE", "backfill, shop")
    monkeypatch.setenv("BACKFILL_OIDC_ROLES", "picker=SCANNER, the boss=ADMIN,a=b=VIEWER")
    monkeypatch.setenv("BACKFILL_OIDC_ALGORITHMS", "ES256")
    settings = Settings()
    assert settings.oidc_audience == ("backfill", "shop")
    assert list(settings.oidc_roles.items()) == [
        ("picker", Role.SCANNER),
        ("the boss", Role.ADMIN),
        ("a=b", Role.VIEWER),
    ]
    assert settings.oidc_algorithms == ("ES256",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "login.example"),
        ("ISSUER", "https://user@login.example"),
        ("ISSUER", "https://login.example/?realm=1"),
        ("JWKS_URL", "file:///etc/passwd"),
        ("ALGORITHMS", "none"),
        ("ALGORITHMS", "ES256,HS256"),
        ("ROLES", "picker"),
        ("ROLES", "picker=ROOT"),
        ("ROLES", "=ADMIN"),
        ("KEYS_SECONDS", "1"),
    ],
)
def test_what_would_weaken_the_check_of_tokens_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("BACKFILL_OIDC_AUDIENCE", "backfill")
    monkeypatch.setenv(f"BACKFILL_OIDC_{name}", value)
    with pytest.raises(ValidationError):
        Settings()
