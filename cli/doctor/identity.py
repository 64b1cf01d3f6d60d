"""Checks of the OpenID Connect issuer: whether it is reachable, and whether its keys can be used."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from api.oidc.documents import IssuerDocumentError, IssuerDocuments
from api.oidc.issuer import fits
from cli.doctor.findings import Finding, failed, ok, warn
from domain.settings import Settings


async def issuer(settings: Settings) -> AsyncIterator[Finding]:
    """Whether tokens of the issuer could be checked."""
    if settings.oidc_issuer is None:
        yield ok("oidc", "Not set up (BACKFILL_OIDC_ISSUER): there are API tokens only.")
        return
    for url in filter(None, (settings.oidc_issuer, settings.oidc_jwks_url)):
        if urlsplit(url).scheme != "https" and not _is_here(urlsplit(url).hostname or ""):
            found = f"{url} is not https: who is on the way can have his own keys taken for the issuer's."
            yield warn("oidc", found, remedy="Give the issuer a certificate, and use its https:// address.")
    documents = IssuerDocuments(settings.oidc_issuer, jwks_url=settings.oidc_jwks_url)
    try:
        keys = await documents.keys()
    except IssuerDocumentError as error:
        remedy = "Correct BACKFILL_OIDC_ISSUER, which is how it calls itself, or BACKFILL_OIDC_JWKS_URL."
        yield failed("oidc", str(error), remedy=remedy)
        return
    usable = [key for key in keys if any(fits(key, each) for each in settings.oidc_algorithms)]
    allowed = ", ".join(settings.oidc_algorithms)
    if usable:
        yield ok("oidc", f"{settings.oidc_issuer}: usable keys {len(usable)}, for {allowed}.")
    else:
        found = f"None of its {len(keys)} keys is for {allowed}."
        yield failed("oidc", found, remedy="Set BACKFILL_OIDC_ALGORITHMS to what the issuer signs with.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
