"""What the reason a provider names for the end of an answer means: one table for all wires.

Only a reason that is known to be good makes an answer complete. One nobody has heard of says that
something happened: the answer is incomplete, and its reason is shown.

Sources: the public API references of OpenAI, Anthropic, Mistral, DeepSeek, Google and z.ai, and
the documents of vLLM, SGLang, TensorRT-LLM, llama.cpp and text-generation-inference, 2026.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.endpoint.wire import Ended, Ending, FaultKind
from spark_tui.core.remedy import Remedy, Ways
from spark_tui.services.endpoint.faults.faults import Peer, safe_text

_GOOD = frozenset(
    {
        "stop",
        "stop_sequence",
        "tool_calls",
        "tool_call",
        "tool_use",
        "function_call",
        "function_calls",
        "eos",
        "eos_token",
        "end_turn",
    }
)
_LENGTH = frozenset(
    {
        "length",
        "model_length",
        "max_length",
        "max_tokens",
        "max_new_tokens",
        "max_output_tokens",
        "max_completion_tokens",
        "max_messages",
        "token_limit",
        "model_context_window_exceeded",
    }
)
_REFUSED = frozenset(
    {
        "content_filter",
        "content_filtered",
        "refusal",
        "safety",
        "sensitive",
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
        "guardrail_intervened",
    }
)
_USUAL = frozenset({"length", "max_output_tokens", "content_filter", ""})
"""Reasons that the words for their kind say already."""

AGAIN: Ways = (Remedy.RETRY,)


def is_good(reason: Any) -> bool:
    """Whether a provider that names this reason has said all it wanted to say."""
    return isinstance(reason, str) and reason.strip().lower() in _GOOD


def ended_by(
    reason: Any, at: int, peer: Peer, response_id: str = "", *, certain: bool = True
) -> Ended:
    """How an answer ended whose provider named `reason`; "" where it named none.

    `certain` is handed on to a complete ending (see `Ended`).
    """
    named = reason.strip().lower() if isinstance(reason, str) else None
    if named in _GOOD:
        return Ended(at, Ending.COMPLETE, response_id=response_id, certain=certain)
    shown = safe_text(reason if isinstance(reason, str) else repr(reason), peer.key, 40)
    tail = "" if named in _USUAL else f" ({shown})"
    if named in _LENGTH:
        what = f"the answer hit its length limit{tail}, nothing written"
        return Ended(at, Ending.LENGTH, None, what, AGAIN, response_id)
    if named in _REFUSED:
        what = f"{peer.who} refused to answer this{tail}, nothing written"
        return Ended(at, Ending.FILTERED, None, what, ("say it differently",), response_id)
    if named == "error":
        what = f"{peer.who} failed in the middle of the answer"
        return Ended(at, Ending.FAILED, FaultKind.SERVER, what, AGAIN, response_id)
    return incomplete(shown, at, response_id)


def incomplete(why: str, at: int, response_id: str = "") -> Ended:
    """An answer that can't be taken for whole, because of `why` (printable, "" for unknown)."""
    what = f"the answer is incomplete ({why})" if why else "the answer broke off"
    return Ended(
        at, Ending.CUT, FaultKind.MALFORMED, f"{what}, nothing written", AGAIN, response_id
    )
