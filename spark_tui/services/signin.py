"""Signs in with a ChatGPT plan in the person's browser; keeps, renews and revokes the tokens.

Tokens go to the issuer and, as a key, to the one origin of the endpoint that has a sign-in. They
are kept in a file its owner alone reads, beside the keys. Everything here blocks: call it in a
thread.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from spark_tui.core.endpoint import signin
from spark_tui.core.endpoint.signin import Attempt, Grant, IdentityProvider
from spark_tui.core.errors import SettingsError
from spark_tui.services.plain_files import read_plain, write_private

FILE_NAME = "chatgpt.json"
WAIT_S = 300.0
"""So long a sign-in waits for the browser to come back."""

_TIMEOUT_S = 20.0
_MOST_BYTES = 256_000
_PAGE = (
    b"<!doctype html><meta charset=utf-8><title>spark-tui</title>"
    b"<p>Signed in. This page can be closed; go on in the terminal.</p>"
)


class SignIn:
    """The sign-in of this machine. `issuer` is OpenAI's but in tests."""

    def __init__(
        self, folder: Path, issuer: str = signin.ISSUER, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = folder / FILE_NAME
        self._issuer = issuer
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def account(self) -> str:
        """Who is signed in, "" for nobody."""
        grant = self._kept()
        return (grant.account or "a ChatGPT account") if grant is not None else ""

    def key(self) -> str:
        """The access token, renewed where it is about to end; "" where nobody is signed in.

        Raises SettingsError where it can't be renewed.
        """
        with self._lock:
            grant = self._kept()
            if grant is None:
                return ""
            if grant.ends - self._clock() > signin.RENEW_S:
                return grant.access
            reply = self._post(self._provider().token, signin.renewal_form(grant))
            renewed = signin.grant_of(
                reply,
                grant.client,
                grant.host,
                self._clock(),
                issuer=self._issuer,
                old=grant.refresh,
            )
            account = renewed.account or grant.account
            self._keep(
                Grant(
                    renewed.client,
                    renewed.host,
                    renewed.access,
                    renewed.refresh,
                    renewed.ends,
                    account,
                )
            )
            return renewed.access

    def sign_in(self, show: Callable[[str], None]) -> str:
        """Sign in; `show` is told the page to open in a browser. Says who signed in.

        Raises SettingsError where it is refused, stopped or not finished in `WAIT_S`.
        """
        self._stop.clear()
        provider, before = self._provider(), self._kept()
        with _Callback() as callback:
            attempt = Attempt(
                callback.address,
                secrets.token_urlsafe(32),
                secrets.token_urlsafe(32),
                secrets.token_urlsafe(64),
                before.host if before is not None else f"urn:uuid:{uuid.uuid4()}",
                before.client if before is not None else signin.FIRST_CLIENT,
            )
            show(signin.authorize_url(provider, attempt))
            code, client = self._code(callback, attempt)
        reply = self._post(provider.token, signin.code_form(attempt, code, client))
        grant = signin.grant_of(
            reply,
            client,
            attempt.host,
            self._clock(),
            issuer=self._issuer,
            nonce=attempt.nonce,
        )
        self._keep(grant)
        return grant.account or "a ChatGPT account"

    def stop(self) -> None:
        """End a sign-in that waits for the browser. From any thread."""
        self._stop.set()

    def sign_out(self) -> bool:
        """Forget the tokens, and tell the issuer; False where nobody was signed in."""
        grant = self._kept()
        if grant is None:
            return False
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(SettingsError):
            provider = self._provider()
            if provider.revoke:
                form = {"token": grant.refresh, "client_id": grant.client}
                self._post(provider.revoke, form, reply=False)
        return True

    def _code(self, callback: _Callback, attempt: Attempt) -> tuple[str, str]:
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            if self._stop.is_set():
                raise SettingsError("the sign-in was stopped", "nothing was kept")
            target = callback.next(0.2)
            found = signin.code_of(target, attempt) if target else None
            if found is not None:
                return found
        raise SettingsError("the browser did not come back", "try again")

    def _provider(self) -> IdentityProvider:
        url = f"{self._issuer}/.well-known/openid-configuration"
        asked = urllib.request.Request(url)  # noqa: S310 - `_read` lets only the issuer's through
        return signin.provider_of(self._read(asked), self._issuer)

    def _post(self, url: str, form: dict[str, str], *, reply: bool = True) -> Any:
        data = urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(url, data, headers, method="POST")  # noqa: S310 - the same
        return self._read(request, reply=reply)

    def _read(self, request: urllib.request.Request, *, reply: bool = True) -> Any:
        """The JSON of an answer. Raises SettingsError: an error's name is told, never its words."""
        if not request.full_url.startswith(f"{self._issuer}/"):
            raise SettingsError(f"{request.host} is not where one signs in", "nothing was sent")
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                body = answer.read(_MOST_BYTES)
            return json.loads(body) if reply else None
        except urllib.error.HTTPError as error:
            with error:
                name = _error_name(error.read(_MOST_BYTES))
            said = f": {name}" if name else ""
            raise SettingsError(
                f"the sign-in failed with status {error.code}{said}", "sign in again"
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise SettingsError(
                f"cannot reach {request.host} ({reason})", "is this machine online?"
            ) from None

    def _kept(self) -> Grant | None:
        try:
            data = read_plain(self._path, _MOST_BYTES, links=False)
            return signin.from_text(data.decode("utf-8", "replace"))
        except OSError:
            return None

    def _keep(self, grant: Grant) -> None:
        """Write the file in whole, for its owner only. Raises SettingsError."""
        try:
            write_private(self._path, signin.as_text(grant).encode())
        except OSError as error:
            raise SettingsError(
                f"cannot write {self._path}: {error.strerror}", "you are not signed in"
            ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Tokens never follow a redirect."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """No."""


def _error_name(body: bytes) -> str:
    """The short name of an OAuth error, never its words (RFC 6749, section 5.2)."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    name = found.get("error") if isinstance(found, dict) else None
    name = name.get("code") if isinstance(name, dict) else name
    shaped = isinstance(name, str) and len(name) <= 60 and name.replace("_", "").isalnum()
    return str(name) if shaped else ""


class _Callback:
    """A server on loopback that the browser comes back to; it lives as long as one sign-in."""

    def __init__(self) -> None:
        self._targets: list[str] = []
        self._came = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ours = self.path.startswith("/auth/callback?")
                self.send_response(200 if ours else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Connection", "close")
                self.end_headers()
                if ours:
                    self.wfile.write(_PAGE)
                    outer._arrived(self.path)

            def log_message(self, *_: object) -> None:
                """Nothing is logged: the path holds a code."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/auth/callback"

    def __enter__(self) -> _Callback:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next(self, seconds: float) -> str:
        """What the browser came back with, "" where it did not in so many seconds."""
        with self._came:
            self._came.wait_for(lambda: bool(self._targets), seconds)
            return self._targets.pop(0) if self._targets else ""

    def _arrived(self, target: str) -> None:
        with self._came:
            if len(self._targets) < 8:
                self._targets.append(target)
            self._came.notify_all()
