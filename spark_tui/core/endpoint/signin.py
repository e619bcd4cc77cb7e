"""Signing in with a ChatGPT plan: addresses and replies of OAuth 2.0 with PKCE, as pure values.

OpenAI opened this to open-source and locally run tools ("ChatGPT plan usage": Registration and
sign-in, Models and inference; developers.openai.com/siwc/token-sharing-open-source, read on
2026-11-29). The first sign-in registers this program as an agent of the person's own account:
`client_id=dynamic_agent_client`, answered with the client id that is used from then on. There is no
secret. The access token is a bearer token for https://api.openai.com/v1 and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.errors import SettingsError

ISSUER = "https://auth.openai.com"
RESOURCE = "https://api.openai.com/v1"
FIRST_CLIENT = "dynamic_agent_client"
AGENT_NAME = "spark-tui"
PLAN_SCOPE = "chatgpt.tokens.use.direct"
SCOPES = f"openid profile email offline_access resource.invoke {PLAN_SCOPE}"
RENEW_S = 300
"""So long before it ends an access token is renewed."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Where one signs in: what the issuer's discovery document names."""

    authorize: str
    token: str
    revoke: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way. Everything in it is fresh and used once."""

    redirect: str
    state: str
    nonce: str
    verifier: str = field(repr=False)
    host: str
    client: str = FIRST_CLIENT


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gave: tokens, when the access token ends (s of the epoch), and to whom."""

    client: str
    host: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    ends: float
    account: str = ""


def provider_of(document: Any, issuer: str) -> IdentityProvider:
    """The addresses of a discovery document. Raises SettingsError for another's than `issuer`'s."""
    found = document if isinstance(document, dict) else {}
    addresses = [found.get(f"{name}_endpoint", "") for name in ("authorization", "token")]
    revoke = found.get("revocation_endpoint") or ""
    theirs = all(_same_origin(one, issuer) for one in addresses)
    if found.get("issuer") != issuer or not theirs or (revoke and not _same_origin(revoke, issuer)):
        raise SettingsError(f"{issuer} does not say where to sign in", "nothing was sent")
    return IdentityProvider(addresses[0], addresses[1], revoke)


def _same_origin(url: object, issuer: str) -> bool:
    if not isinstance(url, str):
        return False
    one, two = urlsplit(url), urlsplit(issuer)
    return (one.scheme, one.netloc) == (two.scheme, two.netloc)


def authorize_url(provider: IdentityProvider, attempt: Attempt) -> str:
    """The page to open in a browser (RFC 6749, section 4.1.1; RFC 7636)."""
    challenge = hashlib.sha256(attempt.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": attempt.client,
        "redirect_uri": attempt.redirect,
        "scope": SCOPES,
        "resource": RESOURCE,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "ext_agent_host_id": attempt.host,
        "agent_name_hint": AGENT_NAME,
    }
    return f"{provider.authorize}?{urlencode(query)}"


def code_of(target: str, attempt: Attempt) -> tuple[str, str] | None:
    """(code, client id) of what the browser came back with; None for a foreign `state`.

    Raises SettingsError where the person or the issuer said no.
    """
    given = {key: values[0] for key, values in parse_qs(urlsplit(target).query).items()}
    if given.get("state") != attempt.state:
        return None
    if given.get("error") or not given.get("code"):
        said = "".join(c for c in given.get("error", "no code came back") if c.isprintable())[:80]
        raise SettingsError(f"the sign-in was refused: {said}", "try again")
    return given["code"], given.get("client_id") or attempt.client


def code_form(attempt: Attempt, code: str, client: str) -> dict[str, str]:
    """The form that turns a code into tokens."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": attempt.redirect,
        "client_id": client,
        "code_verifier": attempt.verifier,
        "resource": RESOURCE,
    }


def renewal_form(grant: Grant) -> dict[str, str]:
    """The form that renews an access token; the refresh token is a new one each time."""
    return {
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh,
        "client_id": grant.client,
        "resource": RESOURCE,
    }


def grant_of(
    reply: Any, client: str, host: str, now: float, *, issuer: str, nonce: str = "", old: str = ""
) -> Grant:
    """The tokens of a reply; `old` is the refresh token that stays where none came.

    The ID token came straight from the issuer over TLS, which stands in for its signature (OpenID
    Connect Core, section 3.1.3.7, 6); issuer, audience, time and nonce are checked. Raises
    SettingsError where anything is missing, the plan's permission among it.
    """
    table = reply if isinstance(reply, dict) else {}
    access, refresh = table.get("access_token"), table.get("refresh_token") or old
    if not isinstance(access, str) or not access or not isinstance(refresh, str) or not refresh:
        raise SettingsError("the sign-in gave no tokens", "try again")
    scope = table.get("scope")
    if isinstance(scope, str) and PLAN_SCOPE not in scope.split():
        raise SettingsError("the sign-in does not let this program use the plan", "allow it there")
    claims = _claims(table.get("id_token"))
    if nonce:
        audience = claims.get("aud")
        mine = audience == client or (isinstance(audience, list) and client in audience)
        fresh = isinstance(claims.get("exp"), int | float) and claims["exp"] > now
        if claims.get("iss") != issuer or not mine or not fresh or claims.get("nonce") != nonce:
            raise SettingsError("the sign-in is not for this program", "nothing was kept")
    lasts = table.get("expires_in")
    ends = now + (lasts if isinstance(lasts, int | float) and 0 < lasts < 1e7 else 3600)
    account = claims.get("email") or claims.get("name") or ""
    return Grant(client, host, access, refresh, ends, str(account)[:120])


def _claims(token: Any) -> Mapping[str, Any]:
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        return {}
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def as_text(grant: Grant) -> str:
    """What is kept of a sign-in, as JSON."""
    return json.dumps(
        {
            "client": grant.client,
            "host": grant.host,
            "access": grant.access,
            "refresh": grant.refresh,
            "ends": grant.ends,
            "account": grant.account,
        },
        indent=1,
    )


def from_text(text: str) -> Grant | None:
    """A kept sign-in; None for a damaged one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    texts = [found.get(name) for name in ("client", "host", "access", "refresh")]
    ends, account = found.get("ends"), found.get("account", "")
    if not all(isinstance(one, str) and one for one in texts):
        return None
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        return None
    client, host, access, refresh = (str(one) for one in texts)
    return Grant(client, host, access, refresh, float(ends), str(account))
