"""What a server remembers of a conversation on one WebSocket, and what is left to send of the next.

Source: the public guide to the WebSocket mode of the Responses API, 2026: `previous_response_id`
continues a response that the connection still holds; instructions and tools are sent each time.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import (
    Channel,
    ChatMessage,
    Delta,
    Ended,
    Ending,
    LookAsked,
    WireEvent,
)
from spark_tui.services.endpoint.wires.responses import input_item, look_outputs

_HTTP_ONLY = ("stream", "stream_options", "background")
_FREE = frozenset({"max_output_tokens", "tool_choice"})
"""Fields that bound one answer and are no part of what the server has read."""

_NOT_TEXT = "\0"


@dataclass(slots=True)
class Known:
    """The last request on a connection and its answer; `reply` is None where there was none.

    `owed` are the outputs that the answer's tool calls wait for.
    """

    fields: dict[str, Any]
    items: list[Any]
    response_id: str
    reply: str | None = None
    owed: tuple[dict[str, Any], ...] = ()


def remember(text: list[str], events: list[WireEvent]) -> None:
    """Keep the reply's text; an answer that is not plain text can't be continued by it."""
    for event in events:
        if type(event) is Delta and event.channel is not Channel.REASONING:
            text.append(event.text if event.channel is Channel.TEXT else _NOT_TEXT)
        elif type(event) is LookAsked or (
            type(event) is Ended and event.ending is not Ending.COMPLETE
        ):
            text.append(_NOT_TEXT)


def split(body: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """(everything but the input, the input), without what belongs to HTTP only."""
    fields = {k: v for k, v in body.items() if k != "input" and k not in _HTTP_ONLY}
    return fields, list(body.get("input", ()))


def input_of(
    known: Known | None,
    fields: dict[str, Any],
    items: list[Any],
    follows: str = "",
    news: str = "",
    last: ChatMessage | None = None,
) -> dict[str, Any]:
    """Only what is new, if the server has the rest; else everything.

    It has the rest if that is so word for word, if the request says that `news` is all there is
    to tell after the answer `follows`, or if the `last` message is its own answer that looked.
    """
    if known is not None and _same(known.fields, fields):
        if last is not None and last.looks and last.response_id == known.response_id:
            news_of_it = [*known.owed, *look_outputs(last)]
            return {"previous_response_id": known.response_id, "input": news_of_it}
        if news and follows == known.response_id:
            said = input_item(ChatMessage("user", news))
            return {"previous_response_id": known.response_id, "input": [*known.owed, said]}
        size = len(known.items)
        rest = items[size:]
        if items[:size] == known.items:
            if known.reply is None and rest:
                return {"previous_response_id": known.response_id, "input": rest}
            if len(rest) > 1 and _reply_of(rest[0]) == known.reply:
                return {"previous_response_id": known.response_id, "input": rest[1:]}
    return {"input": items}


def _reply_of(item: Any) -> str | None:
    """The text of an assistant's message, None for anything else."""
    if not isinstance(item, dict) or item.get("role") != "assistant":
        return None
    return "".join(str(part.get("text", "")) for part in item.get("content", ()))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return {k: v for k, v in one.items() if k not in _FREE} == {
        k: v for k, v in other.items() if k not in _FREE
    }
