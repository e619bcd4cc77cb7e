"""Answers on files that earlier answers of the session changed, or still want to change."""

import time
from dataclasses import replace
from typing import Any

from spark_tui.core.context import FOUND_TOKENS, ContextItem, FileNames, WorkingSet
from spark_tui.core.edits.model import FileImage, FileOp, Hunk, HunkId, HunkState
from spark_tui.core.edits.text import image_of
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import EndpointLabel, FileRead, FlushRefused, TurnEnded
from spark_tui.core.session import Session, Turn
from spark_tui.core.topic import conversation, edited_lines
from spark_tui.pair.context_selection import Gathered, gather
from spark_tui.pair.follow_up import FollowUp

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


async def test_every_turn_with_open_hunks_goes_along_with_what_is_still_open(rig: Any) -> None:
    r = rig({"calc.py": CALC, "more.py": "x = 1\n"})
    both = FIRST_LINE.replace("*** End Patch\n", LAST_LINE.partition("calc.py\n")[2])
    await answered(r, "rename in @calc.py", both)
    await r.until(lambda: len(r.hunks()) == 2)
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "open"])
    await answered(r, "two in @more.py", "Nothing to do.")
    call = await r.ask("be bold")
    known, asked, told, now = call.request.messages
    assert "Answered: Nothing to do." in known.text
    assert asked.text.startswith("rename in @calc.py\n")
    assert "still open: calc.py:6." in asked.text
    assert told.text == both
    assert "File: more.py" in now.text
    assert "File: calc.py" in now.text
    assert "def plus(a, b):" in now.text


async def test_turns_that_are_decided_go_along_as_notes_and_not_as_answers(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "rename in @calc.py", FIRST_LINE)
    await keep_all(r)
    call = await r.ask("count higher in @calc.py")
    assert [m.role for m in call.request.messages] == ["user", "user"]
    assert "Begin Patch" not in call.request.messages[0].text


async def test_open_hunks_stand_for_an_answer_that_is_not_known_any_more(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "rename in @calc.py", FIRST_LINE)
    told = conversation(r.pair.session.turns, {})
    assert [m.role for m in told] == ["user", "assistant"]
    assert told[1].text.startswith("calc.py:1\n-def add(a, b):\n+def plus(a, b):\n")


async def test_a_mention_of_one_line_sends_what_stands_round_it(rig: Any) -> None:
    long = "".join(f"line {n}\n" for n in range(1, 1001))
    r = rig({"calc.py": CALC, "long.py": long})
    call = await r.ask("shorter @calc.py:6")
    assert "File: calc.py\n" in call.request.messages[0].text
    call.end()
    call = await r.ask("shorter @long.py:500")
    assert "File: long.py (lines 300-700 of 1000)\n" in call.request.messages[0].text


BIG = CALC + "# padding of a line that says nothing\n" * 2_000
OTHERS = {f"other/{n}.py": "x = 1\n" for n in range(30)}


async def test_a_steer_keeps_the_files_of_the_turn_it_steers_however_long_they_are(
    rig: Any,
) -> None:
    r = rig({"calc.py": BIG, "use.py": "import calc\n", **OTHERS})
    call = await r.ask("rename add to plus in @calc.py @use.py")
    call.say("Renaming.")
    await r.ask("use sum as the name")
    sent = [item.path for item in r.pair.session.turn.context]
    assert sent == ["calc.py", "use.py"]
    assert "def add(a, b):" in r.made[-1].calls[-1].request.messages[-1].text


async def test_a_turn_that_failed_does_not_lose_the_files_of_the_one_before(rig: Any) -> None:
    r = rig({"calc.py": CALC, **OTHERS})
    await answered(r, "rename in @calc.py", "Nothing to do.")
    r.pair.ask("and @nowhere.py", time.monotonic_ns())
    await r.until(lambda: len(r.pair.session.turns) == 2 and r.pair.session.turn.ending)
    await r.ask("be bold")
    assert [item.path for item in r.pair.session.turn.context] == ["calc.py"]


async def test_lines_of_a_long_file_go_along_again_with_what_stands_round_them(rig: Any) -> None:
    long = "".join(f"line {n}\n" for n in range(1, 2001))
    r = rig({"long.py": long, **OTHERS})
    await answered(r, "shorter @long.py:900-910", "Nothing to do.")
    await answered(r, "shorter", "Nothing to do.")
    assert [item.lines for item in r.pair.session.turn.context] == [(700, 1110)]
    await answered(r, "shorter still", "Nothing to do.")
    assert [item.lines for item in r.pair.session.turn.context] == [(700, 1110)]


async def test_what_would_be_sent_follows_the_turn_that_just_began(rig: Any) -> None:
    r = rig({"calc.py": CALC, **OTHERS})
    await r.until(r.pair.paths)
    r.pair.ask("a docstring in @calc.py", time.monotonic_ns())
    r.pair.preview("")  # as the screen does while the files of the new turn are still read
    await r.until(lambda: r.pair.session.turns)
    await r.until(lambda: [i.path for i in r.pair.preview("").items] == ["calc.py"])


async def test_a_file_that_the_text_names_goes_along_though_it_is_long(rig: Any) -> None:
    r = rig({"calc.py": BIG, **OTHERS})
    await r.ask("rename add in calc.py")
    assert [item.path for item in r.pair.session.turn.context] == ["calc.py"]


BOTH = FIRST_LINE.replace("*** End Patch\n", LAST_LINE.partition("calc.py\n")[2])
HALF = BOTH.partition("def use")[0]


async def steered(rig: Any) -> Any:
    """The first hunk of a running answer is kept, then another instruction takes its place."""
    r = rig({"calc.py": CALC, "more.py": "x = 1\n"})
    call = await r.ask("rename in @calc.py")
    call.say(HALF + "def use():\n")
    await r.until(lambda: r.states()[:1] == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "kept")
    again = await r.ask("leave the rest alone in @more.py")
    await r.until(lambda: r.pair.session.turns[0].ending is not None)
    return r, again


def first(r: Any) -> HunkState:
    state: HunkState = r.pair.session.turns[0].hunks[0].state
    return state


async def test_what_was_kept_before_a_steer_is_written_when_the_new_answer_ends(rig: Any) -> None:
    r, again = await steered(rig)
    again.say("Nothing to do there.")
    assert first(r) is HunkState.KEPT
    assert r.text("calc.py") == CALC
    again.end()
    await r.until(lambda: first(r) is HunkState.APPLIED)
    assert r.text("calc.py") == CALC.replace("def add", "def plus")


async def test_what_was_kept_before_a_steer_is_open_again_when_that_is_stopped(rig: Any) -> None:
    r, _ = await steered(rig)
    r.pair.stop()
    await r.until(lambda: first(r) is HunkState.OPEN)
    assert r.text("calc.py") == CALC


async def test_a_steer_that_can_not_be_sent_opens_what_was_kept(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename in @calc.py")
    call.say(HALF + "def use():\n")
    await r.until(lambda: r.states()[:1] == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states()[0] == "kept")
    r.pair.ask("and @nowhere.py", time.monotonic_ns())
    await r.until(lambda: len(r.pair.session.turns) == 2 and first(r) is HunkState.OPEN)


async def test_views_get_the_text_that_hunks_were_located_on_again(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "rename in @calc.py", BOTH)
    await r.until(lambda: len(r.hunks()) == 2)
    theirs = "# mine\n" + CALC.replace("def add(a, b)", "def add(a, c)")
    r.worktree.files["calc.py"] = theirs.encode()
    await r.worktree.changed.put(frozenset({"calc.py"}))
    await r.until(lambda: r.states() == ["stale", "open"])
    read = [e for e in r.events if isinstance(e, FileRead)]
    assert [e.image.data.decode() for e in read] == [CALC, theirs]
    stale, moved = r.hunks()
    assert (stale.moved_from, stale.refusal.line) == (1, 1)
    assert (moved.line, moved.moved_from) == (7, 6)


async def test_a_stale_hunk_says_what_stands_there_now(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "count higher in @calc.py", LAST_LINE)
    theirs = CALC.replace("add(1, 2)", "add(2, 2)")
    r.worktree.files["calc.py"] = theirs.encode()
    await r.worktree.changed.put(frozenset({"calc.py"}))
    await r.until(lambda: r.states() == ["stale"])
    stale = r.hunks()[0]
    assert stale.refusal.message == "you changed line 6 since"
    assert stale.refusal.found == "    return add(2, 2)"
    assert stale.moved_from == 6


# ------------------------------------------------------------------- lines of earlier hunks

ROWS = [f"line {n} says a little more than nothing\n" for n in range(1, 2001)]
ANY = EndpointLabel("sim", "m", "p")


def changed_at(path: str, line: int, state: HunkState, new: int = 1, turn: int = 1) -> Hunk:
    span = (line - 1, line)
    made = ("new\n",) * new
    number = HunkId(turn, 1, f"{path}{line}")
    return Hunk(number, path, FileOp.UPDATE, state, None, span, ("old\n",), made)


def turn_of(number: int, *hunks: Hunk) -> Turn:
    return Turn(number, "do it", (), 0, ANY, 0, hunks, ending=Ending.COMPLETE)


class Files:
    """Their bytes by path, read only."""

    def __init__(self, files: dict[str, list[str]]) -> None:
        self._files = files

    def read(self, path: str) -> FileImage:
        return image_of(path, "".join(self._files[path]).encode())


def again_of(turns: list[Turn], files: dict[str, list[str]], named: Any = ()) -> Gathered:
    tree: Any = Files(files)
    others = {f"other/{n}.py": "" for n in range(40)}
    names = FileNames([*files, *others])
    return gather("be bold", tree, names, WorkingSet(named, edited_lines(turns)))


def test_lines_round_hunks_of_one_file_go_along_once_where_they_touch() -> None:
    lines = (272, 327, 428, 444, 466, 592)
    hunks = [changed_at("a.py", line, HunkState.APPLIED) for line in lines]
    found = again_of([turn_of(1, *hunks)], {"a.py": ROWS})
    assert [(e.lines, e.edited) for e in found.excerpts] == [
        ((252, 292), True),
        ((307, 347), True),
        ((408, 486), True),
        ((572, 612), True),
    ]
    assert (found.again, found.left_out) == (("a.py",), ())


def test_only_hunks_that_are_applied_or_open_bring_their_lines_along() -> None:
    hunks = [
        changed_at(f"{state}.py", 100, state) for state in HunkState if state is not HunkState.STALE
    ]
    found = again_of([turn_of(1, *hunks)], {h.path: ROWS[:300] for h in hunks})
    assert sorted(found.again) == ["applied.py", "kept.py", "open.py"]
    assert {e.lines for e in found.excerpts} == {(80, 120)}


def test_lines_round_hunks_follow_what_later_hunks_wrote_above_them() -> None:
    first = turn_of(1, *(changed_at("a.py", n, HunkState.APPLIED, 11) for n in (500, 900)))
    later = turn_of(
        2,
        changed_at("a.py", 10, HunkState.APPLIED, 101, 2),
        changed_at("a.py", 1500, HunkState.APPLIED, 5, 2),
    )
    assert edited_lines([first, later]) == (
        ("a.py", (10, 110)),
        ("a.py", (1600, 1604)),
        ("a.py", (600, 610)),
        ("a.py", (1010, 1020)),
    )


def test_lines_round_hunks_keep_within_their_room_the_newest_first_and_the_rest_is_told() -> None:
    paths = [f"a{n:02}.py" for n in range(1, 31)]
    turns = [
        turn_of(n, changed_at(path, 400, HunkState.OPEN, turn=n)) for n, path in enumerate(paths, 1)
    ]
    found = again_of(turns, dict.fromkeys(paths, ROWS))
    assert sum(e.item().tokens for e in found.excerpts) <= FOUND_TOKENS
    assert found.again == tuple(reversed(paths[-len(found.again) :]))
    assert found.left_out == tuple(reversed(paths[: -len(found.again)]))
    assert len(found.again) > 10
    assert found.left_out
    new = replace(changed_at("big.py", 1, HunkState.APPLIED), new=tuple(ROWS))
    found = again_of([turn_of(1, new)], {"big.py": ROWS})
    assert [e.path for e in found.excerpts] == ["big.py"]
    assert FOUND_TOKENS - 20 < found.excerpts[0].item().tokens <= FOUND_TOKENS


def test_what_was_named_stays_whole_and_has_its_own_lines_beside_many_hunks() -> None:
    hunks = [changed_at("a.py", n, HunkState.APPLIED) for n in range(30, 2000, 10)]
    named = (("b.py", None), ("a.py", (1990, 2000)), ("c.py", (5, 9)), ("b.py", (1, 9)))
    files = {"a.py": ROWS, "b.py": ROWS, "c.py": ROWS}
    found = again_of([turn_of(1, *hunks)], files, named)
    places = {(e.path, e.lines, e.edited) for e in found.excerpts}
    assert ("b.py", None, False) in places
    assert any(p == "a.py" and s and s[1] == 2000 and not edited for p, s, edited in places)
    assert [s for p, s, _ in places if p == "c.py"] == [(5, 9)]
    extra = [e.item().tokens for e in found.excerpts if e.path != "b.py"]
    assert sum(extra) <= FOUND_TOKENS + 200


async def test_dropped_hunks_of_found_files_leave_nothing_behind(rig: Any) -> None:
    body = "".join(f"x{n} = {n}\n" for n in range(900))
    r = rig({"calc.py": CALC + body, **OTHERS})
    await answered(r, "rename add in @calc.py:1-6", BOTH)
    await r.until(lambda: len(r.hunks()) == 2)
    r.pair.decide([h.id for h in r.hunks()], HunkState.DROPPED, time.monotonic_ns())
    await r.until(lambda: set(r.states()) == {"dropped"})
    asked = r.pair.session.turn
    guessed = replace(asked, context=tuple(replace(i, guess=True) for i in asked.context))
    session = replace(r.pair.session, turns=(guessed,))
    assert FollowUp(lambda: session).working_set() == WorkingSet()
    await r.ask("rename it otherwise")
    assert [i.lines for i in r.pair.session.turn.context] == [(1, 206)]


def test_lines_round_a_hunk_are_let_go_with_it_though_they_went_along_since() -> None:
    hunk = changed_at("a.py", 500, HunkState.OPEN)
    item = ContextItem("a.py", (480, 520), 99, edited=True)
    asked = turn_of(1, hunk)
    next_one = replace(turn_of(2), context=(item,))

    def left(state: HunkState) -> WorkingSet:
        turns = (replace(asked, hunks=(replace(hunk, state=state),)), next_one)
        return FollowUp(lambda: Session(turns=turns)).working_set()

    assert left(HunkState.OPEN) == WorkingSet((), (("a.py", (500, 500)),))
    assert left(HunkState.DROPPED) == WorkingSet()
