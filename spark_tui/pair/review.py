"""Decisions and the disk: keep, drop, flush, undo. Deciding is not writing.

While an answer streams, decisions are only recorded; what is kept is flushed once, as one entry,
when its terminal event has come. From then on every deciding key flushes what it keeps.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence

from spark_tui.core.edits import writers
from spark_tui.core.edits.guard import guessed_new, protected
from spark_tui.core.edits.model import Change, FileImage, FileOp, Hunk, HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.errors import ConflictError, OverlapError, SparkError
from spark_tui.core.events import (
    CommitPlanned,
    Decided,
    EntryOpened,
    Event,
    FileRead,
    Flushed,
    FlushRefused,
    HunksSet,
    Notice,
    Severity,
    Undone,
)
from spark_tui.core.journal import EntryMarks
from spark_tui.core.mode import Mode
from spark_tui.core.pasted_blocks import brief
from spark_tui.core.remedy import Remedy, Way
from spark_tui.core.session import Act, ActKind, Session, Turn
from spark_tui.pair import journal_hunks
from spark_tui.pair.emit import Emit
from spark_tui.pair.faults import Faults
from spark_tui.pair.journal_hunks import Moved, written_as
from spark_tui.pair.open_files import OpenFiles
from spark_tui.pair.ports import Clock, EntryNote, UndoResult, Worktree

LIVE = (HunkState.OPEN, HunkState.KEPT, HunkState.STALE, HunkState.REFUSED)
"""States in which a hunk can still be located again."""

_ALL = 1_000_000
"""Entries of the journal: all there are."""

_SAME_CHECKOUT_NS = 2_000_000_000

_FROM: dict[HunkState, tuple[HunkState, ...]] = {
    HunkState.KEPT: (HunkState.OPEN,),
    HunkState.DROPPED: LIVE,
    HunkState.OPEN: (HunkState.KEPT, HunkState.DROPPED),
}
"""Which states a decision can be taken from."""


class Review:
    """Holds the one lock under which the disk is changed, so that acts happen in key order.

    `on_write` is called with the files that were written, and whether that applied an edit. `join`
    takes a split back and says whether that can still be done. `marks_of` says to which group of
    the journal what a turn writes belongs, and whether it is provisional.

    Many methods: one for each act of a person on hunks and entries, all under the one lock.
    """

    def __init__(
        self,
        worktree: Worktree,
        open_files: OpenFiles,
        clock: Clock,
        emit: Emit,
        session: Callable[[], Session],
        faults: Faults,
    ) -> None:
        self._faults = faults
        self._worktree = worktree
        self._open_files = open_files
        self._clock = clock
        self._emit: Emit = emit
        self._session = session
        self._disk = asyncio.Lock()
        self._held: list[int] = []
        self._name = secrets.token_hex(4)
        # (the undo, what it took back) or None where the journal tells that
        self._undone: list[tuple[int, tuple[HunkId, ...] | None]] = []
        self._moved_at: dict[HunkId, int] = {}
        self.on_write: Callable[[Sequence[str], bool], None] = lambda _files, _applied: None
        self.join: Callable[[Act, int], bool] = lambda _act, _at: False
        self.marks_of: Callable[[int], EntryMarks] = lambda _turn: EntryMarks()

    # ------------------------------------------------------------------ decisions

    def decide(
        self,
        ids: Sequence[HunkId],
        state: HunkState,
        key_at: int,
        seen: Sequence[Hunk] = (),
        *,
        unasked: bool = False,
    ) -> tuple[HunkId, ...]:
        """Record decisions; the hunks that took `state`. `write_kept` writes what is kept.

        `seen` are hunks as the person saw them: one that is another by now is not decided.
        What is `unasked` is no decision of the person's.
        """
        if state is HunkState.KEPT and self._session().mode is Mode.READ_ONLY:
            self._say("read-only: nothing is written", Remedy.CHANGE_MODE)
            return ()
        changed = {h.id for h in seen if self._session().find(h.id) != h}
        decided: list[HunkId] = []
        for turn_id in sorted({i.turn for i in ids}):
            mine = tuple(i for i in ids if i.turn == turn_id and i not in changed)
            turn = self._turn(turn_id)
            chosen = self._with_dependencies(turn, mine, state) if turn is not None else ()
            if chosen:
                self._emit(Decided(key_at, turn_id, chosen, state, unasked))
                decided += chosen
        return tuple(decided)

    async def write_kept(self, ids: Sequence[HunkId], key_at: int) -> None:
        """Flush these kept hunks, those of an answer that still comes excepted."""
        over = {
            turn.id
            for turn in self._session().turns
            if turn.ending is not None and turn.id not in self._held
        }
        await self.flush([i for i in ids if i.turn in over], key_at)

    def _with_dependencies(
        self, turn: Turn, ids: Sequence[HunkId], state: HunkState
    ) -> tuple[HunkId, ...]:
        """The ids that can take `state`, with those they need (keep) or that need them (drop)."""
        allowed = _FROM[state]
        wanted = set(ids)
        size = 0
        while size != len(wanted):
            size = len(wanted)
            for hunk in turn.hunks:
                if hunk.depends_on is None:
                    continue
                if state is HunkState.KEPT and hunk.id in wanted:
                    wanted.add(hunk.depends_on)
                elif state is HunkState.DROPPED and hunk.depends_on in wanted:
                    wanted.add(hunk.id)
        chosen = [h for h in turn.hunks if h.id in wanted and h.state in allowed]
        if state is HunkState.KEPT:
            chosen = _standing_alone(turn, chosen)
        return tuple(h.id for h in chosen)

    def place(self, hunk_id: HunkId, candidate: int, key_at: int) -> bool:
        """Put an ambiguous hunk at one of its candidates (0-based); an excerpt's is the file.

        False where it has no such candidate, or is decided.
        """
        edit = self._open_files.edit_of(hunk_id)
        hunk = self._session().find(hunk_id)
        if edit is None or hunk is None or hunk.refusal is None or not hunk.asks:
            return False
        if not 0 <= candidate < len(hunk.refusal.candidates):
            return False
        try:
            placed = edit.choose(hunk_id, candidate)
        except LookupError:  # its file is another one, and it was not located on that
            return False
        self._emit(HunksSet(key_at, hunk_id.turn, placed, hunk_id))
        return True

    # ------------------------------------------------------------------ the end of an answer

    async def answer_over(
        self, turn_id: int, ending: Ending, mode: Mode, *, steered: bool = False
    ) -> None:
        """Flush what was kept while the answer streamed; in auto-apply everything or nothing.

        With `steered` another answer took this one's place: what was kept waits for its end.
        """
        turn = self._turn(turn_id)
        if turn is None:
            return
        if steered:
            self._held.append(turn_id)
            return
        now = self._clock()
        waiting: frozenset[HunkId] = frozenset()
        elsewhere: frozenset[HunkId] = frozenset()
        kept = self._kept(turn_id)
        held, self._held = self._held, []
        if ending is not Ending.COMPLETE:
            for one in (*held, turn_id):
                if back := self._kept(one):
                    self._emit(Decided(now, one, back, HunkState.OPEN))
            return
        earlier = tuple(i for one in held for i in self._kept(one))
        if mode is Mode.AUTO:
            waiting, elsewhere = _only_by_person(turn), _new_elsewhere(turn)
            open_ids = tuple(
                h.id
                for h in turn.hunks
                if h.state is HunkState.OPEN and h.id not in waiting | elsewhere
            )
            refused = [h for h in turn.hunks if h.asks and h.state is HunkState.REFUSED]
            if refused:
                what = f"{len(refused)} of {len(turn.hunks)} hunks have no place, nothing written"
                self._say(what, Remedy.KEEP_OTHERS, Remedy.ASK_AGAIN)
            elif open_ids:
                self._emit(Decided(now, turn_id, open_ids, HunkState.KEPT))
                kept = (*kept, *open_ids)
        await self.flush((*earlier, *kept), now)
        if mode is Mode.AUTO and waiting:
            count = f"{len(waiting)} hunk{'s' * (len(waiting) != 1)}"
            self._say(f"{count} in protected files not written", Remedy.KEEP_ONE)
        if mode is Mode.AUTO and elsewhere:
            count = f"{len(elsewhere)} new file{'s' * (len(elsewhere) != 1)}"
            self._say(f"{count} outside the folders of this edit not written", Remedy.KEEP_ONE)

    def _kept(self, turn_id: int) -> tuple[HunkId, ...]:
        turn = self._turn(turn_id)
        return tuple(h.id for h in turn.hunks if h.state is HunkState.KEPT) if turn else ()

    # ------------------------------------------------------------------ the disk

    async def flush(self, ids: Sequence[HunkId], since: int) -> None:
        """Write these kept hunks, of whatever turns, as one entry, or nothing.

        Shielded: a cancel can't tear it.
        """
        await asyncio.shield(self._flush(tuple(ids), since))

    async def _flush(self, ids: tuple[HunkId, ...], since: int) -> None:
        async with self._disk:
            turns = [turn for turn in self._session().turns if turn.id in {i.turn for i in ids}]
            hunks = [h for t in turns for h in t.hunks if h.id in ids and h.state is HunkState.KEPT]
            if not hunks:
                return
            wanted = tuple(h.id for h in hunks)
            try:
                changes = self._open_files.changes(hunks)
                note = self._note(turns, hunks)
                entry = await asyncio.to_thread(self._worktree.flush, changes, note)
                self._open_files.mark_applied(hunks)
            except Exception as error:  # noqa: BLE001 - nothing may stay kept for ever
                what, remedies = self._faults.beside(error)
                now = self._clock()
                refused = [
                    FlushRefused(now, turn, mine, what, remedies) for turn, mine in _by_turn(wanted)
                ]
                self._emit(*refused, Notice(now, what, remedies, Severity.ERROR))
                if isinstance(error, ConflictError) or not isinstance(error, SparkError):
                    await self._locate_again(tuple({h.path for h in hunks}))
                return
            self._undone.clear()
            self._tell_written(wanted, entry.id, len(changes), since)
        self.on_write([c.path for c in changes], True)

    def planned(self, hunks: Sequence[Hunk]) -> tuple[Change, ...]:
        """What writing these hunks would change. Raises ConflictError where it can't be."""
        return self._open_files.changes(hunks)

    def believed(self, path: str) -> FileImage | None:
        """What a file with hunks holds as far as we know; None for any other."""
        return self._open_files.on_disk(path)

    def _note(self, turns: Sequence[Turn], hunks: Sequence[Hunk]) -> EntryNote:
        """What the journal keeps beside the bytes: of several turns the newest one counts."""
        newest = turns[-1]
        refused = [h for turn in turns for h in turn.hunks if h.state is HunkState.REFUSED]
        marks = self.marks_of(newest.id)
        return EntryNote(
            instruction=" · ".join(dict.fromkeys(brief(turn.text) for turn in turns)),
            endpoint=newest.endpoint.name,
            turn=newest.id,
            hunks=tuple(f"{h.id} {h.path}" for h in hunks),
            refused=tuple(f"{h.id} {h.path}" for h in refused),
            session=self._name,
            group=marks.group,
            part=marks.part,
            provisional=marks.provisional,
        )

    def _tell_written(self, ids: tuple[HunkId, ...], entry: int, files: int, since: int) -> None:
        """These hunks are on disk, turn by turn."""
        now = self._clock()
        events = [
            Flushed(now, turn, mine, entry, files, now - since, len(ids))
            for turn, mine in _by_turn(ids)
        ]
        self._emit(*events)

    async def take_back(self, key_at: int) -> None:
        """Take back what was done last: a decision not yet on disk, a split, an entry.

        A split whose parts can't be one hunk again is passed over.
        """
        await asyncio.shield(self._take_back(key_at))

    async def _take_back(self, key_at: int) -> None:
        async with self._disk:
            for act in reversed(self._session().acts):
                if act.kind is ActKind.ENTRY:
                    await self._undo(act.entry, act.ids, key_at)
                elif act.kind is ActKind.DECISION:
                    for turn, mine in _by_turn(act.ids):
                        self._emit(Decided(key_at, turn, mine, HunkState.OPEN))
                elif not self.join(act, key_at):
                    continue
                return
            self._say("nothing to take back", "spark-tui undo takes back earlier sessions' edits")

    async def show_entry(self, entry: int) -> None:
        """Read an entry of the journal and what is in the way of taking it back."""
        view = await asyncio.to_thread(self._worktree.view, entry)
        self._emit(EntryOpened(self._clock(), view))

    async def undo_entry(self, entry: int, key_at: int, hunks: tuple[int, ...] = ()) -> None:
        """Undo any entry of the journal, or these hunks of it; what this session wrote with it is
        open again.
        """
        await asyncio.shield(self._undo_entry(entry, key_at, hunks))

    async def _undo_entry(self, entry: int, key_at: int, hunks: tuple[int, ...]) -> None:
        async with self._disk:
            acts = self._session().acts
            ids = next((a.ids for a in acts if a.kind is ActKind.ENTRY and a.entry == entry), ())
            await self._undo(entry, ids, key_at, hunks)

    async def undo_to(self, entry: int, key_at: int) -> None:
        """Undo every entry of the journal later than this one, by one new entry."""
        await asyncio.shield(self._undo_several(self._worktree.undo_to, entry, key_at))

    async def undo_through(self, entry: int, key_at: int) -> None:
        """Undo an entry with every later one of the same files, likewise."""
        await asyncio.shield(self._undo_several(self._worktree.undo_through, entry, key_at))

    async def undo_group(self, group: int, key_at: int) -> None:
        """Undo all entries of a group that stand, likewise."""
        await asyncio.shield(self._undo_several(self._worktree.undo_group, group, key_at))

    async def _undo_several(
        self, undo: Callable[[int], UndoResult], entry: int, key_at: int
    ) -> None:
        async with self._disk:
            try:
                done = await asyncio.to_thread(undo, entry)
                entries = await asyncio.to_thread(self._worktree.entries, _ALL)
            except SparkError as error:
                self._in_the_way(error, 0)
                return
            found = journal_hunks.compare(self._session(), entries)
            self._undone.append((done.entry, None))
            took = self._clock() - key_at
            await self._tell_moved(found, done, took, back=done.back)

    async def _tell_moved(
        self, found: Moved, done: UndoResult, took: int, back: tuple[int, ...]
    ) -> None:
        """What several entries at once took off the disk, and what is on it again."""
        now, session = self._clock(), self._session()
        again = [h for _, ids in found.on for i in ids if (h := session.find(i)) is not None]
        self._open_files.mark_taken_back(found.off)
        self._open_files.mark_applied([h for h in again if h.path in self._open_files.paths()])
        if back:
            undone = Undone(
                now, done.entry, min(back), found.off, took, done.merged, (), back, done.stays
            )
            self._emit(undone)
        for entry, ids in found.on:
            self._tell_written(ids, entry, len({h.path for h in again if h.id in ids}), now - took)
        paths = tuple(p for p in self._open_files.paths() if p in done.files)
        await self._locate_again(paths, found.off, writers.entry(done.entry))
        self.on_write(done.files, False)

    def _in_the_way(self, error: SparkError, entry: int) -> None:
        """Tell why an entry was not taken back, and what can be."""
        place: tuple[str, int] | None = None
        together: tuple[int, ...] = ()
        if isinstance(error, ConflictError) and error.paths:
            place = (error.paths[0], error.line or 1)
        if isinstance(error, OverlapError):
            together = error.entries
        now = self._clock()
        self._emit(Notice(now, error.what, error.remedies, Severity.ERROR, place, entry, together))

    async def _undo(
        self, entry: int, ids: tuple[HunkId, ...], key_at: int, hunks: tuple[int, ...] = ()
    ) -> None:
        try:
            done = await asyncio.to_thread(self._worktree.undo, entry, hunks)
            if done.hunks:
                view = await asyncio.to_thread(self._worktree.view, entry)
                ids = written_as(self._session(), view, done.hunks)
        except SparkError as error:
            self._in_the_way(error, entry)
            return
        self._open_files.mark_taken_back(ids)
        self._undone.append((done.entry, ids))
        now = self._clock()
        self._emit(
            Undone(
                now, done.entry, entry, ids, now - key_at, done.merged, done.hunks, stays=done.stays
            )
        )
        # An entry of an earlier answer may have moved lines under hunks of this one.
        paths = tuple(p for p in self._open_files.paths() if p in done.files)
        await self._locate_again(paths, ids, writers.entry(done.entry))
        self.on_write(done.files, False)

    async def redo(self, key_at: int) -> None:
        """Take back the last undo of this session."""
        await asyncio.shield(self._redo(key_at))

    async def _redo(self, key_at: int) -> None:
        async with self._disk:
            if not self._undone:
                self._say("nothing to redo", Remedy.TAKE_BACK, Remedy.REDO)
                return
            entry, ids = self._undone[-1]
            try:
                done = await asyncio.to_thread(self._worktree.redo, entry)
                entries = (
                    await asyncio.to_thread(self._worktree.entries, _ALL) if ids is None else ()
                )
            except SparkError as error:
                self._in_the_way(error, 0)
                return
            self._undone.pop()
            if ids is None:
                session = self._session()
                found = journal_hunks.compare(session, entries)
                off = {session.entry_of(i) for i in found.off} - {None}
                back = tuple(sorted(n for n in off if n is not None))
                await self._tell_moved(found, done, self._clock() - key_at, back)
            elif ids:
                hunks = [h for i in ids if (h := self._session().find(i)) is not None]
                self._open_files.mark_applied(hunks)
                self._tell_written(ids, done.entry, len(done.files), key_at)
            if not ids:
                self._say(f"{done.what} {done.verb}")
        self.on_write(done.files, True)

    def forget_redo(self, hunk_id: HunkId) -> None:
        """The hunk is not what it was when its entry was taken back: that can't be redone."""
        self._undone = [undone for undone in self._undone if hunk_id not in (undone[1] or ())]

    # ------------------------------------------------------------------ other writers

    async def moved_outside(self, paths: frozenset[str]) -> None:
        """Somebody else wrote these files: open hunks are located again or go stale."""
        mine = tuple(p for p in self._open_files.paths() if p in paths)
        if mine:
            async with self._disk:
                await self._locate_again(mine)

    async def branch_switched(self) -> tuple[int, int]:
        """Another branch was checked out: how many hunks were placed again, how many are stale.

        A checkout is seen in pieces, so what moved just before counts too.
        """
        await self.moved_outside(frozenset(self._open_files.paths()))
        after = self._clock() - _SAME_CHECKOUT_NS
        found = [self._session().find(i) for i, at in self._moved_at.items() if at >= after]
        placed = sum(h is not None and h.state in (HunkState.OPEN, HunkState.KEPT) for h in found)
        stale = sum(h is not None and h.state is HunkState.STALE for h in found)
        return placed, stale

    def writer(self, image: FileImage) -> str:
        """Who changed a file to `image` since its hunks were located, as far as we know at once."""
        if self._open_files.behind(image):
            return ""
        entries = map(self._session().entry_of, self._open_files.applied(image.path))
        newest = max(filter(None, entries), default=0)
        return writers.entry(newest) if newest else ""

    async def _locate_again(
        self, paths: Sequence[str], reopened: Sequence[HunkId] = (), by: str | None = None
    ) -> None:
        """Locate open hunks on what is there now; who wrote that is found out without `by`."""
        for path in paths:
            try:
                image = await asyncio.to_thread(self._worktree.read, path)
                if by is None and self._open_files.behind(image):
                    held = await asyncio.to_thread(self._worktree.git_holds, image.sha)
                    wrote = "" if held else writers.YOU
                else:
                    wrote = by or ""
            except SparkError as error:
                self._emit(Notice(self._clock(), error.what, error.remedies, Severity.ERROR))
                continue
            live = [
                h
                for turn in self._session().turns
                for h in turn.hunks
                if h.path == path and h.state in LIVE
            ]
            self.emit_moved(self._open_files.moved(image, live, reopened, wrote), image)

    def emit_moved(self, moved: Sequence[Hunk], image: FileImage) -> None:
        """Tell of hunks that were located again on `image`, turn by turn."""
        now = self._clock()
        events: list[Event] = []
        if self._open_files.base(image.path) is image:
            answers = self._open_files.answers(image.path)
            events += [FileRead(now, turn, file, image) for turn, file in answers]
        for turn_id in sorted({h.id.turn for h in moved}):
            hunks = tuple(h for h in moved if h.id.turn == turn_id)
            events.append(HunksSet(now, turn_id, hunks))
        self._moved_at |= dict.fromkeys((h.id for h in moved), now)
        self._emit(*events)

    async def recover(self, then: Callable[[], Awaitable[None]]) -> None:
        """Mend what an earlier process left half done, then do `then`; before any write."""
        async with self._disk:
            try:
                report = await asyncio.to_thread(self._worktree.recover)
            finally:
                await then()
        if not report.clean:
            self._say(" · ".join(report.lines()), "spark-tui log")

    async def plan_commit(self) -> None:
        """Find out what a commit of the edits on disk would hold."""
        entries = frozenset(a.entry for a in self._session().acts if a.kind is ActKind.ENTRY)
        async with self._disk:
            plan = await asyncio.to_thread(self._worktree.plan_commit, entries)
        self._emit(CommitPlanned(self._clock(), plan))

    async def settle(self) -> None:
        """Wait until no write is under way, nor anything behind the last one."""
        async with self._disk:
            await asyncio.to_thread(self._worktree.close)

    def _turn(self, turn_id: int) -> Turn | None:
        return next((t for t in self._session().turns if t.id == turn_id), None)

    def _say(self, what: str, *remedies: Way) -> None:
        self._emit(Notice(self._clock(), what, remedies))


def _standing_alone(turn: Turn, chosen: Sequence[Hunk]) -> list[Hunk]:
    """Those of `chosen` that need no hunk but kept ones: others would be kept without effect."""
    left = list(chosen)
    there = {h.id for h in turn.hunks if h.state in (HunkState.KEPT, HunkState.APPLIED)}
    while True:
        known = there | {h.id for h in left}
        stands = [h for h in left if h.depends_on is None or h.depends_on in known]
        if len(stands) == len(left):
            return left
        left = stands


def _by_turn(ids: Sequence[HunkId]) -> Iterator[tuple[int, tuple[HunkId, ...]]]:
    """The ids of each turn, oldest turn first."""
    for turn in sorted({i.turn for i in ids}):
        yield turn, tuple(i for i in ids if i.turn == turn)


def _only_by_person(turn: Turn) -> frozenset[HunkId]:
    """Hunks that only a key on them may keep: of protected files, and what builds on those."""
    found = {h.id for h in turn.hunks if h.state is HunkState.OPEN and protected(h)}
    size = 0
    while size != len(found):
        size = len(found)
        found |= {h.id for h in turn.hunks if h.depends_on in found}
    return frozenset(found)


def _new_elsewhere(turn: Turn) -> frozenset[HunkId]:
    """New files, named by no more than a line above them, in folders where no file is edited."""
    folders = {h.path.rpartition("/")[0] for h in turn.hunks if h.op is not FileOp.CREATE}
    return frozenset(
        h.id
        for h in turn.hunks
        if h.state is HunkState.OPEN and guessed_new(h) and h.path.rpartition("/")[0] not in folders
    )
