"""What the domain needs from outside and what the doors hand in, as plain types and protocols."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from domain.rules.vocabulary import ConnectorKind, Role


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token of an OpenID Connect issuer: good until it expires, while the issuer publishes its key.

    `key` is the thumbprint of the key that it is signed with.
    """

    expires_at: datetime
    key: str


Credential: TypeAlias = int | IssuedToken
"""What somebody was admitted with: the id of an API token, or a token of an issuer."""


@dataclass(frozen=True, slots=True)
class Authority:
    """On whose behalf something is done: one client, one role. Nothing reaches beyond `client_id`."""

    client_id: int
    role: Role
    actor: str
    source: str | None = None
    credential: Credential | None = None

    @property
    def holder(self) -> str:
        """Who is meant where something is counted: the API token, or whoever has none of ours."""
        if isinstance(self.credential, int):
            return str(self.credential)
        return f"{self.client_id}:{self.actor}"

    def asking_from(self, source: str | None) -> Authority:
        """The same authority, asking from there; written out, for every request does this."""
        return Authority(self.client_id, self.role, self.actor, source, self.credential)


@dataclass(frozen=True, slots=True)
class RefusedToken:
    """A token that opens nothing, and why; whose it is as far as that is certain."""

    reason: str
    client_id: int | None = None
    actor: str = ""


class Jobs(Protocol):
    """Hands work to the background, after the transaction that caused it has committed.

    Delivery is at least once and never needed for correctness: a sweep finds what was committed and
    never handed over.
    """

    async def process_run(self, *, client_id: int, run_id: int) -> None: ...

    async def process_bulk_operation(self, *, client_id: int, bulk_operation_id: int) -> None: ...

    async def synchronize(self, *, client_id: int, synchronization_id: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A plain-text e-mail. `reference` is the same whenever the same e-mail is sent, and no other has it."""

    recipient: str
    subject: str
    body: str
    reference: str


class EmailNotSentError(Exception):
    """The e-mail could not be handed over now; another try may succeed. Its text says why."""


class EmailRefusedError(EmailNotSentError):
    """The e-mail will never be taken as it is."""


class Mailer(Protocol):
    """Hands e-mails to a mail server."""

    async def send(self, email: Email) -> None:
        """Return once the server has taken it. Raises EmailNotSentError, EmailRefusedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketplace:
    """Where a store's marketplace is, and what it takes to ask it."""

    client_code: str
    kind: ConnectorKind
    address: str
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a marketplace had for us: JSON as `operations/marketplace_messages.py` describes it.

    `more` says that there is certainly more to fetch.
    """

    name: str
    body: bytes
    more: bool = False


class MarketplaceError(Exception):
    """A marketplace did not answer, or not as agreed. The text is for people and holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """A message for a receiver, to be signed with each of the secrets.

    `reference` is the same whenever the same message is sent, and no other has it.
    """

    reference: str
    body: bytes
    secrets: Sequence[str] = field(repr=False)


class WebhookNotDeliveredError(Exception):
    """No answer came from a receiver. The text is for people and says why."""


class WebhookReceiver(Protocol):
    """A receiver that can be sent to."""

    async def send(self, message: WebhookMessage) -> int:
        """The HTTP status of its answer. Raises WebhookNotDeliveredError."""


class WebhookReceivers(Protocol):
    """Finds receivers by their URLs."""

    def receiver(self, url: str) -> AbstractAsyncContextManager[WebhookReceiver]:
        """The receiver, for some messages. Entering it raises WebhookNotDeliveredError."""


class Connector(Protocol):
    """Fetches from marketplaces of one kind. Both methods may come twice for the same thing."""

    async def fetch(
        self, marketplace: Marketplace, *, cursor: str | None, order_numbers: Sequence[str] | None
    ) -> Delivery | None:
        """The next delivery: of these orders, or of what is new after the cursor. None: nothing is left.

        Raises MarketplaceError.
        """

    async def settle(self, marketplace: Marketplace, delivery: Delivery, *, readable: bool) -> None:
        """The delivery was applied, or could not be read, and should not come again.

        Raises MarketplaceError.
        """
