"""What a status, an error body or an error event means: provider's words in, one fault out."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from spark_tui.core.wire import FaultKind
from spark_tui.services.endpoint.faults import (
    AGAIN,
    NEW_KEY,
    OTHER,
    SHOW_ADDRESS,
    FaultError,
    Peer,
    looks_like_a_page,
    safe_text,
)

_SECONDS_IN_TEXT = re.compile(r"try again in ([0-9.]+)\s*(ms|s|m)\b", re.IGNORECASE)
_TOO_LONG_CODES = {"context_length_exceeded", "string_above_max_length", "request_too_large"}
_TOO_LONG_WORDS = ("context length", "context window", "maximum context", "too many tokens")
_QUOTA_CODES = {"insufficient_quota", "usage_not_included", "billing_hard_limit_reached"}
_MODEL_CODES = {"model_not_found", "model_not_supported", "unsupported_model"}
_UNKNOWN_FIELDS = (
    re.compile(
        r"(?:un(?:supported|known|recognized|expected)|invalid|extra|additional)\s+(?:request\s+)?"
        r"(?:parameter|field|argument|property|input)s?[^'\"`]{0,40}['\"`]([a-z_]+)(?:\.[a-z_.]+)?"
        r"['\"`]",
        re.IGNORECASE,
    ),
    re.compile(r'extra_forbidden.{0,40}"loc": \["body", "([a-z_]+)"'),
)


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds the provider asks to wait: `retry-after-ms`, or `Retry-After` as number or date.

    None for a missing, negative or unreadable value (RFC 9110, section 10.2.3).
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if not value:
            continue
        try:
            seconds = float(value) * scale
        except ValueError:
            seconds = _until(value, time.time() if now is None else now)
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def _until(date: str, now: float) -> float:
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return -1.0


def wait_in_text(text: str) -> float | None:
    """Seconds named in prose such as "try again in 1.5s", for errors that come without headers."""
    found = _SECONDS_IN_TEXT.search(text)
    if not found:
        return None
    try:
        value = float(found.group(1))
    except ValueError:
        return None
    return value * {"ms": 0.001, "s": 1.0, "m": 60.0}[found.group(2).lower()]


def error_in(body: bytes) -> tuple[str, str]:
    """(code, message) of an error body in any of the usual shapes; ("", text) if it is not JSON."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return "", body[:4096].decode("utf-8", "replace")
    return error_of(value)


def error_of(value: Any) -> tuple[str, str]:
    """(code, message) of a decoded error object: nested, flat, a list of one, or a bare string."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return "", str(value) if isinstance(value, str) else ""
    inner = value.get("error")
    if isinstance(inner, str):
        return str(value.get("code") or ""), inner
    source = inner if isinstance(inner, dict) else value
    message = source.get("message") or source.get("detail") or ""
    code = source.get("code") or source.get("type") or ""
    return str(code), message if isinstance(message, str) else json.dumps(message)[:1000]


def from_status(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    peer: Peer,
) -> FaultError:
    """The fault behind an HTTP status (or the `status` of an error event) and its body."""
    if looks_like_a_page(headers.get("content-type", ""), body):
        if status in (401, 403):
            code, text = "", ""
        else:
            return FaultError(
                FaultKind.NOT_A_STREAM,
                f"{peer.host} sent a web page (status {status}), not a stream",
                SHOW_ADDRESS,
                retry="server" if status >= 500 else "",
            )
    else:
        code, text = error_in(body)
    return from_code(
        status,
        code,
        text,
        peer,
        wait_s=retry_after(headers),
    )


def from_code(
    status: int,
    code: str,
    text: str,
    peer: Peer,
    *,
    wait_s: float | None = None,
) -> FaultError:
    """The fault behind a status (0 where there is none), an error code and its text."""
    said, code = safe_text(text, peer.key), safe_text(code, peer.key, 60)
    tail = f": {said}" if said else ""
    lowered = code.lower()
    words = text.lower()
    if (
        lowered in _QUOTA_CODES
        or "insufficient_quota" in words
        or "exceeded your current quota" in words
    ):
        return FaultError(
            FaultKind.QUOTA, f"{peer.who}: the quota is used up{tail}", OTHER, code=code
        )
    if lowered in _TOO_LONG_CODES or status == 413 or any(w in words for w in _TOO_LONG_WORDS):
        return FaultError(
            FaultKind.TOO_LONG,
            f"the request is longer than {peer.model or 'the model'} takes{tail}",
            "name fewer files or lines",
            code=code,
        )
    if status == 401 or lowered in {"invalid_api_key", "authentication_error"}:
        if not peer.key:
            what = f"{peer.who} wants a key, none was sent"
            way_out = f"set {peer.key_variable}, or F3" if peer.key_variable else "F3 sets one"
            return FaultError(FaultKind.AUTH, what, way_out, code=code)
        return FaultError(FaultKind.AUTH, f"{peer.who} refused the key", NEW_KEY, code=code)
    if status == 403:
        return FaultError(
            FaultKind.FORBIDDEN, f"{peer.who} does not allow this{tail}", NEW_KEY, code=code
        )
    if lowered in _MODEL_CODES:
        return FaultError(
            FaultKind.NOT_FOUND,
            f"{peer.who} has no model {safe_text(peer.model, peer.key, 60)!r}{tail}",
            "F3 sets the model",
            code=code,
        )
    if status in (404, 405):
        return FaultError(
            FaultKind.NOT_FOUND,
            f"{peer.host} has no such address or model{tail}",
            SHOW_ADDRESS,
            code=code,
        )
    if status in (429, 503, 529) or lowered in {"rate_limit_exceeded", "overloaded_error"}:
        kind = FaultKind.RATE_LIMIT if status not in (503, 529) else FaultKind.SERVER
        what = "limit reached" if kind is FaultKind.RATE_LIMIT else f"{peer.who} is overloaded"
        return FaultError(
            kind,
            f"{what}{tail}",
            AGAIN,
            retry="limit",
            wait_s=wait_in_text(text) if wait_s is None else wait_s,
            code=code,
        )
    if status in (408, 409) or status >= 500 or (not status and lowered in {"", "server_error"}):
        number = f" ({status})" if status else ""
        return FaultError(
            FaultKind.SERVER,
            f"{peer.who} failed{number}{tail}",
            AGAIN,
            retry="server" if status else "",
            wait_s=wait_s,
            code=code,
        )
    named = f"{code} " if code and not said else ""
    return FaultError(
        FaultKind.BAD_REQUEST,
        f"{peer.who} refused the request{tail or f': {named}({status})'}",
        OTHER,
        code=code,
        field=_unknown_field(text),
    )


def _unknown_field(text: str) -> str:
    for pattern in _UNKNOWN_FIELDS:
        found = pattern.search(text[:4000])
        if found:
            return found.group(1)
    return ""


def from_event(value: dict[str, Any], peer: Peer) -> FaultError:
    """The fault behind an error event in a stream, in any of the shapes providers use."""
    code, text = error_of(value)
    inner = value.get("error")
    status = 0
    for holder in (value, inner if isinstance(inner, dict) else {}):
        for name in ("status", "status_code"):
            found = holder.get(name)
            if isinstance(found, int) and not status:
                status = found
    if not status and code.isdecimal() and len(code) == 3:
        status, code = int(code), ""
    headers = value.get("headers")
    wait = None
    if isinstance(headers, dict):
        wait = retry_after({str(k).lower(): str(v) for k, v in headers.items()})
    return from_code(status, code, text, peer, wait_s=wait)
