"""What a provider's rate limits leave: header values in, a forecast out.

Sources: the rate-limit headers in the API references of OpenAI and Groq
(`x-ratelimit-remaining-tokens`, times such as `6m0s` or `7.66s`) and of Cerebras
(`…-tokens-minute`, plain seconds).
"""

from __future__ import annotations

from collections.abc import Mapping

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import Allowance, RateLimits
from spark_tui.core.regex import regex

_PART = regex(r"(\d+(?:\.\d+)?)(ms|us|µs|d|h|m|s)")
_SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPANS = ("", "-minute", "-day")


def read_limits(headers: Mapping[str, str], at: int) -> RateLimits | None:
    """The limits these response headers tell of, None where they tell of none.

    `headers` must be case-insensitive or lower-case. Values that do not parse are ignored.
    """
    tokens, requests = _allowance(headers, "tokens"), _allowance(headers, "requests")
    return RateLimits(at, tokens, requests) if tokens or requests else None


def _allowance(headers: Mapping[str, str], what: str) -> Allowance | None:
    for span in _SPANS:
        limit = _count(headers.get(f"x-ratelimit-limit-{what}{span}", ""))
        left = _count(headers.get(f"x-ratelimit-remaining-{what}{span}", ""))
        if limit is None or left is None or limit <= 0:
            continue
        reset = seconds_of(headers.get(f"x-ratelimit-reset-{what}{span}", ""))
        return Allowance(limit, min(left, limit), int((reset or 0.0) * 1e9))
    return None


def _count(text: str) -> int | None:
    try:
        value = int(float(text))
    except (ValueError, OverflowError):
        return None
    return value if value >= 0 else None


def seconds_of(text: str) -> float | None:
    """Seconds of `6m0s`, `20ms`, `1h2m`, or a plain number; None for anything else."""
    text = text.strip()
    try:
        value = float(text)
    except ValueError:
        parts = _PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            return None
        value = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return value if 0 <= value < 1e9 else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """`left` of `limit` tokens at the moment asked for.

    A request that reserves `reserve` of them may go in `wait_ns`: 0 is now, None that it can't be
    known, or never.
    """

    left: int
    limit: int
    reserve: int
    wait_ns: int | None


def forecast(tokens: Allowance, told_at: int, now: int, reserve: int) -> Forecast:
    """What is left `now` (ns) of an allowance told at `told_at`.

    Providers refill a bucket evenly and name the time until it is full again; our own requests
    since then are in the next answer's headers, not here.
    """
    passed = max(now - told_at, 0)
    missing = tokens.limit - tokens.remaining
    left = tokens.limit
    if passed < tokens.reset_ns:
        left = tokens.remaining + missing * passed // tokens.reset_ns
    elif not tokens.reset_ns:
        left = tokens.remaining
    if reserve <= left:
        return Forecast(left, tokens.limit, reserve, 0)
    if reserve > tokens.limit or not missing or not tokens.reset_ns:
        return Forecast(left, tokens.limit, reserve, None)
    return Forecast(left, tokens.limit, reserve, (reserve - left) * tokens.reset_ns // missing)
