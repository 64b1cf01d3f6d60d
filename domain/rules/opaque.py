"""What objects and events are called outside: opaque texts, the same through every door."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

EVENT_PREFIX = b"event:"


def global_id(kind: str, number: int) -> str:
    """The global id of the object of this type and number."""
    # Letters, digits and a colon never give the characters in which the URL-safe alphabet differs.
    return b64encode(f"{kind}:{number}".encode()).rstrip(b"=").decode()


def event_cursor(seq: int) -> str:
    """The cursor of the event numbered `seq` (F5)."""
    return urlsafe_b64encode(EVENT_PREFIX + b"%d" % seq).rstrip(b"=").decode()
