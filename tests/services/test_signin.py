"""Signing in with a plan: an issuer on loopback, a browser that is a test, tokens on disk."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from spark_tui.core.endpoint import signin
from spark_tui.core.errors import SettingsError
from spark_tui.services.signin import FILE_NAME, SignIn


class Issuer:
    """The parts of the issuer that a sign-in meets. `change` is laid over each token reply."""

    def __init__(self) -> None:
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.change: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.status = 200
        self.redirects = False
        self.challenge = self.nonce = ""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = issuer.url
                self.reply(
                    {
                        "issuer": url,
                        "authorization_endpoint": f"{url}/authorize",
                        "token_endpoint": f"{url}/token",
                        "revocation_endpoint": f"{url}/revoke",
                        **issuer.change.get("discovery", {}),
                    }
                )

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {key: values[0] for key, values in parse_qs(text).items()}
                issuer.forms.append((self.path, form))
                if issuer.redirects:
                    self.send_response(307)
                    self.send_header("location", "http://127.0.0.1:1/elsewhere")
                    self.end_headers()
                    return
                verifier = form.get("code_verifier", "")
                made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
                if verifier and made.rstrip(b"=").decode() != issuer.challenge:
                    self.reply({"error": "invalid_grant"}, 400)
                    return
                count = len(issuer.forms)
                claims = {
                    "iss": issuer.url,
                    "aud": form.get("client_id", ""),
                    "exp": time.time() + 600,
                    "nonce": issuer.nonce,
                    "email": "ada@example.com",
                    **issuer.claims,
                }
                body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
                self.reply(
                    {
                        "access_token": f"access-{count}",
                        "refresh_token": f"refresh-{count}",
                        "expires_in": 3600,
                        "scope": signin.SCOPES,
                        "id_token": f"h.{body}.s",
                        **issuer.change,
                    },
                    issuer.status,
                )

            def reply(self, value: Any, status: int = 200) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def browse(self, url: str, **changes: str) -> None:
        """What the person's browser does: sees the page, says yes, comes back."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        self.asked = query
        self.challenge, self.nonce = query["code_challenge"], query["nonce"]
        answer = {"code": "c1", "state": query["state"], "client_id": "oaiapp_1", **changes}
        pairs = "&".join(f"{key}={value}" for key, value in answer.items())
        with urllib.request.urlopen(f"{query['redirect_uri']}?{pairs}", timeout=30) as page:
            assert page.status == 200


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    monkeypatch.setenv("no_proxy", "*")
    made = Issuer()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_a_sign_in_registers_once_renews_and_is_revoked(issuer: Issuer, tmp_path: Path) -> None:
    now = [time.time()]
    one = SignIn(tmp_path, issuer.url, lambda: now[0])
    assert (one.account(), one.key()) == ("", "")
    assert one.sign_in(issuer.browse) == "ada@example.com"
    assert issuer.asked["client_id"] == signin.FIRST_CLIENT
    assert issuer.asked["resource"] == signin.RESOURCE
    assert issuer.asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert issuer.forms[0][1]["client_id"] == "oaiapp_1"
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert one.key() == "access-1"
    now[0] += 3600 - signin.RENEW_S
    assert SignIn(tmp_path, issuer.url, lambda: now[0]).key() == "access-2"
    assert issuer.forms[1] == (
        "/token",
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
            "client_id": "oaiapp_1",
            "resource": signin.RESOURCE,
        },
    )
    host = issuer.asked["ext_agent_host_id"]
    now[0] = time.time()
    one.sign_in(issuer.browse)
    assert (issuer.asked["client_id"], issuer.asked["ext_agent_host_id"]) == ("oaiapp_1", host)
    assert one.sign_out()
    assert issuer.forms[-1] == ("/revoke", {"token": "refresh-3", "client_id": "oaiapp_1"})
    assert not (tmp_path / FILE_NAME).exists()
    assert not one.sign_out()


WRONG: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("another audience", {}, {"aud": "somebody"}, "not for this program"),
    ("another issuer", {}, {"iss": "http://evil.example"}, "not for this program"),
    ("an old token", {}, {"exp": 1}, "not for this program"),
    ("another nonce", {}, {"nonce": "x"}, "not for this program"),
    ("no ID token", {"id_token": None}, {}, "not for this program"),
    ("no plan", {"scope": "openid profile"}, {}, "does not let this program use the plan"),
    ("no tokens", {"access_token": ""}, {}, "gave no tokens"),
]


@pytest.mark.parametrize(
    ("change", "claims", "words"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG]
)
def test_a_reply_that_is_not_ours_is_kept_nowhere(
    issuer: Issuer, tmp_path: Path, change: dict[str, Any], claims: dict[str, Any], words: str
) -> None:
    issuer.change, issuer.claims = change, claims
    with pytest.raises(SettingsError, match=words):
        SignIn(tmp_path, issuer.url).sign_in(issuer.browse)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_callback_is_waited_past_and_a_refusal_is_said(
    issuer: Issuer, tmp_path: Path
) -> None:
    def twice(url: str) -> None:
        issuer.browse(url, state="forged", code="stolen")
        issuer.browse(url)

    SignIn(tmp_path, issuer.url).sign_in(twice)
    assert issuer.forms[-1][1]["code"] == "c1"
    with pytest.raises(SettingsError, match="the sign-in was refused: access_denied"):
        SignIn(tmp_path, issuer.url).sign_in(lambda url: issuer.browse(url, error="access_denied"))


def test_tokens_follow_no_redirect_and_go_to_the_issuer_only(
    issuer: Issuer, tmp_path: Path
) -> None:
    issuer.redirects = True
    with pytest.raises(SettingsError, match="status 307"):
        SignIn(tmp_path, issuer.url).sign_in(issuer.browse)
    issuer.redirects = False
    issuer.change = {"discovery": {"token_endpoint": "http://evil.example/token"}}
    with pytest.raises(SettingsError, match="does not say where to sign in"):
        SignIn(tmp_path, issuer.url).sign_in(issuer.browse)


def test_a_failure_tells_no_secret(issuer: Issuer, tmp_path: Path) -> None:
    issuer.status, issuer.change = 400, {"error": "invalid_grant", "error_description": "refresh-1"}
    with pytest.raises(SettingsError) as failed:
        SignIn(tmp_path, issuer.url).sign_in(issuer.browse)
    assert failed.value.what == "the sign-in failed with status 400: invalid_grant"


def test_waiting_for_the_browser_can_be_stopped(issuer: Issuer, tmp_path: Path) -> None:
    one = SignIn(tmp_path, issuer.url)
    with pytest.raises(SettingsError, match="was stopped"):
        one.sign_in(lambda _: one.stop())


@pytest.mark.parametrize("text", ["", "[]", "{", '{"client": 1}', "[" * 50_000])
def test_a_damaged_file_is_nobody_signed_in(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert SignIn(tmp_path, "http://127.0.0.1:1").account() == ""
