"""Issuers of the tests are waited for."""

from __future__ import annotations

import pytest

from api.oidc.keys import IssuerKeys


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """An issuer may take as long to answer as a busy machine does."""
    defaults = IssuerKeys.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "wait_seconds", 60.0)
