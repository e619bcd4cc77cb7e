"""What a model thinks in its text: told, metered as reasoning, never decided about."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.endpoint.wire import Channel, Delta, Ended, Ending
from spark_tui.core.events import HunksGone, Said, Thought, TurnEnded, Unsaid
from spark_tui.core.latency.meter import Meter
from spark_tui.core.mode import Mode
from spark_tui.pair.answer import AnswerReader

CALC = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n"


def patch(old: str, new: str) -> str:
    return (
        "*** Begin Patch\n*** Update File: calc.py\n@@\n"
        f"-    return {old}\n+    return {new}\n*** End Patch\n"
    )


DRAFT, ANSWER = patch("a - b", "b - a"), patch("a + b", "b + a")
DONE = CALC.replace("a + b", "b + a")


def ended(rig: Any) -> bool:
    return any(isinstance(e, TurnEnded) for e in rig.events)


def joined(rig: Any, kind: type[Said] | type[Thought]) -> str:
    return "".join(e.text for e in rig.events if isinstance(e, kind))


@pytest.mark.parametrize("pieces", [1, 7, 400])
async def test_a_thought_is_told_and_its_drafts_are_no_hunks(rig: Any, pieces: int) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("swap them in @calc.py")
    call.say(f"<think>\nOr sub?\n{DRAFT}</think>\nSwapping.\n\n{ANSWER}", pieces)
    call.end()
    await r.until(lambda: r.states() == ["applied"])
    assert r.text("calc.py") == DONE
    assert joined(r, Said).strip() == "Swapping."
    assert DRAFT in joined(r, Thought)
    reading = r.pair.session.turns[-1].reading
    assert reading.ttfo_ns is not None
    assert (reading.ttfo_ns > (reading.ttft_ns or 0)) == (pieces > 1)
    assert not any(isinstance(e, HunksGone | Unsaid) for e in r.events)


async def test_all_before_a_lone_end_is_taken_back_whatever_was_decided(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("swap them in @calc.py")
    call.say(f"Maybe sub.\n\n{DRAFT}\n")
    await r.until(lambda: r.states() == ["open"])
    draft = r.hunks()[0].id
    r.pair.decide([draft], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["kept"])
    call.say(f"No.\n</think>\nSwapping.\n{ANSWER}")
    await r.until(lambda: r.states() == ["open"] and r.notices())
    assert r.hunks()[0].id.file != draft.file
    assert r.pair.session.acts == ()
    assert r.notices() == ["those hunks were no part of the answer, and are gone"]
    assert [e.ids for e in r.events if isinstance(e, HunksGone)] == [(draft,)]
    call.end()
    await r.until(lambda: ended(r))
    assert r.text("calc.py") == CALC
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied"])
    assert r.text("calc.py") == DONE


async def test_a_draft_that_took_the_place_of_an_open_hunk_gives_it_back(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    first = await r.ask("swap sub in @calc.py")
    first.say(DRAFT)
    first.end()
    await r.until(lambda: r.states() == ["open"])
    before = r.hunks()[0]
    second = await r.ask("and add")
    second.say(patch("a - b", "-b"))
    await r.until(lambda: r.pair.session.find(before.id).state is HunkState.REPLACED)
    second.say(f"</think>\n{ANSWER}")
    second.end()
    await r.until(lambda: r.pair.session.find(before.id).state is HunkState.OPEN)
    assert r.states() == ["open"]


async def test_a_patch_of_a_tool_is_used_though_a_thought_was_left_open(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("swap them in @calc.py")
    call.say(f"<think>\nOr sub?\n{DRAFT}")
    call.send(Delta(time.monotonic_ns(), ANSWER, Channel.TOOL))
    call.end()
    await r.until(lambda: r.states() == ["applied"])
    assert r.text("calc.py") == DONE


async def test_an_answer_that_is_all_thought_has_no_edit(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("swap them in @calc.py")
    call.say(f"<think>\nOr sub?\n{DRAFT}")
    call.end()
    await r.until(lambda: ended(r))
    last = [e for e in r.events if isinstance(e, TurnEnded)][-1]
    assert (last.ending, last.detail) == (Ending.COMPLETE, "no edit in the answer")
    assert r.hunks() == ()


async def test_an_end_without_a_reason_uses_only_what_is_closed(rig: Any) -> None:
    r = rig({"calc.py": CALC}, Mode.AUTO)
    call = await r.ask("swap them in @calc.py")
    call.say(ANSWER.removesuffix("*** End Patch\n"))
    call.send(Ended(time.monotonic_ns(), Ending.COMPLETE, certain=False))
    await r.until(lambda: ended(r))
    assert r.text("calc.py") == CALC
    assert "line 5 of the answer: the answer broke off inside a patch" in r.notices()


def cut(*texts: str) -> AnswerReader:
    """A reader of an answer that hit its length limit."""
    reader = AnswerReader(EditStream(), Meter(), lambda _: None, goes_on=True)
    reader.sink([*(Delta(1, text) for text in texts), Ended(2, Ending.LENGTH)])
    return reader


def test_who_thought_in_the_text_may_think_again_where_the_answer_goes_on() -> None:
    for size in (1, 7, 500):
        reader = cut(f"<think>hm</think>\n{ANSWER[:37]}")
        assert reader.paused
        reader.go_on()
        rest = f"<think>\nOn with it, or {DRAFT}\n</think>\n\n{ANSWER[37:]}"
        reader.sink([Delta(3, rest[n : n + size]) for n in range(0, len(rest), size)])
        reader.sink([Ended(4, Ending.COMPLETE)])
        assert reader.text == ANSWER


def test_marks_of_the_file_are_left_in_it_where_the_answer_goes_on() -> None:
    reader = cut("*** Begin Patch\n*** Add File: t.txt\n+")
    reader.go_on()
    reader.sink([Delta(3, "<think>\n+</think>\n*** End Patch\n"), Ended(4, Ending.COMPLETE)])
    assert reader.text.endswith("+<think>\n+</think>\n*** End Patch\n")


@pytest.mark.parametrize("text", ["<think>hm", f"hm\n</think>\n{ANSWER[:37]}", "<think>hm</think>"])
def test_nothing_is_joined_to_a_thought(text: str) -> None:
    assert not cut(text).paused
