"""A whole turn in the real app: one of three hunks fits twice, and a second try mends it."""

import asyncio
import time
from collections.abc import Callable

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.pair.conductor import Pair
from spark_tui.ui.app import SparkApp
from spark_tui.ui.options import ShellOptions
from tests.pair.conftest import MemoryWorktree, ScriptedEndpoint

RETRY = "def backoff(attempt):\n    return 0.5 * 2 ** attempt\n"
CLIENT = "def send(n):\n    delay = backoff(n)\n\n\ndef stream(n):\n    delay = backoff(n)\n"
TESTS = "def test_backoff():\n    assert backoff(1) == 1.0\n"

ANSWER = """*** Begin Patch
*** Update File: retry.py
@@
-    return 0.5 * 2 ** attempt
+    return min(0.5 * 2 ** attempt, 8.0)
*** Update File: client.py
@@
-    delay = backoff(n)
+    delay = min(backoff(n), 8.0)
*** Update File: test_retry.py
@@
-    assert backoff(1) == 1.0
+    assert backoff(9) == 8.0
*** End Patch
"""
AGAIN = """*** Begin Patch
*** Update File: client.py
@@ def stream(n):
-    delay = backoff(n)
+    delay = min(backoff(n), 8.0)
*** End Patch
"""


def screen_text(app: SparkApp) -> str:
    """The body's rows as they are painted."""
    body = app.desk.body
    return "\n".join(strip.text for strip in body.render_lines(body.size.region))


async def test_an_ambiguous_hunk_names_its_places_and_the_second_try_mends_it() -> None:
    worktree = MemoryWorktree({"retry.py": RETRY, "client.py": CLIENT, "test_retry.py": TESTS})
    made: list[ScriptedEndpoint] = []

    def connect(profile: EndpointProfile) -> ScriptedEndpoint:
        made.append(ScriptedEndpoint(profile))
        return made[-1]

    profile = EndpointProfile("spark", "http://127.0.0.1:9/v1", "gpt-5-test")
    pairs: list[Pair] = []

    def conductor() -> Pair:
        pairs.append(Pair(worktree, [profile], connect, time.monotonic_ns))
        return pairs[-1]

    app = SparkApp(conductor, ShellOptions())
    async with app.run_test(size=(120, 40)) as pilot:

        async def until(seen: Callable[[], object]) -> None:
            async with asyncio.timeout(20):
                while not seen():
                    await pilot.pause()

        await until(lambda: pairs and pairs[0].paths())
        await pilot.press(*"cap it")
        await pilot.press("enter")
        await until(lambda: made[0].calls)
        made[0].calls[0].say(ANSWER)
        await until(lambda: "hunk 3/3" in screen_text(app))
        shown = screen_text(app)
        assert "○ retry.py:2" in shown
        assert "○ test_retry.py:2" in shown
        assert "! client.py" in shown
        assert "fits in 2 places, so it is not placed" in shown
        assert "1 line 2 in send()" in shown
        assert "2 line 6 in stream()" in shown

        made[0].calls[0].end()
        await until(lambda: len(made[0].calls) == 2)
        await until(lambda: "asking again for hunk 2, once" in app.desk.keys_row.message.what)
        made[0].calls[1].say(AGAIN)
        made[0].calls[1].end()
        await until(lambda: "○ client.py:6" in screen_text(app))
        assert "fits in 2 places" not in screen_text(app)
        assert [h.state for h in pairs[0].session.turns[0].hunks] == [HunkState.OPEN] * 3
        await pairs[0].close()
