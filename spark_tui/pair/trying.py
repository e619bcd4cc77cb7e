"""Tries a whole answer: on disk, provisionally, checked, and the person decides with the verdict.

Only where a check says `try`, only in *ask*, and only while nothing of the answer is decided. What
judges the code, and what smells, is left out: those hunks stay proposed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any

from spark_tui.core.checks import CheckRule
from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.errors import SparkError
from spark_tui.core.events import Event, Flushed, HunksGuarded, TrySet, Undone
from spark_tui.core.green.compare import CheckRun
from spark_tui.core.green.trying import (
    Try,
    TryAction,
    TryBegan,
    TryDecided,
    TryEvent,
    TryPhase,
    TryRan,
    TrySaved,
    TryUndone,
    TryWritten,
    step_try,
)
from spark_tui.core.mode import Mode
from spark_tui.core.session import Session, Turn
from spark_tui.pair.check_runner import CheckRunner
from spark_tui.pair.emit import Emit
from spark_tui.pair.guarded_hunks import guarded_hunks, with_what_builds_on
from spark_tui.pair.own_files import OwnFiles
from spark_tui.pair.ports import Clock, Worktree
from spark_tui.pair.review import Review


class Trying:
    """At most one try at a time. `rules` are the person's checks."""

    def __init__(
        self,
        rules: Sequence[CheckRule],
        reading: CheckRunner,
        worktree: Worktree,
        review: Review,
        clock: Clock,
        emit: Emit,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        session: Callable[[], Session],
        broke: Callable[[Exception], None],
    ) -> None:
        self._rules = [rule for rule in rules if rule.tries]
        self._reading = reading
        self._worktree = worktree
        self._review = review
        self._clock = clock
        self._emit = emit
        self._spawn = spawn
        self._session = session
        self._broke = broke
        self._try: Try | None = None
        self._paths: tuple[str, ...] = ()
        self._rule: CheckRule | None = None
        self._files = OwnFiles(worktree, review)
        self._stop = threading.Event()
        self._before: dict[tuple[str, ...], asyncio.Task[CheckRun | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> bool:
        """Whether a try waits for a check or for the person."""
        return self._try is not None and not self._try.over

    def provisional(self, turn: int) -> bool:
        """Whether what this turn writes now is to be tried first."""
        tried = self._try
        return tried is not None and tried.turn == turn and tried.phase is TryPhase.WRITING

    # ------------------------------------------------------------------ a turn

    def asked(self) -> None:
        """An instruction goes out: what the check says without its answer is found out beside it.

        Only of a check for all files: of another it is not known yet which.
        """
        if self._session().mode is Mode.ASK and not self.running:
            for rule in self._rules:
                if "{file}" not in rule.run:
                    self._run_before(rule, ())

    def consider(self, turn_id: int) -> None:
        """A turn is over: try its answer, if that may be tried."""
        session = self._session()
        turn = next((t for t in session.turns if t.id == turn_id), None)
        if turn is None or session.mode is not Mode.ASK or turn.ending is not Ending.COMPLETE:
            return
        if self.running or not turn.hunks:
            return
        if any(h.state is not HunkState.OPEN for h in turn.hunks):
            return
        files = [h.path for h in turn.hunks]
        rule = next((one for one in self._rules if any(map(one.matches, files))), None)
        if rule is None:
            return
        paths = tuple(dict.fromkeys(path for path in files if rule.matches(path)))
        self._work(self._begin(turn, rule, paths))

    async def _begin(self, turn: Turn, rule: CheckRule, paths: tuple[str, ...]) -> None:
        whole = "{file}" in rule.run
        before = await self._run_before(rule, paths if whole else ())
        ids = self._tryable(turn, rule, paths, before)
        if not ids or self.running:
            return
        self._rule = rule
        self._paths = paths if whole else ()
        self._files = OwnFiles(self._worktree, self._review)
        self._try = Try(turn.id, rule.name, ids)
        self._tell(TryBegan(before) if before is not None else TryRan(None))

    def _tryable(
        self, turn: Turn, rule: CheckRule, paths: Sequence[str], before: CheckRun | None
    ) -> tuple[HunkId, ...]:
        """The hunks that are tried: those that are open still and wait for no key of their own."""
        now = next((t for t in self._session().turns if t.id == turn.id), turn)
        if any(h.state is not HunkState.OPEN for h in now.hunks):
            return ()
        try:
            changes = self._review.planned(now.hunks)
        except SparkError:
            return ()
        report = before.report if before is not None else None
        guarded = guarded_hunks(now.hunks, changes, rule, paths, report)
        if guarded:
            why = tuple((hunk_id, reason.why) for hunk_id, reason in guarded.items())
            self._emit(HunksGuarded(self._clock(), now.id, why))
        barred = with_what_builds_on(guarded, now)
        return tuple(h.id for h in now.hunks if h.id not in barred)

    # ------------------------------------------------------------------ keys

    def decide(self, turn: int, *, keep: bool) -> bool:
        """Keep what is tried of this turn, or take it back; False where nothing is."""
        tried = self._try
        if tried is None or tried.turn != turn or tried.over:
            return False
        self._tell(TryDecided(keep))
        return True

    def stop(self) -> None:
        """Esc while the check runs: it is offered without a verdict."""
        self._stop.set()

    async def settled(self) -> None:
        """The session ends: what nobody decided about is taken back."""
        tried = self._try
        if tried is not None and tried.provisional:
            self._tell(TryDecided(keep=False))
        self._stop.set()
        while running := {*self._tasks, *(t for t in self._before.values() if not t.done())}:
            await asyncio.wait(running)

    # ------------------------------------------------------------------ what happens

    def handle(self, events: Sequence[Event]) -> None:
        """What the try wrote, and whether it was taken back."""
        tried = self._try
        if tried is None:
            return
        for event in events:
            match event:
                case Flushed(turn=turn, ids=ids, entry=entry) if turn == tried.turn:
                    if self.provisional(turn):
                        hunks = [self._session().find(i) for i in ids]
                        self._files.believe(h for h in hunks if h is not None)
                        self._soon(TryWritten(entry))
                case Undone(undoes=undoes, back=back) if tried.entry in (undoes, *back):
                    self._soon(TryUndone())
                case _:
                    pass

    def changed(self) -> None:
        """Files are not what they were: what a check said of them counts no more."""
        if not self.running:
            self._before = {}

    async def moved_outside(self, paths: Collection[str]) -> None:
        """Somebody else wrote these files."""
        self.changed()
        if self.running and self._files.touched(paths):
            path = await self._files.other()
            if path:
                self._tell(TrySaved(path))

    def _soon(self, event: TryEvent) -> None:
        asyncio.get_running_loop().call_soon(self._tell, event)

    def _tell(self, event: TryEvent) -> None:
        if self._try is None:
            return
        before = self._try
        self._try, actions = step_try(before, event)
        for action in actions:
            self._do(action, self._try)
        if self._try is not before:
            self._emit(TrySet(self._clock(), self._try.turn, self._try))

    def _do(self, action: TryAction, tried: Try) -> None:
        match action:
            case TryAction.CHECK:
                self._work(self._check())
            case TryAction.WRITE:
                self._work(self._write(tried))
            case TryAction.STOP:
                self._stop.set()
            case TryAction.KEEP:
                self._work(self._keep(tried.entry))
            case TryAction.TAKE_BACK:
                self._work(self._take_back(tried.entry))

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ------------------------------------------------------------------ the check and the disk

    def _run_before(self, rule: CheckRule, paths: tuple[str, ...]) -> asyncio.Task[CheckRun | None]:
        """What the check says without the answer, found out once for the same bytes."""
        key = (rule.run, *paths)
        known = self._before.get(key)
        if known is None:
            known = asyncio.get_running_loop().create_task(self._run(rule, paths))
            self._before[key] = known
        return known

    async def _run(self, rule: CheckRule, paths: Sequence[str]) -> CheckRun | None:
        stop = self._stop = threading.Event()
        done = await self._reading.start(rule, paths, stop)
        return await self._reading.read(done) if done is not None else None

    async def _check(self) -> None:
        assert self._rule is not None
        run = await self._run(self._rule, self._paths)
        path = await self._files.other()
        self._tell(TrySaved(path) if path else TryRan(run))

    async def _write(self, tried: Try) -> None:
        now = self._clock()
        ids = self._review.decide(tried.ids, HunkState.KEPT, now, unasked=True)
        if set(ids) != set(tried.ids):
            # The person was faster: what they decided is theirs, and is written as usual.
            self._review.decide(ids, HunkState.OPEN, now, unasked=True)
            self._tell(TryWritten(0, "decided"))
            return
        await self._review.flush(ids, now)
        hunks = [self._session().find(i) for i in tried.ids]
        if any(h is None or h.state is not HunkState.APPLIED for h in hunks):
            self._tell(TryWritten(0, "could not be written"))

    async def _keep(self, entry: int) -> None:
        try:
            await asyncio.to_thread(self._worktree.keep, entry)
        except SparkError as error:
            self._broke(error)

    async def _take_back(self, entry: int) -> None:
        path = await self._files.other()
        if path:
            self._tell(TrySaved(path))
            return
        await self._review.undo_entry(entry, self._clock())
        tried = self._try
        if tried is not None and tried.phase is TryPhase.TAKING_BACK:
            # Undone comes as an event, and soon: without it something is in the way.
            await asyncio.sleep(0)
            if self._try is not None and self._try.phase is TryPhase.TAKING_BACK:
                self._tell(TryUndone(whole=False, reason="something is in the way"))
