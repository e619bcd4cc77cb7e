"""A session that is kept and opened again: what was decided stays, open hunks find their place."""

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import FileRead, HunksSet, TurnEnded
from spark_tui.core.saved_session import ACTS, kept_acts, kept_turn, restored, turn_key
from spark_tui.core.session import ActKind

CALC = "def add(a, b):\n    return a + b\n\n\nx = 1\n\n\nlast = 0\nlast = 0\n"
PATCH = """*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
@@
-x = 1
+x = 2
@@
-last = 0
+last = 1
*** Add File: new.py
+made = True
*** Delete File: old.py
*** End Patch
"""
FILES = {"calc.py": CALC, "old.py": "gone = 1\n"}


def now() -> int:
    return time.monotonic_ns()


async def proposed(rig: Any) -> Any:
    r = rig(FILES)
    call = await r.ask("swap them in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    await r.until(lambda: "writing" not in r.states())
    return r


async def opened_again(rig: Any, first: Any) -> Any:
    await first.pair.close()
    again = rig({}, saved=restored(first.kept), earlier=first)
    await again.until(lambda: sum(isinstance(e, HunksSet) for e in again.events) >= 3)
    return again


async def test_what_was_applied_stays_and_what_was_open_can_be_kept(rig: Any) -> None:
    first = await proposed(rig)
    assert first.states() == ["open", "open", "refused", "open", "open"]
    first.pair.decide([HunkId(1, 1, "1")], HunkState.KEPT, now())
    await first.until(lambda: first.states()[0] == "applied")
    r = await opened_again(rig, first)
    assert r.states() == ["applied", "open", "refused", "open", "open"]
    rest = [h.id for h in r.hunks() if h.state is HunkState.OPEN]
    r.pair.decide(rest, HunkState.KEPT, now())
    await r.until(lambda: r.states() == ["applied", "applied", "refused", "applied", "applied"])
    assert r.text("calc.py") == CALC.replace("add", "plus").replace("x = 1", "x = 2")
    assert r.text("new.py") == "made = True\n"
    assert "old.py" not in r.worktree.files


async def test_a_decision_made_while_the_files_are_read_again_counts(rig: Any) -> None:
    first = await proposed(rig)
    await first.pair.close()
    again = rig({}, saved=restored(first.kept), earlier=first)
    reading, decided, read = threading.Event(), threading.Event(), again.worktree.read

    def read_late(path: str) -> Any:
        reading.set()
        assert decided.wait(10)
        return read(path)

    again.worktree.read = read_late
    assert await asyncio.to_thread(reading.wait, 10)
    again.pair.decide([HunkId(1, 1, "1")], HunkState.KEPT, now())
    again.pair.decide([HunkId(1, 1, "2")], HunkState.DROPPED, now())
    await again.until(lambda: again.states()[:2] == ["kept", "dropped"])
    decided.set()
    await again.until(lambda: "applied" in again.states())
    assert again.states()[:3] == ["applied", "dropped", "refused"]
    assert again.text("calc.py") == CALC.replace("def add", "def plus")


async def test_all_can_be_kept_before_the_files_are_read_again(rig: Any) -> None:
    first = await proposed(rig)
    await first.pair.close()
    again = rig({}, saved=restored(first.kept), earlier=first)
    mending, decided, recover = threading.Event(), threading.Event(), again.worktree.recover

    def recover_late() -> Any:
        mending.set()
        assert decided.wait(10)
        return recover()

    again.worktree.recover = recover_late
    assert await asyncio.to_thread(mending.wait, 10)
    waiting = [h.id for h in again.hunks() if h.state is HunkState.OPEN]
    again.pair.decide(waiting, HunkState.KEPT, now())
    await again.until(lambda: "open" not in again.states())
    decided.set()
    await again.until(lambda: "applied" in again.states())
    assert again.states() == ["applied", "applied", "refused", "applied", "applied"]
    assert "old.py" not in again.worktree.files
    assert again.text("new.py") == "made = True\n"


async def test_u_takes_back_what_the_earlier_session_wrote(rig: Any) -> None:
    first = await proposed(rig)
    first.pair.decide([HunkId(1, 1, "1")], HunkState.KEPT, now())
    await first.until(lambda: first.states()[0] == "applied")
    r = await opened_again(rig, first)
    r.pair.take_back(now())
    await r.until(lambda: r.states()[0] == "open")
    assert r.text("calc.py") == CALC
    r.pair.decide([HunkId(1, 1, "1")], HunkState.KEPT, now())
    await r.until(lambda: r.states()[0] == "applied")
    assert r.text("calc.py") == CALC.replace("add", "plus")


async def test_open_hunks_move_with_their_lines_or_turn_stale(rig: Any) -> None:
    first = await proposed(rig)
    first.worktree.files["calc.py"] = ("import os\n\n" + CALC.replace("x = 1", "x = 9")).encode()
    first.worktree.files["old.py"] = b"gone = 2\n"
    first.worktree.files["new.py"] = b"mine = 1\n"
    r = await opened_again(rig, first)
    assert r.states() == ["open", "stale", "refused", "stale", "stale"]
    moved = r.hunks()[0]
    assert (moved.line, moved.moved_from) == (3, 1)
    assert all(h.refusal is not None for h in r.hunks() if h.state is HunkState.STALE)


async def test_an_ambiguous_hunk_can_still_be_placed(rig: Any) -> None:
    r = await opened_again(rig, await proposed(rig))
    r.pair.place(HunkId(1, 1, "3"), 1, now())
    await r.until(lambda: r.states()[2] == "open")
    r.pair.decide([HunkId(1, 1, "3")], HunkState.KEPT, now())
    await r.until(lambda: r.states()[2] == "applied")
    assert r.text("calc.py") == CALC[: -len("last = 0\n")] + "last = 1\n"


async def test_views_get_the_files_of_today(rig: Any) -> None:
    r = await opened_again(rig, await proposed(rig))
    images = {e.image.path: e.image.data for e in r.events if isinstance(e, FileRead)}
    assert images["calc.py"] == CALC.encode()


async def test_an_answer_that_was_cut_by_a_crash_counts_as_stopped(rig: Any) -> None:
    first = rig(FILES)
    call = await first.ask("swap them in @calc.py")
    call.say(PATCH[: PATCH.index("+x = 2")])
    await first.until(lambda: len(first.hunks()) == 2)
    first.pair.decide([HunkId(1, 1, "1")], HunkState.KEPT, now())
    await first.until(lambda: first.states() == ["kept", "writing"])
    session = first.pair.session
    kept = {turn_key(1): kept_turn(session.turns[0]), ACTS: kept_acts(session)}
    session = restored(json.loads(json.dumps(kept)))
    assert [h.state for h in session.turns[0].hunks] == [HunkState.OPEN]
    assert session.turns[0].ending is Ending.STOPPED
    assert all(act.kind is ActKind.ENTRY for act in session.acts)


async def test_the_next_turn_has_a_number_of_its_own(rig: Any) -> None:
    r = await opened_again(rig, await proposed(rig))
    await r.ask("and now @calc.py")
    assert [t.id for t in r.pair.session.turns] == [1, 2]


async def test_a_session_in_which_nothing_was_asked_leaves_nothing(rig: Any) -> None:
    r = rig(FILES)
    await r.until(lambda: r.events)
    await r.pair.close()
    assert r.kept == {}


@pytest.mark.parametrize("bad", [{"turn:1": 3}, {"turn:1": {"id": "x"}}, {"acts": {}}])
def test_what_is_none_of_ours_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        restored(bad)


async def test_a_part_of_a_file_can_still_be_said_to_be_the_whole(rig: Any) -> None:
    first = rig(FILES)
    call = await first.ask("keep add only in @calc.py")
    call.say("calc.py\n```python\ndef add(a, b):\n    return b + a\n```\n")
    call.end()
    await first.until(lambda: any(isinstance(e, TurnEnded) for e in first.events))
    await first.until(lambda: first.states() == ["refused"])
    await first.pair.close()
    r = rig({}, saved=restored(first.kept), earlier=first)
    await r.until(lambda: any(isinstance(e, HunksSet) for e in r.events))
    r.pair.place(r.hunks()[0].id, 0, now())
    await r.until(lambda: set(r.states()) == {"open"})
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, now())
    await r.until(lambda: r.text("calc.py") == "def add(a, b):\n    return b + a\n")
