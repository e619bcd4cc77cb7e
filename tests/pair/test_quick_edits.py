"""Selected lines, and all that can go along: what is sent is what was shown before sending."""

import time
from typing import Any

import pytest

from spark_tui.core.context import AROUND, EXTRA_CHARS, LineRange
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import FileShown, TurnEnded
from spark_tui.core.remedy import Remedy
from spark_tui.core.tree import ChangedFile, Tree

CALC = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a + b\n"


def sent(call: Any) -> str:
    return str(call.request.messages[-1].text)


def ended(r: Any) -> int:
    return sum(isinstance(e, TurnEnded) for e in r.events)


async def test_selected_lines_come_back_rewritten_and_land_where_they_were(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("subtract", LineRange("calc.py", 6, 6))
    assert "Rewrite:\nFile: calc.py (lines 6-6 of 6)\n```\n    return a + b\n```" in sent(call)
    assert "one code fence" in call.request.instructions
    call.say("```\n    return a - b\n```\n", pieces=9)
    call.end()
    await r.until(lambda: ended(r))
    (hunk,) = r.hunks()
    assert (hunk.state, hunk.line) == (HunkState.OPEN, 6)  # line 2 says the same: not that one
    r.pair.decide([hunk.id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied"])
    assert r.text("calc.py") == CALC[:-6] + "a - b\n"


async def test_a_follow_up_refines_the_same_lines(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    call = await r.ask("subtract", LineRange("calc.py", 6, 6))
    call.say("```\n    return a - b\n```\n")
    call.end()
    await r.until(lambda: r.states() == ["open"])
    again = await r.ask("and as an int")
    assert "(lines 6-6 of 6)" in sent(again)
    assert [m.role for m in again.request.messages] == ["user", "assistant", "user"]
    again.say("```\n    return int(a - b)\n```\n")
    again.end()
    await r.until(lambda: r.states() == ["open"])
    first, second = r.pair.session.turns
    assert first.hunks[0].state is HunkState.REPLACED
    assert second.hunks[0].new == ("    return int(a - b)\n",)


async def test_a_follow_up_covers_the_lines_that_were_added_and_kept(rig: Any) -> None:
    code = "".join(f"x{n} = 1\n" for n in range(12))
    r = rig({"calc.py": code})
    call = await r.ask("two apart", LineRange("calc.py", 2, 9))
    lines = ["x1 = 1", "more", *code.splitlines()[2:8], "x8 = 2"]
    call.say("```\n" + "\n".join(lines) + "\n```\n")
    call.end()
    await r.until(lambda: r.states() == ["open", "open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied", "open"])
    assert "(lines 2-10 of 13)" in sent(await r.ask("and the rest"))


async def test_a_follow_up_that_names_a_file_is_about_that_file(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x = 1\n"})
    call = await r.ask("subtract", LineRange("calc.py", 6, 6))
    call.say("```\n    return a - b\n```\n")
    call.end()
    await r.until(lambda: r.states() == ["open"])
    again = await r.ask("set x to 2 in @other.py")
    assert "Rewrite:" not in sent(again)
    assert "File: other.py\n" in sent(again)


async def test_more_lines_than_a_screen_are_edited_by_hunks(rig: Any) -> None:
    r = rig({"long.py": "".join(f"x{n} = {n}\n" for n in range(600))})
    call = await r.ask("rename x300", LineRange("long.py", 251, 350))
    text = sent(call)
    assert "Change only lines 251-350 of long.py." in text
    assert f"File: long.py (lines {251 - AROUND}-{350 + AROUND} of 600)" in text
    assert "Begin Patch" in call.request.instructions


@pytest.mark.parametrize("span", [LineRange("calc.py", 5, 6), LineRange("calc.py", 1, 99)])
async def test_what_is_shown_before_sending_is_what_is_sent(rig: Any, span: LineRange) -> None:
    r = rig({"calc.py": CALC})
    await r.until(r.pair.paths)
    await r.until(lambda: r.pair.preview("", span).tokens)
    shown = r.pair.preview("subtract them", span)
    last = min(span.last, 6)
    assert shown.items[0].lines == (span.first, last)
    assert shown.around == 6 - (last - span.first + 1)
    await r.ask("subtract them", span)
    turn = r.pair.session.turn
    assert abs(turn.tokens - shown.tokens) <= 1
    assert turn.context == shown.items


async def test_an_empty_file_is_written_by_its_first_line(rig: Any) -> None:
    r = rig({"new.py": "", "other.py": "x\n"})
    call = await r.ask("write it", LineRange("new.py", 1, 1))
    call.say("```\nx = 1\ny = 2\n```\n")
    call.end()
    await r.until(lambda: r.states() == ["open"])
    r.pair.decide([r.hunks()[0].id], HunkState.KEPT, time.monotonic_ns())
    await r.until(lambda: r.states() == ["applied"])
    assert r.text("new.py") == "x = 1\ny = 2\n"


async def test_changes_that_lie_apart_in_the_selection_are_decided_one_by_one(rig: Any) -> None:
    code = "".join(f"x{n} = 1\n" for n in range(30))
    r = rig({"many.py": code})
    call = await r.ask("two more", LineRange("many.py", 5, 25))
    lines = code.splitlines()[4:25]
    lines[0], lines[-1] = "x4 = 2", "x24 = 2"
    call.say("```\n" + "\n".join(lines) + "\n```\n")
    call.end()
    await r.until(lambda: r.states() == ["open", "open"])
    assert [h.line for h in r.hunks()] == [5, 25]


async def test_the_prompt_shows_the_whole_request_before_sending(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x = 1\n"})
    text = "rename add to plus in @calc.py:1-2"
    await r.until(r.pair.paths)
    await r.until(lambda: r.pair.preview(text).tokens)
    shown = r.pair.preview(text)
    await r.ask(text)
    assert abs(r.pair.session.turn.tokens - shown.tokens) <= 1
    assert r.pair.session.turn.context == shown.items


async def test_an_ignored_file_goes_along_when_it_is_named(rig: Any) -> None:
    r = rig({"calc.py": CALC, "build/out.py": "made = 1\n"})
    r.worktree.paths = lambda: ("calc.py",)
    await r.until(r.pair.paths)
    await r.until(lambda: r.pair.preview("see @build/out.py").tokens)
    assert [i.path for i in r.pair.preview("see @build/out.py").items] == ["build/out.py"]
    call = await r.ask("see @build/out.py")
    assert "made = 1" in sent(call)


async def test_the_diff_goes_along_with_the_files_it_changes(rig: Any) -> None:
    r = rig({"calc.py": CALC, "other.py": "x\n"})
    r.worktree.changes = "--- a/calc.py\n+++ b/calc.py\n"
    r.worktree.tree = lambda: Tree("nowhere", "main", (ChangedFile("calc.py", 1, 0),))
    call = await r.ask("finish @diff")
    text = sent(call)
    assert "To read, no file: the changes of the working tree" in text
    assert "+++ b/calc.py" in text
    assert [i.path for i in r.pair.session.turn.context] == ["calc.py", "diff"]


async def test_the_clipboard_goes_along_bounded(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    r.copied = "NameError: sub\n" + "x" * EXTRA_CHARS
    text = sent(await r.ask("fix this @clipboard"))
    assert "NameError: sub" in text
    assert "cut after 200,000 characters" in text
    assert len(text) < EXTRA_CHARS + 2_000


@pytest.mark.parametrize(
    ("mention", "told"),
    [("@diff", "nothing is changed here"), ("@clipboard", "the clipboard is empty")],
)
async def test_nothing_is_sent_for_an_empty_diff_or_clipboard(
    rig: Any, mention: str, told: str
) -> None:
    r = rig({"calc.py": CALC})
    r.pair.ask(f"use {mention}", time.monotonic_ns())
    await r.until(lambda: ended(r))
    assert r.pair.session.turn.detail == told
    assert not r.made[-1].calls


async def test_a_file_named_diff_comes_first(rig: Any) -> None:
    r = rig({"diff": "mine\n"})
    assert "File: diff\n" in sent(await r.ask("read @diff"))


async def test_a_file_to_look_at_comes_as_an_event(rig: Any) -> None:
    r = rig({"calc.py": CALC})
    for path in ("calc.py", "none.py", "secret.py"):
        r.pair.show_file(path)
    await r.until(lambda: sum(isinstance(e, FileShown) for e in r.events) == 3)
    shown = {e.path: e for e in r.events if isinstance(e, FileShown)}
    image = shown["calc.py"].image
    assert image is not None
    assert image.lines[0] == "def add(a, b):\n"
    none = shown["none.py"]
    assert (none.reason, none.remedies) == ("none.py is not here", (Remedy.FIND_FILE,))
    assert "permission denied" in shown["secret.py"].reason
