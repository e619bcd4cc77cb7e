"""What a piece of an answer holds: plain text, or parts of many types.

Text, thoughts and refusals are told apart by the type of their part. What carries no text of the
answer (citations, pictures) is passed over; a type nobody has heard of is named, because an answer
whose parts are not all understood is not known to be whole.

Sources: the public API references of OpenAI, Mistral, Anthropic and OpenRouter, 2026.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.endpoint.wire import Channel
from spark_tui.services.endpoint.faults.faults import safe_text

_TEXT = frozenset({"text", "output_text", "input_text"})
_THOUGHT = frozenset(
    {
        "thinking",
        "thought",
        "reasoning",
        "reasoning_text",
        "reasoning_content",
        "reasoning.text",
        "reasoning.summary",
        "summary_text",
    }
)
_REFUSAL = frozenset({"refusal"})
_NO_TEXT = frozenset(
    {
        "audio",
        "citation",
        "citations",
        "document",
        "document_url",
        "file",
        "image",
        "image_url",
        "input_audio",
        "output_audio",
        "output_image",
        "reasoning.encrypted",
        "redacted_thinking",
        "reference",
        "references",
        "tool_reference",
    }
)
_TEXT_KEYS = ("text", "refusal", "thinking", "reasoning", "summary", "content")
_DEEPEST = 4


@dataclass(slots=True)
class Parts:
    """Texts with their channels, in order; `refused`: the model would not; `unknown`: a type."""

    pieces: list[tuple[str, Channel]] = field(default_factory=list)
    refused: bool = False
    unknown: str = ""

    def add(self, value: Any, channel: Channel = Channel.TEXT, depth: int = 0) -> None:
        """Take text, a part, or a list of them; of no type of its own it goes to `channel`."""
        if isinstance(value, str):
            if value:
                self.pieces.append((value, channel))
        elif isinstance(value, list):
            for one in value:
                self.add(one, channel, depth + 1)
        elif isinstance(value, dict) and depth <= _DEEPEST:
            self._part(value, channel, depth)

    def _part(self, part: dict[str, Any], channel: Channel, depth: int) -> None:
        kind = part.get("type")
        if kind is not None:
            name = kind.lower() if isinstance(kind, str) else None
            if name in _NO_TEXT:
                return
            if name in _THOUGHT:
                channel = Channel.REASONING
            elif name in _REFUSAL:
                self.refused = True
            elif name not in _TEXT:
                self.unknown = self.unknown or unknown("part", kind)
                return
        elif not depth and channel is Channel.TEXT:
            return
        self.add(next((part[key] for key in _TEXT_KEYS if part.get(key)), ""), channel, depth + 1)


def unknown(what: str, name: Any) -> str:
    """Words for something whose name nobody has heard of."""
    shown = name if isinstance(name, str) else type(name).__name__
    return f"an unknown {what}: {safe_text(shown, limit=40) or 'unnamed'}"
