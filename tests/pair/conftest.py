"""A scripted endpoint and a worktree in memory, so that a test decides what happens when."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core.commit import CommitPlan
from spark_tui.core.context import LineRange
from spark_tui.core.edits.entry import FileSides, entry_hunks, with_taken
from spark_tui.core.edits.model import Change, FileImage, Hunk, blob_id
from spark_tui.core.edits.text import image_of
from spark_tui.core.endpoint.wire import (
    Connected,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    EndpointState,
    FirstEvent,
    HeadersRead,
    ModelRequest,
    RequestSent,
    Usage,
    WireEvent,
)
from spark_tui.core.errors import ConflictError, FileRefusedError, SparkError
from spark_tui.core.events import Event, Notice, Repairing, TurnEnded
from spark_tui.core.journal import CheckWrites, Entry, EntryNote, EntryView, UndoResult
from spark_tui.core.looks import LookSetting
from spark_tui.core.mode import Mode
from spark_tui.core.retrieve.answer import Answer, IndexState
from spark_tui.core.retrieve.find import find
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.core.session import Session
from spark_tui.core.tree import Tree
from spark_tui.pair.checking import Checks
from spark_tui.pair.conductor import Pair
from spark_tui.pair.context_selection import Trusts, trusts_nothing
from spark_tui.pair.ports import Call, Endpoint, Finder, Recorder, Worktree

Sink = Callable[[Sequence[WireEvent]], None]


class ScriptedCall:
    """One call whose events the test sends, from a thread of its own like a real network."""

    def __init__(self, request: ModelRequest, sink: Sink) -> None:
        self.request = request
        self.cancelled = threading.Event()
        self._sink = sink
        self._at = time.monotonic_ns()
        self._over = False
        self.send(
            Connected(self._at, reused=True),
            RequestSent(self._at, self._at, 10),
            HeadersRead(self._at, 200),
            FirstEvent(self._at),
        )

    def send(self, *events: WireEvent) -> None:
        worker = threading.Thread(target=self._sink, args=(events,))
        worker.start()
        worker.join()

    def say(self, text: str, pieces: int = 1) -> None:
        size = max(1, -(-len(text) // pieces))
        for start in range(0, len(text), size):
            self._at += 10_000_000
            self.send(Delta(self._at, text[start : start + size]))

    def end(
        self, ending: Ending = Ending.COMPLETE, message: str = "", response_id: str = ""
    ) -> None:
        if not self._over:
            self._over = True
            self._at += 1_000_000
            tail: Iterable[WireEvent] = (
                Ended(self._at, ending, message=message, response_id=response_id),
            )
            if ending is Ending.COMPLETE:
                tail = (Usage(self._at, 100, 50), *tail)
            self.send(*tail)

    def cancel(self, closed: Callable[[int], None] | None = None) -> None:
        self.cancelled.set()
        self.end(Ending.STOPPED)


class ScriptedEndpoint:
    """Hands out calls; the test picks them up from `calls`."""

    def __init__(self, profile: EndpointProfile) -> None:
        self.profile = profile
        self.calls: list[ScriptedCall] = []
        self.replaced: list[Call | None] = []
        self.warmed = 0

    def call(
        self, request: ModelRequest, sink: Sink, instead_of: Call | None = None
    ) -> ScriptedCall:
        self.replaced.append(instead_of)
        if instead_of is not None:
            instead_of.cancel()
        made = ScriptedCall(request, sink)
        self.calls.append(made)
        return made

    def watch(self, told: Callable[[EndpointState], None]) -> None:
        self.told = told

    def warm(self, opening: ModelRequest | None = None) -> None:
        self.warmed += 1

    def close(self) -> None:
        for made in self.calls:
            made.cancel()


class Nothing:
    clean = True

    def lines(self) -> tuple[str, ...]:
        return ()


class MemoryWorktree:
    """A worktree without a disk: the same checks by hash, one dict of files."""

    root = Path("/nowhere")

    def __init__(self, files: dict[str, str]) -> None:
        self.files = {path: text.encode() for path, text in files.items()}
        self.log: list[tuple[Entry, dict[str, bytes | None], dict[str, bytes | None]]] = []
        self.head = dict(files)
        self.refuse: SparkError | None = None
        self.changes = ""
        self.held: set[str] = set()
        self.writes = CheckWrites()
        self.kept: list[int] = []
        self.changed: asyncio.Queue[frozenset[str]] = asyncio.Queue()

    def tree(self) -> Tree:
        return Tree("nowhere", "main")

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def stop_reading(self, *, for_good: bool = False) -> None:
        del for_good

    def diff(self) -> str:
        return self.changes

    def read(self, path: str) -> FileImage:
        if path.startswith("secret"):
            raise FileRefusedError(path, f"cannot read {path}: permission denied")
        return image_of(path, self.files.get(path))

    def search(self, texts: Sequence[str], *, fold: bool = False) -> tuple[str, ...]:
        wanted = [text.lower() if fold else text for text in texts]
        return tuple(
            path
            for path, data in self.files.items()
            if any(one in (data.decode().lower() if fold else data.decode()) for one in wanted)
        )

    def committed(self, path: str) -> str:
        return self.head.get(path, "")

    def prepare(self, image: FileImage) -> None:
        pass

    def flush(self, changes: Sequence[Change], note: EntryNote) -> Entry:
        if self.refuse is not None:
            raise self.refuse
        for change in changes:
            if self.read(change.path).data != change.before.data:
                raise ConflictError(f"{change.path} changed meanwhile", "r asks again")
        return self._write(
            note, {c.path: c.after.data if c.after.exists else None for c in changes}
        )

    def _write(self, note: EntryNote, after: dict[str, bytes | None], undoes: int = 0) -> Entry:
        before = {path: self.files.get(path) for path in after}
        entry = Entry(len(self.log) + 1, 0.0, note, tuple(after), undoes or None)
        self.log.append((entry, before, after))
        for path, data in after.items():
            if data is None:
                self.files.pop(path, None)
            else:
                self.files[path] = data
        return entry

    def _sides(self, number: int) -> list[FileSides]:
        _, before, after = self.log[number - 1]
        return [FileSides(path, before[path], after[path]) for path in after]

    def view(self, entry: int) -> EntryView:
        return EntryView(self.log[entry - 1][0], entry_hunks(self._sides(entry)))

    def plan_commit(self, session: Collection[int] = ()) -> CommitPlan:
        paths = tuple(dict.fromkeys(p for n in sorted(session) for p in self.log[n - 1][0].files))
        return CommitPlan(paths, (), "Change it\n")

    def undo(self, entry: int | None = None, hunks: Sequence[int] = ()) -> UndoResult:
        known, before, after = self.log[(entry or len(self.log)) - 1]
        if hunks:
            back = with_taken(self._sides(known.id), hunks)
            made = self._write(known.note, {path: data for path, (data, _) in back.items()})
            return UndoResult(made.id, known.id, made.files, False, tuple(hunks))
        for path, data in after.items():
            if self.files.get(path) != data:
                raise ConflictError(f"#{known.id} not undone: you changed {path} since")
        made = self._write(known.note, before, known.id)
        return UndoResult(made.id, known.id, made.files, merged=False)

    def redo(self, entry: int | None = None) -> UndoResult:
        return self.undo(entry)

    def undo_to(self, entry: int) -> UndoResult:
        raise NotImplementedError("a real worktree does this")

    def undo_through(self, entry: int) -> UndoResult:
        raise NotImplementedError("a real worktree does this")

    def undo_group(self, group: int) -> UndoResult:
        raise NotImplementedError("a real worktree does this")

    def keep(self, entry: int) -> None:
        self.kept.append(entry)

    def begin_check(self, *, anew: bool = False) -> None:
        pass

    def end_check(self, note: EntryNote) -> CheckWrites:
        return self.writes

    def git_holds(self, sha: str) -> bool:
        return sha in self.held

    def entries(self, limit: int = 100) -> tuple[Entry, ...]:
        return tuple(entry for entry, _, _ in reversed(self.log))[:limit]

    def recover(self) -> "Nothing":
        return Nothing()

    def close(self) -> None:
        pass

    async def watch(
        self, warn: Callable[[SparkError], None] | None = None
    ) -> AsyncIterator[frozenset[str]]:
        while True:
            yield await self.changed.get()


class MemoryFinder:
    """Finds in an index of the worktree's files, made for every question; tests may hold it."""

    def __init__(self, worktree: MemoryWorktree) -> None:
        self._worktree = worktree
        self.asked: list[str] = []
        self.budgets: list[int] = []
        self.updated: list[str] = []
        self.free = threading.Event()
        self.free.set()

    def start(self, told: Callable[[], None]) -> None:
        told()

    def read_history(self) -> None:
        pass

    def find(
        self, text: str, *, budget: int, changed: Sequence[str] = (), recent: Sequence[str] = ()
    ) -> Answer:
        self.asked.append(text)
        self.budgets.append(budget)
        assert self.free.wait(30)
        index, ids = MemoryIndex(), {}
        for path, data in sorted(self._worktree.files.items()):
            ids[path] = blob_id(data)
            index.put(path, ids[path], data.decode())
        root = str(self._worktree.root)
        bundle = find(text, index, budget=budget, changed=changed, recent=recent, root=root)
        return Answer(bundle, IndexState.READY, len(ids), blobs=ids)

    def update(self, paths: Sequence[str]) -> bool:
        self.updated += paths
        return True

    def close(self) -> None:
        self.free.set()


class Rig:
    """A `Pair` over a scripted endpoint, with its events gathered as they come."""

    def __init__(
        self,
        files: dict[str, str],
        mode: Mode = Mode.ASK,
        recorder: Recorder | None = None,
        saved: Session | None = None,
        earlier: "Rig | None" = None,
        real: Worktree | None = None,
        checks: Checks | None = None,
        marker: str = "",
        others: Sequence[EndpointProfile] = (),
        race_on: bool = False,
        connect: Callable[[EndpointProfile], Endpoint] | None = None,
        profile: EndpointProfile | None = None,
        finds: bool = False,
        finder: Finder | None = None,
        looks: LookSetting = LookSetting.OFF,
        trusted: bool = False,
        trusts: Trusts = trusts_nothing,
    ) -> None:
        self.worktree: MemoryWorktree = earlier.worktree if earlier else MemoryWorktree(files)
        self.kept: dict[str, object] = {}
        self.crashes: list[BaseException] = []
        self.made: list[ScriptedEndpoint] = []
        profile = profile or EndpointProfile("spark", "http://127.0.0.1:9/v1", "gpt-5-test")
        self.copied = ""
        self.finder = MemoryFinder(self.worktree)
        self.pair = Pair(
            real or self.worktree,
            [profile, *others],
            connect or self._connect,
            time.monotonic_ns,
            mode,
            recorder=recorder,
            saved=saved,
            store=self,
            clipboard=lambda: self.copied,
            checks=checks,
            marker=marker,
            race_on=race_on,
            crash_note=self._crashed,
            finder=(lambda: finder or self.finder) if finder or finds else None,
            looks=looks,
            trusted=trusted,
            trusts=trusts,
        )
        self.events: list[Event] = []
        self._heard = asyncio.Condition()
        self._task = asyncio.get_running_loop().create_task(self._listen())

    def _connect(self, profile: EndpointProfile) -> ScriptedEndpoint:
        self.made.append(ScriptedEndpoint(profile))
        return self.made[-1]

    def _crashed(self, error: BaseException) -> str:
        self.crashes.append(error)
        return f"crash-{len(self.crashes)}"

    def keep(self, values: Mapping[str, object]) -> None:
        """As a file would: through JSON, the newest of a key counts."""
        self.kept.update(json.loads(json.dumps(values)))

    async def _listen(self) -> None:
        async for batch in self.pair.events():
            async with self._heard:
                self.events += batch
                self._heard.notify_all()

    async def until(self, seen: Callable[[], object], seconds: float = 60) -> None:
        """Wait until `seen()` is true after some event; a minute at most."""
        async with asyncio.timeout(seconds), self._heard:
            await self._heard.wait_for(lambda: bool(seen()))

    async def ask(self, text: str, span: LineRange | None = None) -> ScriptedCall:
        """Ask, about selected lines if there are any, and hand out the call that this made.

        Raises AssertionError where the turn ends without one.
        """
        turns = len(self.pair.session.turns)
        endpoint = self.made[-1]
        before = len(endpoint.calls)
        if span is None:
            self.pair.ask(text, time.monotonic_ns())
        else:
            self.pair.ask_span(span, text, time.monotonic_ns())

        def known() -> bool:
            new = self.pair.session.turns[turns:]
            return bool(new) and (len(endpoint.calls) > before or any(t.ending for t in new))

        await self.until(known)
        assert len(endpoint.calls) > before, [e for e in self.events if isinstance(e, TurnEnded)]
        return endpoint.calls[-1]

    def hunks(self) -> tuple[Hunk, ...]:
        return self.pair.session.turns[-1].hunks

    def states(self) -> list[str]:
        return [h.state.value for h in self.hunks()]

    def text(self, path: str) -> str:
        return self.worktree.files[path].decode()

    def repairs(self) -> list[Repairing]:
        return [e for e in self.events if isinstance(e, Repairing)]

    def notices(self) -> list[str]:
        return [e.text for e in self.events if isinstance(e, Notice)]

    async def close(self) -> None:
        await self.pair.close()
        await self._task


@pytest.fixture
async def rig() -> AsyncIterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(files: dict[str, str], mode: Mode = Mode.ASK, **more: Any) -> Rig:
        made.append(Rig(files, mode, **more))
        return made[-1]

    yield make
    for one in made:
        await one.close()
