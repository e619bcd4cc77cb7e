"""What can go wrong at an endpoint, in one line a person can act on.

A `FaultError` carries the kind, the words, what helps, and whether sending again may help. Text
from outside is stripped of control characters and of the key before it gets in.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.endpoint.wire import Ended, Ending, EndpointProfile, FaultKind, RateLimits
from spark_tui.core.printable import safe
from spark_tui.core.regex import regex
from spark_tui.core.remedy import Remedy, Way, Ways
from spark_tui.services.endpoint.faults.error_body import Fit

AGAIN: Ways = (Remedy.RETRY, Remedy.OTHER_ENDPOINT)

NOT_STEERED = "not_steered"
"""`FaultError.code` where a server turned out to steer nothing."""

_SHOWN = 200
_KEY_SHAPED = regex(r"\b(?:sk|gsk|csk|xai|nvapi|hf|key)[-_][A-Za-z0-9_*-]{6,}")


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a fault is about: the name on screen, the host, the model; `key` only to remove it.

    `tier` is the lane (service tier) that was asked for, "" for none; `key_variable` where the key
    is looked for.
    """

    who: str
    host: str
    model: str = ""
    key: str = field(default="", repr=False)
    tier: str = ""
    key_variable: str = ""


_REFUSALS = frozenset(
    {FaultKind.BAD_REQUEST, FaultKind.NOT_FOUND, FaultKind.FORBIDDEN, FaultKind.SERVER}
)


class FaultError(Exception):
    """One failed attempt. `wait_s` is what the provider asked for, None where it named nothing.

    `limits` is what the provider said is left of them.

    `fields` are request fields the provider names as what it does not take, `fit` the sizes it
    names (see `error_body`).

    `way` is the way of asking that was refused where a plainer one may do (see `capabilities`).

    `retry` is "connect", "server", "limit" or "loading" where sending again may help, else "".
    """

    def __init__(
        self,
        kind: FaultKind,
        message: str,
        *remedies: Way,
        retry: str = "",
        wait_s: float | None = None,
        ending: Ending = Ending.FAILED,
        code: str = "",
        fields: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.remedies: Ways = remedies
        self.retry = retry
        self.limits: RateLimits | None = None
        self.wait_s = wait_s
        self.ending = ending
        self.code = code
        self.fields = tuple(fields)
        self.fit = Fit()
        self.way = ""

    def refuse(self, way: str, *, content: bool) -> None:
        """The request was asked in this `way`: a plainer one may do, if nothing came of it yet."""
        if way and not content and self.kind in _REFUSALS:
            self.way = way
            self.retry = self.retry or "resend"

    def ended(self, at: int) -> Ended:
        """The closing event of the answer it ended."""
        return Ended(at, self.ending, self.kind, self.message, self.remedies)


def safe_text(text: str, key: str = "", limit: int = _SHOWN) -> str:
    """`text` as one printable line of at most `limit` characters, without `key` or its like."""
    if key:
        text = text.replace(key, "[key]")
    text = _KEY_SHAPED.sub("[key]", text[: limit * 8])
    text = safe(" ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def check_key(profile: EndpointProfile) -> None:
    """Raise FaultError for a key that no header can carry: a slip of the hand, not the server's."""
    for character in profile.key:
        if not "!" <= character <= "~":
            where = profile.key_from or profile.key_variable or "the settings"
            if character.isprintable() and not character.isspace():
                shown = f"{character!r} (U+{ord(character):04X})"
            else:
                names = {" ": "a blank", "\n": "a line feed", "\t": "a tab", "\r": "a line feed"}
                shown = names.get(character, f"an invisible character (U+{ord(character):04X})")
            raise FaultError(
                FaultKind.SETTINGS,
                f"the key from {where} holds {shown}, which no key does, nothing sent",
                Remedy.NEW_KEY,
            )


def looks_like_a_page(content_type: str, body: bytes) -> bool:
    """Whether somebody's web page came instead of an API's answer."""
    start = body[:64].lstrip().lower()
    return "html" in content_type or start.startswith((b"<!doctype", b"<html", b"<head", b"<body"))


def redirect(host: str, location: str, key: str = "") -> FaultError:
    """A 3xx: refused, with the host it points to; key and prompt stay here."""
    target = re.sub(r"^[a-z]+://", "", location, flags=re.IGNORECASE).split("/")[0].split("@")[-1]
    named = safe_text(target, key, 80) or "another path"
    return FaultError(
        FaultKind.REDIRECT, f"{host} points to {named}, nothing was sent there", Remedy.SHOW_ADDRESS
    )


def not_a_stream(host: str, content_type: str, body: bytes) -> FaultError:
    """Status 200, yet something else than an event stream."""
    if looks_like_a_page(content_type, body):
        return FaultError(
            FaultKind.NOT_A_STREAM, f"{host} sent a web page, not a stream", Remedy.SHOW_ADDRESS
        )
    named = safe_text(content_type.split(";", maxsplit=1)[0], limit=40) or "an unnamed type"
    return FaultError(
        FaultKind.NOT_A_STREAM, f"{host} sent {named}, not a stream", Remedy.SHOW_ADDRESS
    )


def empty_stream(host: str) -> FaultError:
    """Status 200 and the right type, but not one event."""
    return FaultError(FaultKind.NOT_A_STREAM, f"{host} sent an empty answer", *AGAIN)


def broken_off(*, content: bool, host: str) -> FaultError:
    """The stream ended, or the connection did, without a terminal event."""
    if content:
        return FaultError(
            FaultKind.CONNECT,
            "the answer broke off, nothing written",
            Remedy.RETRY,
            ending=Ending.CUT,
        )
    return FaultError(
        FaultKind.CONNECT,
        f"{host} closed the connection before it answered",
        *AGAIN,
        ending=Ending.CUT,
    )


def malformed(host: str, what: str = "a damaged event") -> FaultError:
    """Bytes that are not what the format promises."""
    return FaultError(
        FaultKind.MALFORMED,
        f"{host} sent {what}, nothing written",
        Remedy.RETRY,
        ending=Ending.CUT,
    )


def too_big(host: str) -> FaultError:
    """A line, a body or a number of events over its bound."""
    return FaultError(
        FaultKind.TOO_BIG,
        f"{host} sent more than an answer can hold",
        Remedy.OTHER_ENDPOINT,
        ending=Ending.CUT,
    )


def from_exception(error: BaseException, host: str) -> FaultError:
    """The fault behind a failed connection or exchange, found along the chain of causes."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 12 and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    for link in chain:
        if isinstance(link, FaultError):
            return link
    for link in chain:
        if isinstance(link, ssl.SSLError):
            return _tls(link, host)
    for link in chain:
        if isinstance(link, socket.gaierror):
            return FaultError(
                FaultKind.DNS,
                f"cannot reach {host} (no such name)",
                Remedy.DRAFT_KEPT,
                *AGAIN,
                retry="connect",
            )
    names = {type(link).__name__ for link in chain}
    if names & {"ConnectTimeout", "ConnectError", "ConnectionRefusedError", "ProxyError"}:
        why = "no answer in time" if "ConnectTimeout" in names else "refused"
        return FaultError(
            FaultKind.CONNECT,
            f"cannot reach {host} ({why})",
            Remedy.DRAFT_KEPT,
            *AGAIN,
            retry="connect",
        )
    if names & {"ReadTimeout", "WriteTimeout", "PoolTimeout"}:
        return FaultError(FaultKind.TIMEOUT, f"{host} did not answer in time", *AGAIN)
    if names & {"LocalProtocolError", "UnsupportedProtocol", "InvalidURL"}:
        return FaultError(
            FaultKind.SETTINGS, f"{host} is not a usable address", Remedy.SHOW_ADDRESS
        )
    if any("without sending a response" in str(link) for link in chain):
        return FaultError(
            FaultKind.CONNECT, f"{host} closed the connection unanswered", *AGAIN, retry="connect"
        )
    said = " ".join(str(link) for link in chain).lower()
    if "RemoteProtocolError" in names and ("header" in said or "too long" in said):
        return malformed(host, "a response that is not HTTP")
    return broken_off(content=False, host=host)


def _tls(error: ssl.SSLError, host: str) -> FaultError:
    said = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    kind = "certificate: " if isinstance(error, ssl.SSLCertVerificationError) else ""
    why = kind + safe_text(str(said), limit=80)
    return FaultError(
        FaultKind.TLS, f"cannot trust {host} ({why}), nothing sent", Remedy.SHOW_ADDRESS
    )
