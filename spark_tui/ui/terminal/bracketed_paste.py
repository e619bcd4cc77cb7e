"""What the terminal sends, split into keys and pastes: between the marks bytes are text. Pure.

A terminal puts `ESC[200~` before what is pasted and `ESC[201~` behind it. Some pass on what is in
between as it is, escape sequences and the closing mark itself included. So nothing in a paste is a
key, and what follows a closing mark in the same breath is text too where another mark follows it.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from enum import Enum, auto

from spark_tui.core.dataclass import dataclass
from spark_tui.core.printable import text_only
from spark_tui.core.regex import regex

START, END = b"\x1b[200~", b"\x1b[201~"

LARGEST = 4_000_000
"""Bytes of one paste that are kept; the rest is let go, never read as keys."""

BEHIND_S = 0.06
"""What follows a closing mark this soon waits for another one: no person is as fast, s."""

BURST = 256
"""More bytes than this within `BEHIND_S` come from no keyboard."""

LARGEST_BEHIND = 65_536
"""Bytes behind a closing mark that wait for another one; more are text."""

QUIET_S = 1.0
"""A paste without an end that is quiet for this long is shown as far as it came, s."""

_PRESSED = regex(rb"[\x00-\x1f]|[\x08\x7f]+|(?:\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|[ -~]))+")


@dataclass(frozen=True, slots=True)
class Pasted:
    """Text that was pasted, harmless, lines ended by LF; `cut` where more came than is kept."""

    text: str
    cut: bool = False


class _State(Enum):
    KEYS = auto()
    PASTE = auto()
    STALLED = auto()
    """A paste that was quiet before it ended."""
    BEHIND = auto()
    """A paste has just ended, as it seems."""


class PasteSplitter:
    """Give it what was read; call `expire` when `deadline` has come. Times are monotonic, s.

    `escape_delay` is how long an Esc waits for what would make it the beginning of a mark.

    A paste whose end never comes is text until a key that is no letter comes alone (Enter, Esc, an
    arrow): letters typed until then are text as well, so nothing is lost and nothing acts.
    """

    def __init__(self, escape_delay: float = 0.025) -> None:
        self._escape_delay = escape_delay
        self.deadline: float | None = None
        self._state = _State.KEYS
        self._held = b""
        self._body = bytearray()
        self._cut = False
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes, now: float) -> list[bytes | Pasted]:
        """What is certain after reading `data`: bytes of keys, and pastes, in order."""
        out: list[bytes | Pasted] = []
        data, self._held = self._held + data, b""
        while data:
            if self._state is _State.KEYS:
                data = self._keys(data, now, out)
            elif self._state is _State.BEHIND:
                data = self._behind(data, now, out)
            else:
                data = self._paste(data, now, out)
        return out

    def expire(self, now: float) -> list[bytes | Pasted]:
        """What is certain because nothing more came by `deadline`."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        held, self._held = self._held, b""
        if self._state is _State.KEYS:
            return [held]
        if self._state is _State.BEHIND:
            self._state = _State.KEYS
            if len(held) <= BURST:
                return self.feed(held, now)
            self._keep(held)
            return self._told(final=True)
        if self._state is _State.STALLED and _PRESSED.fullmatch(self._body + held):
            self._state = _State.KEYS
            pressed = bytes(self._body) + held
            self._body.clear()
            self._decoder.reset()
            return [pressed]
        self._state = _State.STALLED
        self._keep(held)
        return self._told(final=False)

    def _keys(self, data: bytes, now: float, out: list[bytes | Pasted]) -> bytes:
        keys, found, rest = data.partition(START)
        if found:
            self._state, self.deadline = _State.PASTE, now + QUIET_S
        else:
            keys = self._without_beginning(data, START)
            self.deadline = now + self._escape_delay if self._held else None
        if keys:
            out.append(keys)
        return rest

    def _paste(self, data: bytes, now: float, out: list[bytes | Pasted]) -> bytes:
        text, found, rest = data.partition(END)
        if found:
            self._keep(text)
            out += self._told(final=True)
            self._state, self.deadline = _State.BEHIND, now + BEHIND_S
            return rest
        self._keep(self._without_beginning(data, END))
        if self._state is _State.PASTE:
            self.deadline = now + QUIET_S
        elif self.deadline is None:
            self.deadline = now + BEHIND_S
        return b""

    def _behind(self, data: bytes, now: float, out: list[bytes | Pasted]) -> bytes:
        """`data` is everything since the closing mark."""
        ends, starts = data.find(END), data.find(START)
        marks = [at for at in (ends, starts) if at >= 0]
        if marks:
            self._state = _State.PASTE
            if min(marks) == ends:
                return self._paste(data, now, out)
            self._keep(data[:starts])
            self.deadline = now + QUIET_S
            return data[starts + len(START) :]
        if len(data) > BURST or self.deadline is None:
            self.deadline = now + BEHIND_S
        if len(data) > LARGEST_BEHIND:
            self._keep(data)
            out += self._told(final=True)
            data = b""
        self._held = data
        return b""

    def _without_beginning(self, data: bytes, mark: bytes) -> bytes:
        """`data` without what could be the beginning of `mark`, which is held."""
        for length in range(min(len(mark) - 1, len(data)), 0, -1):
            if data.endswith(mark[:length]):
                self._held = data[-length:]
                return data[:-length]
        return data

    def _keep(self, data: bytes) -> None:
        room = LARGEST - len(self._body)
        self._cut = self._cut or len(data) > room
        self._body += data[:room]

    def _told(self, *, final: bool) -> list[bytes | Pasted]:
        """What was pasted since the last time, nothing where it says nothing."""
        text = text_only(self._decoder.decode(bytes(self._body), final))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        cut = self._cut
        if final:
            self._decoder.reset()
            self._cut = False
        self._body.clear()
        return [Pasted(text, cut)] if text or cut else []
