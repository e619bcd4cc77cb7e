"""What a server lists at `/models`: ids, and how many tokens each model reads at once.

Sources: the public API references of Groq (`context_window`), OpenRouter and Fireworks
(`context_length`), Mistral (`max_context_length`) and vLLM's OpenAI server (`max_model_len`), 2026.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

_WINDOWS = ("max_model_len", "context_window", "context_length", "max_context_length")
_MOST = 10**9


class Listed(NamedTuple):
    """One model; `window` is 0 where the server does not say."""

    id: str
    window: int = 0


def read_listing(content: bytes) -> list[Listed]:
    """The models of a response's body. Raises orjson.JSONDecodeError for what is no JSON."""
    data = orjson.loads(content)
    rows = (data.get("data") or data.get("models")) if isinstance(data, dict) else None
    named = [
        (one.get("id") or one.get("slug"), one)  # a slug where a ChatGPT plan lists its models
        for one in (rows if isinstance(rows, list) else ())
        if isinstance(one, dict) and one.get("visibility", "list") == "list"
    ]
    return [Listed(name, _window(one)) for name, one in named if isinstance(name, str)]


def _window(row: dict[str, Any]) -> int:
    named = (row.get(name) for name in _WINDOWS)
    known = (one for one in named if isinstance(one, int) and 0 < one < _MOST)
    return next(known, 0)
