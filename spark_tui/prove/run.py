"""One endpoint, task by task: each in a throw-away repository, through the engine of a session."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.events import Event
from spark_tui.core.journal import JournalBounds
from spark_tui.core.latency.meter import Reading
from spark_tui.core.mode import Mode
from spark_tui.core.session import Turn
from spark_tui.pair.conductor import Pair
from spark_tui.pair.ports import Endpoint
from spark_tui.prove.judge import verdict
from spark_tui.prove.tasks import Task
from spark_tui.services import processes
from spark_tui.services.worktree.git_worktree import open_worktree

Connect = Callable[[EndpointProfile], Endpoint]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One task on one endpoint.

    `right`: the judge was satisfied by the first answer. `applied`: something was written.
    `refused`: hunks the engine refused, `hunks` all of them. `why` says in a few words what was
    wrong, "" for a right one. `seconds` from the instruction to the last write; `reading` has TTFT,
    rate, tokens and price of the answer.
    """

    task: str
    kind: str
    language: str
    right: bool
    applied: bool
    hunks: int
    refused: int
    ending: str
    why: str
    seconds: float
    reading: Reading


def prove(
    profile: EndpointProfile,
    tasks: Sequence[Task],
    connect: Connect,
    told: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Every task, one after another. Blocks; `told` hears of each as it is over."""
    out = []
    for task in tasks:
        with tempfile.TemporaryDirectory(prefix="spark-tui-prove-") as folder:
            outcome = asyncio.run(_one(profile, task, connect, Path(folder)))
        told(outcome)
        out.append(outcome)
    return out


async def _one(profile: EndpointProfile, task: Task, connect: Connect, folder: Path) -> Outcome:
    root = folder / "tree"
    await asyncio.to_thread(_lay_out, task, root)
    worktree = await asyncio.to_thread(open_worktree, root, folder / "state", JournalBounds())
    pair = Pair(worktree, [profile], connect, time.monotonic_ns, Mode.AUTO)
    began = time.monotonic()
    listener = asyncio.create_task(_listen(pair))
    try:
        pair.ask(task.say, time.monotonic_ns())
        await pair.settled()
        seconds = time.monotonic() - began
        turn = pair.session.turn
    finally:
        await pair.close()
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
        await asyncio.to_thread(worktree.close)
    return await asyncio.to_thread(_judged, task, root, turn, seconds)


async def _listen(pair: Pair) -> list[Event]:
    """What happens is of no matter here: the session in `pair` is folded from it."""
    async for _ in pair.events():
        pass
    return []


def _judged(task: Task, root: Path, turn: Turn | None, seconds: float) -> Outcome:
    hunks = turn.hunks if turn is not None else ()
    refused = sum(h.state in {HunkState.REFUSED, HunkState.STALE} for h in hunks)
    applied = any(h.state is HunkState.APPLIED for h in hunks)
    ending = turn.ending if turn is not None and turn.ending is not None else Ending.FAILED
    if applied:
        why = verdict(task, root)
    elif turn is not None and ending is not Ending.COMPLETE:
        why = turn.detail or f"the answer ended as {ending}"
    else:
        why = "the edit was refused" if refused else "an answer without an edit"
    return Outcome(
        task.id,
        task.kind,
        task.language,
        applied and not why,
        applied,
        len(hunks),
        refused,
        str(ending),
        why,
        seconds,
        turn.reading if turn is not None else Reading(),
    )


def _lay_out(task: Task, root: Path) -> None:
    """The task's files, committed. Raises WorktreeError."""
    for path, text in task.files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    who = ("-c", "user.name=spark-tui", "-c", "user.email=prove@localhost")
    for args in (
        ("init", "-q", "--initial-branch=main", "--template="),
        ("add", "--all"),
        (*who, "commit", "-q", "-m", "As it was"),
    ):
        processes.run_git(args, cwd=root)
