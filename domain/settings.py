"""What can be set from outside: environment variables that start with BACKFILL_, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain import setting_values
from domain.rules.vocabulary import Role
from domain.store.connecting import Limits


def default_data_dir() -> Path:
    """Where the embedded databases live: for root a system folder, for others their own."""
    return Path("/var/lib/backfill") if os.geteuid() == 0 else platformdirs.user_data_path("backfill")


class Settings(BaseSettings):
    """The program's settings. Secrets are SecretStr: printing or logging the settings shows none of them."""

    model_config = SettingsConfigDict(
        env_prefix="BACKFILL_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # A refused URL may hold a password; the error says which variable, never its value.
        hide_input_in_errors=True,
    )

    database_url: Annotated[SecretStr, AfterValidator(setting_values.postgresql_url)] | None = None
    """PostgreSQL: postgresql://user:password@host:port/name, or ?host=/socket/folder; none: embedded.

    Several hosts, as in postgresql://…@a,b/name: whichever of them takes writes.
    """

    reports_database_url: Annotated[SecretStr, AfterValidator(setting_values.postgresql_url)] | None = None
    """A replica of the database, which reports are read from; none: the database itself."""

    redis_url: Annotated[SecretStr, AfterValidator(setting_values.redis_url)] | None = None
    """Redis, as redis://, rediss://, unix:// or redis+sentinel://host,host/mymaster/0; none: embedded."""

    data_dir: Path = Field(default_factory=default_data_dir)
    """Folder of the embedded databases."""

    bootstrap_token: Annotated[SecretStr, AfterValidator(setting_values.token)] | None = None
    """First start on an empty database: client DEMO gets an admin token of this value."""

    oidc_issuer: Annotated[str, AfterValidator(setting_values.issuer)] | None = None
    """OpenID Connect issuer whose tokens are taken beside API tokens, as it names itself; none: no others."""

    oidc_audience: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(setting_values.separated),
        AfterValidator(setting_values.needed_with_issuer),
    ] = Field(default=(), validate_default=True)
    """Whom the issuer's tokens must be for (`aud`): one of these, separated by commas; needed with it."""

    oidc_jwks_url: Annotated[str, AfterValidator(setting_values.http_url)] | None = None
    """Where the issuer's keys are; none: where its discovery document says."""

    oidc_client_claim: str = Field(default="backfill_client", min_length=1)
    """Claim with the code of the client; dots lead into objects, as in realm.client."""

    oidc_role_claim: str = Field(default="backfill_role", min_length=1)
    """Claim with the role, or a list of which one is; dots lead into objects, as in realm_access.roles."""

    oidc_roles: Annotated[Mapping[str, Role], NoDecode, BeforeValidator(setting_values.roles)] = Field(
        default={}
    )
    """What values of that claim mean, picker=SCANNER,boss=ADMIN; the first counts; none: they are roles."""

    oidc_algorithms: Annotated[
        tuple[Annotated[str, AfterValidator(setting_values.signature)], ...],
        NoDecode,
        BeforeValidator(setting_values.separated),
    ] = Field(default=("RS256", "PS256", "ES256", "Ed25519"), min_length=1)
    """Algorithms that the issuer's tokens may be signed with, of those with public keys."""

    oidc_leeway_seconds: int = Field(default=30, ge=0, le=300)
    """How far the issuer's clock may be from ours."""

    oidc_keys_seconds: float = Field(default=300, ge=10, le=86_400)
    """How often the issuer's keys are fetched anew; one it has withdrawn opens nothing from then on."""

    host: str = "127.0.0.1"
    """Address `serve` listens on."""

    port: int = Field(default=8000, ge=0, le=65535)
    """Port `serve` listens on; 0 takes any free one."""

    allowed_origins: Annotated[
        tuple[Annotated[str, AfterValidator(setting_values.origin)], ...],
        NoDecode,
        BeforeValidator(setting_values.separated),
    ] = ()
    """Origins, separated by commas, whose pages browsers let use the API; none: only the API's own."""

    graphiql: bool = True
    """Whether there is a page at /graphiql to try operations on; what it may do, its user's token decides."""

    request_seconds: float = Field(default=30, ge=1, le=3600)
    """How long a query or mutation may take before it is given up."""

    introspection: bool = True
    """Whether clients may ask for the schema; without it, errors suggest no names either."""

    documents: Path | None = None
    """Documents that clients may name instead of sending them: a manifest (JSON), or a folder of .graphql."""

    trusted_documents_only: bool = False
    """Whether nothing is executed but what is in `documents`."""

    document_characters: int = Field(default=200_000, ge=100)
    """Characters of a document at most: what is longer is data, and belongs into variables."""

    document_tokens: int = Field(default=10_000, ge=10)
    """Tokens of a document at most."""

    document_selections: int = Field(default=300, ge=1)
    """Fields of one name, or spreads, as they are written; of several names as many as cost no more."""

    document_fragments: int = Field(default=100, ge=0)
    """Fragments of a document at most."""

    document_depth: int = Field(default=20, ge=1, le=100)
    """Levels of selections at most."""

    document_aliases: int = Field(default=60, ge=0)
    """Aliases of an operation at most, those in its fragments included wherever they are spread."""

    document_directives: int = Field(default=100, ge=0)
    """Directives of a document at most."""

    document_fields: int = Field(default=5_000, ge=1)
    """Fields of a response, with every fragment where it is spread, not counting how long lists are."""

    operation_cost: int = Field(default=200_000, ge=1)
    """What one operation may cost: objects of the response, as many as the pages asked for may have."""

    cost_per_second: int = Field(default=1_000_000, ge=0)
    """What the operations of one token may cost in a second, all processes together; 0: no limit."""

    cost_burst: int = Field(default=10_000_000, ge=1)
    """What a token that was quiet for a while may spend at once; not less than `operation_cost`."""

    show_cost: bool = True
    """Whether responses tell in `extensions.cost` what the operation cost and what is left."""

    body_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    """Bytes of a request's body, and of a message over WebSocket, at most."""

    socket_init_seconds: float = Field(default=10, gt=0, le=600)
    """How long a WebSocket may stay open before its client has said who it is."""

    socket_operations: int = Field(default=100, ge=1)
    """Operations that one WebSocket may have open at a time."""

    sockets_per_token: int = Field(default=5_000, ge=1)
    """WebSockets that a token may have open in one process of the API."""

    subscriptions_per_token: int = Field(default=20_000, ge=1)
    """Subscriptions, over WebSockets and event streams, that a token may have open in one process."""

    database_pool_size: int = Field(default=10, ge=2, le=200)
    """Most connections one process keeps to PostgreSQL."""

    statement_seconds: float = Field(default=30, gt=0, le=3600)
    """How long PostgreSQL may work on one statement of a request."""

    lock_seconds: float = Field(default=10, gt=0, le=3600)
    """How long a request may wait for what another one has locked, before it is told to try again."""

    job_statement_seconds: float = Field(default=300, gt=0, le=86_400)
    """How long PostgreSQL may work on one statement of a worker."""

    job_lock_seconds: float = Field(default=60, gt=0, le=3600)
    """How long a worker may wait for what others have locked, before it leaves its work for later."""

    idle_transaction_seconds: float = Field(default=30, ge=1, le=3600)
    """How long a process may pause inside a transaction: one that was stopped holds locks no longer."""

    shutdown_seconds: int = Field(default=20, ge=1, le=600)
    """How long requests and jobs under way may go on after the program was asked to stop."""

    run_lease_seconds: float = Field(default=20, ge=1, le=600)
    """How long a worker that gives no sign of life keeps a run, or whatever else it has taken up."""

    run_chunk_lines: int = Field(default=10_000, ge=1)
    """Order lines of a run that are applied in one transaction, while the pool is locked."""

    bulk_chunk_orders: int = Field(default=2_500, ge=1)
    """Orders of a bulk operation that are changed in one transaction, while their pools are locked."""

    smtp_url: Annotated[SecretStr, AfterValidator(setting_values.smtp_url)] | None = None
    """Mail server: smtp://user:password@host:port, or smtps:// for TLS from the start; none: e-mails wait."""

    smtp_sender: Annotated[str, AfterValidator(setting_values.sender)] | None = None
    """Whom e-mails are from: an address, or Name <address>; none: e-mails wait."""

    # Scanners that were offline count on a week: what they send again by then must not be applied twice.
    keep_answers_days: int = Field(default=7, ge=7)
    """How long a mutation can be repeated under its idempotency key and is answered as the first time."""

    keep_audit_days: int | None = Field(default=None, ge=31)
    """How long entries of the audit trail are kept; none: for ever."""

    keep_bulk_operations_days: int = Field(default=90, ge=1)
    """How long what a bulk operation did to each order can be read."""

    keep_plans_days: int = Field(default=7, ge=1)
    """How long a dry run, or a reallocation that nobody applied, can be read."""

    keep_reallocations_days: int = Field(default=90, ge=1)
    """How long a reallocation that was applied can be read."""

    keep_synchronizations_days: int = Field(default=30, ge=1)
    """How long what became of each row of a synchronization can be read."""

    keep_emails_days: int = Field(default=90, ge=1)
    """How long the delivery log keeps e-mails that were sent, skipped or given up."""

    marketplace_seconds: float = Field(default=20, gt=0, le=300)
    """How long a marketplace may take to answer."""

    marketplace_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(setting_values.separated)] = ()
    """Hosts, separated by commas, that marketplaces may have though they are not public, or not https."""

    webhook_seconds: float = Field(default=15, gt=0, le=60)
    """How long the receiver of a webhook may take to answer."""

    webhook_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(setting_values.separated)] = ()
    """Hosts, separated by commas, that webhooks may go to though they are not public, or not https."""

    keep_webhooks_days: int = Field(default=30, ge=1)
    """How long the delivery log keeps webhooks that were delivered or given up."""

    file_drop_dir: Path | None = None
    """Folder with a folder per client code, in which its stores' file drops are; none: drops/ in data_dir."""

    keep_decisions_days: int = Field(default=90, ge=1)
    """How long superseded decisions of past runs are kept; each line's latest is always kept."""

    keep_reports_days: int = Field(default=730, ge=31)
    """How long the figures of past days that the Backordering report is made of are kept."""

    keep_events_days: int = Field(default=7, ge=1)
    """How long a disconnected subscriber can still resume from where it was."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe message that is logged."""

    log_format: Literal["auto", "json", "console"] = "auto"
    """One JSON object per line, or text for a person; auto: text on a terminal, else JSON."""

    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Port of a process's own measurements; those of `serve` take one each: API processes, then workers."""

    traces_url: Annotated[str, AfterValidator(setting_values.http_url)] | None = None
    """Where OpenTelemetry traces go, as OTLP over HTTP: http://collector:4318/v1/traces; none: nowhere."""

    traces_ratio: float = Field(default=1, ge=0, le=1)
    """Share of the traces that begin here which are kept; those that come with a request are as it says."""

    def request_limits(self) -> Limits:
        """How long what a request asks PostgreSQL for may take."""
        return Limits(
            statement=self.statement_seconds,
            lock=self.lock_seconds,
            idle_in_transaction=self.idle_transaction_seconds,
        )

    def job_limits(self) -> Limits:
        """How long what a worker asks PostgreSQL for may take."""
        return Limits(
            statement=self.job_statement_seconds,
            lock=self.job_lock_seconds,
            idle_in_transaction=self.idle_transaction_seconds,
        )

    def postgresql_url(self) -> str:
        """The database's URL. Raises LookupError while none is set: the embedded server gives it one."""
        if self.database_url is None:
            raise LookupError("no database URL is set and no embedded PostgreSQL was started")
        return self.database_url.get_secret_value()
