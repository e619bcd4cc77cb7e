"""Code that nobody named: found while the person types, shown, and sent as it was shown."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.events import Asked, TurnEnded
from spark_tui.core.retrieve.answer import IndexState
from spark_tui.pair.ports import ContextPreview
from spark_tui.services.endpoint import connect
from spark_tui.services.index.finder import RepositoryIndex
from spark_tui.services.worktree import open_worktree
from tests.pair.conftest import Rig
from tests.replying import Replying

FILES = {
    "net/retry.py": "def backoff(attempt):\n    return 0.5 * 2 ** attempt\n",
    "net/client.py": "class Client:\n    def send(self, request):\n        return request\n",
    "shop/basket.py": "class Basket:\n    def total(self):\n        return sum(self.prices)\n",
    "shop/till.py": "".join(f"def coin_{n}():\n    return {n}\n\n\n" for n in range(800)),
} | {f"pad/p{n}.py": f"pad{n} = {n}\n" for n in range(30)}

PATCH = """*** Begin Patch
*** Update File: net/retry.py
@@
-    return 0.5 * 2 ** attempt
+    return min(8.0, 0.5 * 2 ** attempt)
*** End Patch
"""


async def settled(r: Rig, text: str) -> ContextPreview:
    def known() -> bool:
        look = r.pair.preview(text)
        return not (look.reading or look.finding)

    await r.until(known)
    return r.pair.preview(text)


async def sent(r: Rig, text: str) -> tuple[Asked, str]:
    """What was told of the turn, and the message that went out."""
    calls = sum(len(e.calls) for e in r.made)
    r.pair.ask(text, time.monotonic_ns())
    await r.until(lambda: any(isinstance(e, Asked) and e.text == text for e in r.events))
    await r.until(lambda: sum(len(e.calls) for e in r.made) > calls)
    asked = [e for e in r.events if isinstance(e, Asked)][-1]
    return asked, r.made[-1].calls[-1].request.messages[-1].text


async def over(r: Rig) -> None:
    ended = sum(isinstance(e, TurnEnded) for e in r.events)
    r.made[-1].calls[-1].end(Ending.COMPLETE)
    await r.until(lambda: sum(isinstance(e, TurnEnded) for e in r.events) > ended)


async def test_what_the_words_are_about_is_shown_and_sent(rig: Any) -> None:
    r = rig(FILES, finds=True)
    shown = await settled(r, "let the backoff wait longer")
    assert [(i.path, i.guess) for i in shown.items] == [("net/retry.py", True)]
    asked, message = await sent(r, "let the backoff wait longer")
    assert (asked.context, asked.tokens) == (shown.items, shown.tokens)
    assert message.startswith("File: net/retry.py\n```\ndef backoff")
    assert "Repository files" not in message


async def test_other_places_in_a_file_are_told_of_as_not_shown(rig: Any) -> None:
    r = rig(FILES, finds=True)
    shown = await settled(r, "`coin_7` and nothing else")
    assert shown.outlines == 1
    _, message = await sent(r, "`coin_7` and nothing else")
    told = "To read, no file: definitions in these files, with their line numbers; not shown in"
    assert told in message
    assert "shop/till.py (lines" in message
    assert re.search(r"\n\d+: def coin_\d+\(\):\n", message)


async def test_named_files_go_first_and_what_is_found_fills_the_rest(rig: Any) -> None:
    r = rig(FILES, finds=True)
    for text in ("the backoff, in @shop/basket.py", "the backoff, see basket.py"):
        shown = await settled(r, text)
        assert [(i.path, i.guess) for i in shown.items][:2] == [
            ("shop/basket.py", False),
            ("net/retry.py", True),
        ]
    assert max(r.finder.budgets[:1]) <= 4000, "beside what is named less is looked for"


async def test_at_enter_what_is_named_goes_alone_where_nothing_is_found_yet(rig: Any) -> None:
    r = rig(FILES, finds=True)
    await r.until(r.pair.paths)
    r.finder.free.clear()
    text = "the backoff, in @shop/basket.py"
    await r.until(lambda: r.pair.preview(text).items)
    shown = r.pair.preview(text)
    assert ([i.path for i in shown.items], shown.finding) == (["shop/basket.py"], True)
    asked, _ = await sent(r, text)
    assert (asked.context, asked.tokens) == (shown.items, shown.tokens)
    r.finder.free.set()


POINTED: dict[str, list[tuple[str, int, int]]] = {
    "why is shop/till.py:9 slow": [("shop/till.py", 1, 21)],
    "@till.py:6": [("shop/till.py", 1, 206)],
    "src: @Basket.total is wrong": [("shop/basket.py", 1, 3)],
    "docstrings in @net/": [("net/client.py", 1, 3), ("net/retry.py", 1, 2)],
    "sort the imports of shop/*.py": [("shop/basket.py", 1, 3)],
    "basket.py::total fails": [("shop/basket.py", 1, 3)],
    'Traceback:\n  File "ROOT/net/client.py", line 2, in send': [("net/client.py", 1, 3)],
    "goroutine:\n\tROOT/shop/till.py:33 +0x1d": [("shop/till.py", 21, 45)],
    "    at send (ROOT/net/client.py:2:11)": [("net/client.py", 1, 3)],
}


@pytest.mark.parametrize("text", POINTED)
@pytest.mark.parametrize("finds", [True, False])
async def test_what_words_point_at_goes_first_and_is_no_guess(
    rig: Any, text: str, *, finds: bool
) -> None:
    r = rig(FILES, finds=finds)
    await r.until(r.pair.paths)
    said = text.replace("ROOT", str(r.worktree.root))
    shown = await settled(r, said)
    first = [item for item in shown.items if not item.guess]
    if "@Basket" in text and not finds:
        assert first == [], "a symbol is looked up in the index"
        return
    spans = [item.lines or (1, len(FILES[item.path].splitlines())) for item in first]
    named = [(item.path, *span) for item, span in zip(first, spans, strict=True)]
    assert named[: len(POINTED[text])] == POINTED[text]
    asked, _ = await sent(r, said)
    assert asked.context == shown.items


async def test_in_a_small_repository_symbols_and_folders_are_pointed_at_too(rig: Any) -> None:
    few = {path: FILES[path] for path in ("net/retry.py", "net/client.py", "shop/basket.py")}
    r = rig(few)
    for text, paths in (
        ("what is @Basket.total for", ["shop/basket.py"]),
        ("docstrings in @net/", ["net/client.py", "net/retry.py"]),
        ("look at @retry.py", ["net/retry.py"]),
        ("retry.py:1 looks odd", [*few]),
    ):
        assert {i.path for i in (await settled(r, text)).items} == set(paths), text
    missing = await settled(r, "see @nowhere/at.py")
    assert missing.problem


async def test_a_small_repository_goes_along_whole(rig: Any) -> None:
    few = {path: FILES[path] for path in ("net/retry.py", "net/client.py")}
    r = rig(few, finds=True)
    shown = await settled(r, "let the backoff wait longer")
    assert [i.path for i in shown.items] == ["net/client.py", "net/retry.py"]
    assert r.finder.asked == []


async def test_what_nothing_is_found_for_lists_the_files(rig: Any) -> None:
    r = rig(FILES, finds=True)
    shown = await settled(r, "xyzzy plugh")
    assert shown.items == ()
    _, message = await sent(r, "xyzzy plugh")
    assert "Repository files:\nnet/client.py\n" in message


async def test_it_looks_at_pauses_and_for_the_newest_words_only(rig: Any) -> None:
    r = rig(FILES, finds=True)
    await r.until(r.pair.paths)
    text = "let the backoff wait longer"
    for end in range(1, len(text) + 1):
        r.pair.preview(text[:end])
    await settled(r, text)
    assert r.finder.asked == [text]


async def test_enter_sends_what_is_shown_while_newer_words_are_looked_for(rig: Any) -> None:
    r = rig(FILES, finds=True)
    before = await settled(r, "the total of the basket")
    r.finder.free.clear()
    shown = r.pair.preview("the total of the basket is wrong")
    assert (shown.items, shown.finding, shown.reading) == (before.items, True, False)
    asked, _ = await sent(r, "the total of the basket is wrong")
    assert asked.context == before.items


async def test_enter_at_once_looks_first(rig: Any) -> None:
    r = rig(FILES, finds=True)
    await r.until(r.pair.paths)
    asked, message = await sent(r, "let the backoff wait longer")
    assert [i.path for i in asked.context] == ["net/retry.py"]
    assert "File: net/retry.py" in message


async def test_a_file_that_changed_since_it_was_shown_is_not_sent_as_it_was(rig: Any) -> None:
    r = rig(FILES, finds=True)
    await settled(r, "let the backoff wait longer")
    r.worktree.files["net/retry.py"] = b"def other():\n    pass\n"
    asked, message = await sent(r, "let the backoff wait longer")
    assert asked.context == ()
    assert "backoff(attempt)" not in message


async def test_what_was_only_found_does_not_stick_but_what_was_edited_does(rig: Any) -> None:
    r = rig(FILES, finds=True)
    await settled(r, "the total of the basket")
    await sent(r, "the total of the basket")
    await over(r)
    shown = await settled(r, "let the backoff wait longer")
    assert [i.path for i in shown.items] == ["net/retry.py"]
    await sent(r, "let the backoff wait longer")
    r.made[-1].calls[-1].say(PATCH)
    await over(r)
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied"])
    shown = await settled(r, "and the total of the basket")
    assert [(i.path, i.guess) for i in shown.items] == [
        ("net/retry.py", False),
        ("shop/basket.py", True),
    ]
    assert shown.again == ("net/retry.py",)
    assert "net/retry.py" in r.finder.updated


async def test_what_was_found_and_turned_down_does_not_stick(rig: Any) -> None:
    r = rig(FILES, finds=True)
    await settled(r, "let the backoff wait longer")
    await sent(r, "let the backoff wait longer")
    r.made[-1].calls[-1].say(PATCH)
    await over(r)
    r.pair.decide([r.hunks()[0].id], HunkState.DROPPED, time.monotonic_ns())
    await r.until(lambda: r.states() == ["dropped"])
    shown = await settled(r, "and the total of the basket")
    assert [i.path for i in shown.items] == ["shop/basket.py"]
    assert shown.again == ()


async def test_saves_of_others_are_told_to_the_index(rig: Any) -> None:
    r = rig(FILES, finds=True)
    await r.until(r.pair.paths)
    r.worktree.files["shop/voucher.py"] = b"def voucher(): ...\n"
    r.worktree.changed.put_nowait(frozenset({"shop/voucher.py"}))
    await r.until(lambda: "shop/voucher.py" in r.pair.paths())
    await r.until(lambda: r.finder.updated == ["shop/voucher.py"])
    shown = await settled(r, "the voucher")
    assert [i.path for i in shown.items] == ["shop/voucher.py"]


async def test_the_last_save_goes_along_and_finds_where_else_it_fits(rig: Any) -> None:
    r = rig(FILES, finds=True)
    r.worktree.head = dict(FILES)
    await r.until(r.pair.paths)
    text = "do the same in the rest: @last"
    nothing = await settled(r, text)
    assert nothing.problem == "nothing was saved outside since the start"
    for path, old, new in (
        ("net/client.py", "return request", "return self.prices"),
        ("net/client.py", "return self.prices", "return sum(self.prices)"),
    ):
        r.worktree.files[path] = r.worktree.files[path].decode().replace(old, new).encode()
        seen = len(r.finder.updated)
        r.worktree.changed.put_nowait(frozenset({path}))
        await r.until(lambda n=seen: len(r.finder.updated) > n)
    shown = await settled(r, text)
    said = [(i.path, i.guess) for i in shown.items]
    assert said[:2] == [("net/client.py", False), ("shop/basket.py", True)]
    assert said[-1] == ("last", False)
    asked, message = await sent(r, text)
    assert asked.context == shown.items
    assert "-        return self.prices\n+        return sum(self.prices)\n" in message
    assert "return request" not in message, "only the newest save"


async def test_a_small_window_is_not_filled(rig: Any) -> None:
    profile = EndpointProfile("here", "http://127.0.0.1:9/v1", "m", window=8000)
    r = rig(FILES, finds=True, profile=profile)
    await settled(r, "let the backoff wait longer")
    assert set(r.finder.budgets) == {2000}


def committed(root: Path) -> None:
    for args in (("init", "-q"), ("add", "-A")):
        subprocess.run(["git", *args], cwd=root, check=True)


async def test_over_the_real_wire_the_right_lines_are_in_the_request(
    rig: Any, tmp_path: Path
) -> None:
    root, state = tmp_path / "code", tmp_path / "state"
    files = FILES | {f"gen/part{n}.py": f"def part_{n}():\n    return {n}\n" for n in range(270)}
    files[".env"] = "BACKOFF_PASSWORD=wait-longer\n"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    await asyncio.to_thread(committed, root)
    worktree = open_worktree(root, state)
    index = RepositoryIndex(worktree.repo, state)
    server = Replying()
    server.text = PATCH
    r = rig(
        {},
        real=worktree,
        finder=index,
        profile=EndpointProfile("here", server.address, "gpt-5-test", window=128_000),
        connect=connect,
    )
    try:
        await r.until(r.pair.paths)
        await r.until(lambda: index.find("the total").state is IndexState.READY)
        shown = await settled(r, "let the backoff wait longer")
        r.pair.ask("let the backoff wait longer", time.monotonic_ns())
        await r.until(lambda: r.states() == ["open"] if r.pair.session.turns else False)
        said = server.bodies[-1]["input"][-1]["content"][0]["text"]
        assert said.startswith("File: net/retry.py\n```\ndef backoff(attempt):\n")
        assert len(shown.items) < 12
        assert "PASSWORD" not in said
        assert ("net/retry.py", True) in [(i.path, i.guess) for i in shown.items]
    finally:
        server.close()
