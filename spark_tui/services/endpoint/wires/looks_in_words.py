"""Looks where no tools are taken: asked for in lines of the answer, shown as the next message."""

from __future__ import annotations

from typing import Any

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.wire import (
    Channel,
    ChatMessage,
    Delta,
    Ended,
    LookAsked,
    ModelRequest,
    WireEvent,
)
from spark_tui.core.looks import (
    RULES,
    RULES_IN_WORDS,
    SHOWN_IN_WORDS,
    asked_in_words,
    in_words,
    may_ask,
)
from spark_tui.core.regex import regex
from spark_tui.services.endpoint.wires.reader import Reader

_EDIT = regex(r"[ \t]*(?:```|~~~|\*\*\* Begin|<<<<<<<|diff --git |--- |@@)")
"""How the first line of an edit begins: what follows is a file's text, whatever it looks like."""


def said_in_words(request: ModelRequest) -> ModelRequest:
    """The request without tools: the rules say how to ask, and what was shown is a message."""
    messages: list[ChatMessage] = []
    for one in request.messages:
        if not one.looks:
            messages.append(one)
            continue
        asked = "\n".join(in_words(look.name, look.arguments) for look in one.looks)
        messages.append(ChatMessage("assistant", f"{one.text}\n{asked}".strip()))
        shown = "\n".join(look.result for look in one.looks)
        told = "Now answer the instruction above.\n"
        messages.append(ChatMessage("user", f"{SHOWN_IN_WORDS}\n\n{shown}\n\n{told}"))
    instructions = request.instructions.replace(RULES, RULES_IN_WORDS)
    return replace(request, instructions=instructions, messages=tuple(messages), tools=())


class WordLooks:
    """Takes lines that ask to see something out of the text of an answer, in any chunking."""

    def __init__(self) -> None:
        self.asked: dict[str, None] = {}
        self._held = ""
        self._in_line = False
        self._edit = False

    def sift(self, events: list[WireEvent]) -> list[WireEvent]:
        """The events of one read, looks apart."""
        out: list[WireEvent] = []
        for event in events:
            if isinstance(event, Delta) and event.channel is Channel.TEXT:
                self._text(event, out)
                continue
            if isinstance(event, Ended):
                self._decide(event.at, out)
            out.append(event)
        return out

    def _text(self, delta: Delta, out: list[WireEvent]) -> None:
        if self._edit or (self._in_line and "\n" not in delta.text):
            out.append(delta)
            return
        tokens = delta.tokens
        for line in delta.text.splitlines(keepends=True):
            if self._edit or self._in_line:
                out.append(Delta(delta.at, line, tokens=tokens))
            else:
                self._held += line
                if may_ask(self._held) and not line.endswith("\n"):
                    out.append(Delta(delta.at, "", tokens=tokens))
                else:
                    self._decide(delta.at, out, tokens)
            tokens = None if tokens is None else 0
            self._in_line = not line.endswith("\n") and not self._held

    def _decide(self, at: int, out: list[WireEvent], tokens: int | None = None) -> None:
        """What is held is a line that asks, or text after all."""
        held, self._held = self._held, ""
        if not held:
            return
        call = asked_in_words(held)
        if call is None:
            self._edit = bool(_EDIT.match(held))
            out.append(Delta(at, held, tokens=tokens))
            return
        ident = f"look_{len(self.asked)}"
        self.asked[ident] = None
        out.append(Delta(at, held, Channel.LOOK, tokens))
        out.append(LookAsked(at, ident, *call))


class WordsReader:
    """A reader whose answers ask in words; see `Reader`."""

    def __init__(self, inner: Reader) -> None:
        self._inner = inner
        self._words = WordLooks()
        self.whole = False
        self.said: list[str] = []
        self.items: list[dict[str, Any]] = []

    @property
    def content(self) -> int:
        """See `Reader`."""
        return self._inner.content

    @property
    def finishing(self) -> bool:
        """See `Reader`."""
        return self._inner.finishing

    @property
    def looks(self) -> dict[str, None]:
        """See `Reader`."""
        return self._words.asked

    def read(self, payload: bytes, at: int, out: list[WireEvent]) -> bool:
        """See `Reader.read`."""
        events: list[WireEvent] = []
        try:
            return self._inner.read(payload, at, events)
        finally:
            out += self._words.sift(events)

    def at_end(self, at: int, out: list[WireEvent], *, closed: bool = True) -> None:
        """See `Reader.at_end`."""
        events: list[WireEvent] = []
        try:
            self._inner.at_end(at, events, closed=closed)
        finally:
            out += self._words.sift(events)
