"""Answers on files that earlier answers of the session changed, or still want to change."""

import time
from typing import Any

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import FlushRefused, TurnEnded

CALC = "def add(a, b):\n    return a + b\n\n\ndef use():\n    return add(1, 2)\n"
LONGER = CALC.replace("def add", "# one\n# two\n# three\ndef add")
ADD_LINES = """*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+# one
+# two
+# three
+def add(a, b):
     return a + b
*** End Patch
"""
LAST_LINE = """*** Begin Patch
*** Update File: calc.py
@@
 def use():
-    return add(1, 2)
+    return add(1, 3)
*** End Patch
"""
FIRST_LINE = """*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
*** End Patch
"""
NOWHERE = FIRST_LINE.replace("-def add(a, b):\n", "-def add(x, y):\n").replace(
    "     return a + b\n", ""
)


async def answered(r: Any, text: str, answer: str) -> None:
    """A whole turn."""
    call = await r.ask(text)
    call.say(answer)
    call.end()
    await r.until(lambda: r.pair.session.turn.ending is not None)
    await r.until(lambda: isinstance(r.events[-1], TurnEnded) or r.hunks())


async def keep_all(r: Any) -> None:
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: set(r.states()) == {"applied"})


async def test_a_second_answer_builds_on_what_the_first_one_wrote(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "say more in @calc.py", ADD_LINES)
    await keep_all(r)
    await answered(r, "count higher in @calc.py", LAST_LINE)
    assert r.hunks()[0].line == 9
    await keep_all(r)
    assert r.text("calc.py") == LONGER.replace("add(1, 2)", "add(1, 3)")


async def test_both_answers_can_be_taken_back_and_kept_again(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "say more in @calc.py", ADD_LINES)
    await keep_all(r)
    await answered(r, "count higher in @calc.py", LAST_LINE)
    await keep_all(r)
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states() == ["open"])
    assert r.text("calc.py") == LONGER
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.pair.session.turns[0].hunks[0].state is HunkState.OPEN)
    assert r.text("calc.py") == CALC
    await keep_all(r)
    assert r.text("calc.py") == CALC.replace("add(1, 2)", "add(1, 3)")
    first = r.pair.session.turns[0].hunks
    r.pair.decide([first[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.pair.session.turns[0].hunks[0].state is HunkState.APPLIED)
    assert r.text("calc.py") == LONGER.replace("add(1, 2)", "add(1, 3)")


async def test_an_open_hunk_moves_with_what_another_answer_wrote(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "count higher in @calc.py", LAST_LINE)
    await answered(r, "say more in @calc.py", ADD_LINES)
    await keep_all(r)
    await answered(r, "say more in @calc.py", FIRST_LINE)
    old = r.pair.session.turns[0].hunks[0]
    assert (old.state, old.line) == (HunkState.OPEN, 9)
    r.pair.decide([old.id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.pair.session.turns[0].hunks[0].state is HunkState.APPLIED)
    assert r.text("calc.py") == LONGER.replace("add(1, 2)", "add(1, 3)")


async def test_a_hunk_over_lines_that_were_written_meanwhile_is_refused_in_words(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "rename in @calc.py", FIRST_LINE)
    first = r.hunks()[0].id
    other = FIRST_LINE.replace("plus", "total")
    call = await r.ask("rename in @calc.py")
    call.say(other.partition("@@")[0])
    r.pair.decide([first], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.pair.session.turns[0].hunks[0].state is HunkState.APPLIED)
    call.say("@@" + other.partition("@@")[2])
    call.end()
    await r.until(lambda: r.states() == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: any(isinstance(e, FlushRefused) for e in r.events))
    assert r.states() == ["open"]
    assert r.notices()[-1] == "another hunk changed these lines of calc.py first"
    assert r.text("calc.py") == CALC.replace("def add", "def plus")


async def test_a_hunk_without_a_place_is_replaced_by_one_that_changes_its_lines(rig: Any) -> None:
    r = rig({"calc.py": "x = 1\ny = 2\nx = 1\n"})
    answer = "*** Begin Patch\n*** Update File: calc.py\n@@\n-x = 1\n+x = 3\n*** End Patch\n"
    await answered(r, "three in @calc.py", answer)
    assert r.states() == ["refused"]
    r.pair.stop()
    await answered(r, "the first one of @calc.py", answer.replace("*** End", " y = 2\n*** End"))
    await r.until(lambda: r.pair.session.turns[0].hunks[0].state is HunkState.REPLACED)


async def test_another_hunk_without_a_place_is_left_open(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "rename in @calc.py", NOWHERE)
    assert r.states() == ["refused"]
    r.pair.stop()
    await answered(r, "count higher in @calc.py", LAST_LINE)
    assert r.pair.session.turns[0].hunks[0].state is HunkState.REFUSED


async def test_asking_again_replaces_the_hunk_that_was_asked_about(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "rename in @calc.py", NOWHERE)
    r.pair.stop()
    turns = len(r.pair.session.turns)
    r.pair.ask_again(r.hunks()[0].id, time.monotonic_ns())
    await r.until(lambda: len(r.pair.session.turns) > turns)
    call = r.made[-1].calls[-1]
    call.say(FIRST_LINE)
    call.end()
    await r.until(lambda: r.states() == ["open"])
    assert r.pair.session.turns[0].hunks[0].state is HunkState.REPLACED
