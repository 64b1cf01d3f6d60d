"""Which tokens of an OpenID Connect issuer are taken, and which are not (RFC 8725's attacks among them)."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc.jwk import OKPKey, RSAKey

from api.auth import Authenticator
from api.oidc.issuer import Issuer
from domain.bootstrap import create_client
from domain.ports import Authority, IssuedToken
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from tests.builders import NOW
from tests.oidc_issuer import OidcIssuer, ec_key, oidc_issuer, rsa_key

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer() -> AsyncIterator[OidcIssuer]:
    async with oidc_issuer() as running:
        yield running


@pytest.fixture
async def client_id(database: Database) -> int:
    return (await create_client(database, code="ACME", name="Acme", now=NOW)).id


def settings_for(issuer: OidcIssuer, **told: Any) -> Settings:
    return Settings(oidc_issuer=issuer.url, oidc_audience=("else", "backfill"), **told)


async def admitted(database: Database, issuer: OidcIssuer, token: str, **told: Any) -> Authority | None:
    settings = settings_for(issuer, **told)
    return await Authenticator(database, issuer=Issuer.of(settings)).authority(token, source="a")


async def test_a_good_token_is_an_authority_in_its_subjects_name(
    database: Database, issuer: OidcIssuer, client_id: int
) -> None:
    expires_at = int(datetime.now(UTC).timestamp()) + 300
    found = await admitted(database, issuer, issuer.token(exp=expires_at), oidc_leeway_seconds=10)
    assert found == Authority(
        client_id=client_id,
        role=Role.OPERATOR,
        actor="oidc:ada",
        source="a",
        credential=IssuedToken(datetime.fromtimestamp(expires_at + 10, tz=UTC), issuer.keys[0].thumbprint()),
    )
    assert found.holder == f"{client_id}:oidc:ada", "what is counted is counted per subject"
    assert issuer.asked == ["/realm/.well-known/openid-configuration", "/realm/keys"]


async def test_every_kind_of_signature_that_is_allowed_is_checked(
    database: Database, issuer: OidcIssuer, client_id: int
) -> None:
    issuer.keys = [rsa_key("rsa"), ec_key("ec"), OKPKey.generate_key("Ed25519", {"kid": "ed"})]
    tokens = [
        issuer.token(key=issuer.keys[0]),
        issuer.token(key=issuer.keys[1]),
        issuer.token(key=issuer.keys[2], header={"alg": "Ed25519"}),
        # Which key it is by need not be said.
        issuer.token(key=issuer.keys[1], header={"kid": None}),
    ]
    assert [await admitted(database, issuer, token) is not None for token in tokens] == [True] * 4
    # What is not set is not taken, though it is right.
    assert await admitted(database, issuer, tokens[0], oidc_algorithms=("ES256",)) is None


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def with_none(issuer: OidcIssuer) -> str:
    return f"{b64({'alg': 'none', 'kid': issuer.keys[0].kid})}.{b64(issuer.claims())}."


def with_the_public_key_as_a_secret(issuer: OidcIssuer) -> str:
    key = issuer.keys[0]
    assert isinstance(key, RSAKey)
    # By hand: no library makes it easy any more.
    signed = f"{b64({'alg': 'HS256', 'kid': key.kid})}.{b64(issuer.claims())}"
    signature = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_another_key_of_that_name(issuer: OidcIssuer) -> str:
    return issuer.token(key=rsa_key(str(issuer.keys[0].kid)))


def with_other_claims(issuer: OidcIssuer) -> str:
    header, _, signature = issuer.token().split(".")
    return f"{header}.{b64(issuer.claims(backfill_role='ADMIN'))}.{signature}"


def without_a_signature(issuer: OidcIssuer) -> str:
    return issuer.token().rpartition(".")[0] + "."


def with_a_key_of_its_own(issuer: OidcIssuer) -> str:
    own = rsa_key("own")
    return issuer.token(key=own, header={"jwk": own.as_dict(private=False), "kid": "first"})


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(
    "forged",
    [
        with_none,
        with_the_public_key_as_a_secret,
        by_another_key_of_that_name,
        with_other_claims,
        without_a_signature,
        with_a_key_of_its_own,
    ],
    ids=lambda forged: forged.__name__,
)
async def test_what_the_issuer_has_not_signed_is_refused(
    database: Database, issuer: OidcIssuer, client_id: int, forged: Callable[[OidcIssuer], str]
) -> None:
    issuer.keys = [rsa_key("first")]
    assert await admitted(database, issuer, issuer.token()) is not None
    assert await admitted(database, issuer, forged(issuer)) is None


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"alg": 5},
        {"alg": ["ES256"]},
        {"alg": "ES256", "crit": 5},
        {"alg": "ES256", "crit": ["exp"]},
        {"alg": "ES256", "b64": False, "crit": ["b64"]},
        {"alg": "ES256", "kid": ["first"]},
        {"alg": "ES256", "typ": {}},
        {"alg": "ES256", "zip": "DEF"},
        [],
        "ES256",
    ],
    ids=str,
)
async def test_whatever_stands_in_a_header_that_was_made_up_the_token_is_refused(
    database: Database, issuer: OidcIssuer, client_id: int, header: object
) -> None:
    _, claims, signature = issuer.token().split(".")
    assert await admitted(database, issuer, f"{b64(header)}.{claims}.{signature}") is None


HOUR = 3600


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": ["another", "one more"]},
        {"aud": None},
        {"iss": "http://127.0.0.1:1/realm"},
        {"iss": None},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"nbf": 9_999_999_999},
        {"iat": 9_999_999_999},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "a" * 300},
        {"backfill_client": "OTHER"},
        {"backfill_client": None},
        {"backfill_client": ["ACME", "OTHER"]},
        {"backfill_client": "AC\x00ME"},
        {"backfill_role": None},
        {"backfill_role": "ROOT"},
        {"backfill_role": ["ROOT", 3, None, {}]},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_here_and_now_is_refused(
    database: Database, issuer: OidcIssuer, client_id: int, changed: dict[str, Any]
) -> None:
    assert await admitted(database, issuer, issuer.token(**changed)) is None


async def test_a_token_of_another_kind_is_refused(
    database: Database, issuer: OidcIssuer, client_id: int
) -> None:
    kinds = {"JWT": True, "at+jwt": True, "logout+jwt": False, "secevent+jwt": False}
    found = {
        kind: await admitted(database, issuer, issuer.token(header={"typ": kind})) is not None
        for kind in kinds
    }
    assert found == kinds


async def test_clocks_may_differ_by_the_leeway_and_no_more(
    database: Database, issuer: OidcIssuer, client_id: int
) -> None:
    now = int(datetime.now(UTC).timestamp())
    within, beyond = issuer.token(exp=now - 30), issuer.token(exp=now - 90)
    leeway = {"oidc_leeway_seconds": 60}
    assert await admitted(database, issuer, within, **leeway) is not None
    assert await admitted(database, issuer, within, oidc_leeway_seconds=0) is None
    assert await admitted(database, issuer, beyond, **leeway) is None


async def test_a_token_that_never_ends_has_an_end_that_a_calendar_knows(
    database: Database, issuer: OidcIssuer, client_id: int
) -> None:
    found = await admitted(database, issuer, issuer.token(exp=10**300))
    assert found is not None
    assert isinstance(found.credential, IssuedToken)
    assert found.credential.expires_at.year == 9000


@pytest.mark.parametrize(
    ("claims", "told", "role"),
    [
        (
            {"realm_access": {"roles": ["offline", "picker"]}},
            {"oidc_role_claim": "realm_access.roles"},
            "SCANNER",
        ),
        ({"realm_access": {"roles": ["picker", "boss"]}}, {"oidc_role_claim": "realm_access.roles"}, "ADMIN"),
        ({"https://acme.example/role": "boss"}, {"oidc_role_claim": "https://acme.example/role"}, "ADMIN"),
        # Its values are no longer roles by themselves.
        ({"backfill_role": "ADMIN"}, {}, None),
    ],
)
async def test_the_role_is_found_where_it_is_set_to_be_and_means_what_it_is_set_to_mean(
    database: Database,
    issuer: OidcIssuer,
    client_id: int,
    claims: dict[str, Any],
    told: dict[str, Any],
    role: str | None,
) -> None:
    roles = {"boss": Role.ADMIN, "picker": Role.SCANNER}
    found = await admitted(database, issuer, issuer.token(**claims), oidc_roles=roles, **told)
    assert (found.role.value if found else None) == role


async def test_without_an_issuer_no_such_token_is_looked_at(
    database: Database, issuer: OidcIssuer, client_id: int
) -> None:
    assert await Authenticator(database).authority(issuer.token(), source=None) is None
    assert issuer.asked == []


@pytest.mark.rule("F11")
async def test_whose_refused_token_it_was_is_in_the_trail_when_that_is_certain(
    database: Database, issuer: OidcIssuer, client_id: int
) -> None:
    now = int(datetime.now(UTC).timestamp())
    await admitted(database, issuer, issuer.token(exp=now - HOUR))
    await admitted(database, issuer, issuer.token(sub="bob", backfill_role="ROOT"))
    # Nobody can say anything of a client who has not got it from the issuer, or was not given it for here.
    await admitted(database, issuer, with_other_claims(issuer))
    await admitted(database, issuer, issuer.token(sub="eve", exp=now - HOUR, aud="another"))

    async with database.connection(client_id) as sql:
        found = await sql.fetch(
            "SELECT actor, action, after->>'reason' AS reason FROM audit_entries ORDER BY id"
        )
    assert [tuple(entry) for entry in found] == [
        ("oidc:ada", "TOKEN_REFUSED", "it has expired"),
        ("oidc:bob", "TOKEN_REFUSED", "it names no role of ours"),
    ]
