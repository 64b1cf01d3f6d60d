"""What can go wrong with an embedded server."""


class EmbeddedServerError(Exception):
    """An embedded server could not be started or used; the message says what to do about it."""
