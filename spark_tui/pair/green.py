"""Drives a green loop: runs the person's check, asks, writes and takes back as `core.green` says.

Everything happens in the app's loop; checks, reads and writes run in threads. Only the person's own
command runs, as they wrote it.
"""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from hashlib import sha256
from typing import Any, Protocol

from spark_tui.core.check_output.condense import CondensedOutput, condense
from spark_tui.core.checks import CheckResult, CheckRule, FinishedCheck
from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits.diff import counts
from spark_tui.core.edits.model import Change, Hunk, HunkId, HunkState
from spark_tui.core.endpoint.wire import Ended, Ending
from spark_tui.core.errors import SparkError
from spark_tui.core.events import (
    Checked,
    Decided,
    Event,
    Flushed,
    GreenSet,
    HunksGuarded,
    HunksSet,
    OnWire,
    TrySet,
    Undone,
)
from spark_tui.core.green.brief import CheckBrief, brief, gave_up, instruction
from spark_tui.core.green.compare import CheckRun, RunVerdict
from spark_tui.core.green.loop import (
    AnswerLost,
    AnswerReady,
    AskModel,
    CancelAnswers,
    CheckRan,
    DeadlinePassed,
    GreenGate,
    GreenLoop,
    GreenPhase,
    LoopAction,
    LoopBegan,
    LoopEvent,
    LoopStopped,
    OutsideSave,
    Propose,
    RunCheck,
    StopCheck,
    TakeBack,
    Trial,
    TrialRefused,
    TrialTakenBack,
    TrialWritten,
    Unusable,
    WriteTrial,
    step_loop,
)
from spark_tui.core.green.protected_files import protected
from spark_tui.core.green.trying import Try, TryPhase
from spark_tui.core.green.view import GreenView
from spark_tui.core.journal import EntryMarks, EntryNote
from spark_tui.core.session import Session, Turn
from spark_tui.pair.check_runner import CheckRunner
from spark_tui.pair.emit import Emit
from spark_tui.pair.guarded_hunks import guarded_hunks, with_what_builds_on
from spark_tui.pair.own_files import OwnFiles
from spark_tui.pair.ports import Clock, Worktree
from spark_tui.pair.review import Review

_SAID_MOST = 100
"""Characters of an answer that a row holds."""

_UNDECIDED = (HunkState.WRITING, HunkState.OPEN, HunkState.KEPT, HunkState.STALE)
_PLACED = (HunkState.OPEN, HunkState.KEPT, HunkState.APPLIED)
_WORSE_TOKENS = 500


class AsksTurns(Protocol):
    """Starts the turns of an attempt."""

    def __call__(
        self, text: str, told: CheckBrief, candidates: int
    ) -> Sequence[tuple[int, Awaitable[object]]]:
        """The turns, each with what ends when it is over; none where there is no endpoint."""


@dataclass(frozen=True, slots=True)
class GreenWish:
    """What is to be made green: `rule` for `paths`, as `words` say.

    With `allow_guarded` protected files are kept without a key; the loop then ends in `green?`.
    """

    rule: CheckRule
    paths: tuple[str, ...]
    words: str = ""
    gate: GreenGate = GreenGate.ASK
    allow_guarded: bool = False


@dataclass(slots=True)
class _Planned:
    """What a turn of the loop would write: its trial, hunks, and the paths' shas before."""

    trial: Trial
    ids: tuple[HunkId, ...]
    before: dict[str, str]


@dataclass(slots=True)
class _Course:
    """What one loop knows beside its pure state."""

    wish: GreenWish
    files: OwnFiles
    turns: list[int] = field(default_factory=list)
    asked_at: dict[int, int] = field(default_factory=dict)
    ended_at: dict[int, int] = field(default_factory=dict)
    planned: dict[int, _Planned] = field(default_factory=dict)
    entries: list[tuple[int, int]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    outputs: dict[int, tuple[CheckRun, str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    last: CheckRun | None = None
    place: str = ""
    cut: tuple[int, int] = (0, 0)
    group: int = 0
    tried: Try | None = None
    written: dict[str, None] = field(default_factory=dict)
    beyond: dict[str, None] = field(default_factory=dict)


class Green:
    """At most one loop at a time; `view` tells of the newest one, which events carry as well.

    `asks` starts turns that nothing keeps unasked, `stop_asking` stops those that run.
    """

    def __init__(
        self,
        reading: CheckRunner,
        worktree: Worktree,
        review: Review,
        clock: Clock,
        emit: Emit,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        session: Callable[[], Session],
        asks: AsksTurns,
        stop_asking: Callable[[], None],
        broke: Callable[[Exception], None],
    ) -> None:
        self._reading = reading
        self._worktree = worktree
        self._review = review
        self._clock = clock
        self._emit = emit
        self._spawn = spawn
        self._session = session
        self._asks = asks
        self._stop_asking = stop_asking
        self._broke = broke
        self._loop = GreenLoop(phase=GreenPhase.OVER)
        self._course: _Course | None = None
        self._serial = asyncio.Lock()
        self._stop_check = threading.Event()
        self._checking: asyncio.Future[FinishedCheck | None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._undoing = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> bool:
        """Whether a loop goes on."""
        return not self._loop.over

    def owns(self, turn: int) -> bool:
        """Whether a turn is the running loop's."""
        return self._course is not None and self.running and turn in self._course.turns

    def marks_of(self, turn: int) -> EntryMarks:
        """The journal's group of what this turn writes, and which part of it comes.

        A group is called by its first entry: before that it is 0 and the part 1.
        """
        course = self._course
        if course is None or turn not in course.turns:
            return EntryMarks()
        part = len({entry for _, entry in course.entries}) + 1
        return EntryMarks(course.group, part, course.wish.gate is GreenGate.TRY)

    # ------------------------------------------------------------------ keys

    def start(self, wish: GreenWish, key_at: int, known: Sequence[CheckResult] = ()) -> None:
        """Begin a loop by the key of `key_at` (ns); one that runs is stopped first.

        `known` are results of checks on the very bytes that are there.
        """
        self.stop()
        course = _Course(wish, OwnFiles(self._worktree, self._review))
        self._course = course
        self._loop = GreenLoop(
            gate=wish.gate, limits=wish.rule.limits, has_quick=bool(wish.rule.quick)
        )
        command = shlex.join(wish.rule.argv(wish.paths))
        same = (self._reading.known(one) for one in known if one.command == command)
        before = next((done for done in same if done is not None), None)
        if before is None:
            self._tell(LoopBegan(key_at), course)
        else:
            self._work(self._begin(course, key_at, before))

    async def _begin(self, course: _Course, key_at: int, before: FinishedCheck) -> None:
        """What the check said is known: the loop begins with the model."""
        run = await self._reading.read(before)
        course.outputs[id(run.report)] = (run, before.output)
        course.last = run
        self._tell(LoopBegan(key_at, run), course)

    def say(self, words: str) -> bool:
        """Words of the person for the next attempt; False where no loop runs."""
        if self._course is None or not self.running:
            return False
        self._course.words.append(words)
        return True

    def stop(self) -> None:
        """Stop the loop that runs; what is not proven of it is taken back where nobody kept it."""
        if self._course is not None and self.running:
            self._tell(LoopStopped(self._clock()), self._course)

    def close(self) -> None:
        """The session ends: nothing more is started."""
        self._stop_check.set()
        self._arm(None)
        self._course = None
        self._loop = GreenLoop(phase=GreenPhase.OVER)

    async def settled(self) -> None:
        """Stop, and wait until what must not stay is taken back."""
        self.stop()
        while self._course is not None and self.running and self._tasks:
            await asyncio.wait(self._tasks)

    async def moved_outside(self, paths: Collection[str]) -> None:
        """Somebody else wrote these files."""
        course = self._course
        if course is not None and self.running and course.files.touched(paths):
            await self._look_for_saves(course)

    # ------------------------------------------------------------------ what happens

    def handle(self, events: Sequence[Event]) -> None:
        """What the loop's turns wrote, and what of it was taken back."""
        course = self._course
        if course is None:
            return
        for event in events:
            match event:
                case OnWire(at=at, turn=turn, event=Ended()) if turn in course.turns:
                    course.ended_at[turn] = at
                case Flushed(turn=turn, ids=ids, entry=entry) if turn in course.turns:
                    course.group = course.group or entry
                    course.entries.append((turn, entry))
                    self._believe(course, ids)
                case Undone(undoes=undoes, ids=ids, back=back):
                    self._undone(course, {undoes, *back}, ids)
                case Decided(turn=turn) | HunksSet(turn=turn) if turn in course.turns:
                    pass
                case _:
                    continue
            asyncio.get_running_loop().call_soon(self._decided, course)

    def _undone(self, course: _Course, entries: set[int], ids: tuple[HunkId, ...]) -> None:
        """Entries were taken back: by us, or by a key, which ends the loop."""
        mine = entries & {entry for _, entry in course.entries}
        course.gone |= entries
        self._believe(course, ids)
        if mine and not self._undoing and self.running:
            said = f"#{min(mine)} was taken back"
            loop = asyncio.get_running_loop()
            loop.call_soon(self._tell, OutsideSave(self._clock(), said), course)

    def _believe(self, course: _Course, ids: Iterable[HunkId]) -> None:
        """What the files of these hunks hold now, as far as we wrote them."""
        course.files.believe(h for i in ids if (h := self._session().find(i)) is not None)

    def _decided(self, course: _Course) -> None:
        """In *ask*: a trial whose hunks the person all decided goes on."""
        loop = self._loop
        trial = loop.trial
        if course is not self._course:
            return
        if loop.phase is not GreenPhase.DECIDING or trial is None or loop.gate is GreenGate.TRY:
            return
        turn = self._turn(trial.turn)
        if turn is None or any(h.state in _UNDECIDED for h in turn.hunks):
            return
        kept = [h for h in turn.hunks if h.state is HunkState.APPLIED]
        now = self._clock()
        if not kept:
            self._tell(TrialRefused(now, trial.turn), course)
            return
        guarded = {hunk_id for hunk_id, _ in turn.guarded}
        self._tell(
            TrialWritten(now, _measured(trial, kept, any(h.id in guarded for h in kept))), course
        )

    # ------------------------------------------------------------------ the machine

    def _tell(self, event: LoopEvent, course: _Course) -> None:
        """Step the machine and do what it says; nothing for a loop that is not the newest."""
        if course is not self._course or self._loop.over:
            return
        self._loop, actions = step_loop(self._loop, event)
        for action in actions:
            self._do(action, course)
        self._arm(self._loop.deadline)
        self._show(course)
        if self._loop.over:
            self._stop_check.set()
            self._report(course)

    def _do(self, action: LoopAction, course: _Course) -> None:
        match action:
            case RunCheck(quick):
                self._work(self._check(course, quick=quick))
            case StopCheck():
                self._stop_check.set()
            case AskModel(attempt, candidates):
                self._work(self._ask(course, attempt, candidates))
            case CancelAnswers():
                self._stop_asking()
            case Propose(turn):
                asyncio.get_running_loop().call_soon(self._decided, course)
                if self._loop.gate is GreenGate.TRY:
                    self._offer(course, turn)
            case WriteTrial(turn):
                self._work(self._write(course, turn))
            case TakeBack(turn):
                self._work(self._take_back(course, turn))

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._spawn(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A fault of ours stops the loop: it must not wait for ever."""
        try:
            await work
        except Exception as error:
            self.stop()
            if self.running:  # what winds it up may be what broke
                self._loop = replace(self._loop, phase=GreenPhase.OVER)
            if not isinstance(error, SparkError):
                raise
            self._broke(error)

    def _arm(self, deadline: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        course = self._course
        if deadline is not None and course is not None:
            left = max(0.0, (deadline - self._clock()) / 1e9)
            self._timer = asyncio.get_running_loop().call_later(left, self._late, course)

    def _late(self, course: _Course) -> None:
        self._tell(DeadlinePassed(max(self._clock(), self._loop.deadline or 0)), course)

    def _show(self, course: _Course) -> None:
        self._emit(GreenSet(self._clock(), self._view(course)))

    def _view(self, course: _Course) -> GreenView:
        loop, wish = self._loop, course.wish
        passed = loop.took_ns or self._clock() - loop.began_at - loop.idle_ns
        ours = max(0, passed - loop.model_ns - loop.check_ns) if loop.over else 0
        return GreenView(
            wish.rule.name,
            shlex.join(wish.rule.argv(wish.paths)),
            wish.words,
            loop,
            course.group,
            tuple(course.entries),
            course.last,
            course.place,
            course.cut,
            ours,
            tuple(course.written),
            tuple(course.beyond),
        )

    def _report(self, course: _Course) -> None:
        """What the check says at the end, where results of checks stand."""
        run, loop = self._loop.best, self._loop
        if run is None or (loop.stands and loop.unproven):
            return
        failing = run.report.failing
        first = next((f.path for f in run.report.failures if f.path), "")
        output = course.outputs.get(id(run.report), (run, ""))[1]
        result = CheckResult(
            course.wish.rule.name,
            run.report.green,
            run.took_ns,
            0 if run.report.green else max(1, len(failing)),
            first,
            shlex.join(course.wish.rule.argv(course.wish.paths)),
            output,
            run.report.exit_code,
        )
        self._emit(Checked(self._clock(), (result,)))

    # ------------------------------------------------------------------ tries

    def _offer(self, course: _Course, turn: int) -> None:
        """A trial is on disk and judged: the person decides."""
        trial, planned = self._loop.trial, course.planned[turn]
        if trial is None:
            return
        entry = next((e for known, e in reversed(course.entries) if known == turn), 0)
        tried = Try(turn, course.wish.rule.name, planned.ids, TryPhase.OFFERED, self._loop.best)
        course.tried = replace(tried, run=trial.run, entry=entry, judgement=trial.judgement)
        self._emit(TrySet(self._clock(), turn, course.tried))

    def decide(self, turn: int, *, keep: bool) -> bool:
        """Keep the trial of this turn that is offered, or take it back; False where none is."""
        course, trial = self._course, self._loop.trial
        if course is None or trial is None or course.tried is None or trial.turn != turn:
            return False
        if self._loop.phase is not GreenPhase.DECIDING:
            return False
        tried, course.tried = course.tried, None
        phase = TryPhase.KEPT if keep else TryPhase.BACK
        self._emit(TrySet(self._clock(), turn, replace(tried, phase=phase)))
        self._work(self._kept(course, trial) if keep else self._turned_down(course, turn))
        return True

    async def _kept(self, course: _Course, trial: Trial) -> None:
        for known, entry in course.entries:
            if known == trial.turn and entry not in course.gone:
                await asyncio.to_thread(self._worktree.keep, entry)
        self._tell(TrialWritten(self._clock(), trial), course)

    async def _turned_down(self, course: _Course, turn: int) -> None:
        whole = await self._undo(course, turn)
        told = TrialRefused(self._clock(), turn, raced=not whole, said="a file of it")
        self._tell(told, course)

    # ------------------------------------------------------------------ the check

    async def _check(self, course: _Course, *, quick: bool) -> None:
        """Run the check; what it says goes to the machine unless somebody stopped it."""
        stop = self._stop_check = threading.Event()
        try:
            await asyncio.to_thread(self._worktree.begin_check, anew=not course.outputs)
        except SparkError as error:
            self._broke(error)  # without a look at the files the check still runs
        if stop.is_set():
            return
        deadline = self._loop.deadline
        seconds = (deadline - self._clock()) / 1e9 + 1.0 if deadline is not None else None
        work = self._reading.start(
            course.wish.rule, course.wish.paths, stop, quick=quick, seconds=seconds
        )
        self._checking = work
        done = await work
        if done is None or stop.is_set():
            return
        if await self._look_for_saves(course):
            return
        run = await self._reading.read(done, quick=quick)
        run = replace(run, changed=await self._own_writes(course))
        if stop.is_set():
            return
        course.outputs[id(run.report)] = (run, done.output)
        course.last, course.place = run, done.place
        self._tell(CheckRan(self._clock(), run), course)

    async def _own_writes(self, course: _Course) -> tuple[str, ...]:
        """What the check wrote itself goes into the loop's group; the protected files among it."""
        trial = self._loop.trial
        turn = trial.turn if trial is not None else 0
        count = len({entry for _, entry in course.entries})
        words = f"{course.wish.rule.name} changed it"
        note = EntryNote(words, "", turn, group=course.group, part=count + 1)
        try:
            async with self._serial:
                found = await asyncio.to_thread(self._worktree.end_check, note)
        except SparkError as error:
            self._broke(error)
            return ()
        if found.entry:
            course.group = course.group or found.entry
            course.entries.append((turn, found.entry))
        course.written |= dict.fromkeys(found.files)
        course.beyond |= dict.fromkeys((*found.lost, *found.untracked))
        globs = course.wish.rule.protect
        argv = course.wish.rule.argv(course.wish.paths)
        return tuple(p for p in found.files if protected(p, argv=argv, globs=globs) is not None)

    # ------------------------------------------------------------------ answers

    async def _ask(self, course: _Course, attempt: int, candidates: int) -> None:
        """Ask for an attempt's answers; each goes to the machine when it is over."""
        told = self._brief(course, attempt)
        words = instruction(course.wish.rule.name, course.wish.words)
        if course.words:
            words = "\n".join([words, *course.words])
            course.words.clear()
        now = self._clock()
        turns = self._asks(words, told, candidates)
        for turn, over in turns:
            course.turns.append(turn)
            course.asked_at[turn] = now
            self._work(self._answer(course, turn, over))
        for _ in range(candidates - len(turns)):
            self._tell(AnswerLost(now, Unusable.FAILED, "no endpoint"), course)

    def _brief(self, course: _Course, attempt: int) -> CheckBrief:
        best = self._loop.best
        assert best is not None
        last = self._loop.attempts[attempt - 2] if attempt > 1 else None
        shown = last.shown if last is not None else None
        now = best
        worse: CondensedOutput | None = None
        if shown is not None and shown.run is not None and shown.judgement is not None:
            run, text = course.outputs.get(id(shown.run.report), (shown.run, ""))
            if shown.judgement.verdict is RunVerdict.WORSE:
                worse = condense(run.report, text, _WORSE_TOKENS, best.report)
            else:
                now = run
        run, text = course.outputs.get(id(now.report), (now, ""))
        before = self._loop.baseline.report if self._loop.baseline is not None else None
        output = condense(run.report, text, before=before if attempt > 1 else None)
        course.cut = (output.cut_from, output.tokens)
        return brief(course.wish.rule.name, output, last, tuple(course.files.shas), worse)

    async def _answer(self, course: _Course, turn_id: int, over: Awaitable[object]) -> None:
        await asyncio.wait([asyncio.ensure_future(over)])
        turn = self._turn(turn_id)
        now = self._clock()
        took = course.ended_at.get(turn_id, now) - course.asked_at[turn_id]
        if turn is None:
            self._tell(AnswerLost(now, Unusable.FAILED, "no answer", model_ns=took), course)
            return
        reading = turn.reading
        tokens = (reading.input if reading.input is not None else turn.tokens) + reading.output
        found = await self._usable(course, turn)
        if isinstance(found, tuple):
            why, said = found
            lost = AnswerLost(now, why, said, tokens, reading.cost, took)
            self._tell(lost, course)
            return
        trial = replace(found.trial, tokens=tokens, usd=reading.cost, model_ns=took)
        course.planned[turn_id] = replace(found, trial=trial)
        self._tell(AnswerReady(self._clock(), trial), course)

    async def _usable(self, course: _Course, turn: Turn) -> _Planned | tuple[Unusable, str]:
        """What of a whole answer is tried, or why nothing is."""
        if turn.ending is not Ending.COMPLETE:
            return Unusable.FAILED, turn.detail or str(turn.ending or "no answer")
        reason = gave_up(turn.answer) if turn.answer else None
        if reason is not None:
            return Unusable.GAVE_UP, reason
        placed = [h for h in turn.hunks if h.state in _PLACED]
        asking = [h for h in turn.hunks if h.asks and h.state is HunkState.REFUSED]
        if not placed:
            return (
                (Unusable.UNFIT, "") if turn.hunks else (Unusable.EMPTY, _first_line(turn.answer))
            )
        asks = course.wish.gate is GreenGate.ASK
        if asking and not asks:
            return Unusable.UNFIT, f"{len(asking)} of {len(turn.hunks)} hunks have no place"
        try:
            changes = self._review.planned([h for h in placed if h.state is not HunkState.APPLIED])
        except SparkError as error:
            return Unusable.UNFIT, error.what
        report = self._loop.best.report if self._loop.best is not None else None
        rule, paths = course.wish.rule, course.wish.paths
        guarded = guarded_hunks(placed, changes, rule, paths, report)
        if guarded:
            why = tuple((hunk_id, reason.why) for hunk_id, reason in guarded.items())
            self._emit(HunksGuarded(self._clock(), turn.id, why))
        kept = placed
        if not asks:
            allowed = course.wish.allow_guarded
            barred = {i for i, one in guarded.items() if not (allowed and one.judges)}
            barred = with_what_builds_on(barred, turn)
            kept = [h for h in placed if h.id not in barred]
            if not kept:
                return Unusable.GUARDED, next(iter(guarded.values())).why
            try:
                changes = self._review.planned(kept)
            except SparkError as error:
                return Unusable.UNFIT, error.what
        trial = _measured(Trial(turn.id, _image(changes)), kept, any(h.id in guarded for h in kept))
        before = {c.path: c.before.sha for c in changes}
        return _Planned(trial, tuple(h.id for h in kept), before)

    # ------------------------------------------------------------------ the disk

    async def _write(self, course: _Course, turn_id: int) -> None:
        async with self._serial:
            await self._check_over()
            planned = course.planned[turn_id]
            now = self._clock()
            reopened = self._dropped(planned.ids)
            if reopened:
                self._review.decide(reopened, HunkState.OPEN, now, unasked=True)
            ids = self._review.decide(planned.ids, HunkState.KEPT, now, unasked=True)
            await self._review.flush(ids, now)
            hunks = [self._session().find(i) for i in planned.ids]
            if hunks and all(h is not None and h.state is HunkState.APPLIED for h in hunks):
                self._tell(TrialWritten(self._clock(), planned.trial), course)
                return
            raced = await course.files.other(planned.before)
            said = raced or "the change could not be written"
            self._tell(TrialRefused(self._clock(), turn_id, raced=bool(raced), said=said), course)

    def _dropped(self, ids: Iterable[HunkId]) -> tuple[HunkId, ...]:
        found = (self._session().find(i) for i in ids)
        return tuple(h.id for h in found if h is not None and h.state is HunkState.DROPPED)

    async def _take_back(self, course: _Course, turn_id: int) -> None:
        whole = await self._undo(course, turn_id)
        if whole:
            self._drop_judged(turn_id)
        self._tell(TrialTakenBack(self._clock(), turn_id, whole), course)

    async def _undo(self, course: _Course, turn_id: int) -> bool:
        """Take this turn's entries back, unless somebody saved a file of the loop since."""
        async with self._serial:
            await self._check_over()
            whole = not await course.files.other()
            for known, entry in reversed(course.entries if whole else ()):
                if known != turn_id or entry in course.gone or not whole:
                    continue
                self._undoing = True
                try:
                    await self._review.undo_entry(entry, self._clock())
                finally:
                    self._undoing = False
                whole = entry in course.gone
            return whole

    def _drop_judged(self, turn_id: int) -> None:
        """What was tried and does not stand waits for nobody."""
        rows = self._loop.attempts
        tried = (*self._loop.tried, *(t for row in rows for t in row.trials))
        judged = any(t.turn == turn_id and t.judgement is not None for t in tried)
        turn = self._turn(turn_id)
        if judged and self._loop.ending is None and turn is not None:
            guarded = {i for i, _ in turn.guarded}
            ids = [h.id for h in turn.hunks if h.state is HunkState.OPEN and h.id not in guarded]
            self._review.decide(ids, HunkState.DROPPED, self._clock(), unasked=True)

    async def _check_over(self) -> None:
        """A check that was stopped must be gone before files change under it."""
        if self._checking is not None and self._stop_check.is_set():
            await asyncio.wait([self._checking])

    async def _look_for_saves(self, course: _Course) -> str:
        """The file of the loop that somebody else saved, told to the machine; "" for none."""
        async with self._serial:
            path = await course.files.other()
        if path:
            self._tell(OutsideSave(self._clock(), path), course)
        return path

    def _turn(self, turn_id: int) -> Turn | None:
        return next((t for t in self._session().turns if t.id == turn_id), None)


def _measured(trial: Trial, hunks: Sequence[Hunk], guarded: bool) -> Trial:
    sizes = [counts(h.old, h.new) for h in hunks]
    added, removed = sum(a for a, _ in sizes), sum(r for _, r in sizes)
    return replace(trial, hunks=len(hunks), added=added, removed=removed, guarded=guarded)


def _image(changes: Sequence[Change]) -> str:
    """What the files of a trial would be, as one digest."""
    sides = sorted((c.path, c.after.sha, c.after.mode) for c in changes)
    return sha256(repr(sides).encode()).hexdigest()


def _first_line(answer: str) -> str:
    """What an answer without an edit says, as far as a row holds it."""
    line = next((line.strip() for line in answer.splitlines() if line.strip()), "")
    return f"no edit: {line[:_SAID_MOST]}" if line else ""
