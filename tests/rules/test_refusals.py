"""Refusals: raised in a rule, told to a user."""

from domain.rules.refusals import ErrorCode, Refusal


def test_a_refusal_tells_its_code_its_message_where_and_the_figures() -> None:
    refusal = Refusal(
        ErrorCode.INSUFFICIENT_STOCK,
        "Only 2 of BOLT are available; apply 2 or fewer.",
        path=("items", "0", "quantity"),
        details={"sku": "BOLT", "wanted": 3, "available": 2},
    )
    assert str(refusal) == "INSUFFICIENT_STOCK: Only 2 of BOLT are available; apply 2 or fewer."
    assert refusal.path == ("items", "0", "quantity")
    assert refusal.details == {"sku": "BOLT", "wanted": 3, "available": 2}
    assert refusal.args == (refusal.code, refusal.message)
