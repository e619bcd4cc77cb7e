"""An answer that hits its length limit is continued where it stopped, once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.joining import continuation
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, Usage
from spark_tui.core.mode import Mode
from tests.pair.test_turns import CALC, PATCH, RENAMED, ended

AT = PATCH.index("return add(1") + 9
"""Inside a line of the second hunk."""


async def second(r: Any) -> Any:
    await r.until(lambda: len(r.made[-1].calls) == 2)
    return r.made[-1].calls[-1]


async def test_it_goes_on_inside_a_line_and_counts_both_answers(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH[:AT], pieces=4)
    call.send(Usage(time.monotonic_ns(), 100, 40, cached=10))
    call.end(Ending.LENGTH, "the answer hit its length limit, nothing written")
    more = await second(r)
    said = [m.text for m in more.request.messages]
    assert said[-2] == PATCH[:AT]
    assert [m.role for m in more.request.messages[-2:]] == ["assistant", "user"]
    await r.until(lambda: any("going on where it stopped" in one for one in r.notices()))
    more.say(PATCH[AT:], pieces=3)
    more.send(Usage(time.monotonic_ns(), 200, 30, cached=90))
    more.end()
    await r.until(lambda: ended(r) and r.states() == ["open", "open"])
    reading = r.pair.session.turns[-1].reading
    assert (reading.input, reading.cached) == (200, 10)  # the scripted end counts 100 in, 50 out
    assert reading.output == 90
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text("calc.py") == RENAMED


async def test_what_is_repeated_at_the_seam_counts_once(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH[:AT])
    call.end(Ending.LENGTH)
    more = await second(r)
    line = PATCH.rindex("\n", 0, AT) + 1
    more.say(PATCH[line:])
    more.end()
    await r.until(lambda: ended(r) and r.states() == ["open", "open"])
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.text("calc.py") == RENAMED)


async def test_a_seam_that_nobody_saw_is_never_written_by_itself(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH[:AT])
    call.end(Ending.LENGTH)
    more = await second(r)
    more.say(PATCH[AT:])
    more.end()
    await r.until(lambda: ended(r) and r.states() == ["open", "open"])
    assert r.text("calc.py") == CALC


@pytest.mark.parametrize("again", [Ending.LENGTH, Ending.CUT, Ending.FAILED])
async def test_it_is_continued_once_only(rig: Any, again: Ending) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH[:AT])
    call.end(Ending.LENGTH)
    more = await second(r)
    more.say(PATCH[AT : AT + 3])
    more.end(again, "no more")
    await r.until(lambda: ended(r))
    assert len(r.made[-1].calls) == 2
    assert r.states() == ["open"]
    assert r.pair.session.turns[-1].ending is again


async def test_esc_stops_the_continuation_and_finished_hunks_stay(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("rename add to plus in @calc.py")
    call.say(PATCH[:AT])
    call.end(Ending.LENGTH)
    more = await second(r)
    r.pair.stop()
    await r.until(lambda: ended(r))
    assert more.cancelled.is_set()
    assert r.states() == ["open"]


FENCED = "calc.py\n```python\n<<<<<<< SEARCH\n    return a + b\n=======\n    return b +"
SEAMS = [
    ("ab", "cd", "cd"),
    ("one two three", "two three four", " four"),
    ("x = 1\nyear = 2\n", "year = 2\nz = 3\n", "z = 3\n"),
    ("x = 1\nyear = ", "year = 2\n", "2\n"),
    ("if a {\n}\n}\n", "}\n", "}\n"),
    ("one two three", "three four", "three four"),
    (FENCED, " a\n>>>>>>> REPLACE\n```\n", " a\n>>>>>>> REPLACE\n```\n"),
    (FENCED, "```python\n    return b + a\n", " a\n"),
    (FENCED + "\n", "```\nnext\n", "next\n"),
    ("done\n```\ncode\n```\n", "```\nmore\n```\n", "```\nmore\n```\n"),
    ("a }\n", "}\n", "}\n"),
]


@pytest.mark.parametrize(("before", "start", "added"), SEAMS)
def test_only_what_is_surely_repeated_is_left_out(before: str, start: str, added: str) -> None:
    found = continuation(before, start)
    assert found == added


@given(st.text("ab \n`", max_size=60), st.text("ab \n`", max_size=60))
def test_a_continuation_is_a_part_of_what_came(before: str, start: str) -> None:
    assert start.endswith(continuation(before, start))
