"""Signatures as Standard Webhooks has them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.signatures import TOLERANCE, check_secret, is_signed, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SENT = datetime(2021, 2, 25, 16, 55, 30, tzinfo=UTC)


def accepted(
    headers: dict[str, str], *, body: bytes = BODY, now: datetime = SENT, secret: str = SECRET
) -> bool:
    return is_signed(
        secret=secret,
        message_id=headers["webhook-id"],
        timestamp=headers["webhook-timestamp"],
        signatures=headers["webhook-signature"],
        body=body,
        now=now,
    )


@pytest.mark.rule("C5")
def test_the_example_of_the_standard_is_signed_as_the_standard_says() -> None:
    headers = signed_headers(
        SECRET,
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, tz=UTC),
        body=BODY,
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.rule("C5")
@given(body=st.binary(max_size=200), message_id=st.text(max_size=30), flipped=st.integers(min_value=0))
def test_what_was_signed_is_accepted_and_anything_else_is_not(
    body: bytes, message_id: str, flipped: int
) -> None:
    headers = signed_headers(SECRET, message_id=message_id, at=SENT, body=body)
    assert accepted(headers, body=body)
    assert not accepted(headers, body=body + b" ")
    assert not accepted({**headers, "webhook-id": message_id + "x"}, body=body)
    assert not accepted(headers, body=body, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    if body:
        place = flipped % len(body)
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert not accepted(headers, body=changed)


@pytest.mark.rule("C5")
def test_a_message_is_accepted_within_five_minutes_on_either_side() -> None:
    headers = signed_headers(SECRET, message_id="m", at=SENT, body=BODY)
    second = timedelta(seconds=1)
    times = [-TOLERANCE - second, -TOLERANCE, TOLERANCE, TOLERANCE + second]
    assert [accepted(headers, now=SENT + time) for time in times] == [False, True, True, False]


@pytest.mark.rule("C5")
def test_one_of_several_signatures_is_enough_and_none_is_not() -> None:
    headers = signed_headers(SECRET, message_id="m", at=SENT, body=BODY)
    good = headers["webhook-signature"]
    assert accepted({**headers, "webhook-signature": f"v1,AAAA {good}"})
    assert not accepted({**headers, "webhook-signature": ""})
    assert not accepted({**headers, "webhook-signature": good.replace("v1,", "v2,")})
    assert not accepted({**headers, "webhook-signature": "v1,é"})


@pytest.mark.rule("C5")
def test_while_a_secret_is_changed_whoever_knows_one_of_both_accepts_the_message() -> None:
    other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    headers = signed_headers(SECRET, other, message_id="m", at=SENT, body=BODY)
    assert accepted(headers)
    assert accepted(headers, secret=other)
    assert not accepted(headers, secret="whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB")


@pytest.mark.rule("C5")
@pytest.mark.parametrize("timestamp", ["", "now", "-1", "１６", "9" * 400])
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    headers = signed_headers(SECRET, message_id="m", at=SENT, body=BODY)
    assert not accepted({**headers, "webhook-timestamp": timestamp})


@pytest.mark.rule("C5")
@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_dG9vIHNob3J0", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_ßßß"]
)
def test_a_weak_secret_is_refused(secret: str) -> None:
    check_secret(SECRET)
    with pytest.raises(Refusal) as refused:
        check_secret(secret)
    assert refused.value.code == ErrorCode.INVALID_INPUT


@pytest.mark.rule("C5")
@pytest.mark.parametrize(("length", "usable"), [(23, False), (24, True), (64, True), (65, False)])
def test_a_secret_is_of_24_to_64_bytes(length: int, usable: bool) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * length).decode()
    if usable:
        check_secret(secret)
    else:
        with pytest.raises(Refusal):
            check_secret(secret)


@pytest.mark.rule("C5")
@pytest.mark.parametrize(("seconds", "taken"), [(10**10, True), (10**11, False)])
def test_a_timestamp_has_eleven_digits_at_most(seconds: int, taken: bool) -> None:
    at = datetime.fromtimestamp(seconds, tz=UTC)
    headers = signed_headers(SECRET, message_id="m", at=at, body=BODY)
    assert accepted(headers, now=at) is taken
