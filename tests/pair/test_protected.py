import time
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import TurnEnded
from spark_tui.core.mode import Mode

CI = ".github/workflows/ci.yml"
FILES = {"calc.py": "x = 1\n", CI: "on: push\n"}
PATCH = f"""*** Begin Patch
*** Update File: calc.py
@@
-x = 1
+x = 2
*** Update File: {CI}
@@
-on: push
+on: release
*** End Patch
"""


async def answered(rig: Any, mode: Mode, patch: str = PATCH) -> Any:
    r = rig(FILES, mode)
    call = await r.ask(f"change them in @calc.py @{CI}")
    call.say(patch)
    call.end()
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    return r


async def test_auto_apply_leaves_protected_files_to_the_person(rig: Any) -> None:
    r = await answered(rig, Mode.AUTO)
    await r.until(lambda: "1 hunk in protected files not written" in r.notices())
    assert r.states() == ["applied", "open"]
    assert r.text("calc.py") == "x = 2\n"
    assert r.text(CI) == FILES[CI]
    r.pair.decide([r.hunks()[1].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "applied"])
    assert r.text(CI) == "on: release\n"


@pytest.mark.parametrize("target", [".env", ".husky/pre-commit"])
async def test_a_move_onto_a_protected_path_waits_too(rig: Any, target: str) -> None:
    patch = f"""*** Begin Patch
*** Update File: calc.py
*** Move to: {target}
@@
-x = 1
+x = 2
*** End Patch
"""
    r = await answered(rig, Mode.AUTO, patch)
    await r.until(lambda: any("protected" in n for n in r.notices()))
    assert target not in r.worktree.files
    assert "open" in r.states()
