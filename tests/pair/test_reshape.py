import time
from typing import Any

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.events import Notice, Severity, TurnEnded

CALC = "def add(a, b):\n    c = 1\n    return a + b\n\n\nx = 1\n"
PATCH = """*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     c = 1
-    return a + b
+    return b + a
@@
-x = 1
+x = 2
*** End Patch
"""
DONE = "def plus(a, b):\n    c = 1\n    return b + a\n\n\nx = 2\n"


def now() -> int:
    return time.monotonic_ns()


async def proposed(rig: Any, patch: str = PATCH, files: dict[str, str] | None = None) -> Any:
    r = rig(files or {"calc.py": CALC})
    call = await r.ask("swap them in @calc.py")
    call.say(patch)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    return r


def ordinals(r: Any) -> list[str]:
    return [h.id.ordinal for h in r.hunks()]


async def test_a_split_hunk_is_its_separate_changes_at_the_same_place(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.split(HunkId(1, 1, "1"), now())
    await r.until(lambda: len(r.hunks()) == 3)
    assert ordinals(r) == ["1.1", "1.2", "2"]
    assert [(h.line, h.added, h.removed) for h in r.hunks()] == [(1, 1, 1), (3, 1, 1), (6, 1, 1)]
    r.pair.decide([HunkId(1, 1, "1.2")], HunkState.KEPT, now())
    await r.until(lambda: r.states() == ["open", "applied", "open"])
    assert r.text("calc.py") == CALC.replace("a + b", "b + a")
    r.pair.decide([HunkId(1, 1, "1.1"), HunkId(1, 1, "2")], HunkState.KEPT, now())
    await r.until(lambda: r.states() == ["applied"] * 3)
    assert r.text("calc.py") == DONE


async def test_decisions_on_parts_are_taken_back_one_by_one(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.split(HunkId(1, 1, "1"), now())
    await r.until(lambda: len(r.hunks()) == 3)
    r.pair.decide([HunkId(1, 1, "1.1")], HunkState.KEPT, now())
    await r.until(lambda: r.states() == ["applied", "open", "open"])
    r.pair.take_back(now())
    await r.until(lambda: r.states() == ["open", "open", "open"])
    assert r.text("calc.py") == CALC


async def test_parts_follow_their_lines_when_the_file_changes(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.split(HunkId(1, 1, "1"), now())
    await r.until(lambda: len(r.hunks()) == 3)
    r.worktree.files["calc.py"] = ("import os\n\n" + CALC).encode()
    r.worktree.changed.put_nowait(frozenset({"calc.py"}))
    await r.until(lambda: r.hunks()[2].line == 8)
    r.pair.decide([h.id for h in r.hunks() if h.state is HunkState.OPEN], HunkState.KEPT, now())
    await r.until(lambda: "applied" in r.states())
    assert "return b + a" in r.text("calc.py")
    assert r.text("calc.py").startswith("import os\n\n")


async def test_a_hunk_that_is_one_change_is_not_split(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.split(HunkId(1, 1, "2"), now())
    await r.until(lambda: "this hunk is one change" in r.notices())
    assert ordinals(r) == ["1", "2"]


async def test_a_decided_hunk_is_neither_split_nor_edited(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.decide([HunkId(1, 1, "1")], HunkState.DROPPED, now())
    await r.until(lambda: r.states()[0] == "dropped")
    r.pair.split(HunkId(1, 1, "1"), now())
    r.pair.edited(HunkId(1, 1, "1"), "x\n", now())
    await r.until(lambda: len(r.notices()) == 2)
    assert ordinals(r) == ["1", "2"]


async def test_what_the_person_wrote_is_what_is_applied(rig: Any) -> None:
    r = await proposed(rig)
    first = HunkId(1, 1, "1")
    r.pair.edited(first, "def plus(a, b):\n  # mine\n\treturn 7\n", now())
    await r.until(lambda: r.hunks()[0].new[-1] == "\treturn 7\n")
    assert (r.hunks()[0].added, r.hunks()[0].removed) == (3, 3)
    assert r.states() == ["open", "open"]
    r.pair.decide([first], HunkState.KEPT, now())
    await r.until(lambda: r.states()[0] == "applied")
    assert r.text("calc.py") == "def plus(a, b):\n  # mine\n\treturn 7\n\n\nx = 1\n"
    r.pair.take_back(now())
    await r.until(lambda: r.states()[0] == "open")
    assert r.text("calc.py") == CALC


async def test_line_endings_and_a_missing_last_one_stay_the_files_own(rig: Any) -> None:
    r = await proposed(rig, files={"calc.py": CALC.replace("\n", "\r\n").removesuffix("\r\n")})
    last = r.hunks()[-1]
    before = last.new
    r.pair.edited(last.id, "x = 3\ny = 4\n", now())
    await r.until(lambda: r.hunks()[-1].new != before)
    r.pair.decide([last.id], HunkState.KEPT, now())
    await r.until(lambda: r.states()[-1] == "applied")
    tail = "x = 3\r\ny = 4" + ("\r\n" if before[-1].endswith("\n") else "")
    assert r.worktree.files["calc.py"].decode().endswith("\r\n\r\n\r\n" + tail)


async def test_a_new_file_can_be_written_by_hand_too(rig: Any) -> None:
    patch = "*** Begin Patch\n*** Add File: new.py\n+x = 1\n*** End Patch\n"
    r = await proposed(rig, patch)
    r.pair.edited(r.hunks()[0].id, "x = 1\ny = 2\n", now())
    await r.until(lambda: r.hunks()[0].added == 2)
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, now())
    await r.until(lambda: r.states() == ["applied"])
    assert r.text("new.py") == "x = 1\ny = 2\n"


async def test_text_the_file_has_already_changes_nothing(rig: Any) -> None:
    r = await proposed(rig)
    before = r.hunks()
    r.pair.edited(before[1].id, "x = 1\n", now())
    await r.until(lambda: "this is what the file says already" in r.notices())
    r.pair.edited(before[1].id, "x = '\0'\n", now())
    await r.until(lambda: len(r.notices()) == 2)
    told = [e for e in r.events if isinstance(e, Notice)]
    assert [(e.remedies, e.severity) for e in told] == [
        (("the hunk is as it was",), Severity.ERROR)
    ] * 2
    await r.until(lambda: "it writes NUL characters" in r.notices())
    assert r.hunks() == before


async def test_an_undone_hunk_that_was_rewritten_is_not_redone(rig: Any) -> None:
    r = await proposed(rig)
    last = r.hunks()[-1].id
    r.pair.decide([last], HunkState.KEPT, now())
    await r.until(lambda: r.states()[-1] == "applied")
    r.pair.take_back(now())
    await r.until(lambda: r.states()[-1] == "open")
    r.pair.edited(last, "x = 5\n", now())
    await r.until(lambda: r.hunks()[-1].new == ("x = 5\n",))
    r.pair.redo(now())
    await r.until(lambda: any("redo" in n or "nothing" in n for n in r.notices()))
    assert r.text("calc.py") == CALC


async def split_and_taken_back(r: Any) -> None:
    """`u` once, and wait until the first file's hunk is one again."""
    r.pair.take_back(now())
    await r.until(lambda: ordinals(r) == ["1", "2"])


async def test_a_split_is_taken_back_as_the_last_decision(rig: Any) -> None:
    r = await proposed(rig)
    before = r.hunks()
    r.pair.split(HunkId(1, 1, "1"), now())
    r.pair.decide([HunkId(1, 1, "1.2")], HunkState.DROPPED, now())
    await r.until(lambda: r.states() == ["open", "dropped", "open"])
    r.pair.take_back(now())
    await r.until(lambda: r.states() == ["open"] * 3)
    await split_and_taken_back(r)
    assert r.hunks() == before
    r.pair.decide([h.id for h in before], HunkState.KEPT, now())
    await r.until(lambda: r.states() == ["applied"] * 2)
    assert r.text("calc.py") == DONE


async def test_parts_that_were_written_are_taken_back_before_the_split(rig: Any) -> None:
    r = await proposed(rig)
    before = r.hunks()
    r.pair.split(HunkId(1, 1, "1"), now())
    for part in ("1.2", "1.1"):
        r.pair.decide([HunkId(1, 1, part)], HunkState.KEPT, now())
        await r.until(lambda: r.pair.session.find(HunkId(1, 1, part)).state is HunkState.APPLIED)  # noqa: B023
    for left in (1, 0):
        r.pair.take_back(now())
        await r.until(lambda: r.states().count("applied") == left)  # noqa: B023
    assert r.text("calc.py") == CALC
    await split_and_taken_back(r)
    assert r.hunks() == before


async def test_joined_parts_hold_what_was_written_by_hand_in_them(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.split(HunkId(1, 1, "1"), now())
    assert r.pair.edited(HunkId(1, 1, "1.2"), "    return a - b\n", now())
    r.pair.take_back(now())
    await r.until(lambda: ordinals(r) == ["1", "2"])
    r.pair.decide([HunkId(1, 1, "1")], HunkState.KEPT, now())
    await r.until(lambda: r.states()[0] == "applied")
    assert r.text("calc.py").startswith("def plus(a, b):\n    c = 1\n    return a - b\n")


async def test_parts_that_moved_are_one_hunk_where_they_are_now(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.split(HunkId(1, 1, "1"), now())
    r.worktree.files["calc.py"] = ("import os\n\n" + CALC).encode()
    r.worktree.changed.put_nowait(frozenset({"calc.py"}))
    await r.until(lambda: r.hunks()[-1].line == 8)
    await split_and_taken_back(r)
    r.pair.decide([HunkId(1, 1, "1")], HunkState.KEPT, now())
    await r.until(lambda: r.states()[0] == "applied")
    assert r.text("calc.py") == "import os\n\n" + DONE.replace("x = 2", "x = 1")


async def test_a_split_with_a_part_that_lost_its_place_is_passed_over(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.decide([HunkId(1, 1, "2")], HunkState.KEPT, now())
    await r.until(lambda: r.states()[-1] == "applied")
    r.pair.split(HunkId(1, 1, "1"), now())
    r.worktree.files["calc.py"] = r.worktree.files["calc.py"].replace(b"return a + b", b"return 7")
    r.worktree.changed.put_nowait(frozenset({"calc.py"}))
    await r.until(lambda: r.states() == ["open", "stale", "applied"])
    r.pair.take_back(now())
    await r.until(lambda: any("not undone" in n for n in r.notices()))
    assert ordinals(r) == ["1.1", "1.2", "2"]


async def test_what_changed_since_it_was_seen_is_not_decided(rig: Any) -> None:
    r = await proposed(rig)
    first, last = r.hunks()
    r.pair.edited(last.id, "x = 3\n", now())
    assert r.pair.decide([first.id, last.id], HunkState.KEPT, now(), (first, last)) == (first.id,)
    await r.until(lambda: r.states() == ["applied", "open"])
    assert r.text("calc.py").endswith("x = 1\n")
    assert r.pair.decide([first.id], HunkState.KEPT, now(), (first,)) == ()
