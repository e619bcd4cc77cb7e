"""The rounds of a turn that looks: nothing before the last is an answer, and they are few."""

import json
import time
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, LookAsked
from spark_tui.core.events import HunksGone, LookDone, Said, Thought
from spark_tui.core.looks import CALLS, MOST_CALLS, ROUNDS, LookSetting
from spark_tui.core.mode import Mode
from tests.pair.conftest import Rig, ScriptedCall

CALC = "def add(a, b):\n    return a + b\n"
FILES = {
    "calc.py": CALC,
    ".env": "KEY=secret-value\n",
    **{f"big_{number}.txt": "word\n" * 40_000 for number in range(1, ROUNDS + 1)},
}
PATCH = (
    "*** Begin Patch\n*** Update File: calc.py\n@@\n"
    "-    return a + b\n+    return b + a\n*** End Patch\n"
)


def asks(call: ScriptedCall, *paths: str, end: bool = True) -> None:
    """The model asks to read these files."""
    for path in paths:
        arguments = json.dumps({"file_path": path})
        call.send(LookAsked(time.monotonic_ns(), f"c{path}", "read_file", arguments))
    if end:
        call.end(response_id="resp_1")


async def next_call(rig: Rig, count: int) -> ScriptedCall:
    await rig.until(lambda: len(rig.made[-1].calls) >= count)
    return rig.made[-1].calls[count - 1]


def results(call: ScriptedCall) -> list[str]:
    return [look.result for look in call.request.messages[-1].looks]


def ended(rig: Rig) -> bool:
    return not rig.pair.session.turns[-1].running


@pytest.fixture
def looking(rig: Any) -> Any:
    def make(mode: Mode = Mode.ASK, setting: LookSetting = LookSetting.ON, **more: Any) -> Rig:
        made: Rig = rig(FILES, mode, looks=setting, trusted=True, **more)
        return made

    return make


async def test_hunks_before_a_look_are_no_answer_even_if_they_were_kept(looking: Any) -> None:
    r = looking()
    call = await r.ask("swap them in @calc.py")
    call.say(f"I think so.\n\n{PATCH}")
    await r.until(lambda: r.states() == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    asks(call, "calc.py")
    second = await next_call(r, 2)
    await r.until(lambda: not r.hunks())
    assert any(isinstance(event, HunksGone) for event in r.events)
    assert "no part of the answer" in r.notices()[-1]
    assert r.text("calc.py") == CALC
    assert second.request.messages[-1].text.startswith("I think so.\n\n*** Begin Patch")
    second.say(f"Done.\n\n{PATCH}")
    second.end()
    await r.until(lambda: ended(r))
    assert r.states() == ["open"]
    assert r.text("calc.py") == CALC
    assert r.pair.session.turns[-1].ending is Ending.COMPLETE


async def test_auto_apply_writes_the_last_answer_only(looking: Any) -> None:
    r = looking(Mode.AUTO)
    call = await r.ask("swap them in @calc.py")
    call.say(PATCH.replace("b + a", "wrong"))
    asks(call, "calc.py")
    second = await next_call(r, 2)
    assert r.text("calc.py") == CALC
    second.say(PATCH)
    second.end()
    await r.until(lambda: r.states() == ["applied"])
    assert r.text("calc.py") == CALC.replace("a + b", "b + a")
    assert len(r.worktree.log) == 1


async def test_what_was_said_before_looking_is_a_thought(looking: Any) -> None:
    r = looking()
    call = await r.ask("why?")
    call.say("Let me look at calc.py first.\n")
    asks(call, "calc.py")
    second = await next_call(r, 2)
    second.say("Because it adds.\n")
    second.end()
    await r.until(lambda: ended(r))
    thought = "".join(event.text for event in r.events if isinstance(event, Thought))
    assert "Let me look" in thought
    said = [event.text for event in r.events if isinstance(event, Said)]
    assert said[-1].strip() == "Because it adds."


async def test_looks_are_read_while_others_still_stream(looking: Any) -> None:
    r = looking()
    call = await r.ask("why?")
    asks(call, "calc.py", end=False)
    await r.until(lambda: any(isinstance(event, LookDone) for event in r.events))
    assert len(r.made[-1].calls) == 1
    asks(call, ".env")
    second = await next_call(r, 2)
    assert results(second)[0].startswith("File: calc.py\n")
    assert "secret-value" not in results(second)[1]
    withheld = [event.look.withheld for event in r.events if isinstance(event, LookDone)]
    assert withheld == [(), (".env (secret)",)]


async def test_rounds_calls_and_tokens_are_bounded_and_the_rest_is_told(looking: Any) -> None:
    r = looking()
    call = await r.ask("why?")
    for number in range(1, ROUNDS + 1):
        assert call.request.tools
        assert not call.request.must_answer
        asks(call, *[f"big_{number}.txt", *["calc.py"] * (CALLS + 1)])
        call = await next_call(r, number + 1)
        told = results(call)
        assert len(told) == CALLS + 2
        assert told[-1].startswith("Not shown: at most 8 looks a round.")
        first = f"big_{number}.txt"
        assert told[0].startswith(f"File: {first}") or number == ROUNDS
        assert "seen this already" in told[2] or number == ROUNDS
        left = "No more looks" if number == ROUNDS else f"{ROUNDS - number} more round"
        assert left in told[-1]
    assert call.request.must_answer
    shown = sum(one.look.tokens for one in r.events if isinstance(one, LookDone))
    assert shown <= 24_200
    # Who looks all the same gets no answer any more.
    asks(call, "calc.py")
    await r.until(lambda: ended(r))
    turn = r.pair.session.turns[-1]
    assert (turn.ending, turn.detail) == (
        Ending.FAILED,
        "the model looked again instead of answering",
    )
    assert len(r.made[-1].calls) == ROUNDS + 1


async def test_ten_thousand_calls_at_once_end_the_turn_in_words(looking: Any) -> None:
    r = looking()
    call = await r.ask("why?")
    now = time.monotonic_ns()
    call.send(*(LookAsked(now, f"c{n}", "read_file", '{"file_path": "x"}') for n in range(10_000)))
    call.end()
    await r.until(lambda: ended(r))
    turn = r.pair.session.turns[-1]
    assert turn.detail == "the model asked for 10,000 looks at once"
    assert len(turn.looks) <= MOST_CALLS
    assert len(r.made[-1].calls) == 1


async def test_a_broken_answer_that_looks_is_not_answered(looking: Any) -> None:
    r = looking()
    call = await r.ask("why?")
    asks(call, "calc.py", end=False)
    call.end(Ending.CUT, "the answer broke off")
    await r.until(lambda: ended(r))
    assert r.pair.session.turns[-1].ending is Ending.CUT
    assert len(r.made[-1].calls) == 1


async def test_the_person_is_asked_about_lines_as_the_model_named_them(looking: Any) -> None:
    r = looking(setting=LookSetting.ASK)
    call = await r.ask("why?")
    now = time.monotonic_ns()
    lines = '{"file_path": "calc.py", "offset": 20, "limit": 47}'
    call.send(LookAsked(now, "a", "read_file", lines))
    call.send(LookAsked(now, "b", "grep_files", '{"pattern": "acquire("}'))
    call.send(LookAsked(now, "c", "list_dir", '{"dir_path": "../.."}'))
    call.send(LookAsked(now, "d", "shell", "rm -rf /"))
    call.end()
    await r.until(lambda: r.pair.session.turns[-1].wants)
    asked = r.pair.session.turns[-1].wants
    assert asked == ("calc.py:20-66", '"acquire("', "../..", "rm -rf /")


async def test_what_is_said_between_two_rounds_starts_a_turn_of_its_own(looking: Any) -> None:
    """The answer before waits for what it asked to see: nothing else can be said to it."""
    r = looking(setting=LookSetting.ASK)
    call = await r.ask("why?")
    asks(call, "calc.py")
    await r.until(lambda: r.pair.session.turns[-1].wants)
    second = await r.ask("never mind, say hello")
    assert second.request.follows == ""
    assert not any(message.looks for message in second.request.messages)
    assert r.made[-1].replaced[-1] is None
    second.end()
    await r.until(lambda: all(not turn.running for turn in r.pair.session.turns))
    assert [turn.wants for turn in r.pair.session.turns] == [(), ()]
