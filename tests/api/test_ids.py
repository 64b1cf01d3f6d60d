"""Global ids: whatever text a client passes for one, it is an id as the API gave it, or none."""

from __future__ import annotations

from base64 import b64encode

import pytest

from api.ids import decode_id, decode_ids, encode_id, split_id
from domain.rules.refusals import ErrorCode, Refusal


@pytest.mark.parametrize("number", [1, 57, 2**63 - 1])
def test_an_id_is_read_as_it_was_made(number: int) -> None:
    assert split_id(encode_id("Order", number)) == ("Order", number)


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        b"Order",
        b"Order:",
        b":1",
        b"Order:0",
        b"Order:01",
        b"Order:-1",
        b"Order:1.0",
        b"Order:1_0",
        "Order:\u0661".encode(),
        "Order:\u00b2".encode(),
        b"Order:\xff",
        b"Order:9223372036854775808",
        # Python reads no number that has so many digits.
        b"Order:" + b"9" * 5_000,
    ],
)
def test_what_no_object_can_have_is_no_id(inside: bytes) -> None:
    given = b64encode(inside).decode().rstrip("=")
    assert split_id(given) is None
    with pytest.raises(Refusal, match="is not an id") as refused:
        decode_id("Order", given, argument="id")
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_INPUT, ("id",))


@pytest.mark.parametrize(
    "given", ["", "garbage", "T3JkZXI6MQ==", "T3JkZXI6MR", " T3JkZXI6MQ", "T3JkZXI6MQ\n", "é"]
)
def test_one_object_has_one_id(given: str) -> None:
    assert split_id("T3JkZXI6MQ") == ("Order", 1)
    assert split_id(given) is None


def test_of_many_ids_it_is_told_which_is_none() -> None:
    assert decode_ids("Order", [encode_id("Order", 2), encode_id("Order", 1)], argument="orderIds") == [2, 1]
    with pytest.raises(Refusal) as refused:
        decode_ids("Order", [encode_id("Order", 2), encode_id("Sku", 1)], argument=("selection", "ids"))
    assert refused.value.path == ("selection", "ids", "1")
