"""When to ask a server again that did not answer: backoff, and a circuit breaker.

The server is a marketplace (C5), or a receiver of webhooks.

Every failure in a row doubles the wait, from RETRY_AFTER up to LONGEST_WAIT. From OPENS_AFTER failures on
the circuit is open: nothing at all is asked of the server until the wait is over. Then it is half open: one
attempt decides whether it closes or waits for longer. A success forgets every failure.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from domain.rules.retrying import wait
from domain.rules.vocabulary import CircuitState

RETRY_AFTER = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
OPENS_AFTER = 4


class Circuit(NamedTuple):
    """Failures in a row, and from when on the server may be asked again (None: at any time)."""

    failures: int = 0
    retry_at: datetime | None = None


CLOSED = Circuit()


def after_failure(circuit: Circuit, *, now: datetime) -> Circuit:
    """The circuit after one more failure at `now`."""
    again = now + wait(first=RETRY_AFTER, longest=LONGEST_WAIT, waits_before=circuit.failures)
    return Circuit(circuit.failures + 1, again)


def after_known_failure(circuit: Circuit, *, now: datetime) -> Circuit:
    """The circuit after what had failed before has failed again.

    It may be at fault itself, which says nothing of the server: the next thing that is asked of it may.
    """
    return Circuit(max(circuit.failures, 1), now + RETRY_AFTER)


def may_ask(circuit: Circuit, *, now: datetime) -> bool:
    """Whether the server may be asked at `now`."""
    return circuit.retry_at is None or now >= circuit.retry_at


def state(circuit: Circuit, *, now: datetime) -> CircuitState:
    """What the breaker makes of it at `now`."""
    if circuit.failures < OPENS_AFTER:
        return CircuitState.CLOSED
    return CircuitState.HALF_OPEN if may_ask(circuit, now=now) else CircuitState.OPEN
