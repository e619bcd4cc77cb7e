"""Answers kept as the provider wrote them, to tell a conversation back in its own items.

Source: the public guides to reasoning models and to the Responses API, 2026: with `store: false`
the encrypted reasoning items and the `phase` of messages are sent back with a conversation that
goes on; a tool call is followed by its output.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from spark_tui.services.endpoint.wires.reader import ident_of, listed, text_of

_MOST = 8
_PHASES = frozenset({"commentary", "final_answer"})
_CALLS = {"custom_tool_call": "input", "function_call": "arguments"}
_MOST_BYTES = 400_000


class Replies:
    """The newest whole answers of one model, by their visible text."""

    def __init__(self) -> None:
        self._model = ""
        self._known: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    def keep(self, model: str, text: str, items: list[dict[str, Any]]) -> None:
        """Remember a whole answer; `items` are as `item_to_keep` makes them, with outputs."""
        if model != self._model:
            self._known.clear()
            self._model = model
        if text and items:
            self._known[text] = items
            self._known.move_to_end(text)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)

    def told(self, body: Mapping[str, Any], items: Iterable[Any]) -> list[Any]:
        """Input items with each answer that is known in its own ones, as `body` can take them."""
        out: list[Any] = []
        for item in items:
            known = self._of(item) if body.get("model") == self._model else None
            if known is None or (_calls(known) and not body.get("tools")):
                out.append(item)
            else:
                out += known
        return out

    def _of(self, item: Any) -> list[dict[str, Any]] | None:
        if not isinstance(item, dict) or item.get("role") != "assistant":
            return None
        return self._known.get("".join(text_of(part.get("text")) for part in item["content"]))


def _calls(items: list[dict[str, Any]]) -> bool:
    return any(item["type"].endswith("_call") for item in items)


def item_to_keep(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """An output item as it is sent back: without the id, which is only known where it is stored."""
    kind = item.get("type")
    if kind == "reasoning":
        hidden = text_of(item.get("encrypted_content"))
        if not hidden or len(hidden) > _MOST_BYTES:
            return None
        return {"type": kind, "summary": listed(item.get("summary")), "encrypted_content": hidden}
    if kind == "message":
        texts = [
            {"type": "output_text", "text": part["text"]}
            for part in listed(item.get("content"))
            if isinstance(part, dict) and text_of(part.get("text"))
        ]
        phase = text_of(item.get("phase"))
        kept = {"type": kind, "role": "assistant", "content": texts}
        return ({**kept, "phase": phase} if phase in _PHASES else kept) if texts else None
    call, name = ident_of(item.get("call_id")), ident_of(item.get("name"))
    part = _CALLS.get(text_of(kind))
    if part is not None and call and name:
        return {"type": kind, "call_id": call, "name": name, part: text_of(item.get(part))}
    operation = item.get("operation")
    if kind == "apply_patch_call" and call and isinstance(operation, dict):
        return {"type": kind, "call_id": call, "status": "completed", "operation": operation}
    return None
