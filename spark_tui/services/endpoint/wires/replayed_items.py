"""Answers kept as the provider wrote them, to tell a conversation back in its own items.

Source: the public guides to reasoning models and to the Responses API, 2026: with `store: false`
the encrypted reasoning items and the `phase` of messages are sent back with a conversation that
goes on; a tool call is followed by its output.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from spark_tui.services.endpoint.wires.reader import Reader, ident_of, listed, text_of

_MOST = 8
_PHASES = frozenset({"commentary", "final_answer"})
_CALLS = {"custom_tool_call": "input", "function_call": "arguments"}
_MOST_BYTES = 400_000


class Replies:
    """The newest whole answers of one model, by their visible text, or by the looks they ask."""

    def __init__(self) -> None:
        self._model = ""
        self._known: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        self._looking: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    def keep_answer(self, model: str, reader: Reader) -> None:
        """Remember what was read, if it is whole."""
        if not reader.whole:
            return
        if reader.looks:
            self.keep_looking(model, reader.looks, reader.items)
        else:
            self.keep(model, "".join(reader.said), reader.items)

    def keep(self, model: str, text: str, items: list[dict[str, Any]]) -> None:
        """Remember a whole answer; `items` are as `item_to_keep` makes them, with outputs."""
        self._only(model)
        if text and items:
            _keep(self._known, text, items)

    def keep_looking(self, model: str, calls: Iterable[str], items: list[dict[str, Any]]) -> None:
        """Remember an answer that called these functions (their call ids), without the outputs."""
        self._only(model)
        first = next(iter(calls), "")
        if first and items:
            _keep(self._looking, first, items)

    def told_in_chat(self, messages: list[Any]) -> list[Any]:
        """Messages of Chat Completions, those that looked with what was thought before it."""
        out = []
        for one in messages:
            calls = one.get("tool_calls") if isinstance(one, dict) else None
            known = self._looking.get(calls[0]["id"]) if calls else None
            thought = known[0] if known and "type" not in known[0] else {}
            out.append({**one, **thought})
        return out

    def _only(self, model: str) -> None:
        if model != self._model:
            self._known.clear()
            self._looking.clear()
            self._model = model

    def told(self, body: Mapping[str, Any], items: Iterable[Any]) -> list[Any]:
        """Input items with each answer that is known in its own ones, as `body` can take them."""
        out: list[Any] = []
        if body.get("model") != self._model:
            return list(items)
        told: set[str] = set()
        for item in items:
            call = item.get("call_id", "") if isinstance(item, dict) else ""
            known = self._looking.get(call)
            if known and item["type"] == "function_call" and body.get("tools"):
                if out and isinstance(out[-1], dict) and out[-1].get("role") == "assistant":
                    out.pop()  # what it said before it called is among its items
                out += known
                told.update(one["call_id"] for one in known if "call_id" in one)
                continue
            if call in told and item["type"] == "function_call":
                continue
            known = self._of(item)
            if known is None or (_calls(known) and not body.get("tools")):
                out.append(item)
            else:
                out += known
        return out

    def _of(self, item: Any) -> list[dict[str, Any]] | None:
        if not isinstance(item, dict) or item.get("role") != "assistant":
            return None
        return self._known.get("".join(text_of(part.get("text")) for part in item["content"]))


def _keep(
    known: OrderedDict[str, list[dict[str, Any]]], name: str, items: list[dict[str, Any]]
) -> None:
    known[name] = items
    known.move_to_end(name)
    while len(known) > _MOST:
        known.popitem(last=False)


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
