import asyncio
import time
from typing import Any

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.errors import WorktreeError
from spark_tui.core.events import (
    Asked,
    CommitPlanned,
    EntryOpened,
    Flushed,
    FlushRefused,
    HunkGrew,
    RepairStage,
    Said,
    TreeChanged,
    TurnEnded,
    Undone,
)
from spark_tui.core.mode import Mode
from spark_tui.core.pasted_blocks import Folded
from spark_tui.core.tree import ChangedFile, Tree

CALC = "def add(a, b):\n    return a + b\n\n\ndef use():\n    return add(1, 2)\n"
RENAMED = CALC.replace("add(", "plus(")
PATCH = """Renaming.

*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
@@ def use():
-    return add(1, 2)
+    return plus(1, 2)
*** End Patch
"""
FIRST, SECOND = PATCH[: PATCH.index("@@ def use")], PATCH[PATCH.index("@@ def use") :]


def ended(rig: Any) -> bool:
    return any(isinstance(e, TurnEnded) for e in rig.events)


def asks(rig: Any) -> list[Asked]:
    return [e for e in rig.events if isinstance(e, Asked)]


async def test_hunks_arrive_located_and_a_keep_is_on_disk_when_the_answer_is_over(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST + "@@ def use():\n")
    await r.until(lambda: r.states()[:1] == ["open"])
    assert r.hunks()[0].line == 1
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "kept")
    assert r.text("calc.py") == CALC
    call.say(SECOND.removeprefix("@@ def use():\n"))
    call.end()
    await r.until(lambda: r.states() == ["applied", "open"])
    assert r.text("calc.py") == CALC.replace("def add(", "def plus(")
    r.pair.decide([r.hunks()[1].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text("calc.py") == RENAMED
    assert len(r.worktree.log) == 2


async def test_text_before_the_patch_is_prose_and_lines_grow_while_they_arrive(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH, pieces=len(PATCH))
    call.end()
    await r.until(lambda: ended(r))
    assert "".join(e.text for e in r.events if isinstance(e, Said)).strip() == "Renaming."
    grown = [e for e in r.events if isinstance(e, HunkGrew)]
    assert "".join(line.text + "\n" for e in grown for line in e.lines).startswith("def add(a, b)")
    assert any(e.tail for e in grown)


async def test_undo_takes_back_entry_by_entry_byte_for_byte(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    for hunk in r.hunks():
        r.pair.decide([hunk.id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "open"])
    assert r.text("calc.py") == CALC.replace("def add(", "def plus(")
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states() == ["open", "open"])
    assert r.text("calc.py") == CALC
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: "nothing to take back" in r.notices())
    r.pair.redo(time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "open"])
    assert r.text("calc.py") == CALC.replace("def add(", "def plus(")


async def test_the_journal_keeps_what_was_typed_and_of_pastes_only_how_long(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    log = "assert 1 == 2\n" * 28
    call = await r.ask(Folded(f"fix @calc.py {log}", [(13, 13 + len(log))]))
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert log in call.request.messages[-1].text
    assert r.worktree.log[0][0].note.instruction == "fix @calc.py [pasted 28 lines]"


async def test_undo_of_a_decision_that_is_not_on_disk_reopens_it(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST + "@@ def use():\n")
    await r.until(lambda: r.states()[:1] == ["open"])
    first = r.hunks()[0].id
    r.pair.decide([first], HunkState.DROPPED, time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "dropped")
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "open")
    assert not any(isinstance(e, Undone) for e in r.events)


async def test_all_kept_hunks_are_one_entry(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert len(r.worktree.log) == 1


async def test_a_stopped_answer_reopens_what_was_kept_and_writes_nothing(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST + "@@ def use():\n-    return")
    await r.until(lambda: r.states() == ["open", "writing"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "kept")
    r.pair.stop()
    await r.until(lambda: ended(r) and r.states() == ["open"])
    assert call.cancelled.is_set()
    assert r.pair.session.turns[-1].ending is Ending.STOPPED
    assert r.text("calc.py") == CALC
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied"])


async def test_an_answer_that_is_cut_off_is_never_applied_by_itself(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST + "@@ def use():\n")
    call.end(Ending.CUT, "the answer broke off")
    await r.until(lambda: ended(r))
    assert r.text("calc.py") == CALC
    assert r.states() == ["open"]


async def test_hunks_that_were_finished_before_the_length_limit_stay(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST + "@@ def use():\n-    return add(1")
    call.end(Ending.LENGTH, "the answer hit its length limit, nothing written")
    await r.until(lambda: len(r.made[-1].calls) == 2)
    r.made[-1].calls[-1].end(Ending.LENGTH, "the answer hit its length limit, nothing written")
    await r.until(lambda: ended(r) and r.states() == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied"])


async def test_what_a_turn_reserves_is_bounded_as_the_endpoint_is(rig: Any) -> None:
    options = (("max_output_tokens", "500"),)
    small = EndpointProfile("small", "http://127.0.0.1:9/v1", "m", options=options)
    r = rig({"calc.py": CALC}, others=[small])
    for name, most in (("spark", 16_384), ("small", 500)):
        r.pair.use_endpoint(name)
        call = await r.ask("write a module with sixty tests for @calc.py")
        turn = r.pair.session.turns[-1].id
        await r.until(lambda t=turn: asks(r)[-1:] and asks(r)[-1].turn == t)
        asked = asks(r)[-1]
        assert most <= asked.reserve - asked.tokens < most + 1_000
        call.end()


async def test_auto_apply_writes_a_whole_answer_as_one_entry(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text("calc.py") == RENAMED
    assert len(r.worktree.log) == 1


async def test_auto_apply_writes_nothing_when_one_hunk_is_refused(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH.replace("-    return add(1, 2)", "-    return add(9, 9)"))
    call.end()
    await r.until(lambda: len(r.made[-1].calls) == 2)
    r.made[-1].calls[1].end(Ending.CUT)
    await r.until(lambda: any("no place" in n for n in r.notices()))
    assert r.text("calc.py") == CALC
    assert r.states() == ["open", "refused"]


async def test_read_only_writes_nothing(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.READ_ONLY)
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: "read-only: nothing is written" in r.notices())
    assert r.states() == ["open", "open"]


async def test_a_disk_that_refuses_leaves_the_hunks_open_and_says_why(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    r.worktree.refuse = WorktreeError("disk full, nothing written", "free space, y again")
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: any(isinstance(e, FlushRefused) for e in r.events))
    assert r.states() == ["open", "open"]
    assert "disk full, nothing written" in r.notices()


async def test_an_outside_edit_moves_open_hunks_or_makes_them_stale(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    theirs = "# mine\n" + CALC.replace("return add(1, 2)", "return add(1, 3)")
    r.worktree.files["calc.py"] = theirs.encode()
    await r.worktree.changed.put(frozenset({"calc.py"}))
    await r.until(lambda: r.states() == ["open", "stale"])
    assert (r.hunks()[0].line, r.hunks()[0].moved_from) == (2, 1)
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "stale"])
    assert r.text("calc.py") == theirs.replace("def add(", "def plus(")


async def test_undo_after_an_outside_edit_that_conflicts_changes_nothing(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    r.worktree.files["calc.py"] += b"# mine\n"
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: any("not undone" in n for n in r.notices()))
    assert r.states() == ["applied", "applied"]
    assert r.text("calc.py").endswith("# mine\n")


async def test_an_instruction_right_behind_a_decision_sends_the_file_as_that_leaves_it(
    rig: Any,
) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    again = await r.ask("now document it in @calc.py")
    assert "def plus(a, b)" in again.request.messages[-1].text
    assert "def add(a, b)" not in again.request.messages[-1].text
    assert r.text("calc.py") == RENAMED


async def test_a_follow_up_replaces_the_open_hunks_it_overlaps(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    again = await r.ask("call it sum instead")
    assert again.request.messages[0].text == "rename add to plus in @calc.py"
    assert "*** Begin Patch" in again.request.messages[1].text
    assert "File: calc.py" in again.request.messages[-1].text
    again.say(FIRST.replace("plus", "total") + "*** End Patch\n")
    again.end()
    await r.until(lambda: r.pair.session.turns[0].hunks[0].state is HunkState.REPLACED)
    assert r.pair.session.turns[0].hunks[1].state is HunkState.OPEN
    assert r.states() == ["open"]


async def test_asking_while_it_runs_stops_the_answer_and_keeps_finished_hunks(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST + "@@ def use():\n")
    await r.until(lambda: r.states()[:1] == ["open"])
    await r.ask("leave the rest alone")
    await r.until(lambda: ended(r))
    assert call.cancelled.is_set()
    assert [h.state for h in r.pair.session.turns[0].hunks] == [HunkState.OPEN]


async def test_prose_says_that_there_is_no_edit_and_how_to_name_a_file(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("what does it do?")
    call.say("It adds two numbers.")
    call.end()
    await r.until(lambda: ended(r))
    over = next(e for e in r.events if isinstance(e, TurnEnded))
    assert (over.detail, over.remedies) == ("no edit in the answer", ("name the file: @calc.py",))


async def test_prose_without_a_file_names_none_but_one_that_was_changed(rig: Any) -> None:
    files = {f"{n:02}.py": "x = 1\n" for n in range(30)}
    r = rig(files)
    call = await r.ask("what does it do?")
    call.say("It does nothing.")
    call.end()
    await r.until(lambda: ended(r))
    tree = Tree("nowhere", "main", (ChangedFile("00.py", 0, 9, "D"), ChangedFile("07.py", 1, 1)))
    r.pair._emit(TreeChanged(time.monotonic_ns(), tree))
    call = await r.ask("what does it do?")
    call.say("It does nothing.")
    call.end()
    await r.until(lambda: len([e for e in r.events if isinstance(e, TurnEnded)]) == 2)
    hints = [e.remedies for e in r.events if isinstance(e, TurnEnded)]
    assert hints == [("name a file with @",), ("name the file: @07.py",)]


async def test_prose_about_a_named_file_points_at_its_words(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename nothing in @calc.py")
    call.say("There is no such name.")
    call.end()
    await r.until(lambda: ended(r))
    over = next(e for e in r.events if isinstance(e, TurnEnded))
    assert (over.detail, over.remedies) == ("no edit in the answer", ("its words say why",))


async def test_a_mention_that_cannot_be_read_sends_nothing(rig: Any) -> None:
    r = rig({"calc.py": CALC, "secret.pem": "x"})
    r.pair.ask("explain @secret.pem", time.monotonic_ns())
    await r.until(lambda: ended(r))
    over = next(e for e in r.events if isinstance(e, TurnEnded))
    assert over.detail == "cannot read secret.pem: permission denied"
    assert over.remedies == ("nothing sent",)
    assert not r.made[-1].calls


async def test_a_mention_that_is_missing_names_the_nearest(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await r.until(r.pair.paths)
    r.pair.ask("mend @clac.py", time.monotonic_ns())
    await r.until(lambda: ended(r))
    over = next(e for e in r.events if isinstance(e, TurnEnded))
    assert (over.detail, over.remedies) == ("clac.py is not here", ("nearest: calc.py",))


async def test_the_preview_knows_the_files_of_a_draft_without_blocking(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x\n"})
    await r.until(r.pair.paths)
    assert r.pair.preview("@calc.py").items == ()
    await r.until(lambda: r.pair.preview("@calc.py").items)
    assert [i.path for i in r.pair.preview("@calc.py").items] == ["calc.py"]
    assert r.pair.preview("@calx.py").problem == ""
    await r.until(lambda: r.pair.preview("@calx.py").problem)
    seen = r.pair.preview("@calx.py")
    assert (seen.problem, seen.remedies) == ("calx.py is not here", ("nearest: calc.py",))


async def test_a_flush_reports_from_decision_to_durable(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    pressed = time.monotonic_ns()
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, pressed)
    await r.until(lambda: any(isinstance(e, Flushed) for e in r.events))
    flushed = next(e for e in r.events if isinstance(e, Flushed))
    assert flushed.took_ns == flushed.at - pressed
    assert (flushed.files, flushed.entry) == (1, 1)


async def test_closing_in_the_middle_of_an_answer_leaves_no_task_behind(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(FIRST)
    await r.close()
    assert call.cancelled.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


TWICE = "def one():\n    delay = wait(n)\n\n\ndef two():\n    delay = wait(n)\n"
AMBIGUOUS = """*** Begin Patch
*** Update File: twice.py
@@
-def one():
+def first():
     delay = wait(n)
*** Update File: calc.py
@@
-    return add(1, 2)
+    return add(2, 3)
*** Update File: twice.py
@@
-    delay = wait(n)
+    delay = wait(n, 1)
*** End Patch
"""


async def test_a_hunk_that_fits_twice_is_asked_for_again_once_and_then_fits(rig: Any) -> None:
    r = rig({"calc.py": CALC, "twice.py": TWICE})
    call = await r.ask("say more in @twice.py @calc.py")
    call.say(AMBIGUOUS)
    await r.until(lambda: r.states() == ["open", "open", "refused"])
    refused = r.hunks()[2]
    assert [c.line for c in refused.refusal.candidates] == [2, 6]
    call.end()
    await r.until(lambda: len(r.made[-1].calls) == 2)
    again = r.made[-1].calls[1]
    assert "twice.py" in again.request.messages[-1].text
    assert again.request.messages[0].text == "say more in @twice.py @calc.py"
    again.say(
        "*** Begin Patch\n*** Update File: twice.py\n@@ def two():\n"
        "-    delay = wait(n)\n+    delay = wait(n, 1)\n*** End Patch\n"
    )
    again.end()
    await r.until(lambda: r.states() == ["open", "open", "open"])
    assert (r.hunks()[2].id, r.hunks()[2].line) == (refused.id, 6)
    asked, placed = r.repairs()
    assert (asked.step, asked.numbers, asked.places) == (RepairStage.ASKING, (3,), 2)
    assert asked.tokens > 0
    assert (placed.step, placed.ids, placed.tokens) == (RepairStage.PLACED, (refused.id,), 50)


async def test_a_second_try_that_does_not_fit_is_the_last(rig: Any) -> None:
    r = rig({"calc.py": CALC, "twice.py": TWICE})
    call = await r.ask("say more in @twice.py @calc.py")
    call.say(AMBIGUOUS)
    call.end()
    await r.until(lambda: len(r.made[-1].calls) == 2)
    again = r.made[-1].calls[1]
    again.say(
        "*** Begin Patch\n*** Update File: twice.py\n@@\n"
        "-    delay = wait(n)\n+    delay = wait(n, 1)\n*** End Patch\n"
    )
    again.end()
    await r.until(lambda: [e.step for e in r.repairs()] == [RepairStage.ASKING, RepairStage.UNFIT])
    assert r.states() == ["open", "open", "refused"]
    assert len(r.made[-1].calls) == 2


async def test_a_digit_places_an_ambiguous_hunk_while_it_is_asked_for_again(rig: Any) -> None:
    r = rig({"calc.py": CALC, "twice.py": TWICE})
    call = await r.ask("say more in @twice.py @calc.py")
    call.say(AMBIGUOUS)
    call.end()
    await r.until(lambda: len(r.made[-1].calls) == 2)
    r.pair.place(r.hunks()[2].id, 1, time.monotonic_ns())
    await r.until(lambda: r.states() == ["open", "open", "open"])
    again = r.made[-1].calls[1]
    again.say(
        "*** Begin Patch\n*** Update File: twice.py\n@@ def one():\n"
        "-    delay = wait(n)\n+    delay = wait(n, 1)\n*** End Patch\n"
    )
    again.end()
    await r.until(lambda: len(r.repairs()) == 2)
    assert r.hunks()[2].line == 6


async def test_auto_apply_waits_for_the_second_try_and_writes_everything_at_once(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH.replace("-    return add(1, 2)", "-    return add(9, 9)"))
    call.end()
    await r.until(lambda: len(r.made[-1].calls) == 2)
    assert r.text("calc.py") == CALC
    again = r.made[-1].calls[1]
    again.say("*** Begin Patch\n*** Update File: calc.py\n" + SECOND)
    again.end()
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text("calc.py") == RENAMED
    assert len(r.worktree.log) == 1


async def test_a_line_of_prose_is_shown_while_it_is_written(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("what does it do?")
    call.say("It adds two")
    await r.until(lambda: any(isinstance(e, Said) for e in r.events))
    call.say(" numbers.\n\nNothing else.\n")
    call.end()
    await r.until(lambda: ended(r))
    said = [e.text for e in r.events if isinstance(e, Said)]
    assert said[0] == "It adds two"
    assert "".join(said) == "It adds two numbers.\n\nNothing else.\n"


BLOCKS = """I rename it.

calc.py
```python
<<<<<<< SEARCH
def add(a, b):
=======
def plus(a, b):
>>>>>>> REPLACE
```

calc.py
```python
<<<<<<< SEARCH
    return add(1, 2)
=======
    return plus(1, 2)
>>>>>>> REPLACE
```

See https://example.com/why.
"""


async def test_fences_and_file_names_round_an_edit_are_no_prose(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(BLOCKS, pieces=len(BLOCKS))
    call.end()
    await r.until(lambda: ended(r))
    said = "".join(e.text for e in r.events if isinstance(e, Said))
    assert said.split() == ["I", "rename", "it.", "See", "https://example.com/why."]
    assert r.states() == ["open", "open"]


async def test_any_entry_can_be_taken_back_and_its_hunks_are_open_again(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x = 1\n"})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(
        PATCH.replace(
            "*** End Patch", "*** Update File: other.py\n@@\n-x = 1\n+x = 2\n*** End Patch"
        )
    )
    call.end()
    await r.until(lambda: ended(r))
    first, second, other = (h.id for h in r.hunks())
    r.pair.decide([first, second], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied", "open"])
    r.pair.decide([other], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied", "applied"])
    await r.until(lambda: len(r.pair.entries()) == 2)
    r.pair.undo_entry(1, time.monotonic_ns())
    await r.until(lambda: r.states() == ["open", "open", "applied"])
    assert r.text("calc.py") == CALC
    assert r.text("other.py") == "x = 2\n"
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states() == ["open", "open", "open"])
    assert r.text("other.py") == "x = 1\n"


async def test_one_hunk_of_an_entry_is_taken_back_and_open_again(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    ids = [h.id for h in r.hunks()]
    assert len(ids) > 1
    r.pair.decide(ids, HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: set(r.states()) == {"applied"})
    whole = r.text("calc.py")
    r.pair.show_entry(1)
    await r.until(lambda: any(isinstance(e, EntryOpened) for e in r.events))
    r.pair.undo_entry(1, time.monotonic_ns(), (1,))
    await r.until(lambda: r.states()[0] == "open")
    assert set(r.states()[1:]) == {"applied"}
    partly = r.text("calc.py")
    assert partly not in (CALC, whole)
    r.pair.decide([ids[0]], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: set(r.states()) == {"applied"})
    assert r.text("calc.py") == whole
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "open")
    assert r.text("calc.py") == partly
    acts = r.pair.session.acts
    assert [(a.entry, a.ids) for a in acts] == [(1, tuple(ids[1:]))]


async def test_what_there_is_to_commit_is_found_out(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: ended(r))
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: set(r.states()) == {"applied"})
    r.pair.plan_commit()
    await r.until(lambda: any(isinstance(e, CommitPlanned) for e in r.events))
    planned = next(e for e in r.events if isinstance(e, CommitPlanned))
    assert planned.plan.paths == ("calc.py",)


async def test_a_lone_fence_is_the_only_file_that_was_sent_where_it_is_like_it(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x = 1\n"})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(f"Renamed.\n\n```python\n{RENAMED}```\n", pieces=9)
    call.end()
    await r.until(lambda: ended(r) and r.states() == ["open", "open"])
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text("calc.py") == RENAMED


async def test_a_fence_that_only_shows_something_is_no_edit(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x = 1\n"})
    call = await r.ask("what does add in @calc.py do?")
    call.say("It adds:\n\n```python\nfrom calc import add\n\nadd(1, 2)\n```\n", pieces=9)
    call.end()
    await r.until(lambda: ended(r))
    end = next(e for e in r.events if isinstance(e, TurnEnded))
    assert (end.detail, r.states()) == ("no edit in the answer", [])


async def test_blocks_without_a_name_are_for_the_only_file_that_was_sent(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x = 1\n"})
    call = await r.ask("swap them in @calc.py")
    block = "<<<<<<< SEARCH\n    return a + b\n=======\n    return b + a\n>>>>>>> REPLACE\n"
    call.say(f"Swapping.\n{block}")
    call.end()
    await r.until(lambda: ended(r) and r.states() == ["open"])
    assert r.hunks()[0].path == "calc.py"
