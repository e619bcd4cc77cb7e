"""Token counts as providers write them, checked against each other.

Whether output tokens include the reasoning is each provider's own choice; the total says which.
Counts that contradict each other are kept, but never as exact ones.

Sources: the public API references of OpenAI, xAI, DeepSeek, Moonshot, Anthropic and Mistral, 2026.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.endpoint.wire import Usage
from spark_tui.services.endpoint.wires.reader import count

_INPUT = ("prompt_tokens", "input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")
_CACHED = (
    ("prompt_tokens_details", "cached_tokens"),
    ("input_tokens_details", "cached_tokens"),
    ("prompt_cache_hit_tokens",),
    ("cached_tokens",),
    ("num_cached_tokens",),
    ("cache_read_input_tokens",),
)
_DETAILS = ("completion_tokens_details", "output_tokens_details")
_NOT_SENT = ("audio_tokens", "image_tokens", "rejected_prediction_tokens")
"""Output that is counted and comes as no text."""


def usage_of(usage: Any, at: int, *, outside: bool = False) -> Usage | None:
    """The counts of one `usage` object of any wire, None where it holds none.

    `outside` says that this provider counts reasoning beside its output tokens; a total that
    speaks against it wins.
    """
    if not isinstance(usage, dict):
        return None
    given = next((n for name in _INPUT if (n := count(usage, name))), 0)
    output = next((n for name in _OUTPUT if (n := count(usage, name))), 0)
    if not given and not output:
        return None
    reasoning = next((n for name in _DETAILS if (n := count(usage, name, "reasoning_tokens"))), 0)
    reasoning = reasoning or count(usage, "reasoning_tokens")
    exact = True
    total = count(usage, "total_tokens")
    if total and given:
        beside = total - given - output
        if beside == reasoning:
            output += reasoning
        else:
            exact = beside == 0
    elif outside or reasoning > output:
        output += reasoning
    return Usage(
        at,
        input=given,
        output=output,
        cached=next((n for names in _CACHED if (n := count(usage, *names))), 0),
        reasoning=reasoning,
        unsent=sum(count(usage, name, part) for name in _DETAILS for part in _NOT_SENT),
        exact=exact and reasoning <= output,
    )
