"""Hunks that build on another one of the answer."""

import time
from typing import Any

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import TurnEnded

TEXT = "one\ntwo\nthree\n"
PATCH = """*** Begin Patch
*** Update File: a.txt
@@
 one
-two
+second
 three
@@
-second
+the second
*** End Patch
"""


async def proposed(rig: Any) -> Any:
    r = rig({"a.txt": TEXT})
    call = await r.ask("reword @a.txt")
    call.say(PATCH)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    assert r.hunks()[1].depends_on == r.hunks()[0].id
    return r


async def test_one_that_builds_on_a_dropped_hunk_is_not_kept_without_effect(rig: Any) -> None:
    r = rig({"a.txt": TEXT})
    call = await r.ask("reword @a.txt")
    begin, more = PATCH.split("@@\n-second")
    call.say(begin + "@@\n")
    await r.until(lambda: r.states()[:1] == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.DROPPED, time.monotonic_ns())
    call.say("-second" + more)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    assert r.hunks()[1].depends_on == r.hunks()[0].id
    assert r.pair.decide([r.hunks()[1].id], HunkState.KEPT, time.monotonic_ns()) == ()
    assert r.states() == ["dropped", "open"]


async def test_both_are_kept_together_where_both_are_named(rig: Any) -> None:
    r = await proposed(rig)
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text("a.txt") == "one\nthe second\nthree\n"
