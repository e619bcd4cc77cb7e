"""A limit of tokens a minute as providers keep one: a bucket that refills evenly.

Sources: OpenAI's guide to rate limits (headers, what a request reserves), 2026.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class TokensPerMinute:
    """`limit` tokens at most, refilled over a minute; 0 for no limit."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._left = float(limit)
        self._at = clock()

    def take(self, tokens: int) -> float:
        """Reserve `tokens`; the seconds until they fit, 0.0 when they did and are taken."""
        if not self._limit:
            return 0.0
        now = self._clock()
        self._left = min(self._limit, self._left + (now - self._at) * self._limit / 60)
        self._at = now
        if tokens <= self._left:
            self._left -= tokens
            return 0.0
        return (tokens - self._left) * 60 / self._limit

    def headers(self) -> dict[str, str]:
        """What a response says of it."""
        if not self._limit:
            return {}
        reset = (self._limit - self._left) * 60 / self._limit
        return {
            "x-ratelimit-limit-tokens": str(self._limit),
            "x-ratelimit-remaining-tokens": str(int(self._left)),
            "x-ratelimit-reset-tokens": f"{reset:.3f}s",
        }
