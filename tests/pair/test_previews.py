"""What is shown before sending is what is sent: held against the requests themselves."""

import asyncio
import random
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from spark_tui.core.context import NOTHING_OMITTED, LineRange, Omitted
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, EndpointProfile, EndpointState
from spark_tui.core.events import Asked, TreeChanged, TurnEnded
from spark_tui.core.session import Turn
from spark_tui.core.tokens import estimate
from spark_tui.pair.conductor import Pair
from spark_tui.pair.ports import ContextPreview
from spark_tui.pair.previews import LONG
from spark_tui.services.endpoint import connect
from spark_tui.ui.messages.remedies import in_shell
from tests.pair.conftest import Rig
from tests.replying import Replying

FILES = {
    "calc.py": "def add(a, b):\n    return a + b\n\n\ndef use():\n    return add(1, 2)\n",
    "src/deep/näme.py": "x = 'é 日本'\n" * 9,
    "src/retry.py": "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(200)),
    "my notes.md": "# Notes\n\n```py\nx\n```\n",
    "empty.py": "",
} | {f"pad/{n}.txt": "pad\n" * 50 for n in range(30)}

PIECES = (
    "rename add to plus",
    "@calc.py",
    "@calc.py:1-2",
    "@src/retry.py:400",
    '@"my notes.md"',
    "@empty.py",
    "src/retry.py",
    "see näme.py,",
    "café 日本語 naïve",
    "\n\n    indented\t\ttwice\n",
    "user@host",
    "@",
    "@diff",
    "$ pytest\nE   assert 1 == 2 in calc.py\n" * 12,
    "x" * 30_000,
    "   ",
    "@nowhere.py",
)

PATCH = """*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
@@ def use():
-    return add(1, 2)
+    return plus(1, 2)
*** End Patch
"""


async def settled(
    r: Rig, text: str, span: LineRange | None = None, omitted: Omitted = NOTHING_OMITTED
) -> ContextPreview:
    """What is shown for this draft once nothing is read any more."""

    def known() -> bool:
        look = r.pair.preview(text, span, omitted)
        return not (look.reading or look.finding)

    await r.until(known)
    return r.pair.preview(text, span, omitted)


def shown_files(request: Any) -> list[str]:
    """Paths of the file blocks of the message that is asked now."""
    return re.findall(r"^File: (.*?)(?: \(lines .*\))?\n`{3,}", request.messages[-1].text, re.M)


async def one_turn(r: Rig, seed: random.Random, *, finds: bool) -> None:
    text = " ".join(seed.sample(PIECES, seed.randint(1, 3)))
    span = LineRange("calc.py", 1, seed.randint(1, 6)) if seed.random() < 0.15 else None
    r.worktree.changes = seed.choice(["", "diff --git a/calc.py b/calc.py\n"])
    r.pair.preview(text[: seed.randint(0, len(text))], span)  # as it is typed
    shown = await settled(r, text, span)
    omitted = NOTHING_OMITTED
    if span is None and shown.items and seed.random() < 0.3:
        gone = seed.choice(shown.items)
        omitted = NOTHING_OMITTED.toggled(gone.path, gone.lines)
        omitted = replace(omitted, turns=seed.random() < 0.5, outlines=seed.random() < 0.5)
        shown = await settled(r, text, omitted=omitted)
        assert gone.path not in [i.path for i in shown.items if i.lines == gone.lines]
    calls = sum(len(e.calls) for e in r.made)
    ended = sum(isinstance(e, TurnEnded) for e in r.events)
    turns = len(r.pair.session.turns)
    if span is None:
        r.pair.ask(text, time.monotonic_ns(), omitted)
    else:
        r.pair.ask_span(span, text, time.monotonic_ns())
    await r.until(lambda: len(r.pair.session.turns) > turns)
    if shown.problem:
        await r.until(lambda: sum(isinstance(e, TurnEnded) for e in r.events) > ended)
        assert sum(len(e.calls) for e in r.made) == calls, "what has a problem is never sent"
        end = [e for e in r.events if isinstance(e, TurnEnded)][-1]
        assert (shown.problem, shown.remedies) == (end.detail, end.remedies)
        return
    await r.until(lambda: sum(len(e.calls) for e in r.made) > calls)
    call = r.made[-1].calls[-1]
    asked = [e for e in r.events if isinstance(e, Asked)][-1]
    assert (asked.context, asked.tokens) == (shown.items, shown.tokens)
    about = {i.path for i in shown.items} - {"diff", "clipboard"}
    assert {i.guess for i in shown.items} <= ({True, False} if finds else {False})
    assert set(shown_files(call.request)) == about
    texts = [call.request.instructions, *(m.text for m in call.request.messages)]
    assert abs(sum(map(estimate, texts)) - shown.tokens) <= len(texts)
    call.say(seed.choice([PATCH, "Nothing to do.\n"]))
    call.end(seed.choice([Ending.COMPLETE, Ending.CUT]))
    await r.until(lambda: sum(isinstance(e, TurnEnded) for e in r.events) > ended)
    for hunk in r.hunks():
        if hunk.state is HunkState.OPEN and seed.random() < 0.5:
            state = seed.choice([HunkState.KEPT, HunkState.DROPPED])
            r.pair.decide([hunk.id], state, time.monotonic_ns())
    await r.until(lambda: not any(_kept(t) for t in r.pair.session.turns))
    if seed.random() < 0.2:
        r.pair.let_go()
    if seed.random() < 0.2:
        r.worktree.files["calc.py"] = FILES["calc.py"].encode() + b"# mine\n"
        seen = sum(isinstance(e, TreeChanged) for e in r.events)
        r.worktree.changed.put_nowait(frozenset({"calc.py"}))
        await r.until(lambda: sum(isinstance(e, TreeChanged) for e in r.events) > seen)


def _kept(turn: Turn) -> bool:
    """Whether something of it is still on its way to the disk."""
    return any(hunk.state is HunkState.KEPT for hunk in turn.hunks)


@pytest.mark.parametrize("seed", range(12))
async def test_for_any_draft_what_is_shown_is_what_is_sent(rig: Any, seed: int) -> None:
    await histories(rig, seed, turns=5)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 300))
async def test_for_any_draft_what_is_shown_is_what_is_sent_many(rig: Any, seed: int) -> None:
    await histories(rig, seed, turns=10)


async def histories(rig: Any, seed: int, turns: int) -> None:
    finds = bool(seed % 2)
    r = rig(dict(FILES), finds=finds)
    chooser = random.Random(seed)
    for _ in range(turns):
        await one_turn(r, chooser, finds=finds)


async def test_the_bytes_of_the_request_are_those_that_were_shown(rig: Any) -> None:
    server = Replying()
    profile = EndpointProfile("here", server.address, "m", window=9000)
    r = rig(dict(FILES), profile=profile, connect=connect)
    drafts = ["say it in @calc.py", "and again", "x\n" * LONG + "src/retry.py", "@src/retry.py"]
    try:
        for text in drafts:
            before = len(server.bodies)
            shown = await settled(r, text)
            turns = len(r.pair.session.turns)
            r.pair.ask(text, time.monotonic_ns())
            await r.until(lambda n=turns: len(r.pair.session.turns) > n and _over(r.pair))
            if shown.problem:
                assert len(server.bodies) == before
                continue
            body = server.bodies[-1]
            said = body["input"][-1]["content"][0]["text"]
            assert re.findall(r"^File: (\S+)", said, re.M) == [i.path for i in shown.items]
            texts = [body["instructions"], *(i["content"][0]["text"] for i in body["input"])]
            assert abs(sum(map(estimate, texts)) - shown.tokens) <= len(texts)
            assert "window" not in body
        assert [t.ending for t in r.pair.session.turns] == [
            Ending.COMPLETE,
            Ending.COMPLETE,
            Ending.FAILED,
            Ending.COMPLETE,
        ]
    finally:
        server.close()


def _over(pair: Pair) -> bool:
    turn = pair.session.turn
    return turn is not None and turn.ending is not None


async def test_beyond_the_window_nothing_is_sent_and_the_largest_part_is_named(rig: Any) -> None:
    big = {"net/big.py": "value = compute(1, 2)\n" * 2_000, "calc.py": FILES["calc.py"]}
    r = rig(big)
    await r.until(r.pair.paths)
    r.made[-1].told(EndpointState("gpt-5-test", "ws", window=8_000))
    await r.until(lambda: r.pair.session.endpoint.window == 8_000)
    shown = await settled(r, "shorten @net/big.py and @calc.py")
    told = "11k of 8.0k, not sent · the largest part is @net/big.py (10k)"
    assert in_shell(shown.problem, shown.remedies) == told
    r.pair.ask("shorten @net/big.py and @calc.py", time.monotonic_ns())
    await r.until(lambda: any(isinstance(e, TurnEnded) for e in r.events))
    end = next(e for e in r.events if isinstance(e, TurnEnded))
    assert (end.ending, in_shell(end.detail, end.remedies)) == (Ending.FAILED, told)
    assert not r.made[-1].calls
    long = await settled(r, "y = 2  # words\n" * 4_000)
    assert "the instruction is the largest part" in in_shell("", long.remedies)
    assert not (await settled(r, "shorten @calc.py")).problem


async def test_a_window_that_is_not_known_lets_everything_go(rig: Any) -> None:
    r = rig({"net/big.py": "value = compute(1, 2)\n" * 20_000})
    assert not (await settled(r, "shorten @net/big.py")).problem


async def test_what_sticks_is_told_and_can_be_let_go(rig: Any) -> None:
    r = rig(dict(FILES))
    call = await r.ask("a docstring in @calc.py and @src/retry.py:400")
    call.say("Nothing to do.\n")
    call.end()
    shown = await settled(r, "and for the others")
    assert shown.again == ("calc.py", "src/retry.py")
    assert [i.path for i in shown.items] == ["calc.py", "src/retry.py"]
    assert (await settled(r, "now @empty.py")).again == ()
    r.pair.let_go()
    shown = await settled(r, "and for the others")
    assert (shown.items, shown.again) == ((), ())
    call = await r.ask("and for the others")
    assert not shown_files(call.request)


async def test_after_letting_go_an_open_hunk_is_not_refined(rig: Any) -> None:
    r = rig(dict(FILES))
    call = await r.ask("rename add in @calc.py")
    call.say(PATCH)
    call.end()
    await r.until(lambda: r.states() == ["open", "open"])
    r.pair.let_go()
    call = await r.ask("say hello in @empty.py")
    assert len(call.request.messages) == 1
    assert r.pair.session.turns[0].hunks[0].state is HunkState.OPEN


async def test_what_refines_selected_lines_is_shown_with_them(rig: Any) -> None:
    r = rig(dict(FILES))
    call = await r.ask("subtract", LineRange("calc.py", 1, 2))
    call.say("```\ndef add(a, b):\n    return a - b\n```\n")
    call.end()
    await r.until(lambda: r.states() == ["open"])
    shown = await settled(r, "no, multiply")
    assert shown.items[0].lines == (1, 2)
    await r.ask("no, multiply")
    assert (r.pair.session.turn.context, r.pair.session.turn.tokens) == (shown.items, shown.tokens)


async def test_a_draft_of_a_megabyte_is_gone_through_beside_the_keys(rig: Any) -> None:
    r = rig(dict(FILES))
    await settled(r, "in @calc.py")
    text = "E   assert calc.py is None\n" * 40_000
    first = r.pair.preview(text)
    assert first.reading
    assert [i.path for i in first.items] == ["calc.py"]  # as it was, until the new is known
    shown = await settled(r, text)
    assert shown.tokens > 200_000


async def test_a_long_draft_that_was_sent_is_read_while_the_next_is_shown(rig: Any) -> None:
    """Both are asked about at every frame: neither may begin the other anew."""
    r = rig(dict(FILES))
    await settled(r, "in @calc.py")
    sent = "E   assert calc.py is None\n" * 1_000
    for beside in ("", "and then", sent + "in @src/retry.py"):
        r.pair.let_go()
        for _ in range(9):
            look, other = r.pair.preview(sent), r.pair.preview(beside)
            if not (look.reading or other.reading):
                break
            heard = len(r.events)
            await r.until(lambda n=heard: len(r.events) > n)
        assert (look.reading, other.reading) == (False, False)
        assert look.tokens > 5_000


async def test_between_enter_and_the_request_the_files_are_read_once(
    rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an empty prompt would send is shown later: it is read when nobody waits for it."""
    r = rig(FILES)
    await r.until(lambda: any(isinstance(e, TreeChanged) for e in r.events))  # nothing begins anew
    monkeypatch.setattr("spark_tui.pair.previews.PAUSE_S", 3600)
    planned: list[str] = []
    plan = r.pair._sources.plan

    def counted(text: str, *more: Any) -> Any:
        planned.append(text)
        return plan(text, *more)

    monkeypatch.setattr(r.pair._sources, "plan", counted)
    for text in ("rename add to plus in @calc.py", "and use it in @src/retry.py"):
        await settled(r, text)
        planned.clear()
        asked = asyncio.ensure_future(r.ask(text))
        await asyncio.sleep(0)
        r.pair.preview("")
        await asked
        r.pair.preview("")
        assert planned == [text]
