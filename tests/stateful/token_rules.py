"""API tokens are made and revoked, and refusals are recorded: nothing of that touches stock or orders."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.api_tokens import create_api_token, revoke_api_token
from domain.operations.command import Command
from domain.operations.recording_refusals import Refused, record_refusal
from domain.rules.vocabulary import Role
from tests.stateful.driver import Driver
from tests.stateful.nouns import require


class TokenRules(Driver):
    """Tokens by their ids: whether they work."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.tokens: dict[int, bool] = {}

    @rule(role=st.sampled_from(Role), label=st.sampled_from(("till", "oidc:till")))
    def make_token(self, role: Role, label: str) -> None:
        async def made(command: Command) -> int:
            # Without the text, which is told once.
            made = await create_api_token(command, role=role, label=label, expires_at=None)
            return made.token_id

        done = self.both("make token", lambda: require(label == "till", "INVALID_INPUT"), made)
        if done is not None:
            self.tokens[done[1]] = True
        self.compare()

    @rule(number=st.integers(0, 3))
    def revoke_token(self, number: int) -> None:
        token_id = list(self.tokens)[number] if number < len(self.tokens) else 0

        def meant() -> None:
            require(token_id in self.tokens, "NOT_FOUND")
            self.tokens[token_id] = False

        self.both("revoke token", meant, lambda c: revoke_api_token(c, token_id=token_id))
        self.compare()

    @rule()
    def refuse(self) -> None:
        refused = Refused(
            client_id=self.shop.client_id,
            actor="till",
            source=None,
            action="ROLE_REFUSED",
            summary="No.",
            details={},
        )
        self.step += 1
        self.run(record_refusal(self.database, refused=refused, now=self.now))
        self.count("record refusal", None)

    def compare(self) -> None:
        """The same tokens are there, and the same of them work."""
        query = "SELECT id, revoked_at IS NULL FROM api_tokens WHERE client_id = $1 ORDER BY id"
        told: list[tuple[int, bool]] = self.run(self.shop.tuples(query, self.shop.client_id))
        assert dict(told) == self.tokens
