"""A fault of ours at any stage of a turn ends the turn with a message; the next turn works."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from spark_tui.core.edits import proposal, stream
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import FlushRefused, HunksSet, SocketClosed, TurnEnded
from spark_tui.pair import assembly, autosave, conductor, open_files, racing, sources
from tests.pair.test_turns import CALC, FIRST, PATCH, RENAMED, SECOND

OTHER = "x = 1\n"
TWO_FILES = (
    "*** Begin Patch\n*** Update File: calc.py\n@@\n-def add(a, b):\n+def plus(a, b):\n"
    "     return a + b\n*** Update File: other.py\n@@\n-x = 1\n+x = 2\n*** End Patch\n"
)


class BrokenError(Exception):
    """What a bug raises; its words may hold a secret."""


def once(real: Callable[..., Any], when: Callable[..., bool] = lambda *_, **__: True) -> Any:
    """`real`, but the first call for which `when` holds raises."""
    done: list[bool] = []

    def call(*args: Any, **named: Any) -> Any:
        if not done and when(*args, **named):
            done.append(True)
            raise BrokenError("sk-secret")
        return real(*args, **named)

    return call


async def next_turn_works(r: Any) -> None:
    """Another instruction runs to its end and is written."""
    before = len(r.pair.session.turns)
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: r.pair.session.turns[before].ending is Ending.COMPLETE)
    assert r.states() == ["open", "open"]
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text("calc.py") == RENAMED


def endings(r: Any) -> list[TurnEnded]:
    return [e for e in r.events if isinstance(e, TurnEnded)]


def patched(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Any = None) -> None:
    real = getattr(owner, name)
    monkeypatch.setattr(owner, name, once(real, when) if when else once(real))


@pytest.mark.parametrize(
    ("owner", "name", "when"),
    [
        (stream.EditStream, "feed", lambda _, text: "+    return plus" in text),
        (stream.EditStream, "finish", None),
        (proposal.FileEdit, "place", lambda _, raw, ordinal: ordinal == 2),
        (proposal.FileEdit, "close", None),
        (assembly.Assembly, "_say", None),
        (conductor, "step", lambda _, e: isinstance(e, HunksSet) and e.hunks[0].id.ordinal == "2"),
    ],
    ids=["parse", "parse the end", "locate", "settle", "prose", "fold"],
)
async def test_a_fault_while_the_answer_streams_ends_the_turn(
    rig: Any, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Any
) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    if name != "_say":
        call.say(FIRST + "@@ def use():\n")
        await r.until(lambda: r.states()[:1] == ["open"])
    patched(monkeypatch, owner, name, when)
    call.say("Done.\n" if name == "_say" else SECOND.removeprefix("@@ def use():\n"))
    if name in ("finish", "close"):
        call.end()
    await r.until(lambda: endings(r))
    (told,) = endings(r)
    assert told.ending is Ending.FAILED
    assert told.detail == "a fault in spark-tui ended the answer: BrokenError"
    assert told.remedies == ("finished hunks stay", "noted in crash-1")
    assert [type(error) for error in r.crashes] == [BrokenError]
    assert call.cancelled.is_set() or name in ("finish", "close")
    if name != "_say":
        assert r.states()[0] == "open"
        assert "writing" not in r.states()
    assert r.text("calc.py") == CALC
    await next_turn_works(r)


@pytest.mark.parametrize("named", [True, False], ids=["named", "by the answer"])
async def test_a_fault_in_reading_a_file_ends_the_turn(
    rig: Any, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    r = rig({"calc.py": CALC, "other.py": OTHER})
    broken = "read", lambda path: path == "other.py"
    if named:
        patched(monkeypatch, r.worktree, *broken)
        r.pair.ask("change @other.py", time.monotonic_ns())
    else:
        call = await r.ask("rename add to plus in @calc.py")
        patched(monkeypatch, r.worktree, *broken)  # not before: words may point at any file
        call.say(TWO_FILES)
    await r.until(lambda: endings(r))
    (told,) = endings(r)
    assert (told.ending, told.detail) == (
        Ending.FAILED,
        "a fault in spark-tui ended the answer: BrokenError",
    )
    assert r.states() == ([] if named else ["open"])
    assert r.pair.session.turns[0].text.startswith("change" if named else "rename")
    await next_turn_works(r)


async def test_a_fault_before_the_files_are_listed_leaves_no_turn_waiting(
    rig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    r = rig({"calc.py": CALC})
    patched(monkeypatch, r.worktree, "recover")
    await next_turn_works(r)
    assert [type(error) for error in r.crashes] == [BrokenError]


async def test_a_fault_in_listing_the_files_is_told_and_no_turn_waits(
    rig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    r = rig({"calc.py": CALC})
    patched(monkeypatch, r.worktree, "paths")
    await next_turn_works(r)
    assert [type(error) for error in r.crashes] == [BrokenError]


@pytest.mark.parametrize("stage", ["journal", "kept changes", "after the write"])
async def test_a_fault_in_writing_is_refused_in_words_and_leaves_nothing_kept(
    rig: Any, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: endings(r))
    if stage == "journal":
        patched(monkeypatch, r.worktree, "flush")
    elif stage == "kept changes":
        patched(monkeypatch, open_files.OpenFiles, "changes")
    else:
        patched(monkeypatch, open_files.OpenFiles, "mark_applied")
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: any(isinstance(e, FlushRefused) for e in r.events))
    refused = next(e for e in r.events if isinstance(e, FlushRefused))
    assert refused.message == "a fault in spark-tui: BrokenError"
    assert [type(error) for error in r.crashes] == [BrokenError]
    await r.until(lambda: "kept" not in r.states())
    if stage == "after the write":
        assert r.text("calc.py") == RENAMED
        await r.until(lambda: "open" not in r.states())  # the text to change is not there any more
        return
    assert r.text("calc.py") == CALC
    assert r.states() == ["open", "open"]
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])


@pytest.mark.parametrize(
    ("owner", "name", "when"),
    [
        (sources.Sources, "handle", None),
        (autosave.SessionAutosave, "handle", None),
        (racing.Racing, "handle", None),
        (conductor, "step", lambda _, e: isinstance(e, SocketClosed)),
    ],
    ids=["previews", "autosave", "racing", "socket"],
)
async def test_a_fault_in_what_listens_to_a_turn_hangs_nothing(
    rig: Any, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Any
) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST)
    await r.until(lambda: r.states()[:1] == ["writing"] or r.hunks())
    patched(monkeypatch, owner, name, when)
    call.say(SECOND)
    call.end()
    if name == "step":
        r.pair.stop()
    await r.until(lambda: endings(r))
    monkeypatch.undo()
    await next_turn_works(r)


async def test_a_fault_in_the_recorder_costs_the_traces_and_nothing_else(rig: Any) -> None:
    class Recorder:
        def handle(self, events: Any) -> None:
            raise BrokenError

        def place(self, turn: int) -> str:
            return ""

        def close(self) -> None:
            pass

    r = rig({"calc.py": CALC}, recorder=Recorder())
    await next_turn_works(r)
    assert [type(error) for error in r.crashes] == [BrokenError]


async def test_a_fault_told_from_outside_ends_what_runs(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST + "@@ def use():\n")
    await r.until(lambda: r.states()[:1] == ["open"])
    r.pair.broke(BrokenError())
    await r.until(lambda: endings(r))
    assert endings(r)[0].ending is Ending.FAILED
    assert call.cancelled.is_set()
    await next_turn_works(r)
    r.pair.broke(BrokenError())
    await r.until(lambda: "a fault in spark-tui: BrokenError" in r.notices())
