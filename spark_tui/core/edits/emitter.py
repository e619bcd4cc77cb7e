"""What the parsers of all formats write their events to: one numbering for a whole answer."""

from __future__ import annotations

from typing import Protocol

from spark_tui.core.edits.model import (
    EditEvent,
    FileClosed,
    FileModeSet,
    FileMoved,
    FileOp,
    FileOpened,
    HunkClosed,
    HunkLine,
    HunkOpened,
    Problem,
    Prose,
    RawHunk,
    Tag,
    Tail,
    TakenBack,
)


class BlockParser(Protocol):
    """Reads one edit block of an answer, complete line by complete line.

    `left` are lines it took that turned out to stand behind its end: they are read again.
    """

    left: list[str]

    @property
    def open(self) -> bool:
        """Whether the block wants more lines: the next one is still its content, or ends it."""

    def line(self, text: str) -> bool:
        """Take a line; False when the block ended before it (the line is not consumed)."""

    def finish(self, complete: bool) -> None:
        """The text is over; `complete` says whether the answer ended well."""

    def tail(self, text: str) -> Tail | None:
        """What the unfinished line `text` looks like in the live view, None to show nothing."""


class Emitter:
    """Numbers files and hunks and keeps their open/closed bookkeeping right.

    `clipped` says at the end that the last line had no line feed, so that it may not be whole.
    """

    def __init__(self) -> None:
        self.line = 0
        self.file = 0
        self.ordinal = 0
        self.path = ""
        self.file_open = False
        self.clipped = False
        self._events: list[EditEvent] = []

    def take(self) -> list[EditEvent]:
        """The events since the last call."""
        events, self._events = self._events, []
        return events

    def take_back(self) -> None:
        """Nothing so far was meant. Lines, files and hunks are numbered on."""
        self.ordinal = 0
        self.path = ""
        self.file_open = False
        self._events = [TakenBack()]

    def prose(self, text: str) -> None:
        """A line of prose, with its line feed."""
        self._events.append(Prose(text))

    def open_file(self, op: FileOp, path: str) -> None:
        """Turn to a file; the one before is closed."""
        self.close_file()
        self.file += 1
        self.ordinal = 0
        self.path = path
        self.file_open = True
        self._events.append(FileOpened(self.file, op, path))

    def close_file(self) -> None:
        """Close the open file, if there is one."""
        if self.file_open:
            self.file_open = False
            self._events.append(FileClosed(self.file))

    def move(self, to: str) -> None:
        """The open file is renamed to `to`."""
        self._events.append(FileMoved(self.file, to))

    def set_mode(self, mode: int) -> None:
        """The open file gets this mode."""
        self._events.append(FileModeSet(self.file, mode))

    def open_hunk(self) -> None:
        """A hunk of the open file begins."""
        self.ordinal += 1
        self._events.append(HunkOpened(self.file, self.ordinal))

    def hunk_line(self, tag: Tag, text: str) -> None:
        """One line of the open hunk."""
        self._events.append(HunkLine(self.file, self.ordinal, tag, text))

    def close_hunk(self, raw: RawHunk) -> None:
        """The open hunk is complete."""
        self._events.append(HunkClosed(self.file, self.ordinal, raw))

    def problem(self, message: str, *, whole_answer: bool = False) -> None:
        """The format is broken: for the open file, or for the whole answer."""
        file = None if whole_answer or not self.file_open else self.file
        self._events.append(Problem(message, self.line, file))

    def hunk_tail(self, tag: Tag, text: str) -> Tail:
        """A tail that belongs to the open hunk."""
        return Tail(self.file, self.ordinal, tag, text)
