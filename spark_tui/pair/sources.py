"""What can go along with an instruction: the files there are, and what a draft would send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from spark_tui.core.context import FileLines, FileNames, LineRange
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.endpoint.wire import Message
from spark_tui.core.errors import SparkError
from spark_tui.core.events import (
    Asked,
    ContextRead,
    Decided,
    DiffShown,
    Event,
    FileShown,
    Flushed,
    HunksGone,
    HunksSet,
    Notice,
    Severity,
    TurnEnded,
    Undone,
)
from spark_tui.core.remedy import Remedy, Ways
from spark_tui.core.topic import Notes
from spark_tui.pair.context_selection import Gathered, ReadClipboard, gather, gather_span
from spark_tui.pair.emit import Emit
from spark_tui.pair.ports import Clock, ContextPreview, Worktree
from spark_tui.pair.previews import Previews, Seen
from spark_tui.pair.request import PlannedRequest, plan, plan_span

_CHANGES = Asked | TurnEnded | HunksSet | HunksGone | Decided | Flushed | Undone


class Sources:
    """Reads for the turn, for its preview, and for looking at.

    `previous`, `earlier` and `notes` tell what a follow-up takes from the turns before,
    `edit_format` how an answer would be asked for, `window` how many tokens the model reads at
    once (0: not known).
    """

    def __init__(
        self,
        worktree: Worktree,
        clipboard: ReadClipboard,
        clock: Clock,
        emit: Emit,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        previous: Callable[[], tuple[FileLines, ...]],
        earlier: Callable[[LineRange | None], tuple[Message, ...]],
        notes: Callable[[], Notes | None],
        edit_format: Callable[[], EditFormat],
        window: Callable[[], int],
    ) -> None:
        self.names = FileNames()
        self._worktree = worktree
        self._clipboard = clipboard
        self._clock = clock
        self._emit = emit
        self._spawn = spawn
        self._previous = previous
        self._earlier = earlier
        self._notes = notes
        self._edit_format = edit_format
        self._listed = asyncio.Event()
        self._previews = Previews(
            self._look, spawn, self._arrived, lambda: self.names, edit_format, window
        )

    # ------------------------------------------------------------------ the files there are

    async def listed(self) -> FileNames:
        """The files, once they are listed."""
        await self._listed.wait()
        return self.names

    async def list(self) -> None:
        """List the files again. Raises WorktreeError."""
        try:
            self.names = await asyncio.to_thread(self._read_names)
        finally:
            self._listed.set()
        self.forget()
        self._arrived()

    def _read_names(self) -> FileNames:
        names = FileNames(self._worktree.paths(), str(self._worktree.root))
        names.index()  # made here, not at a key
        return names

    def show_diff(self) -> None:
        """Read what differs from the last commit; it comes as `DiffShown`."""
        self._spawn(self._show_diff())

    async def _show_diff(self) -> None:
        try:
            text = await asyncio.to_thread(self._worktree.diff)
        except SparkError as error:
            self._emit(Notice(self._clock(), error.what, error.remedies, Severity.ERROR))
        else:
            self._emit(DiffShown(self._clock(), text))

    def show(self, path: str) -> None:
        """Read a file to look at; it comes as `FileShown`."""
        self._spawn(self._show(path))

    async def _show(self, path: str) -> None:
        image = None
        reason = f"{path} is not here"
        remedies: Ways = (Remedy.FIND_FILE,)
        try:
            found = await asyncio.to_thread(self._worktree.read, path)
            image = found if found.exists else None
        except SparkError as error:
            reason, remedies = error.what, error.remedies
        if image:
            reason, remedies = "", ()
        self._emit(FileShown(self._clock(), path, image, reason, remedies))

    # ------------------------------------------------------------------ what would be sent

    def plan(
        self,
        text: str,
        span: LineRange | None,
        previous: tuple[FileLines, ...],
        earlier: tuple[Message, ...],
        edit_format: EditFormat,
    ) -> tuple[Gathered, PlannedRequest]:
        """Read what goes along and make the request; blocks. Raises SparkError."""
        if span is not None:
            found = gather_span(span, text, self._worktree, self.names, self._clipboard)
            return found, plan_span(span, text, found, edit_format, earlier)
        found = gather(text, self._worktree, self.names, previous, self._clipboard)
        return found, plan(text, found, edit_format, earlier)

    def preview(self, text: str, span: LineRange | None) -> ContextPreview:
        """What sending `text` would send; what is not known yet is read in the background."""
        found = self._previews.get(text, span)
        return found if self._listed.is_set() else replace(found, reading=True)

    def forget(self) -> None:
        """Files, or what goes along unasked, changed."""
        self._previews.forget()

    def handle(self, events: Sequence[Event]) -> None:
        """Turns, their hunks and decisions on them change what goes along unasked."""
        if any(isinstance(event, _CHANGES) for event in events):
            self._previews.forget()

    def _look(self, text: str, span: LineRange | None) -> Seen:
        found, planned = self.plan(
            text, span, self._previous(), self._earlier(span), self._edit_format()
        )
        notes = self._notes() if self._earlier(span) else None
        remembered = notes.turns if notes is not None else ()
        shown = ContextPreview(
            planned.items, around=planned.around, again=found.again, remembered=remembered
        )
        return Seen(shown, planned.size_without(text))

    def _arrived(self) -> None:
        self._emit(ContextRead(self._clock()))
