"""Signatures as Standard Webhooks has them: of requests to and from marketplaces (C5), and of our webhooks.

Signed with HMAC-SHA256 are the message's id, its time in seconds since 1970, and its body, as they are sent:
nothing of them can be changed, and an old message can't be sent again later than TOLERANCE.
"""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta

from domain.rules.refusals import ErrorCode, Refusal

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

TOLERANCE = timedelta(minutes=5)
"""How far the clocks of the two sides may be apart, and how old a message may be."""

_PREFIX = "whsec_"
_VERSION = "v1"


def check_secret(secret: str) -> None:
    """Raises INVALID_INPUT unless it is `whsec_` with 24 to 64 bytes in base64."""
    try:
        key = _key(secret)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise Refusal(
            ErrorCode.INVALID_INPUT, "A secret is whsec_ followed by 24 to 64 random bytes in base64."
        )


def secret_of(key: bytes) -> str:
    """A key of 24 to 64 random bytes as both sides write it down."""
    return _PREFIX + base64.b64encode(key).decode()


def signed_headers(*secrets: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with a message, signed with each of the secrets."""
    timestamp = str(int(at.timestamp()))
    signatures = (f"{_VERSION},{_signature(secret, message_id, timestamp, body)}" for secret in secrets)
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: " ".join(signatures),
    }


def is_signed(
    *, secret: str, message_id: str, timestamp: str, signatures: str, body: bytes, now: datetime
) -> bool:
    """Whether the message is from somebody who knows the secret, and recent.

    `signatures` may hold several, separated by blanks, while a secret is being changed.
    """
    # Only digits, and few: what Python's int() takes besides would be signed as another text.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        return False
    if abs(now - datetime.fromtimestamp(int(timestamp), tz=UTC)) > TOLERANCE:
        return False
    expected = f"{_VERSION},{_signature(secret, message_id, timestamp, body)}".encode()
    # Every one is compared in full, so that the time it takes tells nothing.
    matches = [hmac.compare_digest(expected, given.encode()) for given in signatures.split()]
    return any(matches)


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
