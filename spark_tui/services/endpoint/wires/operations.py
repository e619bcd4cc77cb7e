"""Tool calls of the Responses wire as one readable patch text.

A freeform tool streams its input as it is. A hosted patch operation streams a headerless diff with
its path beside it; it is written here as the patch envelope that models use elsewhere, so that one
parser reads both. Items may interleave: one is written at a time, the others wait their turn.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.dataclass import dataclass, field
from spark_tui.services.endpoint.wires.reader import count, one_of, text_of

_KINDS = frozenset({"apply_patch_call", "custom_tool_call", "function_call"})
_HEADERS = {
    "create_file": "*** Add File: ",
    "update_file": "*** Update File: ",
    "delete_file": "*** Delete File: ",
}


@dataclass(slots=True)
class _Item:
    hosted: bool = False
    started: bool = False
    got: int = 0
    ends_line: bool = True
    closed: bool = False
    waiting: list[str] = field(default_factory=list)


class Operations:
    """The tool items of one answer; every method returns the text that may be shown next."""

    def __init__(self) -> None:
        self._items: dict[str, _Item] = {}
        self._order: list[str] = []

    def added(self, event: dict[str, Any]) -> str:
        """An item began: a hosted operation's header, else nothing."""
        item = event.get("item")
        if not isinstance(item, dict) or item.get("type") != "apply_patch_call":
            return ""
        name = item_name(event, item)
        return self._header(name, item)

    def text(self, event: dict[str, Any]) -> str:
        """A piece of a freeform tool's input."""
        return self._piece(item_name(event), text_of(event.get("delta")))

    def diff(self, event: dict[str, Any]) -> str:
        """A piece of a hosted operation's diff."""
        return self._piece(item_name(event), text_of(event.get("delta")))

    def done(self, event: dict[str, Any]) -> str:
        """An item is whole: what of it was not streamed, and the end of its envelope."""
        item = event.get("item")
        if not isinstance(item, dict):
            return ""
        kind = item.get("type")
        if not one_of(_KINDS, kind):
            return ""
        name = item_name(event, item)
        out = ""
        if kind == "apply_patch_call":
            out += self._header(name, item)
            operation = item.get("operation")
            whole = text_of(operation.get("diff")) if isinstance(operation, dict) else ""
        else:
            whole = text_of(item.get("input")) or text_of(item.get("arguments"))
        held = self._item(name)
        if not held.got and whole:
            out += self._piece(name, whole)
        return out + self._finish(name)

    def close(self) -> str:
        """The answer is over: whatever still waits or is open."""
        return "".join(self._finish(name) for name in list(self._order))

    def _item(self, name: str) -> _Item:
        if name not in self._items:
            self._items[name] = _Item()
            self._order.append(name)
        return self._items[name]

    def _header(self, name: str, item: dict[str, Any]) -> str:
        held = self._item(name)
        if held.started:
            return ""
        held.started = held.hosted = True
        operation = item.get("operation")
        kind = text_of(operation.get("type")) if isinstance(operation, dict) else ""
        path = text_of(operation.get("path")) if isinstance(operation, dict) else ""
        safe = "".join(one if one.isprintable() else "\ufffd" for one in path)
        header = _HEADERS.get(kind, "*** Update File: ")
        return self._write(name, f"*** Begin Patch\n{header}{safe}\n")

    def _piece(self, name: str, text: str) -> str:
        if not text:
            return ""
        held = self._item(name)
        held.got += len(text)
        return self._write(name, text)

    def _write(self, name: str, text: str) -> str:
        held = self._items[name]
        if held.closed:
            return ""
        held.ends_line = text.endswith("\n")
        if self._order and self._order[0] == name:
            return text
        held.waiting.append(text)
        return ""

    def _finish(self, name: str) -> str:
        held = self._items.get(name)
        if held is None or held.closed:
            return ""
        tail = "" if held.ends_line else "\n"
        out = self._write(name, tail + "*** End Patch\n" if held.hosted else tail)
        held.closed = True
        while self._order and self._items[self._order[0]].closed:
            self._order.pop(0)
            if self._order:
                following = self._items[self._order[0]]
                out += "".join(following.waiting)
                following.waiting.clear()
        return out


def item_name(event: dict[str, Any], item: dict[str, Any] | None = None) -> str:
    """What identifies an item across its events: its place in the output, else its id."""
    if isinstance(event.get("output_index"), int):
        return f"#{count(event, 'output_index')}"
    return text_of(event.get("item_id")) or text_of((item or {}).get("id"))
