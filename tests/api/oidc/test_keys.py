"""An issuer's keys: fetched when they are needed, changed when it changes them, kept while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import Key, OctKey, RSAKey
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.oidc.documents import IssuerDocumentError, IssuerDocuments
from api.oidc.keys import IssuerAwayError, IssuerKeys
from tests.oidc_issuer import OidcIssuer, ec_key, oidc_issuer, rsa_key
from tests.ports import free_ports
from tests.waiting import until

pytestmark = pytest.mark.anyio


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def issuer() -> AsyncIterator[OidcIssuer]:
    async with oidc_issuer() as running:
        yield running


def keys_of(url: str, clock: Callable[[], float] = Clock(), *, jwks_url: str | None = None) -> IssuerKeys:  # noqa: B008
    return IssuerKeys(IssuerDocuments(url, jwks_url=jwks_url), keep_seconds=300, wait_seconds=60, clock=clock)


def names(keys: Any) -> list[str]:
    return [key.kid for key in keys]


async def test_a_new_key_is_found_as_soon_as_a_token_is_signed_with_it(issuer: OidcIssuer) -> None:
    clock = Clock()
    keys = keys_of(issuer.url, clock)
    assert names(await keys.of("first")) == ["first"]
    issuer.keys.append(ec_key("second"))
    clock.seconds = 10.0
    assert names(await keys.of("second")) == ["second"]
    assert names(await keys.of("first")) == ["first"]
    assert issuer.asked.count("/realm/keys") == 2


async def test_whoever_makes_up_names_of_keys_causes_one_look_in_ten_seconds(issuer: OidcIssuer) -> None:
    clock = Clock()
    keys = keys_of(issuer.url, clock)
    for seconds in (0.0, 1.0, 9.9, 10.0, 10.1):
        clock.seconds = seconds
        for number in range(20):
            assert names(await keys.of(f"made up {number}")) == []
    assert issuer.asked.count("/realm/keys") == 2


async def test_many_who_come_at_once_cause_one_look(issuer: OidcIssuer) -> None:
    keys = keys_of(issuer.url)
    found = await asyncio.gather(*(keys.of("first") for _ in range(50)))
    assert [names(each) for each in found] == [["first"]] * 50
    assert issuer.asked.count("/realm/keys") == 1


async def test_a_key_that_is_withdrawn_is_none_any_more(issuer: OidcIssuer) -> None:
    keys = keys_of(issuer.url)
    withdrawn = issuer.keys[0]
    await keys.fetch()
    assert keys.has(withdrawn.thumbprint())
    issuer.keys = [ec_key("second")]
    await keys.fetch()
    assert not keys.has(withdrawn.thumbprint())
    assert names(await keys.of("first")) == []


async def test_keys_are_fetched_again_and_again_for_as_long_as_somebody_follows(issuer: OidcIssuer) -> None:
    keys = IssuerKeys(IssuerDocuments(issuer.url, jwks_url=None), keep_seconds=0.05)
    following = asyncio.create_task(keys.follow())
    try:
        issuer.keys = [ec_key("second")]
        await until(lambda: issuer.asked.count("/realm/keys") >= 3)
        assert names(await keys.of("second")) == ["second"]
    finally:
        following.cancel()


async def test_while_the_issuer_is_away_its_last_keys_stay(issuer: OidcIssuer) -> None:
    clock = Clock()
    keys = keys_of(issuer.url, clock)
    await keys.fetch()
    issuer.answer = Response(status_code=500)
    await keys.fetch()
    assert names(await keys.of("first")) == ["first"]
    # Whether there is another one by now, nobody can say.
    with pytest.raises(IssuerAwayError):
        await keys.of("second")
    issuer.answer = None
    clock.seconds = 10.0
    assert names(await keys.of("second")) == []


async def test_an_issuer_that_is_away_at_the_start_is_found_when_it_comes() -> None:
    port = free_ports(1)
    clock = Clock()
    keys = keys_of(f"http://127.0.0.1:{port}/realm", clock)
    with pytest.raises(IssuerAwayError):
        await keys.of("first")
    async with oidc_issuer(port) as issuer:
        with pytest.raises(IssuerAwayError):
            await keys.of("first")
        assert issuer.asked == [], "it is not asked for every token"
        clock.seconds = 10.0
        assert names(await keys.of("first")) == ["first"]


async def test_an_issuer_that_is_slow_is_not_waited_for() -> None:
    answering = asyncio.Event()

    class Slow:
        async def keys(self) -> list[Key]:
            await answering.wait()
            return [ec_key("first")]

    keys = IssuerKeys(Slow(), keep_seconds=300, wait_seconds=0.1, clock=Clock())
    with pytest.raises(IssuerAwayError):
        await keys.of("first")
    answering.set()
    await keys.fetch()
    assert names(await keys.of("first")) == ["first"], "what was asked for comes to whoever asks next"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Response(status_code=404), "status 404"),
        (Response(status_code=302, headers={"Location": "/elsewhere"}), "status 302"),
        (PlainTextResponse("no"), "not JSON"),
        (JSONResponse([]), "not a JSON object"),
        (JSONResponse({"keys": {}}), "no list of keys"),
        (JSONResponse({"keys": []}), "no key"),
        (PlainTextResponse(" " * 1024**2), "more than 256 KiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_no_list_of_keys_is_told(issuer: OidcIssuer, answer: Response, problem: str) -> None:
    issuer.answer = answer
    with pytest.raises(IssuerDocumentError, match=problem):
        await IssuerDocuments(issuer.url, jwks_url=f"{issuer.url}/keys").keys()


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"issuer": "http://127.0.0.1/another"}, "another issuer"),
        ({"jwks_uri": None}, "jwks_uri"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
    ],
)
async def test_a_discovery_document_that_leads_astray_is_told(
    issuer: OidcIssuer, told: dict[str, Any], problem: str
) -> None:
    issuer.told = told
    with pytest.raises(IssuerDocumentError, match=problem):
        await IssuerDocuments(issuer.url, jwks_url=None).keys()
    assert len(issuer.asked) == 1


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_of_what_is_published_only_public_keys_for_signatures_are_used(issuer: OidcIssuer) -> None:
    good, private = ec_key("good"), rsa_key("private")
    listed = [
        good.as_dict(private=False),
        private.as_dict(private=True),
        {**ec_key("encryption").as_dict(private=False), "use": "enc"},
        {**ec_key("signing only").as_dict(private=False), "key_ops": ["sign"]},
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True),
        RSAKey.generate_key(1024, {"kid": "short"}).as_dict(private=False),
        {"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "broken"},
        {"kty": "of tomorrow", "kid": "unknown"},
        {**good.as_dict(private=False), "crv": "of tomorrow", "kid": "on another curve"},
        {},
        3,
    ]
    issuer.answer = JSONResponse({"keys": listed})
    found = await IssuerDocuments(issuer.url, jwks_url=f"{issuer.url}/keys").keys()
    assert names(found) == ["good", "private"]
    assert not any(key.is_private for key in found)
