"""Enter while an answer runs: the new turn takes the place of the running call."""

from typing import Any

from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import TurnEnded

CALC = "def add(a, b):\n    return a + b\n\n\ndef use():\n    return add(1, 2)\n"
BEGUN = """Renaming.

*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
@@ def use():
"""


def endings(rig: Any) -> list[tuple[int, Ending]]:
    return [(e.turn, e.ending) for e in rig.events if isinstance(e, TurnEnded)]


async def test_the_running_call_is_handed_over_with_what_to_tell_it(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(BEGUN)
    await r.until(lambda: r.states()[:1] == ["open"])
    second = await r.ask("leave the tests alone")
    assert r.made[0].replaced == [None, call]
    assert second.request.steer == "\nInstruction:\nleave the tests alone\n"
    await r.until(lambda: endings(r) == [(1, Ending.STOPPED)])
    assert [h.state for h in r.pair.session.turns[0].hunks] == ["open"]
    second.say("Left alone.")
    second.end()
    await r.until(lambda: endings(r)[1:] == [(2, Ending.COMPLETE)])


async def test_what_the_old_call_still_says_is_not_heard(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say("Half a sen")
    await r.until(lambda: r.pair.session.turns[0].reading.reads)
    run = r.pair._run
    running = run.hand_over()
    assert running.call is call
    call.say("tence that nobody reads")
    call.end()
    await r.until(lambda: endings(r) == [(1, Ending.STOPPED)])
    assert not any("nobody" in repr(event) for event in r.events)


async def test_a_turn_that_cannot_be_sent_stops_the_answer_it_wanted_to_steer(rig: Any) -> None:
    r = rig({"calc.py": CALC, "secret.txt": "x"})
    call = await r.ask("rename add to plus in @calc.py")
    call.say("Renaming.")
    r.pair.ask("use @secret.txt", 1)
    await r.until(lambda: len(endings(r)) == 2)
    assert call.cancelled.is_set()
    assert endings(r) == [(1, Ending.STOPPED), (2, Ending.FAILED)]


async def test_after_an_answer_nothing_is_handed_over(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("what is it")
    call.say("A calculator.")
    call.end()
    await r.until(lambda: len(endings(r)) == 1)
    second = await r.ask("rename add to plus in @calc.py")
    assert r.made[0].replaced == [None, None]
    assert second.request.steer == ""
    assert second.request.follows == ""


async def test_a_refinement_says_which_answer_it_follows_and_what_is_new(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(BEGUN + "-    return add(1, 2)\n+    return plus(1, 2)\n*** End Patch\n")
    call.end(response_id="resp_7")
    await r.until(lambda: endings(r) == [(1, Ending.COMPLETE)])
    second = await r.ask("and use three")
    assert r.made[0].replaced == [None, None]
    assert second.request.follows == "resp_7"
    assert second.request.steer == "\nInstruction:\nand use three\n"
    assert len(second.request.messages) == 3
