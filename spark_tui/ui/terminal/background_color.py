"""The terminal's answer about its ground, picked out of what the keyboard sends. Pure."""

from __future__ import annotations

from spark_tui.core.config.theme import reply_is_light
from spark_tui.core.regex import regex

ASK_BACKGROUND = "\x1b]11;?\x1b\\"
"""OSC 11 with a question mark, as xterm's control sequences have it."""

_BEGIN = b"\x1b]11;"
_ANSWER = regex(rb"\x1b\]11;([^\x07\x1b]{1,64})(?:\x07|\x1b\\)")
_LONGEST = 80


class BackgroundAnswers:
    """Takes input as it is read; what is no answer goes on, an answer may come in pieces."""

    def __init__(self) -> None:
        self._held = b""

    def take(self, data: bytes) -> tuple[bytes, bool | None]:
        """The keys in `data`, and whether the ground is light where that was told."""
        if not self._held and _BEGIN not in data:
            return data, None
        data, self._held = self._held + data, b""
        light: bool | None = None
        for answer in _ANSWER.findall(data):
            told = reply_is_light(answer.decode("ascii", "replace"))
            light = light if told is None else told
        rest = _ANSWER.sub(b"", data)
        start = rest.rfind(_BEGIN)
        if start >= 0 and len(rest) - start < _LONGEST:
            rest, self._held = rest[:start], rest[start:]
        return rest, light
