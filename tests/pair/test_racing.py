"""One instruction on two endpoints: two answers at once, twins, who wins, and what comes back."""

import time
from typing import Any

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.events import Asked, EndpointKnown, EndpointSet, TurnEnded
from spark_tui.core.mode import Mode
from tests.pair.conftest import ScriptedCall

CALC = "def add(a, b):\n    return a + b\n\n\ndef use():\n    return add(1, 2)\n"
OTHER = EndpointProfile("steady", "http://127.0.0.1:8/v1", "gpt-5-other")


def patch(name: str, *, use: bool = True) -> str:
    """Rename `add` in one or two hunks."""
    first = f"@@\n-def add(a, b):\n+def {name}(a, b):\n     return a + b\n"
    second = f"@@ def use():\n-    return add(1, 2)\n+    return {name}(1, 2)\n"
    body = first + (second if use else "")
    return f"*** Begin Patch\n*** Update File: calc.py\n{body}*** End Patch\n"


async def race(
    rig: Any, mode: Mode = Mode.ASK, *, race_on: bool = False
) -> tuple[Any, ScriptedCall, ScriptedCall]:
    """A race that runs: the rig, the call of the endpoint in use, the rival's."""
    r = rig({"calc.py": CALC}, mode, others=[OTHER], race_on=race_on)
    r.pair.toggle_race()
    r.pair.ask("rename add in @calc.py", time.monotonic_ns())
    await r.until(lambda: len(r.made) == 2 and all(one.calls for one in r.made))
    return r, r.made[0].calls[0], r.made[1].calls[0]


def turns(r: Any) -> dict[int, list[str]]:
    return {t.id: [h.state.value for h in t.hunks] for t in r.pair.session.turns}


def ids(r: Any, turn: int) -> list[Any]:
    return [h.id for t in r.pair.session.turns if t.id == turn for h in t.hunks]


def ended(r: Any) -> dict[int, Ending]:
    return {e.turn: e.ending for e in r.events if isinstance(e, TurnEnded)}


async def both_whole(r: Any, one: ScriptedCall, two: ScriptedCall, *, use: bool = True) -> None:
    one.say(patch("plus"))
    two.say(patch("sum_of", use=use))
    one.end()
    two.end()
    await r.until(lambda: len(ended(r)) == 2)


async def test_two_answers_come_at_once_with_the_same_words(rig: Any) -> None:
    r, one, two = await race(rig)
    assert one.request.messages == two.request.messages
    assert [e.profile.name for e in r.made] == ["spark", "steady"]
    await both_whole(r, one, two)
    assert turns(r) == {1: ["open", "open"], 2: ["open", "open"]}
    named = {e.turn: e.endpoint.name for e in r.events if isinstance(e, Asked)}
    assert named == {1: "spark", 2: "steady"}
    assert r.worktree.log == []


async def test_a_keep_drops_its_twin_alone_and_undo_brings_both_back(rig: Any) -> None:
    r, one, two = await race(rig)
    await both_whole(r, one, two)
    r.pair.decide(ids(r, 2)[:1], HunkState.KEPT, 1)
    await r.until(lambda: r.worktree.log)
    await r.until(lambda: turns(r)[2][0] == "applied")
    assert turns(r) == {1: ["dropped", "open"], 2: ["applied", "open"]}
    assert r.text("calc.py") == CALC.replace("def add", "def sum_of")
    r.pair.take_back(2)
    await r.until(lambda: turns(r) == {1: ["open", "open"], 2: ["open", "open"]})
    assert r.text("calc.py") == CALC
    assert r.pair.session.acts == ()
    r.pair.decide(ids(r, 1)[:1], HunkState.KEPT, 3)
    await r.until(lambda: turns(r)[1][0] == "applied")
    assert turns(r)[2] == ["dropped", "open"]
    assert r.text("calc.py") == CALC.replace("def add", "def plus")
    assert r.pair.session.race.winner == 1


async def test_hunks_of_both_answers_can_be_kept(rig: Any) -> None:
    r, one, two = await race(rig)
    await both_whole(r, one, two)
    r.pair.decide(ids(r, 1)[:1], HunkState.KEPT, 1)
    r.pair.decide(ids(r, 2)[1:], HunkState.KEPT, 2)
    await r.until(lambda: len(r.worktree.log) == 2)
    await r.until(lambda: turns(r) == {1: ["applied", "dropped"], 2: ["dropped", "applied"]})
    assert r.text("calc.py") == CALC.replace("def add", "def plus").replace("add(1", "sum_of(1")
    r.pair.take_back(3)
    r.pair.take_back(4)
    await r.until(lambda: turns(r) == {1: ["open", "open"], 2: ["open", "open"]})
    assert r.text("calc.py") == CALC


async def test_the_first_keep_stops_the_other_answer(rig: Any) -> None:
    r, one, two = await race(rig)
    one.say(patch("plus", use=False).replace("*** End Patch\n", "@@ def use():\n"))
    await r.until(lambda: turns(r).get(1, [])[:1] == ["open"])
    two.say("Thinking about")
    r.pair.decide(ids(r, 1)[:1], HunkState.KEPT, 1)
    await r.until(lambda: 2 in ended(r))
    assert two.cancelled.is_set()
    assert not one.cancelled.is_set()
    assert ended(r) == {2: Ending.STOPPED}
    one.say("-    return add(1, 2)\n+    return plus(1, 2)\n*** End Patch\n")
    one.end()
    await r.until(lambda: turns(r)[1] == ["applied", "open"])


async def test_where_it_is_set_the_loser_runs_on_and_late_twins_go(rig: Any) -> None:
    r, one, two = await race(rig, race_on=True)
    one.say(patch("plus"))
    await r.until(lambda: turns(r).get(1) == ["open", "open"])
    r.pair.decide(ids(r, 1)[:1], HunkState.KEPT, 1)
    two.say(patch("sum_of"))
    await r.until(lambda: turns(r)[2] == ["dropped", "open"])
    assert not two.cancelled.is_set()
    r.pair.take_back(2)
    await r.until(lambda: turns(r) == {1: ["open", "open"], 2: ["open", "open"]})


async def test_esc_stops_both(rig: Any) -> None:
    r, one, two = await race(rig)
    r.pair.stop()
    await r.until(lambda: len(ended(r)) == 2)
    assert one.cancelled.is_set()
    assert two.cancelled.is_set()
    assert set(ended(r).values()) == {Ending.STOPPED}


async def test_auto_apply_is_off_during_a_race(rig: Any) -> None:
    r, one, two = await race(rig, Mode.AUTO)
    await both_whole(r, one, two)
    assert turns(r) == {1: ["open", "open"], 2: ["open", "open"]}
    assert r.worktree.log == []


async def test_the_next_instruction_goes_on_with_the_winner(rig: Any) -> None:
    r, one, two = await race(rig)
    await both_whole(r, one, two)
    r.pair.decide(ids(r, 2)[:1], HunkState.KEPT, 1)
    await r.until(lambda: turns(r)[2] == ["applied", "open"])
    r.pair.ask("and a docstring", 4)
    await r.until(lambda: len(r.made[0].calls) == 2)
    call = r.made[0].calls[-1]
    assert r.pair.session.race is None
    assert turns(r)[1] == ["dropped", "dropped"]
    told = "".join(m.text for m in call.request.messages)
    assert "sum_of" in told
    assert "plus" not in told


async def test_without_a_winner_it_goes_on_with_the_side_looked_at(rig: Any) -> None:
    r, one, two = await race(rig)
    await both_whole(r, one, two)
    r.pair.select_side(2)
    r.pair.ask("and a docstring", 1)
    await r.until(lambda: len(r.pair.session.turns) == 3)
    assert turns(r)[1] == ["dropped", "dropped"]
    assert turns(r)[2] == ["open", "open"]


async def test_each_turn_knows_its_own_endpoint(rig: Any) -> None:
    r, one, two = await race(rig)
    known = [(e.turn, e.endpoint.name) for e in r.events if isinstance(e, EndpointKnown)]
    assert set(known) <= {(1, "spark"), (2, "steady")}
    await both_whole(r, one, two)
    assert {t.id: t.endpoint.name for t in r.pair.session.turns} == {1: "spark", 2: "steady"}
    assert all(e.endpoint.name == "spark" for e in r.events if isinstance(e, EndpointSet))


async def test_one_endpoint_is_not_enough(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    r.pair.toggle_race()
    await r.until(r.notices)
    assert r.notices() == ["a race needs a second endpoint"]
    assert r.pair.session.race is None


async def test_armed_and_disarmed_nothing_is_sent_twice(rig: Any) -> None:
    r = rig({"calc.py": CALC}, others=[OTHER])
    r.pair.toggle_race()
    assert r.pair.session.race.armed
    assert r.made[1].warmed == 1
    r.pair.toggle_race()
    assert r.pair.session.race is None
    r.pair.ask("rename add in @calc.py", 1)
    await r.until(lambda: r.made[0].calls)
    assert r.made[1].calls == []


async def test_redo_drops_the_twin_again(rig: Any) -> None:
    r, one, two = await race(rig)
    await both_whole(r, one, two)
    r.pair.decide(ids(r, 1)[:1], HunkState.KEPT, 1)
    await r.until(lambda: turns(r)[1][0] == "applied")
    r.pair.take_back(2)
    await r.until(lambda: turns(r) == {1: ["open", "open"], 2: ["open", "open"]})
    r.pair.redo(3)
    await r.until(lambda: turns(r) == {1: ["applied", "open"], 2: ["dropped", "open"]})
    assert r.text("calc.py") == CALC.replace("def add", "def plus")


async def test_arming_another_race_drops_nothing_before_it_is_sent(rig: Any) -> None:
    r, one, two = await race(rig)
    await both_whole(r, one, two)
    r.pair.select_side(2)
    r.pair.toggle_race()
    assert turns(r) == {1: ["open", "open"], 2: ["open", "open"]}
    r.pair.ask("and a docstring", 1)
    await r.until(lambda: len(turns(r)) == 4)
    assert turns(r) == {1: ["dropped", "dropped"], 2: ["open", "open"], 3: [], 4: []}
    assert r.pair.session.race.turns == (3, 4)
