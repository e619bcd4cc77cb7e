"""What can go along with an instruction: the files there are, and what a draft would send."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from spark_tui.core import prompts
from spark_tui.core.context import (
    FOUND_TOKENS,
    LAST,
    NOTHING_OMITTED,
    WHOLE_REPOSITORY_FILES,
    FileNames,
    LineRange,
    Omitted,
    WorkingSet,
)
from spark_tui.core.dataclass import replace
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.endpoint.wire import ChatMessage
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
from spark_tui.core.green.brief import CheckBrief
from spark_tui.core.remedy import Remedy, Ways
from spark_tui.core.tokens import estimate
from spark_tui.core.topic import Notes
from spark_tui.pair.context_selection import (
    Gathered,
    ReadClipboard,
    Trusts,
    gather,
    gather_span,
    leaving_out,
    trusts_nothing,
    with_guidance,
    with_places,
)
from spark_tui.pair.emit import Emit
from spark_tui.pair.last_save import LastSave
from spark_tui.pair.ports import Clock, ContextPreview, Finder, Worktree
from spark_tui.pair.previews import Previews, Seen
from spark_tui.pair.request import PlannedRequest, plan, plan_span

if TYPE_CHECKING:
    from spark_tui.core.retrieve.answer import Answer

LEAST = 1_000
"""Of found lines so many go along beside large files that are named."""

UNSURE = 0.2
"""Confidence below which it is."""

MOST_ASKED = 4_000
"""Characters of the last save that code is looked for by."""

MOST_WORKING = 8
"""Changed files that are preferred, at most."""

_CHANGES = Asked | TurnEnded | HunksSet | HunksGone | Decided | Flushed | Undone


class Sources:
    """Reads for the turn, for its preview, and for looking at.

    `previous`, `earlier` (with or without notes) and `notes` tell what a follow-up takes from the
    turns before,
    `edit_format` how an answer would be asked for, `window` how many tokens the model reads at
    once (0: not known).
    `finder` opens what finds code where nothing is named, once, when it is needed;
    `working` are the files that differ from HEAD.
    `looks` says whether the model may look at more.
    `trusts` says whether a project's guidance may be sent.
    """

    def __init__(
        self,
        worktree: Worktree,
        clipboard: ReadClipboard,
        clock: Clock,
        emit: Emit,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        previous: Callable[[], WorkingSet],
        earlier: Callable[[LineRange | None, bool], tuple[ChatMessage, ...]],
        notes: Callable[[], Notes | None],
        edit_format: Callable[[], EditFormat],
        window: Callable[[], int],
        finder: Callable[[], Finder] | None = None,
        working: Callable[[], Sequence[str]] = tuple,
        trusts: Trusts = trusts_nothing,
    ) -> None:
        self.names = FileNames()
        self.looks: Callable[[], bool] = lambda: False
        self._worktree = worktree
        self._clipboard = clipboard
        self._clock = clock
        self._emit = emit
        self._spawn = spawn
        self._previous = previous
        self._earlier = earlier
        self._notes = notes
        self._edit_format = edit_format
        self._window = window
        self._large = False
        self._indexing = False
        self._open_finder = finder
        self._opened: Finder | None = None
        self._opening = threading.Lock()
        self._working = working
        self._trusts = trusts
        self._last = LastSave(worktree)
        self._saving = asyncio.Lock()
        self._listed = asyncio.Event()
        self._listings = 0
        self._given_up = False
        self._previews = Previews(
            self._look, spawn, self._arrived, lambda: self.names, edit_format, window, self._asks
        )

    # ------------------------------------------------------------------ the files there are

    @property
    def are_listed(self) -> bool:
        """Whether the files are known, so that nobody waits for git."""
        return self._listed.is_set() and not self._given_up

    async def listed(self) -> FileNames:
        """The files, once they are listed; that is begun anew where somebody gave it up."""
        if self._given_up:
            self._given_up = False
            self._spawn(self.list())
        await self._listed.wait()
        return self.names

    def give_up(self, *, for_good: bool = False) -> None:
        """Nobody waits for the files any more: where they are not listed yet git is stopped."""
        if for_good or not self._listed.is_set():
            self._given_up = True
            self._worktree.stop_reading(for_good=for_good)

    async def list(self) -> None:
        """List the files again. Raises WorktreeError."""
        self._listings += 1
        number = self._listings
        try:
            self.names = await asyncio.to_thread(self._read_names)
        except SparkError:
            if self._given_up:
                return
            raise
        finally:
            if number == self._listings and not self._given_up:
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
        previous: WorkingSet,
        earlier: tuple[ChatMessage, ...],
        edit_format: EditFormat,
        answer: Answer | None = None,
        omitted: Omitted = NOTHING_OMITTED,
        told: CheckBrief | None = None,
        finds: bool = True,
    ) -> tuple[Gathered, PlannedRequest]:
        """Read what goes along and make the request; blocks. Raises SparkError.

        `answer` is what was found already; without it the finder is asked where that is needed,
        unless nothing shall be found. `omitted` stays here. What a check says (`told`) goes along
        with the places it names.
        """
        query = text if told is None else f"{text}\n{told.query}"
        if f"@{LAST}" in text:
            query += f"\n{self._last.text[:MOST_ASKED]}"

        def find(used: int) -> Answer | None:
            if answer is not None or not finds:
                return answer
            return self._find(query, previous.paths, used)

        if span is not None:
            found = gather_span(span, text, self._worktree, self.names, self._clipboard, self._last)
            found = with_guidance(found, self._worktree, self.names, self._trusts)
            return found, plan_span(span, text, found, edit_format, earlier)
        found = gather(
            text,
            self._worktree,
            self.names,
            previous,
            self._clipboard,
            find,
            self._last,
            self._room(FOUND_TOKENS),
        )
        if told is not None:
            found = with_places(found, told, self._worktree)
            text = f"{text}\n\n{told.rules}"
        found = with_guidance(found, self._worktree, self.names, self._trusts)
        found = leaving_out(found, omitted)
        planned = plan(text, found, edit_format, earlier)
        if self.looks():
            planned = replace(planned, request=prompts.with_looks(planned.request))
        prompts.tokens(planned.request)  # counted here, remembered where it is asked for
        return found, planned

    def _asks(self, text: str) -> bool:
        """Whether what goes along with a text depends on its words."""
        several = len(self.names.paths) > WHOLE_REPOSITORY_FILES or self._large
        return self._open_finder is not None and several and bool(text)

    def _finder(self) -> Finder | None:
        """What finds code, opened when first asked for; blocks."""
        with self._opening:
            if self._opened is None and self._open_finder is not None:
                self._opened = self._open_finder()
            return self._opened

    async def close_finder(self) -> None:
        """End what runs beside us to find code."""
        if self._opened is not None:
            await asyncio.to_thread(self._opened.close)

    def _find(self, text: str, recent: Sequence[str], used: int) -> Answer | None:
        """Ask the finder for what is left of the budget, for twice as much where it is unsure and
        nothing is named; blocks.
        """
        finder = self._finder()
        if finder is None:
            return None
        changed = self._working()[:MOST_WORKING]
        answer = None
        beside = max(LEAST, min(FOUND_TOKENS // 2, FOUND_TOKENS - used))
        # twice as many where the finder is unsure
        budgets = (beside,) if used else (FOUND_TOKENS, 2 * FOUND_TOKENS)
        for budget in budgets:
            answer = finder.find(text, budget=self._room(budget), changed=changed, recent=recent)
            if answer.bundle.confidence >= UNSURE or not answer.bundle.blocks:
                break
        return answer

    def _room(self, budget: int) -> int:
        """So many tokens of a budget as a small window has room for."""
        window = self._window()
        return min(budget, window // 4) if window else budget

    def found(
        self, text: str, span: LineRange | None, omitted: Omitted = NOTHING_OMITTED
    ) -> tuple[Answer | None, bool]:
        """What the preview of this text shows as found: it is what is sent. And whether that is
        still to be looked for.
        """
        return self._previews.found(text, span, omitted)

    async def changed(self, paths: Sequence[str], *, outside: bool) -> None:
        """Files changed on disk, `outside` of this program or not: they are found as they are now,
        and the person's last save is remembered.
        """
        listed = [path for path in paths if path in self.names.all]
        async with self._saving:
            await asyncio.to_thread(self._last.saved if outside else self._last.wrote, listed)
        if outside:
            self.forget()
        if self._open_finder is None or not paths or not self._indexing:
            return
        finder = await asyncio.to_thread(self._finder)
        if finder is None:
            return
        if await asyncio.to_thread(finder.update, paths):
            self._indexed()
        else:
            finder.start(self._told(asyncio.get_running_loop()))

    def begin_finding(self) -> None:
        """Bring the index up to date, and the drafts' finds when it is; a few files need none."""
        if self._open_finder is not None and len(self.names.paths) > WHOLE_REPOSITORY_FILES:
            self._indexing = True
            self._spawn(self._index())

    async def _index(self) -> None:
        finder = await asyncio.to_thread(self._finder)
        if finder is not None:
            finder.start(self._told(asyncio.get_running_loop()))
            await asyncio.to_thread(finder.read_history)

    def _told(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        def told() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
                loop.call_soon_threadsafe(self._indexed)

        return told

    def _indexed(self) -> None:
        self.forget()
        self._arrived()

    def preview(
        self, text: str, span: LineRange | None, omitted: Omitted = NOTHING_OMITTED
    ) -> ContextPreview:
        """What sending `text` would send; what is not known yet is read in the background."""
        found = self._previews.get(text, span, omitted)
        listing = not self._listed.is_set() and not self._given_up
        return replace(found, reading=True) if listing else found

    def forget(self) -> None:
        """Files, or what goes along unasked, changed."""
        self._previews.forget()

    def handle(self, events: Sequence[Event]) -> None:
        """Turns, their hunks and decisions on them change what goes along unasked."""
        if any(isinstance(event, _CHANGES) for event in events):
            self._previews.forget()

    def _look(
        self,
        text: str,
        span: LineRange | None,
        omitted: Omitted,
        answer: Answer | None,
        finds: bool,
    ) -> Seen:
        earlier, form = self._earlier(span, not omitted.turns), self._edit_format()
        found, planned = self.plan(
            text, span, self._previous(), earlier, form, answer, omitted, None, finds
        )
        self._large = self._large or found.answer is not None
        notes = self._notes() if earlier and not omitted.turns else None
        shown = ContextPreview(
            planned.items,
            around=planned.around,
            again=found.again,
            left_out=found.left_out,
            remembered=notes.turns if notes is not None else (),
            outlines=found.outlines,
            took_ms=found.answer.took_ms if found.answer is not None else 0.0,
            may_look=span is None and self.looks(),
            remembered_tokens=estimate(notes.message.text) if notes is not None else 0,
        )
        return Seen(shown, planned.size_without(text), found.answer)

    def _arrived(self) -> None:
        self._emit(ContextRead(self._clock()))
