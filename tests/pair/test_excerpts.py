"""Texts under a file's name in a session: taken by a word of the person, or never a hunk."""

import time
from typing import Any

from spark_tui.core.edits.model import HunkState, RefusalCode
from spark_tui.core.events import TurnEnded
from spark_tui.core.mode import Mode

CALC = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n"
PART = "def add(a, b):\n    return b + a\n"
BLOCK = """calc.py
```
<<<<<<< SEARCH
    return a + b
=======
    return b + a
>>>>>>> REPLACE
```
"""


async def _answered(rig: Any, answer: str, files: dict[str, str], mode: Mode = Mode.ASK) -> Any:
    r = rig(files, mode)
    call = await r.ask("swap them in @calc.py")
    call.say(answer, pieces=7)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    return r


async def test_an_excerpt_waits_for_a_word_and_its_one_place_is_the_file(rig: Any) -> None:
    r = await _answered(rig, f"**calc.py**\n\n```python\n{PART}```\n", {"calc.py": CALC})
    await r.until(lambda: r.states() == ["refused"])
    (hunk,) = r.hunks()
    assert hunk.refusal.code is RefusalCode.EXCERPT
    r.pair.place(hunk.id, 0, time.monotonic_ns())
    await r.until(lambda: set(r.states()) == {"open"})
    assert r.hunks()[0].id == hunk.id
    r.pair.decide([h.id for h in r.hunks()], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.text("calc.py") == PART)


async def test_a_text_that_shows_the_file_leaves_no_hunk_behind(rig: Any) -> None:
    part = CALC.partition("\n\n\n")[0]
    now = f"The code now is:\n\ncalc.py\n```python\n{part}\n```\n\nIt becomes:\n\n"
    for answer in (now + BLOCK, BLOCK + "\n" + now):
        r = await _answered(rig, answer, {"calc.py": CALC})
        await r.until(lambda r=r: r.states() == ["open"])


async def test_a_file_added_though_it_is_there_is_a_change_to_decide(rig: Any) -> None:
    new = CALC.replace("a + b", "b + a")
    lines = "".join(f"+{line}\n" for line in new.splitlines())
    answer = f"*** Begin Patch\n*** Add File: calc.py\n{lines}*** End Patch\n"
    r = await _answered(rig, answer, {"calc.py": CALC})
    await r.until(lambda: r.states() == ["open"])
    assert (r.hunks()[0].added, r.hunks()[0].removed) == (1, 1)


async def test_auto_apply_keeps_no_new_file_that_a_line_alone_names_elsewhere(rig: Any) -> None:
    files = {"src/calc.py": CALC, "calc.py": CALC}
    here = "new.py\n```python\nx = 1\n```\n\n"
    there = "docs/new.py\n```python\nx = 1\n```\n\n"
    r = await _answered(rig, here + there + BLOCK, files, Mode.AUTO)
    await r.until(lambda: "1 new file outside the folders of this edit not written" in r.notices())
    assert "new.py" in r.worktree.files
    assert "docs/new.py" not in r.worktree.files
    waiting = next(h for h in r.hunks() if h.state is HunkState.OPEN)
    r.pair.decide([waiting.id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: "docs/new.py" in r.worktree.files)


async def test_auto_apply_keeps_what_a_patch_adds_anywhere(rig: Any) -> None:
    answer = "*** Begin Patch\n*** Add File: docs/new.py\n+x = 1\n*** End Patch\n"
    r = await _answered(rig, answer, {"calc.py": CALC}, Mode.AUTO)
    await r.until(lambda: r.states() == ["applied"])
