"""From parsed batches to session events: what the loop's half of a turn does with edits.

The assembler holds a file's hunks back until its base image is here; images of the files that
went along are offered at the start, others are read in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.assembler import Assembler
from spark_tui.core.edits.headless import image_or_refusal
from spark_tui.core.edits.model import (
    FileImage,
    FileOpened,
    Hunk,
    HunkClosed,
    HunkId,
    HunkLine,
    HunkOpened,
    HunkState,
    Prose,
    Refusal,
    TaggedLine,
    Tail,
    TakenBack,
)
from spark_tui.core.events import (
    Event,
    FileRead,
    FileTouched,
    HunkGrew,
    HunksGone,
    HunksSet,
    HunkStarted,
    Notice,
    Said,
    Severity,
    Thought,
    Unsaid,
)
from spark_tui.core.regex import regex
from spark_tui.core.remedy import Remedy
from spark_tui.core.session import Session
from spark_tui.pair.answer import Parsed
from spark_tui.pair.emit import Emit
from spark_tui.pair.open_files import OpenFiles
from spark_tui.pair.ports import Clock, Worktree
from spark_tui.pair.review import LIVE, Review


class Assembly:
    """One turn's edits while they arrive. Lives in the app's loop.

    `replaces` is the hunk that was asked for again: any placed hunk of its file takes its place.
    `siblings` are turns whose answers replace nothing of one another.
    """

    def __init__(
        self,
        turn: int,
        worktree: Worktree,
        open_files: OpenFiles,
        review: Review,
        clock: Clock,
        emit: Emit,
        session: Callable[[], Session],
        failed: Callable[[Exception], None],
    ) -> None:
        self._turn = turn
        self._failed = failed
        self._worktree = worktree
        self._open_files = open_files
        self._review = review
        self._clock = clock
        self._emit = emit
        self._session = session
        self._assembler = Assembler(turn, overwrite=True, root=str(worktree.root))
        self._offered: dict[str, FileImage] = {}
        self._reads: dict[str, asyncio.Task[None]] = {}
        self._preparing: set[asyncio.Future[None]] = set()
        self._writing: dict[tuple[int, int], HunkId] = {}
        self._closed: set[HunkId] = set()
        self._files: dict[int, FileOpened] = {}
        self._in_book: set[int] = set()
        self._replaced: list[Hunk] = []
        self._early = ""
        self._held = ""
        self.replaces: HunkId | None = None
        self.siblings: frozenset[int] = frozenset()

    @property
    def any_edit(self) -> bool:
        """True as soon as the answer turned to a file and was not found to mean none."""
        return bool(self._assembler.hunks or self._assembler.problems)

    def offer(self, images: Sequence[FileImage], known: Sequence[str]) -> None:
        """Images that are here already, and the paths there are (to name the nearest one)."""
        self._offered = {image.path: image for image in images}
        root = str(self._worktree.root)
        self._assembler = Assembler(self._turn, paths=known, overwrite=True, root=root)

    # ------------------------------------------------------------------ batches

    def take(self, parsed: Parsed) -> list[Event]:
        """The events of one batch; work in proportion to what is new in it."""
        events: list[Event] = []
        grown: dict[tuple[int, int], list[TaggedLine]] = {}
        at, turn = parsed.at, self._turn
        if parsed.thought:
            events.append(Thought(at, turn, parsed.thought))
        for event in parsed.edits:
            match event:
                case TakenBack():
                    events += self._take_back(at)
                case Prose(text=text):
                    events += self._say(at, text)
                case FileOpened(file=file, op=op, path=path):
                    self._files[file] = event
                    events += self._release(at, unless=path)
                    events.append(FileTouched(at, turn, file, op, path))
                case HunkOpened(file=file, ordinal=ordinal):
                    opened = self._files[file]
                    events += self._release(at, unless=opened.path)
                    hunk_id = HunkId(turn, file, str(ordinal))
                    self._writing[file, ordinal] = hunk_id
                    path = self._assembler.path_of(opened.path)
                    events.append(HunkStarted(at, turn, hunk_id, path, opened.op))
                case HunkLine(file=file, ordinal=ordinal, tag=tag, text=text):
                    grown.setdefault((file, ordinal), []).append(TaggedLine(tag, text))
                case HunkClosed(file=file, ordinal=ordinal):
                    grown.pop((file, ordinal), None)
                    self._closed.add(self._writing.pop((file, ordinal)))
                case _:
                    pass
        tail = parsed.tail
        if tail.file == 0 and (said := self._said_early(tail.text)):
            events.append(Said(at, turn, said))
        if (tail.file, tail.ordinal) in self._writing:
            grown.setdefault((tail.file, tail.ordinal), [])
        for key, lines in grown.items():
            last = tail if key == (tail.file, tail.ordinal) else _NO_TAIL
            events.append(HunkGrew(at, turn, self._writing[key], tuple(lines), last.text, last.tag))
        events += self._placed(at, self._assembler.feed(parsed.edits))
        events += self._seek_images(at)
        return events

    def _take_back(self, at: int) -> list[Event]:
        """All that came so far was thought: its hunks go, decided ones too."""
        gone = [h for h in self._hunks() if h.id.turn == self._turn]
        events: list[Event] = [Unsaid(at, self._turn)]
        if gone:
            events.append(HunksGone(at, self._turn, tuple(h.id for h in gone)))
        for old in self._replaced:
            now = self._session().find(old.id)
            if now is not None and now.state is HunkState.REPLACED:
                events.append(HunksSet(at, old.id.turn, (old,)))
        if any(h.state in (HunkState.KEPT, HunkState.DROPPED) for h in gone):
            events.append(Notice(at, "those hunks were no part of the answer, and are gone"))
        self._open_files.forget(self._turn)
        for held in (self._writing, self._closed, self._files, self._in_book, self._replaced):
            held.clear()
        self._early = self._held = ""
        return events

    def _say(self, at: int, text: str) -> list[Event]:
        """A finished line of prose; fences and the file name above a block are no prose."""
        if _FENCE.match(text):
            return []
        events = self._release(at)
        if not self._early and _NAME.match(text):
            self._held = text
            return events
        return [*events, Said(at, self._turn, self._rest_of_line(text))]

    def _release(self, at: int, unless: str = "") -> list[Event]:
        """The held line, if it was not the name of the file that the edit is for."""
        held, self._held = self._held, ""
        if not held or (unless and unless in held):
            return []
        return [Said(at, self._turn, held)]

    def _said_early(self, line: str) -> str:
        """What can be shown of an unfinished line of prose: it would else wait for its end."""
        early = self._early
        if not line.startswith(early) or not _PROSE.match(line) or len(line) > _LONGEST_EARLY:
            return ""
        self._early = line
        return line[len(early) :]

    def _rest_of_line(self, text: str) -> str:
        """A finished line of prose without what was shown of it early."""
        early, self._early = self._early, ""
        return text[len(early) :] if text.startswith(early) else f"\n{text}"

    # ------------------------------------------------------------------ images

    def _seek_images(self, at: int) -> list[Event]:
        events: list[Event] = []
        # Providing one image can make the assembler ask for another: again until it does not.
        while wanted := [p for _, p in self._assembler.awaited if p not in self._reads]:
            path = wanted[0]
            offered = self._offered.get(path)
            if offered is not None:
                events += self._provide(at, path, offered)
            else:
                work = self._read(path)
                self._reads[path] = asyncio.get_running_loop().create_task(work)
                self._reads[path].add_done_callback(self._was_read)
        return events

    async def _read(self, path: str) -> None:
        image = await asyncio.to_thread(image_or_refusal, path, self._worktree.read)
        self._emit(*self._provide(self._clock(), path, image))
        self._emit(*self._seek_images(self._clock()))

    def _was_read(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._failed(error)

    def _provide(self, at: int, path: str, image: FileImage | Refusal) -> list[Event]:
        events: list[Event] = []
        if isinstance(image, FileImage):
            live = [h for h in self._hunks() if h.path == image.path and h.state in LIVE]
            by = self._review.writer(image)
            self._review.emit_moved(self._open_files.begin(image, live, by), image)
            self._prepare(image)
            for file, opened in self._files.items():
                if self._assembler.path_of(opened.path) in (path, image.path):
                    events.append(FileRead(at, self._turn, file, image))
        return events + self._placed(at, self._assembler.provide(path, image))

    def _prepare(self, image: FileImage) -> None:
        """Store the pre-image while the answer still streams: off the way to the disk then."""
        work = asyncio.get_running_loop().run_in_executor(None, self._worktree.prepare, image)
        self._preparing.add(work)
        work.add_done_callback(self._prepared)

    def _prepared(self, work: asyncio.Future[None]) -> None:
        self._preparing.discard(work)
        if not work.cancelled():
            # What went wrong is told by the flush, which needs the same storage.
            work.exception()

    def _hunks(self) -> Iterable[Hunk]:
        return (h for turn in self._session().turns for h in turn.hunks)

    # ------------------------------------------------------------------ hunks

    def _placed(self, at: int, hunks: Sequence[Hunk]) -> list[Event]:
        """Tell of located (or refused) hunks, of what they replace, and of what vanished.

        A text that only showed the file, or said an edit twice, is none after all.
        """
        gone = self._assembler.take_gone()
        events: list[Event] = [HunksGone(at, self._turn, gone)] if gone else []
        self._closed.difference_update(gone)
        if not hunks:
            return events + self._lost(at)
        for edit in self._assembler.edits:
            if edit.file not in self._in_book:
                self._in_book.add(edit.file)
                self._open_files.add(edit)
        events.append(HunksSet(at, self._turn, tuple(self._as_decided(h) for h in hunks)))
        replaced: dict[int, list[tuple[Hunk, HunkId]]] = {}
        for old in self._hunks():
            if old.id.turn >= self._turn:
                continue
            new = next((h for h in hunks if self._takes_place(old, h)), None)
            if new is not None:
                self._replaced.append(old)
                gone_too = replace(old, state=HunkState.REPLACED)
                replaced.setdefault(old.id.turn, []).append((gone_too, new.id))
        for turn, found in replaced.items():
            stands = tuple((old.id, new) for old, new in found)
            events.append(HunksSet(at, turn, tuple(old for old, _ in found), successors=stands))
        return events + self._lost(at)

    def _lost(self, at: int) -> list[Event]:
        """Closed hunks that are none after all."""
        if not self._closed:
            return []
        known = {h.id for h in self._assembler.hunks}
        ready = {edit.file for edit in self._assembler.edits}
        lost = tuple(i for i in self._closed if i.file in ready and i not in known)
        # A whole-file answer is one hunk while it arrives and several once it is compared.
        self._closed = {i for i in self._closed if i.file not in ready}
        return [HunksGone(at, self._turn, lost)] if lost else []

    def _takes_place(self, old: Hunk, new: Hunk) -> bool:
        """True when an undecided hunk of an earlier answer changes lines that a new one changes."""
        if old.state not in _UNDECIDED or old.path != new.path or new.state is not HunkState.OPEN:
            return False
        race = self._session().race
        turns = {old.id.turn, new.id.turn}
        if turns <= self.siblings or (race is not None and turns <= set(race.turns)):
            return False  # beside each other: one of them is chosen
        if old.id == self.replaces:
            return True
        if old.base_span is None or new.base_span is None:
            return _same_lines(old, new)
        (a, b), (c, d) = old.base_span, new.base_span
        return (a < d and c < b) or a == c

    def _as_decided(self, hunk: Hunk) -> Hunk:
        known = self._session().find(hunk.id)
        if known is None or known.state in (HunkState.WRITING, hunk.state):
            return hunk
        if hunk.state is HunkState.OPEN and known.state is not HunkState.REFUSED:
            return replace(hunk, state=known.state)
        return hunk

    # ------------------------------------------------------------------ the end

    def abandon(self) -> None:
        """Nothing more is placed: what never closed is gone."""
        for task in self._reads.values():
            task.cancel()
        unfinished = tuple(
            h.id for h in self._hunks() if h.id.turn == self._turn and h.state is HunkState.WRITING
        )
        if unfinished:
            self._emit(HunksGone(self._clock(), self._turn, unfinished))

    async def settle(self) -> None:
        """Wait for images still being read, then drop what never closed and tell of problems."""
        while pending := [task for task in self._reads.values() if not task.done()]:
            await asyncio.gather(*pending)
        now = self._clock()
        self._emit(*self._release(now))
        self.abandon()
        for problem in self._assembler.problems:
            if problem.file is None:
                what = f"line {problem.line} of the answer: {problem.message}"
                self._emit(Notice(now, what, (Remedy.RETRY,), Severity.ERROR))

    @property
    def sound(self) -> bool:
        """False when the answer breaks its format's rules as a whole."""
        return not any(problem.file is None for problem in self._assembler.problems)


_UNDECIDED = (HunkState.OPEN, HunkState.STALE, HunkState.REFUSED)

_NO_TAIL = Tail(0, 0, " ", "")

_PROSE = regex(r"(?!diff )[A-Za-z0-9(][^<`*@]*? ")
"""A line that begins like a sentence and like no edit's marker, fence or file name."""

_FENCE = regex(r"\s*(`{3,}|~{3,})")

_NAME = regex(r"\s*(File:\s*)?[`*]*[^\s`*]+[./][^\s`*]*[`*:]*\s*$")
"""A line that is nothing but a path, however it is dressed."""

_LONGEST_EARLY = 4_000
"""Longer lines are shown when they end, so that no read costs more than this."""


def _same_lines(old: Hunk, new: Hunk) -> bool:
    """True when a hunk without a place wants to remove lines that a placed one changes."""
    if old.raw is None:
        return False
    wanted = {line.text.strip() for line in old.raw.lines if line.tag == "-"} - {""}
    return bool(wanted) and wanted <= {line.strip() for line in new.old}
