"""A later instruction knows what earlier ones of the topic asked, and what became of them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import EndpointLabel, TurnEnded
from spark_tui.core.saved_session import kept_acts, kept_turn, restored, turn_key
from spark_tui.core.session import Turn
from spark_tui.core.tokens import estimate
from spark_tui.core.topic import MOST_LINES, REMEMBERED_TOKENS, notes

CALC = "def add(a, b):\n    return a + b\n\n\ndef use():\n    return add(1, 2)\n"
RENAME = """*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
@@
 def use():
-    return add(1, 2)
+    return plus(1, 2)
*** End Patch
"""


async def answered(r: Any, text: str, answer: str) -> Any:
    """A whole turn; its call."""
    call = await r.ask(text)
    call.say(answer)
    call.end()
    await r.until(lambda: isinstance(r.events[-1], TurnEnded) or r.hunks())
    await r.until(lambda: r.pair.session.turn.ending is not None)
    return call


def decide(r: Any, ids: list[HunkId], state: HunkState) -> None:
    r.pair.decide(ids, state, time.monotonic_ns())


async def test_a_follow_up_knows_what_was_applied_and_what_was_turned_down(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "call it plus in @calc.py", RENAME)
    first, second = (h.id for h in r.hunks())
    decide(r, [first], HunkState.KEPT)
    decide(r, [second], HunkState.DROPPED)
    await r.until(lambda: set(r.states()) == {"applied", "dropped"})
    call = await r.ask("add a test for it")
    known, now = call.request.messages
    assert (known.role, now.role) == ("user", "user")
    assert "Asked: call it plus in @calc.py\n" in known.text
    assert "Applied:\ncalc.py:1\n-def add(a, b):\n+def plus(a, b):\n" in known.text
    assert "not applied:\ncalc.py:6\n-    return add(1, 2)\n+    return plus(1, 2)\n" in known.text
    assert "def plus(a, b):" in now.text


async def test_what_was_taken_back_is_not_said_to_be_applied(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "call it plus in @calc.py", RENAME)
    decide(r, [h.id for h in r.hunks()], HunkState.KEPT)
    await r.until(lambda: set(r.states()) == {"applied"})
    r.pair.take_back(time.monotonic_ns())
    await r.until(lambda: set(r.states()) == {"open"})
    call = await r.ask("what now?")
    assert not any("Applied:" in m.text for m in call.request.messages)


async def test_an_answer_without_an_edit_is_remembered(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "why is @calc.py slow?", "It adds one by one.")
    assert r.pair.preview("").remembered == ()  # not read yet
    call = await r.ask("make it fast then")
    assert "Asked: why is @calc.py slow?\nAnswered: It adds one by one.\n" in (
        call.request.messages[0].text
    )


async def test_what_is_let_go_of_is_not_known_any_more(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "why is @calc.py slow?", "It adds one by one.")
    await r.until(lambda: r.pair.preview("x").remembered == (1,))
    r.pair.let_go()
    await r.until(lambda: not r.pair.preview("x").reading)
    assert r.pair.preview("x").remembered == ()
    call = await r.ask("something else")
    assert len(call.request.messages) == 1


async def test_a_session_that_is_opened_again_knows_its_topic(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    await answered(r, "why is @calc.py slow?", "It adds one by one.")
    r.pair.let_go()
    await answered(r, "and what else is odd?", "Its name.")
    session = r.pair.session
    kept: dict[str, object] = {turn_key(t.id): kept_turn(t) for t in session.turns}
    again = restored({**kept, "acts": kept_acts(session), "topic": session.topic})
    assert [t.answer for t in again.turns] == ["It adds one by one.", "Its name."]
    assert again.topic == 1


# ------------------------------------------------------------------- how much is noted

LABEL = EndpointLabel("sim", "m", "p")


def turn(number: int, text: str = "do it", lines: int = 1, hunks: int = 1) -> Turn:
    new = tuple(f"line {n} of a file\n" for n in range(lines))
    made = tuple(
        Hunk(
            HunkId(number, 1, str(n + 1)),
            "a.py",
            FileOp.UPDATE,
            HunkState.APPLIED,
            None,
            (9, 9),
            (),
            new,
        )
        for n in range(hunks)
    )
    return Turn(number, text, (), 0, LABEL, 0, made, ending=Ending.COMPLETE)


def test_nothing_is_noted_of_turns_that_came_to_nothing_or_still_run() -> None:
    assert notes([]) is None
    assert notes([replace(turn(1), hunks=())]) is None
    assert notes([replace(turn(1), ending=None)]) is None


def test_the_newest_turns_are_noted_within_the_budget_and_the_beginning_moves_rarely() -> None:
    turns: list[Turn] = []
    beginnings = []
    for number in range(1, 61):
        turns.append(turn(number, lines=12))
        found = notes(turns)
        assert found is not None
        assert found.turns[-1] == number
        assert estimate(found.message.text) <= REMEMBERED_TOKENS + 100
        beginnings.append(found.turns[0])
    assert beginnings == sorted(beginnings)
    assert len(set(beginnings)) <= 60 // 4


def test_a_large_turn_is_noted_by_its_places_and_a_long_hunk_by_its_first_lines() -> None:
    long = notes([turn(1, lines=MOST_LINES + 40)])
    assert long is not None
    assert "(40 more lines)" in long.message.text
    large = notes([turn(1, lines=50, hunks=30)])
    assert large is not None
    assert "Applied: a.py:10, a.py:10" in large.message.text
    assert estimate(large.message.text) < REMEMBERED_TOKENS
