"""What a status, an error body or an error event means: provider's words in, one fault out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.wire import FaultKind
from spark_tui.core.regex import regex
from spark_tui.core.remedy import Remedy
from spark_tui.services.endpoint.faults.error_body import (
    ErrorBody,
    fit_in_text,
    read_body,
    read_error,
    wait_in_headers,
    wait_in_text,
)
from spark_tui.services.endpoint.faults.faults import (
    AGAIN,
    FaultError,
    Peer,
    looks_like_a_page,
    safe_text,
)

_QUOTA_CODES = {
    "insufficient_quota",
    "usage_not_included",
    "billing_hard_limit_reached",
    "payment_required",
    "insufficient_balance",
    "insufficient_credits",
    "billing_not_active",
}
_QUOTA_WORDS = regex(
    r"insufficient.{0,3}(?:quota|balance|credits?|funds)|exceeded your current quota|"
    r"requires more credits|out of credits|credits? (?:have |has )?(?:expired|exhausted)|"
    r"no credits|not enough credits|credit balance is too low|payment required|"
    r"used all available credits",
    re.IGNORECASE,
)
_TOO_LONG_CODES = {
    "context_length_exceeded",
    "string_above_max_length",
    "request_too_large",
    "exceed_context_size_error",
    "context_window_exceeded",
    "max_prompt_tokens_exceeded",
    "model_max_prompt_tokens_exceeded",
}
_TOO_LONG_WORDS = regex(
    r"context length|context window|maximum context|context size|too many (?:input )?tokens|"
    r"max_seq_len|prompt is too long|input is too long|input too long|"
    r"(?:prompt|input)[^.]{0,60}exceeds? the (?:maximum|limit|model)|"
    r"exceeds the maximum number of tokens|input token count.{0,40}exceeds",
    re.IGNORECASE,
)
_MODEL_CODES = {
    "model_not_found",
    "model_not_supported",
    "unsupported_model",
    "model_decommissioned",
    "model_not_available",
    "invalid_model",
    "unknown_model",
    "deploymentnotfound",
    "deployment_not_found",
    "model_not_active",
}
_MODEL_WORDS = regex(
    r"\bmodels?\b[^.\n]{0,80}?(?:not found|does not exist|doesn'?t exist|decommissioned|"
    r"is not available|no longer available|is not supported|not a valid|unknown)|"
    r"(?:not a valid|unknown|invalid|no such|unsupported) model\b|"
    r"supported (?:api )?models?(?: names)? (?:are|is)\b|model_not_found",
    re.IGNORECASE,
)
_KEY_CODES = {
    "invalid_api_key",
    "authentication_error",
    "api_key_invalid",
    "invalid_authentication",
    "unauthenticated",
    "unauthorized",
}
_KEY_WORDS = regex(
    r"(?:incorrect|invalid|wrong|bad|expired|malformed|missing) api.?key|"
    r"api.?key (?:not valid|is invalid|is not valid|is incorrect|expired|is missing)|"
    r"no api.?key|api key not found",
    re.IGNORECASE,
)
_FILTER_CODES = {"content_filter", "content_policy_violation", "responsibleaipolicyviolation"}
_FILTER_WORDS = regex(
    r"content (?:management|usage) policy|flagged by|requires moderation|was filtered|"
    r"safety (?:system|filter|polic)|violates (?:our|the) .{0,20}polic",
    re.IGNORECASE,
)
_LIMIT_CODES = {"rate_limit_exceeded", "rate_limit_error", "too_many_requests", "throttled"}
_BUSY_CODES = {"overloaded_error", "capacity_exceeded", "engine_overloaded", "server_overloaded"}
_TOOL = r"(?:tools?|tool[ _-]?(?:calls?|calling|use|choice)|functions?[ _-]?call(?:s|ing)?)"
_NO_TOOLS = regex(
    rf"(?:not|n'?t|cannot|that) support (?:the use of )?['\"`]?{_TOOL}\b"
    rf"|\b{_TOOL}['\"`]? (?:is|are) (?:not |un)(?:supported|enabled|available|allowed)"
    r"|tools? param(?:eter)? requires|tool choice requires|enable-auto-tool-choice",
    re.IGNORECASE,
)
"""What servers say whose model, or whose setting, takes no tools (vLLM, llama.cpp, Ollama, …)."""

_LOADING = regex(r"loading (?:the )?model|model is (?:still )?loading|starting up", re.I)
_PAGE_TITLE = regex(rb"<title[^>]*>([^<]{1,120})</title>", re.IGNORECASE)
_CUT_BODY_STATUSES = frozenset({429, 408, 413})


def from_status(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    peer: Peer,
) -> FaultError:
    """The fault behind an HTTP status (or the `status` of an error event) and its body."""
    wait_s = wait_in_headers(headers)
    if looks_like_a_page(headers.get("content-type", ""), body):
        return _from_page(status, body, peer, wait_s)
    said = read_body(body)
    return fault_of(status, said, peer, wait_s=wait_s)


def _from_page(status: int, body: bytes, peer: Peer, wait_s: float | None) -> FaultError:
    """A web page came with the status of a failure: whose it is follows from the status."""
    if status >= 500 or status in _CUT_BODY_STATUSES or (status == 401 and peer.key):
        return fault_of(status, ErrorBody(), peer, wait_s=wait_s)
    title = _PAGE_TITLE.search(body[:4096])
    named = safe_text(title.group(1).decode("utf-8", "replace"), peer.key, 60) if title else ""
    tail = f": {named}" if named else ""
    if status == 403:
        return FaultError(
            FaultKind.FORBIDDEN,
            f"something in front of {peer.host} blocks the request with a web page (403){tail}",
            Remedy.SHOW_ADDRESS,
        )
    return FaultError(
        FaultKind.NOT_A_STREAM,
        f"{peer.host} sent a web page (status {status}), not a stream",
        Remedy.SHOW_ADDRESS,
    )


def from_event(value: Mapping[str, Any], peer: Peer) -> FaultError:
    """The fault behind an error event in a stream, in any of the shapes providers use."""
    said = read_error(value)
    wait = None
    headers = value.get("headers")
    if isinstance(headers, dict):
        wait = wait_in_headers({str(k).lower(): str(v) for k, v in headers.items()})
    return fault_of(0, said, peer, wait_s=wait)


def fault_of(
    status: int, said: ErrorBody, peer: Peer, *, wait_s: float | None = None
) -> FaultError:
    """The fault behind a status (0 where there is none) and what was said.

    A status inside the body tells where there is none outside of it.
    """
    status = status or said.status
    codes = {safe_text(code, peer.key, 80) for code in said.codes}
    code = safe_text(said.code, peer.key, 60)
    words = said.text
    shown = safe_text(words, peer.key)
    tail = f": {shown}" if shown else ""
    wait = next((w for w in (wait_s, said.wait_s, wait_in_text(words)) if w is not None), None)

    if _out_of_quota(status, codes, words, wait):
        return FaultError(
            FaultKind.QUOTA,
            f"{peer.who}: the quota is used up{tail}",
            Remedy.OTHER_ENDPOINT,
            code=code,
        )
    if _wrong_key(status, codes, words):
        return _key_fault(peer, code)
    if status not in (401, 403, 429) and _filtered(codes, words):
        return FaultError(
            FaultKind.FORBIDDEN,
            f"{peer.who} did not answer: its content filter stopped it{tail}",
            Remedy.OTHER_ENDPOINT,
            code=code or "content_filter",
        )
    if codes & _TOO_LONG_CODES or status == 413 or _TOO_LONG_WORDS.search(words):
        fault = FaultError(
            FaultKind.TOO_LONG,
            f"the request is longer than {peer.model or 'the model'} takes{tail}",
            "name fewer files or lines",
            code=code,
        )
        fault.fit = fit_in_text(words)
        return fault
    if status == 403:
        forbidden = f"{peer.who} does not allow this{tail}"
        remedy = Remedy.OTHER_ENDPOINT if _filtered(codes, words) else Remedy.NEW_KEY
        return FaultError(FaultKind.FORBIDDEN, forbidden, remedy, code=code)
    if status in (0, 400, 404, 405, 422, 500, 501) and _NO_TOOLS.search(words):
        what = f"{peer.who} takes no tools{tail}"
        fields = ("tools",)
        return FaultError(
            FaultKind.BAD_REQUEST, what, Remedy.OTHER_ENDPOINT, code=code, fields=fields
        )
    if codes & _MODEL_CODES or (status in (0, 400, 404, 410, 422) and _no_model(words)):
        return FaultError(
            FaultKind.NOT_FOUND,
            f"{peer.who} has no model {safe_text(peer.model, peer.key, 60)!r}{tail}",
            Remedy.SET_MODEL,
            code=code if code in _MODEL_CODES else "model_not_found",
        )
    if status in (404, 405):
        return FaultError(
            FaultKind.NOT_FOUND,
            f"{peer.host} has no such address or model{tail}",
            Remedy.SHOW_ADDRESS,
            code=code,
        )
    if status in (429, 498, 503, 529) or codes & (_LIMIT_CODES | _BUSY_CODES):
        return _busy(status, codes, words, tail, peer, wait, code)
    if status in (408, 409) or status >= 500 or (not status and code in {"", "server_error"}):
        number = f" ({status})" if status else ""
        what = f"{peer.who} is down" if status in (502, 504) or status >= 520 else peer.who
        return FaultError(
            FaultKind.SERVER,
            f"{what}{number}{tail}" if what != peer.who else f"{peer.who} failed{number}{tail}",
            *AGAIN,
            retry="server" if status else "",
            wait_s=wait,
            code=code,
        )
    named = f"{code} " if code and not shown else ""
    fault = FaultError(
        FaultKind.BAD_REQUEST,
        f"{peer.who} refused the request{tail or f': {named}({status})'}",
        Remedy.OTHER_ENDPOINT,
        code=code,
        fields=said.fields,
    )
    fit = fit_in_text(words)
    fault.fit = replace(fit, window=0) if fit.most else fit
    return fault


def _out_of_quota(status: int, codes: set[str], words: str, wait: float | None) -> bool:
    """Whether money is missing. A minute's limit that names a wait is none, whatever its words."""
    if status == 402 or codes & _QUOTA_CODES:
        return True
    found = _QUOTA_WORDS.search(words)
    return bool(found) and (status != 429 or wait is None or "current quota" not in words)


def _wrong_key(status: int, codes: set[str], words: str) -> bool:
    if status == 401 or codes & _KEY_CODES:
        return True
    return status in (0, 400, 403, 422) and bool(_KEY_WORDS.search(words))


def _key_fault(peer: Peer, code: str) -> FaultError:
    if not peer.key:
        what = f"{peer.who} wants a key, none was sent"
        first = (f"set {peer.key_variable}",) if peer.key_variable else ()
        return FaultError(FaultKind.AUTH, what, *first, Remedy.SET_KEY, code=code)
    return FaultError(FaultKind.AUTH, f"{peer.who} refused the key", Remedy.NEW_KEY, code=code)


def _filtered(codes: set[str], words: str) -> bool:
    return bool(codes & _FILTER_CODES) or bool(_FILTER_WORDS.search(words))


def _no_model(words: str) -> bool:
    """Whether the words are about a model that is not there, not about what one can't do."""
    if re.search(r"(?:parameter|argument|field|property|value)\b", words, re.IGNORECASE):
        return False
    return bool(_MODEL_WORDS.search(words))


def _busy(
    status: int,
    codes: set[str],
    words: str,
    tail: str,
    peer: Peer,
    wait: float | None,
    code: str,
) -> FaultError:
    """A limit, or a server that can't take the request now."""
    if status == 503 and _LOADING.search(words):
        return FaultError(
            FaultKind.SERVER,
            f"{peer.who} is still loading the model",
            *AGAIN,
            retry="loading",
            wait_s=wait,
            code=code,
        )
    limit = status == 429 or (not status and bool(codes & _LIMIT_CODES)) or status == 400
    kind = FaultKind.RATE_LIMIT if limit else FaultKind.SERVER
    what = "limit reached" if limit else f"{peer.who} is overloaded"
    return FaultError(kind, f"{what}{tail}", *AGAIN, retry="limit", wait_s=wait, code=code)
