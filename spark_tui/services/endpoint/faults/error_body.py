"""What a provider's error says, whatever its shape: codes, words, fields it names, a wait.

Shapes as seen in the wild: OpenAI's nested object, FastAPI's `detail`, flat ones, lists of one,
bare strings, a gateway's own words round those of the provider behind it (`metadata.raw`), Google's
`details`, AWS-like `__type`. Nothing here decides what an error means: that is `statuses`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.endpoint.rate_limits import seconds_of
from spark_tui.core.regex import regex

_DEPTH = 6
"""How deep an error within an error is followed."""

_MESSAGES = ("message", "msg", "detail", "error_message", "error_msg", "status_msg", "reason")
_CODES = ("code", "type", "error_code", "status", "__type")
_INNER = ("error", "base_resp", "errors")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error in its own words.

    `codes` are short names it goes by, lower-case, the most telling first; `text` are its words;
    `status` is a number of its own, 0 for none; `fields` are request fields it names (`outer.inner`
    as given); `wait_s` the seconds it asks to wait, None where it names none.
    """

    codes: tuple[str, ...] = ()
    text: str = ""
    status: int = 0
    fields: tuple[str, ...] = ()
    wait_s: float | None = None

    @property
    def code(self) -> str:
        """The most telling name, "" for none."""
        return self.codes[0] if self.codes else ""

    def __bool__(self) -> bool:
        """Whether it says anything at all."""
        return bool(self.codes or self.text or self.status)


def read_body(body: bytes) -> ErrorBody:
    """The error in a response body; its text as it is where that is no JSON."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        text = body[:4096].decode("utf-8", "replace")
        return _named_in_text(ErrorBody(text=text))
    return read_error(value)


def read_error(value: Any) -> ErrorBody:
    """The error in a decoded value: nested, flat, a list of one, or a bare string."""
    found = _read(value, 0)
    text = found.text
    for inner in _json_in(text):  # an error that was written into another one's words
        deeper = _read(inner, 0)
        if deeper.text:
            return _named_in_text(replace(_merged(deeper, found), text=deeper.text))
    return _named_in_text(found)


def is_error(value: Mapping[str, Any]) -> bool:
    """Whether a decoded object that came instead of an answer is an error in words."""
    if "choices" in value or "output" in value or "data" in value:
        return False
    return bool(read_error(value).text)


def fails(value: Mapping[str, Any]) -> bool:
    """Whether a decoded object that should be a piece of an answer tells of an error instead."""
    base = value.get("base_resp")
    if value.get("error") or (isinstance(base, dict) and base.get("status_code")):
        return True
    return not isinstance(base, dict) and is_error(value)


def _read(value: Any, depth: int) -> ErrorBody:
    if depth > _DEPTH:
        return ErrorBody()
    if isinstance(value, str):
        return ErrorBody(text=value)
    if isinstance(value, list):
        parts = [_read(one, depth + 1) for one in value[:8]]
        if not parts:
            return ErrorBody()
        out = parts[0]
        for part in parts[1:]:
            out = _merged(out, part)
        return out
    if not isinstance(value, dict):
        return ErrorBody()
    codes, status = _codes(value)
    own = ErrorBody(codes, _message(value), status, _named_fields(value), _wait(value))
    inner = ErrorBody()
    for name in _INNER:
        if value.get(name):
            inner = _read(value[name], depth + 1)
            if inner:
                break
    detail = value.get("detail")
    if not own.text and isinstance(detail, list | dict):
        inner = _merged(inner, _read(detail, depth + 1)) if inner else _read(detail, depth + 1)
    out = _merged(inner, own) if inner else own
    upstream = _upstream(value.get("metadata"), depth)
    return replace(_merged(upstream, out), text=upstream.text) if upstream.text else out


def _merged(first: ErrorBody, second: ErrorBody) -> ErrorBody:
    """What `first` says, completed by `second`."""
    return ErrorBody(
        tuple(dict.fromkeys((*first.codes, *second.codes))),
        first.text or second.text,
        first.status or second.status,
        tuple(dict.fromkeys((*first.fields, *second.fields))),
        first.wait_s if first.wait_s is not None else second.wait_s,
    )


def _message(value: Mapping[str, Any]) -> str:
    for name in _MESSAGES:
        said = value.get(name)
        if isinstance(said, str) and said.strip():
            return said
        if isinstance(said, dict | list) and said and name == "message":
            return json.dumps(said)[:1000]
    return ""


def _codes(value: Mapping[str, Any]) -> tuple[tuple[str, ...], int]:
    """Names and a number: a three-digit code is a status, a word is a name."""
    names: list[str] = []
    status = 0
    for key in (*_CODES, "status_code"):
        found = value.get(key)
        if isinstance(found, bool) or not isinstance(found, str | int):
            continue
        text = str(found).strip()
        if text.isdecimal() and len(text) == 3:
            status = status or int(text)
        elif text and text != "None" and len(text) <= 80 and key != "status_code":
            names.append(text.lower())
    details = value.get("details")
    for one in details[:8] if isinstance(details, list) else ():
        reason = one.get("reason") if isinstance(one, dict) else None
        if isinstance(reason, str) and reason:
            names.insert(0, reason.lower())
    return tuple(dict.fromkeys(names)), status


def _named_fields(value: Mapping[str, Any]) -> tuple[str, ...]:
    """Request fields named as such: `param`, or the end of a validator's `loc`."""
    out: list[str] = []
    param = value.get("param")
    if isinstance(param, str) and _FIELD.fullmatch(param):
        out.append(param)
    loc = value.get("loc")
    if isinstance(loc, list) and len(loc) > 1 and loc[0] == "body":
        parts = [str(part) for part in loc[1:]]
        if all(_FIELD.fullmatch(part) for part in parts):
            out.append(".".join(parts))
    return tuple(out)


def _wait(value: Mapping[str, Any]) -> float | None:
    """Seconds of a Google `retryDelay` ("34s"), or of a plain `retry_after`."""
    details = value.get("details")
    for one in details[:8] if isinstance(details, list) else ():
        delay = one.get("retryDelay") if isinstance(one, dict) else None
        if isinstance(delay, str):
            return seconds_of(delay)
    plain = value.get("retry_after")
    if isinstance(plain, int | float) and not isinstance(plain, bool) and 0 <= plain < 1e6:
        return float(plain)
    return None


def _upstream(metadata: Any, depth: int) -> ErrorBody:
    """What the provider behind a gateway said: OpenRouter's `metadata`."""
    if not isinstance(metadata, dict):
        return ErrorBody()
    raw = metadata.get("raw")
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            raw = raw[:2000]
    said = _read(raw, depth + 1)
    reasons = metadata.get("reasons")
    if not said.text and isinstance(reasons, list) and reasons:
        said = replace(said, text=", ".join(str(one) for one in reasons[:4]))
    who = metadata.get("provider_name")
    if said.text and isinstance(who, str) and who:
        said = replace(said, text=f"{who}: {said.text}")
    headers = metadata.get("headers")
    if isinstance(headers, dict):
        lowered = {str(k).lower(): str(v) for k, v in headers.items()}
        said = replace(said, wait_s=wait_in_headers(lowered))
    return said


def _json_in(text: str) -> Iterator[Any]:
    """JSON objects that stand in the words of an error, as proxies write them."""
    start = text.find("{")
    if start >= 0 and text.rstrip().endswith("}") and len(text) < 20_000:
        try:
            yield json.loads(text[start:])
        except (ValueError, RecursionError):
            return


# ------------------------------------------------------------------ fields named in words

_FIELD = regex(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_NAME = r"([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
_QUOTED = rf"['\"`‘“]{_NAME}['\"`’”]"
_WORDINGS = tuple(
    regex(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:un(?:supported|known|recogni[sz]ed|expected)|invalid|extra|additional)\s+"
        r"(?:request\s+)?(?:parameter|field|argument|property|input|name|value|key)s?"
        rf"(?: supplied| provided)?[^'\"`]{{0,40}}{_QUOTED}",
        r"(?:un(?:supported|known|recogni[sz]ed|expected)) (?:request )?"
        r"(?:parameter|field|argument|property)s?"
        rf"(?: supplied| provided)?:\s*{_NAME}",
        rf"arguments? not supported:\s*{_NAME}",
        rf"does not support (?:the )?(?:parameter|field|argument|property)\s*['\"`]?{_NAME}",
        rf"(?:property|parameter|field|argument) {_QUOTED} is (?:unsupported|not)",
        rf"{_QUOTED} (?:was unexpected|is unsupported|is not (?:supported|allowed|permitted|a "
        r"valid))",
        rf"unexpected keyword argument {_QUOTED}",
        r"extra_forbidden.{0,40}['\"]loc['\"]: [\[(]['\"]body['\"], ['\"]" + _NAME + r"['\"]",
        rf"(?:^|[\s:]){_NAME}: (?:extra inputs? (?:are|is) not permitted|field not allowed)",
        rf"(?:^|[\s:]){_NAME} is not supported (?:with|by|for|on) this",
    )
)
_CAMEL = regex(r"(?<=[a-z0-9])([A-Z])")


def _named_in_text(found: ErrorBody) -> ErrorBody:
    """With the fields its words name added, in the order of certainty."""
    text = found.text[:4000]
    named = list(found.fields)
    for pattern in _WORDINGS:
        named += [match.group(1) for match in pattern.finditer(text)]
    named = [name.removeprefix("body.") for name in named]
    for name in list(named):
        snake = _CAMEL.sub(lambda m: "_" + m.group(1).lower(), name)
        if snake != name:
            named.append(snake)
    return replace(found, fields=tuple(dict.fromkeys(named)))


# ------------------------------------------------------------------ how long to wait

_WAIT = regex(
    r"(?:try again|retry|wait|available again|resets?)\s*(?:after|in|for|at least)?\s*:?\s*"
    r"(?:about |~)?"
    r"((?:\d+(?:\.\d+)?\s*(?:milliseconds?|seconds?|minutes?|hours?|days?|msecs?|secs?|mins?|ms|"
    r"[smhd])\s*(?:,|and)?\s*)+)",
    re.IGNORECASE,
)
_PIECE = regex(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "ms": 0.001}
_RESETS = ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "x-ratelimit-reset")
_EPOCH_S = 1e9


def wait_in_text(text: str) -> float | None:
    """Seconds named in prose such as "try again in 1m2.5s" or "retry after 90 seconds"."""
    found = _WAIT.search(text[:4000])
    if not found:
        return None
    total = 0.0
    for number, word in _PIECE.findall(found.group(1)):
        unit = word.lower()
        unit = "ms" if unit.startswith(("ms", "milli")) else unit[0]
        if unit not in _UNITS:
            return None
        total += float(number) * _UNITS[unit]
    return total if total < 1e6 else None


def wait_in_headers(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds the provider asks to wait, as its headers say.

    `retry-after-ms` is milliseconds and the more exact one unless it is 0 (Azure sends 0 beside a
    `retry-after` of 1); `retry-after` is seconds, a date or a span such as `1m2s` (RFC 9110,
    section 10.2.3). Without either: the resets of limits of which nothing is left, as spans, or as
    a point in time (seconds or milliseconds of the epoch). None for missing, negative or unreadable
    values.
    """
    clock = time.time() if now is None else now
    exact = _seconds(headers.get("retry-after-ms", ""), clock)
    plain = _seconds(headers.get("retry-after", ""), clock)
    if exact:
        return exact / 1000
    if plain is not None or exact is not None:
        return plain or 0.0
    asked: list[float] = []
    for name in _RESETS:
        left = headers.get(name.replace("reset", "remaining"), "").strip()
        seconds = _seconds(headers.get(name, ""), clock)
        if seconds is not None and left in ("", "0", "0.0"):
            asked.append(seconds)
    return max(asked) if asked else None


def _seconds(value: str, now: float) -> float | None:
    value = value.strip()
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        span = seconds_of(value)
        return _until(value, now) if span is None else span
    if not 0 <= number < _EPOCH_S * 10_000:
        return None
    if number >= _EPOCH_S:
        since = number / 1000 if number >= _EPOCH_S * 100 else number
        return max(0.0, since - now)
    return number


def _until(date: str, now: float) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


# ------------------------------------------------------------------ how much fits

_WINDOW = regex(
    r"(?:maximum (?:model )?context (?:length|window)|context (?:length|window|size)|max_seq_len|"
    r"max_model_len|max_context_length|n_ctx)\D{0,40}?(\d{3,8})",
    re.IGNORECASE,
)
_INPUT = (
    regex(r"(\d+) (?:tokens )?(?:in|from|of) the (?:input )?(?:messages|prompt|input)"),
    regex(r"(\d+) (?:tokens of )?(?:text )?input tokens"),
    regex(r"(\d+) input tokens"),
    regex(r"prompt(?: length|_len)?\D{0,12}(\d+)", re.IGNORECASE),
    regex(r"(\d+) tokens from the input"),
)
_MOST = regex(
    r"(?:(?:max_(?:completion_|output_)?tokens|maxoutputtokens)\D{0,80}?"
    r"(?:less than or equal to|at most|<=|maximum(?: value)?(?: is| of)?|cannot exceed|"
    r"should not exceed|must be below|up to)\D{0,20}?|"
    r"supports (?:at most|up to) (?=\d+ (?:completion|output) tokens))(\d{2,8})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fit:
    """What an error says of sizes, in tokens; 0 where it does not.

    `window` holds input and output together, `input` is what this request's input came to, `most`
    is the largest output limit that is taken.
    """

    window: int = 0
    input: int = 0
    most: int = 0


def fit_in_text(text: str) -> Fit:
    """The sizes an error about length names (vLLM, SGLang, TensorRT-LLM, OpenAI, Groq, Azure)."""
    text = text[:4000]
    window = _WINDOW.search(text)
    most = _MOST.search(text)
    used = next((found for one in _INPUT if (found := one.search(text))), None)
    return Fit(
        int(window.group(1)) if window else 0,
        int(used.group(1)) if used else 0,
        int(most.group(1)) if most and not (window and most.group(1) == window.group(1)) else 0,
    )
