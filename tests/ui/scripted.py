"""A conductor that plays what a test tells it, an app around it, and one answer to play."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from spark_tui.core.checks import CheckRule, DeclaredCheck
from spark_tui.core.commit import CommitPlan
from spark_tui.core.context import NOTHING_OMITTED, ContextItem, LineRange, Omitted
from spark_tui.core.cost.spending import Over
from spark_tui.core.edits.model import (
    Candidate,
    FileImage,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
    TaggedLine,
    blob_id,
)
from spark_tui.core.endpoint.choices import EndpointChoice, EndpointDraft
from spark_tui.core.endpoint.wire import (
    Connected,
    Ending,
    FirstEvent,
    HeadersRead,
    RequestSent,
    Usage,
)
from spark_tui.core.events import (
    Asked,
    Away,
    Checked,
    ChecksDeclared,
    CommentsWaiting,
    CommitPlanned,
    Decided,
    DiffShown,
    Displayed,
    EndpointLabel,
    EndpointSet,
    EntryOpened,
    Event,
    FileRead,
    FileShown,
    FileTouched,
    Flushed,
    HunkGrew,
    HunksSet,
    HunkStarted,
    LooksAllowed,
    Metered,
    ModeSet,
    OnWire,
    Painted,
    Said,
    TurnEnded,
    Undone,
)
from spark_tui.core.journal import Entry, EntryView
from spark_tui.core.latency.meter import Exactness, Reading
from spark_tui.core.mode import Mode
from spark_tui.core.session import ActKind, Session, step
from spark_tui.core.sizing import against
from spark_tui.core.tree import ChangedFile, Tree
from spark_tui.pair.ports import ContextPreview
from spark_tui.ui.app import SparkApp
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages.message import Sayable, message
from spark_tui.ui.options import RunLine, ShellOptions

MS = 1_000_000
SPARK = EndpointLabel("spark", "gpt-5.3-codex-spark", "openai", "ws", warm=True)
SIMULATED = EndpointLabel("simulated", "sim", "built in", simulated=True)
TREE = Tree("httpkit", "main", (ChangedFile("README.md", 4, 0), ChangedFile("docs/conf.py", 1, 1)))
PATHS = ("net/retry.py", "net/client.py", "tests/test_retry.py", "README.md", "docs/conf.py")
CONTEXT = (
    ContextItem("net/retry.py", None, 900),
    ContextItem("net/client.py", None, 800),
    ContextItem("tests/test_retry.py", None, 440),
)
RETRY = (
    "from .clock import now\n"
    + "\n" * 38
    + "\ndef backoff(attempt):\n    return 0.5 * 2 ** attempt\n\n\n"
    + "def should_retry(reply):\n    return reply.status in RETRYABLE\n"
)
TESTS = "import pytest\n" * 17 + "def test_backoff_grows():\n    assert backoff(1) == 1.0\n"

Script = Callable[[int, int], Sequence[Event]]


def image(path: str, text: str) -> FileImage:
    """A file as read from disk."""
    data = text.encode()
    lines = tuple(text.splitlines(keepends=True))
    return FileImage(path, data, blob_id(data), 0o100644, "utf-8", "\n", b"", lines)


class FakeConductor:
    """Plays what a test tells it, and remembers every call in `calls`.

    Without `script` an `ask` only starts a turn; `push` sends events; decisions are answered as
    the real one does: kept hunks are flushed at once when the answer is complete.
    """

    def __init__(self, *, endpoint: EndpointLabel = SPARK, script: Script | None = None) -> None:
        self.session = Session(tree=TREE, endpoint=endpoint)
        self.live = self.session
        self.calls: list[tuple[object, ...]] = []
        self.script = script
        self.choices: Sequence[EndpointChoice] = ()
        self.known: tuple[str, ...] = PATHS
        self.diff = ""
        self.merging: str | None = None
        self.files = {"net/retry.py": RETRY, "tests/test_retry.py": TESTS}
        self.closed = False
        self.waits_for_git = 0
        self._entry = 13
        self.journal: tuple[Entry, ...] = ()
        self.rules: tuple[CheckRule, ...] = ()
        self.declared: tuple[DeclaredCheck, ...] = ()
        self.views: dict[int, EntryView] = {}
        self.trace_place = ""
        self.sticks: tuple[ContextItem, ...] = ()
        self.guesses: tuple[ContextItem, ...] = ()
        self.omitted = NOTHING_OMITTED
        self.reading = False
        self.over: Over | None = None
        self._queue: asyncio.Queue[Sequence[Event] | None] = asyncio.Queue()

    def named(self, name: str) -> list[tuple[object, ...]]:
        """The calls of one method."""
        return [call[1:] for call in self.calls if call[0] == name]

    def push(self, *events: Event) -> None:
        """Send one batch."""
        for event in events:
            self.live = step(self.live, event)
        self._queue.put_nowait(events)

    def paced_by(self, due: Callable[[], int]) -> Callable[[], int]:
        """What a test pushes waits for no frame."""
        return lambda: 0

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        while True:
            batch = await self._queue.get()
            if batch is None:
                return
            yield batch

    def ask(self, text: str, key_at: int, omitted: Omitted = NOTHING_OMITTED) -> None:
        self.calls.append(("ask", text, key_at))
        self.omitted = omitted
        turn = len(self.live.turns) + 1
        if self.live.turn is not None and self.live.turn.running:
            self.stop()
        self.push(Asked(key_at, turn, text, CONTEXT, 2140, self.live.endpoint))
        if self.script is not None:
            self.push(*self.script(turn, key_at))

    def allow_looks(self, turn: int, yes: bool) -> None:
        self.calls.append(("allow_looks", turn, yes))
        self.push(LooksAllowed(time.monotonic_ns(), turn, yes))

    def stop(self) -> None:
        self.calls.append(("stop",))
        turn = self.live.turn
        if turn is not None and turn.running:
            self.push(TurnEnded(turn.asked_at + 300 * MS, turn.id, Ending.STOPPED, turn.reading))

    def decide(
        self, ids: Sequence[HunkId], state: HunkState, key_at: int, seen: Sequence[Hunk] = ()
    ) -> tuple[HunkId, ...]:
        changed = {h.id for h in seen if self.live.find(h.id) != h}
        ids = tuple(i for i in ids if i not in changed)
        if not ids:
            return ()
        self.calls.append(("decide", tuple(ids), state, key_at))
        turn = next(t for t in self.live.turns if t.id == ids[0].turn)
        self.push(Decided(key_at, turn.id, tuple(ids), state))
        if state is HunkState.KEPT and not turn.running:
            self._flush(turn.id, tuple(ids), key_at)
        return ids

    def finish(self, figures: Reading, ending: Ending = Ending.COMPLETE) -> None:
        """End the running answer; what was kept goes to disk."""
        turn = self.live.turn
        assert turn is not None
        self.push(TurnEnded(turn.asked_at + 470 * MS, turn.id, ending, figures))
        kept = tuple(h.id for h in turn.hunks if h.state is HunkState.KEPT)
        if kept and ending is Ending.COMPLETE:
            self._flush(turn.id, kept, turn.asked_at)

    def place(self, hunk_id: HunkId, candidate: int, key_at: int) -> bool:
        self.calls.append(("place", hunk_id, candidate, key_at))
        hunk = self.live.find(hunk_id)
        if hunk is None or hunk.refusal is None:
            return False
        line = hunk.refusal.candidates[candidate].line
        placed = replace(
            hunk,
            state=HunkState.OPEN,
            refusal=None,
            base_span=(line - 1, line),
            old=("        delay = backoff(n)\n",),
            new=("        delay = backoff(n, reply)\n",),
        )
        self.push(HunksSet(key_at, hunk_id.turn, (placed,)))
        return True

    def split(self, hunk_id: HunkId, key_at: int) -> bool:
        self.calls.append(("split", hunk_id, key_at))
        hunk = self.live.find(hunk_id)
        assert hunk is not None
        parts = tuple(
            replace(hunk, id=hunk_id._replace(ordinal=f"{hunk_id.ordinal}.{n}")) for n in (1, 2)
        )
        stands = ((hunk_id, parts[0].id),)
        self.push(HunksSet(key_at, hunk_id.turn, parts, after=hunk_id, successors=stands))
        return True

    def edited(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        self.calls.append(("edited", hunk_id, text, key_at))
        hunk = self.live.find(hunk_id)
        assert hunk is not None
        new = tuple(text.splitlines(keepends=True))
        self.push(HunksSet(key_at, hunk_id.turn, (replace(hunk, new=new),)))
        return True

    def to_merge(self, hunk_id: HunkId) -> str | None:
        self.calls.append(("to_merge", hunk_id))
        return self.merging

    def merged(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        self.calls.append(("merged", hunk_id, text, key_at))
        hunk = self.live.find(hunk_id)
        assert hunk is not None
        placed = replace(hunk, state=HunkState.OPEN, refusal=None, base_span=(0, 1))
        self.push(HunksSet(key_at, hunk_id.turn, (placed,)))
        return True

    def ask_again(self, hunk_id: HunkId, key_at: int) -> None:
        self.calls.append(("ask_again", hunk_id, key_at))

    def let_go(self) -> None:
        self.calls.append(("let_go",))
        self.sticks = ()

    def take_comment(self) -> str:
        self.calls.append(("take_comment",))
        first, *rest = self.live.comments or (None,)
        if first is None:
            return ""
        self.push(CommentsWaiting(0, tuple(rest)))
        return f"@{first.path}:{first.line} do it"

    def take_back(self, key_at: int) -> None:
        self.calls.append(("take_back", key_at))
        if not self.live.acts:
            return
        act = self.live.acts[-1]
        if act.kind is ActKind.ENTRY:
            self._entry += 1
            self.push(Undone(key_at, self._entry, act.entry, act.ids, 6 * MS))
        else:
            self.push(Decided(key_at, act.ids[0].turn, act.ids, HunkState.OPEN))

    def redo(self, key_at: int) -> None:
        self.calls.append(("redo", key_at))

    def entries(self) -> Sequence[Entry]:
        return self.journal

    def show_entry(self, entry: int) -> None:
        self.calls.append(("show_entry", entry))
        if entry in self.views:
            self.push(EntryOpened(0, self.views[entry]))

    def undo_entry(self, entry: int, key_at: int, hunks: Sequence[int] = ()) -> None:
        self.calls.append(("undo_entry", entry, tuple(hunks)))

    def undo_to(self, entry: int, key_at: int) -> None:
        self.calls.append(("undo_to", entry))

    def undo_through(self, entry: int, key_at: int) -> None:
        self.calls.append(("undo_through", entry))

    def undo_group(self, group: int, key_at: int) -> None:
        self.calls.append(("undo_group", group))

    def checks(self) -> Sequence[CheckRule]:
        return self.rules

    def offer_checks(self) -> None:
        self.push(ChecksDeclared(0, self.declared))

    def choose_check(self, check: DeclaredCheck) -> None:
        self.calls.append(("choose_check", check.argv))

    def fix(self, check: CheckRule, key_at: int, words: str = "", *, guarded: bool = False) -> None:
        self.calls.append(("fix", check.name, words, guarded))

    def decide_try(self, turn: int, *, keep: bool) -> bool:
        self.calls.append(("decide_try", turn, keep))
        return True

    def stop_fix(self) -> None:
        self.calls.append(("stop_fix",))

    def plan_commit(self) -> None:
        self.calls.append(("plan_commit",))
        self.push(CommitPlanned(0, CommitPlan(("net/retry.py",), (), "Cap it\n")))

    def set_mode(self, mode: Mode) -> None:
        self.calls.append(("set_mode", mode))
        self.push(ModeSet(0, mode))

    def use_endpoint(self, name: str) -> None:
        self.calls.append(("use_endpoint", name))
        found = next((e for e in self.endpoints() if e.name == name), SPARK)
        self.push(EndpointSet(0, found))

    def toggle_race(self) -> None:
        self.calls.append(("toggle_race",))

    def select_side(self, turn: int) -> None:
        self.calls.append(("select_side", turn))

    def endpoints(self) -> Sequence[EndpointLabel]:
        return (SPARK, SIMULATED, EndpointLabel("cerebras", "zai-glm", "cerebras", "sse"))

    def endpoint_choices(self) -> Sequence[EndpointChoice]:
        return self.choices or tuple(
            EndpointChoice(one.name, one, in_use=number == 0)
            for number, one in enumerate(self.endpoints())
        )

    def set_up_endpoint(self, draft: EndpointDraft) -> None:
        self.calls.append(("set_up_endpoint", draft))

    def sign_in(self, name: str) -> None:
        self.calls.append(("sign_in", name))

    def stop_set_up(self) -> None:
        self.calls.append(("stop_set_up",))

    def stop_checks(self) -> None:
        self.calls.append(("stop_checks",))
        self.push(Checked(0, ()))

    def paths(self) -> Sequence[str]:
        return self.known

    def ask_span(self, span: LineRange, text: str, key_at: int) -> None:
        self.calls.append(("ask_span", span, text, key_at))
        turn = len(self.live.turns) + 1
        items = (ContextItem(span.path, span.lines, 30),)
        self.push(Asked(key_at, turn, text, items, 610, self.live.endpoint))
        if self.script is not None:
            self.push(*self.script(turn, key_at))

    def show_diff(self) -> None:
        self.calls.append(("show_diff",))
        self.push(DiffShown(0, self.diff))

    def show_file(self, path: str) -> None:
        self.calls.append(("show_file", path))
        text = self.files.get(path)
        shown = None if text is None else image(path, text)
        self.push(FileShown(0, path, shown, "" if shown else f"{path} is not here"))

    def preview(
        self,
        text: str,
        span: LineRange | None = None,
        omitted: Omitted = NOTHING_OMITTED,
    ) -> ContextPreview:
        if span is not None:
            selected = ContextItem(span.path, span.lines, 30)
            tokens, window = 605 + len(text) // 4, self.live.endpoint.window
            problem = f"{against(tokens, window)}, not sent" if 0 < window < tokens else ""
            return ContextPreview((selected,), tokens, 61, problem)
        items = tuple(i for i in CONTEXT if f"@{i.path}" in text)
        items += self.guesses
        items = tuple(i for i in items if not omitted.has(i.path, i.lines))
        again = () if items else self.sticks
        tokens = sum(i.tokens for i in items or again)
        names = tuple(i.path for i in again)
        window = self.live.endpoint.window
        problem = f"{against(tokens, window)}, not sent" if 0 < window < tokens else ""
        return ContextPreview(items or again, tokens, 0, problem, names, self.reading, self.over)

    def painted(self, turn: int, at: int) -> None:
        if not any(call[0] == "painted" and call[1] == turn for call in self.calls):
            self.calls.append(("painted", turn, at))
            self.push(Painted(at, turn))

    def away(self, turn: int, since: int, until: int) -> None:
        self.calls.append(("away", turn, since, until))
        self.push(Away(until, turn, since))

    def broke(self, error: Exception) -> None:
        self.calls.append(("broke", error))
        turn = self.live.turn
        if turn is not None and turn.running:
            told = f"a fault in spark-tui ended the answer: {type(error).__name__}"
            self.push(
                TurnEnded(
                    time.monotonic_ns(), turn.id, Ending.FAILED, turn.reading, told, ("noted",)
                )
            )

    def displayed(self, turn: int, at: int) -> None:
        self.calls.append(("displayed", turn, at))
        self.push(Displayed(at, turn))

    def trace(self) -> str:
        return self.trace_place

    async def settled(self) -> None:
        """Nothing of it runs by itself."""

    async def close(self) -> None:
        self.closed = True
        self._queue.put_nowait(None)

    def _flush(self, turn: int, ids: tuple[HunkId, ...], key_at: int) -> None:
        self._entry += 1
        self.push(Flushed(key_at, turn, ids, self._entry, len({i.file for i in ids}), 9 * MS))


FINISHED = Reading(
    ttft_ns=87 * MS,
    decode_tps=1043.0,
    output=388,
    exactness=Exactness.FINAL,
    input=2140,
    cached=1519,
    elapsed_ns=470 * MS,
    history=(200.0, 700.0, 1020.0, 1039.0, 1043.0),
)
"""Figures of a finished answer."""

RUNNING = replace(
    FINISHED, exactness=Exactness.ESTIMATED, output=228, live_tps=1039.0, elapsed_ns=310 * MS
)
"""Figures while it is being written."""


def first_hunk(turn: int) -> Hunk:
    """net/retry.py, located."""
    return Hunk(
        HunkId(turn, 1, "1"),
        "net/retry.py",
        FileOp.UPDATE,
        HunkState.OPEN,
        base_span=(40, 42),
        old=("def backoff(attempt):\n", "    return 0.5 * 2 ** attempt\n"),
        new=(
            "def backoff(attempt, reply=None):\n",
            "    wait = retry_after(reply)\n",
            "    if wait is None:\n",
            "        wait = 0.5 * 2 ** attempt\n",
            "    return min(wait, 8.0)\n",
        ),
        added=5,
        removed=2,
    )


def refused_hunk(turn: int) -> Hunk:
    """net/client.py, which fits in two places."""
    lines = (
        TaggedLine("-", "        delay = backoff(n)"),
        TaggedLine("+", "        delay = backoff(n, reply)"),
    )
    return Hunk(
        HunkId(turn, 2, "1"),
        "net/client.py",
        FileOp.UPDATE,
        HunkState.REFUSED,
        raw=RawHunk(lines),
        refusal=Refusal(
            RefusalCode.AMBIGUOUS,
            "fits in 2 places, so it is not placed",
            candidates=(Candidate(57, "send()"), Candidate(112, "stream()")),
        ),
        added=1,
        removed=1,
    )


def third_hunk(turn: int) -> Hunk:
    """tests/test_retry.py, located."""
    return Hunk(
        HunkId(turn, 3, "1"),
        "tests/test_retry.py",
        FileOp.UPDATE,
        HunkState.OPEN,
        base_span=(19, 19),
        new=(
            "\n",
            "def test_backoff_is_capped():\n",
            "    assert backoff(10) == 8.0\n",
            "    assert backoff(4) == 8.0\n",
        ),
        added=4,
    )


def first_events(turn: int, at: int) -> list[Event]:
    """Up to the first located hunk."""
    one = first_hunk(turn)
    return [
        OnWire(at + 3 * MS, turn, Connected(at + 3 * MS, reused=True)),
        OnWire(at + 6 * MS, turn, RequestSent(at + 6 * MS, at + 4 * MS, 8400)),
        OnWire(at + 80 * MS, turn, HeadersRead(at + 80 * MS, 200)),
        OnWire(at + 87 * MS, turn, FirstEvent(at + 87 * MS)),
        Said(at + 91 * MS, turn, "Retry-After wins, capped at 8 s.\n"),
        FileTouched(at + 92 * MS, turn, 1, FileOp.UPDATE, one.path),
        FileRead(at + 92 * MS, turn, 1, image(one.path, RETRY)),
        HunkStarted(at + 93 * MS, turn, one.id, one.path, FileOp.UPDATE),
        HunksSet(at + 168 * MS, turn, (one,)),
    ]


def later_events(turn: int, at: int) -> list[Event]:
    """The refused hunk, and the third one still being written."""
    two, three = refused_hunk(turn), third_hunk(turn)
    lines = (
        TaggedLine(" ", "def test_backoff_grows():"),
        TaggedLine(" ", "    assert backoff(1) == 1.0"),
        TaggedLine("+", ""),
        TaggedLine("+", "def test_backoff_is_capped():"),
    )
    return [
        FileTouched(at + 200 * MS, turn, 2, FileOp.UPDATE, two.path),
        HunksSet(at + 200 * MS, turn, (two,)),
        FileTouched(at + 210 * MS, turn, 3, FileOp.UPDATE, three.path),
        FileRead(at + 210 * MS, turn, 3, image(three.path, TESTS)),
        HunkStarted(at + 210 * MS, turn, three.id, three.path, FileOp.UPDATE),
        HunkGrew(at + 300 * MS, turn, three.id, lines, "    assert backoff(10) == 8.", "+"),
        Metered(at + 310 * MS, turn, RUNNING),
    ]


def last_events(turn: int, at: int) -> list[Event]:
    """The third hunk closes and the provider counts."""
    return [
        HunksSet(at + 460 * MS, turn, (third_hunk(turn),)),
        OnWire(at + 468 * MS, turn, Usage(at + 468 * MS, 2140, 388, 1519)),
    ]


class Drive:
    """A running app, its pilot and its conductor, with the steps most tests need."""

    def __init__(self, app: SparkApp, pilot: Pilot[int], fake: FakeConductor) -> None:
        self.app = app
        self.pilot = pilot
        self.fake = fake

    @property
    def text(self) -> list[str]:
        """The screen as lines of text."""
        screen = self.app.screen
        strips = screen._compositor.render_strips(self.app.size)
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def screen(self) -> str:
        """The screen as one text."""
        return "\n".join(self.text)

    def shown(self, said: Sayable) -> str:
        """A message as it is painted for who has the keyboard now."""
        desk = self.app.desk
        return message(said).text(desk.keyboard.where, desk.keymap)

    def row(self, word: str) -> str:
        """The rule, when `word` is its first word."""
        return next(line for line in self.text if line.startswith(f"── {word}"))

    @property
    def along(self) -> str:
        """The row that says what would be sent, "" where there is none."""
        row = self.app.desk.context_row
        return self.text[row.region.y].strip() if row.display else ""

    @property
    def where(self) -> Where:
        """Who has the keyboard."""
        return self.app.desk.keyboard.where

    @property
    def turn(self) -> int:
        return len(self.fake.live.turns)

    async def press(self, *keys: str) -> None:
        """Send keys and wait until the app has handled and painted them."""
        self.send(*keys)
        await self.painted()

    def send(self, *keys: str) -> None:
        """Send keys as the terminal would."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
            character = key if len(key) == 1 else {"space": " "}.get(key)
            self.app.post_message(Key(name, character))

    async def review(self) -> None:
        """A hunk is on the screen; the person gives review the keyboard."""
        await self.until(lambda: self.app.desk.body.first_painted_hunk_of_turn is not None)
        if self.where is not Where.REVIEW:
            await self.press("tab" if self.app.desk.prompt.empty else "ctrl+o")
        assert self.where is Where.REVIEW

    async def painted(self) -> None:
        """Everything posted so far was handled, and the screen shows it."""
        await self._two_rounds()
        keys = self.app.desk.keys
        while keys.held and self.app.desk.body.behind:  # keys wait for the hunk to be painted
            await self._two_rounds()
        for _ in range(20):  # rows that Textual was asked for and has not painted yet
            if not (self.app.desk.body.display and self.app.desk.body._direct.waiting):
                return
            await self._two_rounds()

    async def _two_rounds(self) -> None:
        for _ in range(2):
            done = asyncio.Event()
            self.app.call_later(done.set)
            await asyncio.wait_for(done.wait(), 10)
            shown = asyncio.Event()
            self.app.desk.call_after_refresh(shown.set)
            await asyncio.wait_for(shown.wait(), 10)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the app work until the condition holds."""
        deadline = time.monotonic() + 60
        while not condition():
            if time.monotonic() > deadline:
                broke = self.fake.named("broke")
                raise AssertionError(f"the condition never held: {broke}\n{self.screen}")
            await asyncio.sleep(0.002)

    async def settled(self) -> None:
        """Everything pushed has been painted."""
        await self.until(
            lambda: self.app.pump is not None and self.app.pump.session == self.fake.live
        )
        await self.painted()

    async def settled_race(self) -> None:
        """Everything pushed has been painted, in columns that are laid out."""
        await self.settled()
        await self.until(lambda: all(b.is_mounted for b in self.app.desk.race.bodies))
        await self.painted()

    async def ask(self, text: str) -> None:
        """Type an instruction and send it."""
        self.app.desk.prompt.type(text)
        await self.press("enter")
        await self.settled()

    async def first(self) -> None:
        """The first hunk arrives."""
        self.fake.push(*first_events(self.turn, self.at))
        await self.settled()

    async def later(self) -> None:
        """The refused hunk arrives, the third one is being written."""
        self.fake.push(*later_events(self.turn, self.at))
        await self.settled()

    async def complete(self) -> None:
        """The third hunk closes and the answer ends."""
        self.fake.push(*last_events(self.turn, self.at))
        self.fake.finish(FINISHED)
        await self.settled()

    @property
    def at(self) -> int:
        turn = self.fake.live.turn
        assert turn is not None
        return turn.asked_at


def prints(text: str, status: int = 0, ran: list[str] | None = None) -> RunLine:
    """A shell that prints this whatever it is to run, and notes what that was."""

    def run(line: str, told: Callable[[str], None], stop: threading.Event) -> int:
        del stop
        if ran is not None:
            ran.append(line)
        told(text)
        return status

    return run


@contextlib.asynccontextmanager
async def driven(
    fake: FakeConductor, size: tuple[int, int] = (120, 36), options: ShellOptions | None = None
) -> AsyncIterator[Drive]:
    """The app around `fake` at `size`."""
    app = SparkApp(lambda: fake, options)
    async with app.run_test(size=size) as pilot:
        drive = Drive(app, pilot, fake)
        await drive.until(lambda: app.desk.attached)
        yield drive
