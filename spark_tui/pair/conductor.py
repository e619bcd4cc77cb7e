"""`Pair`: what the UI talks to. Joins turns, review and worktree behind one stream of events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from spark_tui.core.checks import CheckRule, DeclaredCheck, FixLevel
from spark_tui.core.context import NOTHING_OMITTED, LineRange, Omitted, written
from spark_tui.core.cost.spending import Ledger, SpendLimits
from spark_tui.core.dataclass import replace
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.endpoint.choices import EndpointChoice, EndpointDraft, label
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.errors import SparkError
from spark_tui.core.events import (
    Checked,
    ChecksDeclared,
    ContextRead,
    EndpointLabel,
    EndpointSet,
    Event,
    FileRead,
    HunksSet,
    ModeSet,
    Notice,
    Severity,
    TopicBegan,
)
from spark_tui.core.green.brief import CheckBrief, another_way
from spark_tui.core.green.loop import GreenGate
from spark_tui.core.journal import Entry, EntryMarks, several
from spark_tui.core.looks import LookSetting
from spark_tui.core.mentions import mentions
from spark_tui.core.mode import Mode
from spark_tui.core.remedy import Remedy, Way
from spark_tui.core.session import Session, step
from spark_tui.pair.autosave import SessionAutosave
from spark_tui.pair.check_runner import CheckRunner
from spark_tui.pair.checking import Checking, Checks, NoChecks
from spark_tui.pair.comments import Comments
from spark_tui.pair.context_selection import ReadClipboard, Trusts, no_clipboard, trusts_nothing
from spark_tui.pair.emit import Observer
from spark_tui.pair.endpoints import Endpoints
from spark_tui.pair.faults import CrashNote, Faults, no_note
from spark_tui.pair.follow_up import FollowUp
from spark_tui.pair.frame_gate import FrameGate, at_once
from spark_tui.pair.green import Green, GreenWish
from spark_tui.pair.open_files import OpenFiles
from spark_tui.pair.ports import (
    Clock,
    ContextPreview,
    Endpoint,
    EndpointSetup,
    Finder,
    Recorder,
    SessionStore,
    Worktree,
)
from spark_tui.pair.racing import Racing
from spark_tui.pair.recording import Recording
from spark_tui.pair.reopen import as_decided, reopen
from spark_tui.pair.request import format_for
from spark_tui.pair.reshape import Reshape
from spark_tui.pair.review import Review
from spark_tui.pair.sources import Sources
from spark_tui.pair.spending import Spending
from spark_tui.pair.tree import TreeShown
from spark_tui.pair.trying import Trying
from spark_tui.pair.turn import Ask, Before, TurnRun

TAKES_BACK_S = 5.0
"""So long the end of a session waits for what a green loop has to take back, s."""


class Pair:
    """One person, one worktree, one endpoint at a time.

    Everything is done in the loop that called `events` first; blocking calls go to threads, the
    network has its own. `connect` makes an endpoint for a profile; `recorder` keeps traces. `saved`
    is a session to go on with; `store` keeps this one; `clipboard` reads the person's;
    `checks` run after an apply; `setup` tests and keeps endpoints; comments that end in `marker`
    ask for an edit. `race_on` lets the loser of a race run on. `ledger` keeps what turns cost, and
    `spend` says when that is asked about. `finder` opens what finds code for
    instructions that name none, when it is needed. `looks` says whether the model may look at more
    of the files, `trusted` that the person trusts the folder, and `trusts` whether its guidance may
    be sent.

    Many methods: one for each thing a key may ask (see `Conductor`); what they do is elsewhere.
    """

    def __init__(
        self,
        worktree: Worktree,
        profiles: Sequence[EndpointProfile],
        connect: Callable[[EndpointProfile], Endpoint],
        clock: Clock,
        mode: Mode = Mode.ASK,
        recorder: Recorder | None = None,
        saved: Session | None = None,
        store: SessionStore | None = None,
        clipboard: ReadClipboard = no_clipboard,
        checks: Checks | None = None,
        setup: EndpointSetup | None = None,
        marker: str = "",
        race_on: bool = False,
        crash_note: CrashNote = no_note,
        ledger: Ledger | None = None,
        spend: SpendLimits | None = None,
        finder: Callable[[], Finder] | None = None,
        looks: LookSetting = LookSetting.OFF,
        trusted: bool = False,
        trusts: Trusts = trusts_nothing,
    ) -> None:
        self._look_setting = looks
        self._trusted = trusted
        self._faults = Faults(crash_note)
        self._gate = FrameGate(at_once, clock)
        self._worktree = worktree
        self._clock = clock
        self._recording = Recording(recorder, self._emit)
        self._endpoints = Endpoints(profiles, connect, setup, clock, self._emit, self._spawn)
        self._queue: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._run: TurnRun | None = None
        self._runs: dict[int, TurnRun] = {}
        self._turns: list[asyncio.Task[None]] = []
        self._writes: list[asyncio.Task[None]] = []
        self._next_turn = 1 + max((t.id for t in saved.turns), default=0) if saved else 1
        self.session = replace(saved or Session(), endpoint=label(profiles[0]), mode=mode)
        self._autosave = SessionAutosave(store, lambda: self.session)
        self._open_files = OpenFiles()
        self._review = Review(
            worktree, self._open_files, clock, self._emit, lambda: self.session, self._faults
        )
        self._review.on_write = self._wrote
        self._tree = TreeShown(
            worktree, clock, self._emit, self._spawn, lambda: self.session, self._review
        )
        self._reshape = Reshape(
            self._open_files, self._emit, lambda: self.session, self._review.forget_redo
        )
        self._review.join = self._reshape.join
        self._checks = checks or NoChecks()
        self._checking = Checking(self._checks, clock, self._emit, self._spawn, self._check_failed)
        self._comments = Comments(worktree, marker, clock, self._emit)
        self._racing = Racing(
            self._endpoints, clock, self._emit, lambda: self.session, keep=race_on
        )
        self._follow_up = FollowUp(self._racing.selected_side)
        self._sources = Sources(
            worktree,
            clipboard,
            clock,
            self._emit,
            self._spawn,
            self._follow_up.working_set,
            lambda span, notes: self._follow_up.messages(span, notes=notes),
            self._follow_up.notes,
            lambda: format_for(self._endpoints.profile, self.session.endpoint.model),
            lambda: self.session.endpoint.window,
            finder,
            lambda: [c.path for c in self.session.tree.changed if c.status != "D"],
            trusts,
        )
        self._spending = Spending(ledger, spend, self._spawn)
        self._reading = CheckRunner(
            self._checks, clock, self._emit, lambda: self._sources.names, self._tell_of
        )
        self._green = Green(
            self._reading,
            worktree,
            self._review,
            clock,
            self._emit,
            self._spawn,
            lambda: self.session,
            self._ask_for_green,
            self._stop_answers,
            self._tell_of,
        )
        self._trying = Trying(
            self._checks.rules,
            self._reading,
            worktree,
            self._review,
            clock,
            self._emit,
            self._spawn,
            lambda: self.session,
            self._tell_of,
        )
        self._review.marks_of = self._marks_of
        self._beside: list[Endpoint] = []
        self._endpoints.of_rival = self._racing.of_rival
        self._observers: tuple[Observer, ...] = (
            self._autosave,
            self._sources,
            self._endpoints,
            self._racing,
            self._spending,
            self._green,
            self._trying,
        )
        self._sources.looks = self._endpoints.looks = lambda: self._looks() is not LookSetting.OFF
        self._changes = 0
        self._checked_changes = -1
        self._entries: tuple[Entry, ...] = ()
        self._afresh = False

    # ------------------------------------------------------------------ events out

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        """Batches of events, in order, until `close`. The first call starts what runs beside."""
        self._emit(EndpointSet(self._clock(), self.session.endpoint))
        self._emit(ModeSet(self._clock(), self.session.mode))
        self._spawn(self._open_worktree())
        self._endpoints.start()
        while not self._closed:
            await self._wake.wait()
            self._wake.clear()
            if self._queue:
                batch = tuple(self._queue)
                self._queue.clear()
                try:
                    self._recording.handle(batch)
                except Exception as error:  # noqa: BLE001 - figures are worth no session
                    self._recording.give_up()
                    self._tell_of(error)
                yield batch

    def paced_by(self, due: Callable[[], int]) -> Callable[[], int]:
        """See `Conductor.paced_by`."""
        self._gate.due = due
        return lambda: self._gate.opened_at

    def _emit(self, *events: Event) -> None:
        for event in events:
            self.session = step(self.session, event)
            if isinstance(event, Checked) and not event.running:
                self._checked_changes = self._changes
            self._queue.append(event)
            for observer in self._observers:
                observer.handle((event,))
        self._wake.set()

    def tell(self, what: str, *remedies: Way) -> None:
        """Say something to the person."""
        self._emit(Notice(self._clock(), what, remedies))

    def _tell_of(self, error: BaseException) -> None:
        what, remedies = self._faults.beside(error)
        self._emit(Notice(self._clock(), what, remedies, Severity.ERROR))

    def broke(self, error: Exception) -> None:
        """What shows a turn failed: what runs ends, finished hunks stay; else it is only told."""
        ended = {turn.id for turn in self.session.turns if not turn.running}
        running = [run for turn, run in self._runs.items() if turn not in ended]
        for run in running:
            run.broke(error)
        if not running:
            self._tell_of(error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that failed must be heard."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._tell_of(error)

    # ------------------------------------------------------------------ turns

    def ask(self, text: str, key_at: int, omitted: Omitted = NOTHING_OMITTED) -> None:
        """Start a turn; a running one is stopped and its finished hunks stay.

        What refines an edit of selected lines, and names no other file, is about the same lines.
        While a green loop runs the words are for its next attempt.
        """
        if self._green.say(text):
            return
        self._start(text, key_at, self._lines_meant(text), omitted=omitted)

    def _lines_meant(self, text: str) -> LineRange | None:
        """The selected lines that an instruction from the prompt is about, as they are now."""
        span = self._run.span if self._run is not None and self._follow_up.refines() else None
        if span is None or mentions(text, self._sources.names):
            return None
        return self._follow_up.now(span)

    def ask_span(self, span: LineRange, text: str, key_at: int) -> None:
        """Start a turn about selected lines."""
        self._start(text, key_at, span)

    def _start(
        self,
        text: str,
        key_at: int,
        span: LineRange | None,
        again: HunkId | None = None,
        omitted: Omitted = NOTHING_OMITTED,
    ) -> None:
        missing = self._endpoints.missing()
        if missing:
            told = missing
            remedies = (Remedy.DRAFT_KEPT, Remedy.SET_ENDPOINT, Remedy.SEND)
            self._emit(Notice(self._clock(), told, remedies, Severity.ERROR))
            return
        raced = self._racing.over()
        afresh, self._afresh = self._afresh, False
        if self._run is not None and (raced or self._racing.armed or afresh):
            # A race is not steered: its answers may be of another endpoint. Nor is what was let go.
            self._run.stop()
            before = None
        else:
            before = self._run.hand_over() if self._run is not None else None
        self._endpoints.settle()
        sides = self._racing.begin(self._next_turn)
        found, finds = self._sources.found(text, span, omitted)
        alone = ((self._endpoints.current, self.session.endpoint),)
        asked = [
            Ask(
                turn=self._next_turn + n,
                text=text,
                key_at=key_at,
                endpoint=named,
                previous=self._follow_up.working_set(),
                token_factor=self._run.token_factor if self._run is not None else 1.0,
                earlier=self._follow_up.messages(span, notes=not omitted.turns),
                span=span,
                beside=bool(sides),
                again=again,
                found=found,
                omitted=omitted,
                finds=finds,
            )
            for n, (_, named) in enumerate(sides or alone)
        ]
        runs = {
            ask.turn: self._made(ask, endpoint, before)
            for ask, (endpoint, _) in zip(asked, sides or alone, strict=True)
        }
        self._next_turn += len(runs)
        self._runs, self._run = runs, runs[asked[0].turn]
        self._follow_up.began(runs)
        if sides:
            self._racing.began(runs)
        self._sources.forget()
        writes = self._written_now()
        for run in () if writes else runs.values():
            run.begin(self._sources)
        self._turns = [self._spawn(self._run_behind(writes, run)) for run in runs.values()]
        if not sides:
            self._trying.asked()
            only = self._next_turn - 1
            self._turns[0].add_done_callback(lambda _: self._trying.consider(only))

    def _written_now(self) -> list[asyncio.Task[None]]:
        """What is still on its way to the disk of what was decided after its answer."""
        self._writes = [task for task in self._writes if not task.done()]
        return self._writes

    async def _run_behind(self, writes: Sequence[asyncio.Task[None]], run: TurnRun) -> None:
        """Run a turn on the files as they are when `writes` are over."""
        if writes:
            await asyncio.wait(writes)
        await run.run(self._sources)

    async def settled(self) -> None:
        """Wait until no turn runs and nothing that was decided is still written."""
        while running := [t for t in (*self._turns, *self._written_now()) if not t.done()]:
            await asyncio.wait(running)

    def _made(self, ask: Ask, endpoint: Endpoint, before: Before | None) -> TurnRun:
        return TurnRun(
            ask,
            endpoint,
            self._worktree,
            self._open_files,
            self._review,
            self._clock,
            self._emit,
            lambda: self.session,
            self._faults,
            before,
            self._looks(),
            lambda: self._sources.names,
            self._gate,
        )

    def _looks(self) -> LookSetting:
        """Whether the model may look now: never where nobody reads what it then writes."""
        if self.session.mode is Mode.AUTO and not self._trusted:
            return LookSetting.OFF
        return self._look_setting

    def allow_looks(self, turn: int, yes: bool) -> None:
        """The person's answer to what a turn's model wants to look at."""
        run = self._runs.get(turn)
        if run is not None:
            run.allow_looks(yes)

    # ------------------------------------------------------------------ the green loop

    def checks(self) -> Sequence[CheckRule]:
        """The person's checks."""
        return self._checks.rules

    def offer_checks(self) -> None:
        """Find out which checks the project declares; they come as `ChecksDeclared`."""
        self._spawn(self._declare_checks())

    async def _declare_checks(self) -> None:
        found = await asyncio.to_thread(self._checks.declared)
        self._emit(ChecksDeclared(self._clock(), found))

    def choose_check(self, check: DeclaredCheck) -> None:
        """Have this check run after each apply, in later sessions here too."""
        self._spawn(self._choose_check(check))

    async def _choose_check(self, check: DeclaredCheck) -> None:
        try:
            rule = await asyncio.to_thread(self._checks.choose, check)
        except OSError as error:
            self.tell(f"it runs in this session only: {error.strerror}")
            return
        self._emit(Notice(self._clock(), f"{rule.name} runs after each apply here from now on"))

    def fix(self, check: CheckRule, key_at: int, words: str = "", *, guarded: bool = False) -> None:
        """Begin a green loop about this check; `guarded` lets it keep protected files.

        In *ask* it stops at each proposal; in auto-apply it runs by itself.
        """
        if self.session.mode is Mode.READ_ONLY:
            self.tell("read-only: no loop writes anything", Remedy.CHANGE_MODE)
            return
        asks = GreenGate.TRY if check.tries else GreenGate.ASK
        gate = GreenGate.AUTO if self.session.mode is Mode.AUTO else asks
        paths = [c.path for c in self.session.tree.changed if c.status != "D"]
        mine = [path for path in paths if check.matches(path)]
        if not mine:
            mine = [path for path in self._sources.names.paths if check.matches(path)]
        if self._run is not None:
            self._run.stop()
        wish = GreenWish(check, tuple(mine), words, gate, guarded)
        known = self.session.checks if self._changes == self._checked_changes else ()
        self._green.start(wish, key_at, known)

    def _check_failed(self, rule: CheckRule, paths: Sequence[str]) -> None:
        """A check failed after an apply: fixed unasked where settings and trust say so."""
        unasked = rule.fix is FixLevel.GREEN and self._trusted and self.session.mode is Mode.AUTO
        if unasked and not self._green.running:
            wish = GreenWish(rule, tuple(paths), gate=GreenGate.AUTO)
            self._green.start(wish, self._clock(), self.session.checks)

    def decide_try(self, turn: int, *, keep: bool) -> bool:
        """Keep what is tried of this turn, or take it back; False where nothing is."""
        return self._green.decide(turn, keep=keep) or self._trying.decide(turn, keep=keep)

    def _marks_of(self, turn: int) -> EntryMarks:
        if self._trying.provisional(turn):
            return EntryMarks(provisional=True)
        return self._green.marks_of(turn)

    def stop_fix(self) -> None:
        """Stop the green loop that runs; what it did not prove is taken back, and stays open."""
        self._green.stop()

    async def listed(self) -> None:
        """Wait until the files there are, and what changed of them, are known."""
        await self._sources.listed()

    def _ask_for_green(
        self, text: str, told: CheckBrief, candidates: int
    ) -> Sequence[tuple[int, asyncio.Task[None]]]:
        """Start the turns of an attempt beside each other; none where there is no endpoint."""
        missing = self._endpoints.missing()
        if missing:
            self._emit(Notice(self._clock(), missing, (Remedy.SET_ENDPOINT,), Severity.ERROR))
            return ()
        self._racing.over()
        if self._run is not None:
            self._run.stop()
        self._endpoints.settle()
        for endpoint in self._beside:
            self._endpoints.retire(endpoint)
        profile = self._endpoints.profile
        self._beside = [self._endpoints.beside(profile) for _ in range(candidates - 1)]
        runs: dict[int, TurnRun] = {}
        now = self._clock()
        for n, endpoint in enumerate((self._endpoints.current, *self._beside)):
            ask = Ask(
                turn=self._next_turn + n,
                text=text,
                key_at=now,
                endpoint=self.session.endpoint,
                token_factor=self._run.token_factor if self._run is not None else 1.0,
                earlier=self._follow_up.messages(None),
                beside=candidates > 1,
                siblings=tuple(range(self._next_turn, self._next_turn + candidates)),
                told=told if n == 0 else another_way(told),
            )
            runs[ask.turn] = self._made(ask, endpoint, None)
        self._next_turn += len(runs)
        self._runs, self._run = runs, runs[min(runs)]
        self._follow_up.began(runs)
        self._sources.forget()
        tasks = {turn: self._spawn(run.run(self._sources)) for turn, run in runs.items()}
        self._turns = list(tasks.values())
        return list(tasks.items())

    def _stop_answers(self) -> None:
        for run in self._runs.values():
            run.stop()

    def stop(self) -> None:
        """Interrupt the running answer, or both of a race; finished hunks stay.

        A green loop ends by it.
        """
        self._green.stop()
        self._racing.stop()
        if self._run is not None:
            if self._run.waits_for_git:
                self._sources.give_up()
            self._run.stop()

    @property
    def waits_for_git(self) -> int:
        """When the newest instruction began to wait for git (ns), 0 where none does."""
        return self._run.waits_for_git if self._run is not None else 0

    def toggle_race(self) -> None:
        """The next instruction goes to two endpoints, or no more."""
        self._racing.toggle()

    def select_side(self, turn: int) -> None:
        """The person looks at this turn of a race."""
        self._racing.select_side(turn)

    # ------------------------------------------------------------------ decisions

    def decide(
        self, ids: Sequence[HunkId], state: HunkState, key_at: int, seen: Sequence[Hunk] = ()
    ) -> tuple[HunkId, ...]:
        """KEPT, DROPPED or OPEN for these hunks, those that are not as they were `seen` excepted.

        The hunks that were decided, with what hangs together with them.
        """
        decided = self._review.decide(ids, state, key_at, seen)
        if decided and state is HunkState.KEPT:
            self._writes.append(self._spawn(self._review.write_kept(decided, key_at)))
        return decided

    def place(self, hunk_id: HunkId, candidate: int, key_at: int) -> bool:
        """Put an ambiguous hunk at one of its candidates (0-based)."""
        return self._review.place(hunk_id, candidate, key_at)

    def split(self, hunk_id: HunkId, key_at: int) -> bool:
        """Cut an open hunk into its separate changes."""
        return self._reshape.split(hunk_id, key_at)

    def edited(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """Take the person's text as the new side of an open hunk."""
        return self._reshape.edited(hunk_id, text, key_at)

    def to_merge(self, hunk_id: HunkId) -> str | None:
        """A hunk without a place and the nearest lines of its file as one text."""
        return self._reshape.to_merge(hunk_id)

    def merged(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """Take the person's text for those lines as the hunk."""
        return self._reshape.merged(hunk_id, text, key_at)

    def ask_again(self, hunk_id: HunkId, key_at: int) -> None:
        """Ask the model again for one hunk, with the current text of its file."""
        hunk = self.session.find(hunk_id)
        turn = next((t for t in self.session.turns if t.id == hunk_id.turn), None)
        if hunk is None or turn is None:
            return
        text = f"{turn.text}\n{written(hunk.path)}"
        self._start(text, key_at, self._lines_meant(text), hunk_id)

    def let_go(self) -> None:
        """What earlier turns sent or asked goes along no more; their open hunks stay open."""
        self._afresh = True
        self._sources.forget()
        now, last = self._clock(), max((turn.id for turn in self.session.turns), default=0)
        self._emit(TopicBegan(now, last), ContextRead(now))

    def take_comment(self) -> str:
        """The instruction of the comment that waits longest; it waits no more."""
        return self._comments.take()

    def take_back(self, key_at: int) -> None:
        """The last decision not yet on disk, else the newest entry of this session."""
        self._spawn(self._review.take_back(key_at))

    def redo(self, key_at: int) -> None:
        """Take back the last undo."""
        self._spawn(self._review.redo(key_at))

    def entries(self) -> Sequence[Entry]:
        """The journal, newest first, as far as it is read by now."""
        return self._entries

    def show_entry(self, entry: int) -> None:
        """Open an entry of the journal to look at."""
        self._spawn(self._review.show_entry(entry))

    def undo_entry(self, entry: int, key_at: int, hunks: Sequence[int] = ()) -> None:
        """Take back any entry of the journal, or these hunks of it."""
        self._spawn(self._review.undo_entry(entry, key_at, tuple(hunks)))

    def undo_to(self, entry: int, key_at: int) -> None:
        """Take back every entry of the journal later than this one."""
        self._spawn(self._review.undo_to(entry, key_at))

    def undo_through(self, entry: int, key_at: int) -> None:
        """Take back an entry of the journal with every later one of the same files."""
        self._spawn(self._review.undo_through(entry, key_at))

    def undo_group(self, group: int, key_at: int) -> None:
        """Take back every entry of a green loop that stands."""
        self._spawn(self._review.undo_group(group, key_at))

    def plan_commit(self) -> None:
        """Find out what there is to commit."""
        self._spawn(self._review.plan_commit())

    def set_mode(self, mode: Mode) -> None:
        """From the next answer on."""
        self._emit(ModeSet(self._clock(), mode))

    # ------------------------------------------------------------------ latency

    def painted(self, turn: int, at: int) -> None:
        """A hunk of the turn is on the screen; only the first of a turn counts."""
        self._recording.painted(turn, at)

    def away(self, turn: int, since: int, until: int) -> None:
        """The interface was suspended, while the turn was the newest."""
        self._recording.away(turn, since, until)

    def displayed(self, turn: int, at: int) -> None:
        """The end of the turn's answer, or what was written of it, is on the screen."""
        self._recording.displayed(turn, at)

    def trace(self) -> str:
        """Where the latency trace of the newest turn is, "" where there is none."""
        turn = self.session.turn
        return self._recording.place(turn.id if turn is not None else None)

    # ------------------------------------------------------------------ endpoints

    def endpoints(self) -> Sequence[EndpointLabel]:
        """The endpoints that can be used, the one in use first."""
        return self._endpoints.labels()

    def endpoint_choices(self) -> Sequence[EndpointChoice]:
        """Every endpoint, those that need setting up too."""
        return self._endpoints.choices()

    def set_up_endpoint(self, draft: EndpointDraft) -> None:
        """Test an endpoint; save and use it if it works."""
        self._endpoints.set_up(draft)

    def sign_in(self, name: str) -> None:
        """Sign in for this endpoint in the browser, then use it."""
        self._endpoints.sign_in(name)

    def stop_set_up(self) -> None:
        """End a test that runs; nothing is saved."""
        self._endpoints.stop_set_up()

    def stop_checks(self) -> None:
        """Stop the person's checks that run, and a green loop with them."""
        self._green.stop()
        self._trying.stop()
        self._checking.stop()

    def use_endpoint(self, name: str) -> None:
        """Switch to another configured endpoint, from the next turn on."""
        self._endpoints.use(name)

    # ------------------------------------------------------------------ context

    def paths(self) -> Sequence[str]:
        """Known files; empty until they are listed."""
        return self._sources.names.paths

    def preview(
        self,
        text: str,
        span: LineRange | None = None,
        omitted: Omitted = NOTHING_OMITTED,
    ) -> ContextPreview:
        """What sending `text` would send; files not yet read are read in the background."""
        look = self._sources.preview(text, span or self._lines_meant(text), omitted)
        if look.problem:
            return look
        over = self._spending.over(self._endpoints.profile, look.tokens, self.session)
        return replace(look, over=over)

    def show_diff(self) -> None:
        """Read what differs from the last commit."""
        self._sources.show_diff()

    def show_file(self, path: str) -> None:
        """Read a file to look at."""
        self._sources.show(path)

    # ------------------------------------------------------------------ the worktree

    async def _open_worktree(self) -> None:
        await self._or_told(self._review.recover(self._reopen))
        await self._or_told(self._name_undecided())
        await self._or_told(self._look_round())
        await self._or_told(self._watch())

    async def _name_undecided(self) -> None:
        """Say what an earlier session tried and nobody decided about."""
        left = [e for e in await asyncio.to_thread(self._worktree.entries) if e.undecided]
        if left:
            named = several([entry.id for entry in left])
            self.tell(f"{named} was only tried, nobody kept it", f"spark-tui undo {left[0].id}")

    async def _or_told(self, part: Coroutine[Any, Any, None]) -> None:
        """What fails is told of, and what comes after it goes on."""
        try:
            await part
        except Exception as error:  # noqa: BLE001 - a part that broke must not silence the rest
            self._tell_of(error)

    async def _look_round(self) -> None:
        await self._sources.list()
        self._sources.begin_finding()
        await self._tree.show()
        await self._comments.start([c.path for c in self.session.tree.changed])
        await self._read_entries()

    async def _watch(self) -> None:
        async for changed in self._worktree.watch(self._tell_of):
            await self._or_told(self._changed_outside(changed))

    async def _reopen(self) -> None:
        """Open hunks of a kept session find their places on the files of today."""
        if not self.session.turns:
            return
        for found in await asyncio.to_thread(reopen, self.session, self._worktree.read):
            now = self._clock()
            if found.edit is not None:
                self._open_files.add(found.edit)
                self._emit(FileRead(now, found.turn, found.file, found.edit.image))
            self._emit(HunksSet(now, found.turn, as_decided(found.hunks, self.session)))

    async def _changed_outside(self, changed: frozenset[str]) -> None:
        self._changes += 1
        self._sources.forget()
        await self._green.moved_outside(changed)
        await self._trying.moved_outside(changed)
        await self._review.moved_outside(changed)
        self._spawn(self._sources.changed(tuple(changed), outside=True))
        if any(path not in self._sources.names.all for path in changed):
            with suppress(SparkError):
                await self._sources.list()
        await self._comments.changed(changed)
        await self._tree.show(tuple(sorted(changed)))

    def _wrote(self, files: Sequence[str], applied: bool) -> None:
        """Our own writes changed the worktree and the journal; nothing is `applied` by an undo."""
        self._changes += 1
        self._trying.changed()
        if self._green.running or self._trying.running:
            self._checking.close()  # the loop runs its own check
        elif applied and files:
            self._checking.applied(files)
        else:
            self._checking.stop()
        self._spawn(self._read_entries())
        self._tree.soon()
        self._spawn(self._sources.changed(tuple(files), outside=False))

    async def _read_entries(self) -> None:
        self._entries = await asyncio.to_thread(self._worktree.entries)

    async def close(self) -> None:
        """Stop everything; a flush past its intent runs to its end first."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._green.settled(), TAKES_BACK_S)
            await asyncio.wait_for(self._trying.settled(), TAKES_BACK_S)
        self._closed = True
        self._green.close()
        self._checking.close()
        self._racing.close()
        if self._run is not None:
            self._run.stop()
        self._sources.give_up(for_good=True)
        await self._review.settle()
        await self._recording.close(tuple(self._queue))
        await self._autosave.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for endpoint in self._beside:
            endpoint.close()
        self._endpoints.close()
        await self._sources.close_finder()
        self._wake.set()
