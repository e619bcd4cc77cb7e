"""`spark-tui edit` on a terminal: the screen of one edit, which closes on the last decision."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from spark_tui.core.context import LineRange
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import HunksSet, TurnEnded
from spark_tui.core.session import Session
from spark_tui.ui.options import OneShot, ShellOptions
from spark_tui.ui.session.one_shot import EVERYTHING, outcome
from tests.ui.scripted import FINISHED, Drive, FakeConductor, driven, first_hunk

AT = OneShot("net/retry.py", (41, 42), "cap it at 8 seconds")


@asynccontextmanager
async def on(
    one_shot: OneShot, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Drive, OneShot]]:
    mine = replace(one_shot)
    options = ShellOptions(one_shot=mine, receipt=False)
    async with driven(FakeConductor(), size, options) as drive:
        await drive.painted()
        yield drive, mine


async def answered(drive: Drive) -> None:
    """One hunk, and the answer is complete."""
    await drive.settled()
    await drive.first()
    drive.fake.finish(FINISHED)
    await drive.settled()
    await drive.until(lambda: drive.app.desk.body.current is not None)
    await drive.painted()


async def ended(drive: Drive) -> int:
    await drive.until(lambda: drive.app.return_code is not None)
    assert drive.app.return_code is not None
    return drive.app.return_code


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_the_screen_shows_the_file_the_instruction_and_the_hunk(
    size: tuple[int, int],
) -> None:
    async with on(AT, size) as (drive, _):
        assert drive.fake.named("ask_span")[0][:2] == (
            LineRange("net/retry.py", 41, 42),
            "cap it at 8 seconds",
        )
        await answered(drive)
        rows = drive.text
        assert rows[0].startswith(" net/retry.py:41-42")
        assert "spark" in rows[0]
        if size[1] > 16:  # on the smallest screen the hunk comes first
            assert rows[1].startswith(" › cap it at 8 seconds")
        assert drive.row("review · i refines").rstrip("─ ").endswith("1 open")
        assert not any("say what to change" in row for row in rows)
        assert "worktree" not in drive.screen
        gap = "   " if size[0] >= 80 else "  "
        assert f"y keep and close{gap}n drop and close" in drive.screen


async def test_the_last_keep_is_on_disk_and_closes() -> None:
    async with on(AT) as (drive, one_shot):
        await answered(drive)
        drive.send("y")
        assert await ended(drive) == 0
        assert one_shot.status == 0
        assert one_shot.parting == (
            "applied 1 hunk in net/retry.py · #14 · take back: spark-tui undo 14"
        )


async def test_dropping_the_last_closes_with_0_too() -> None:
    async with on(AT) as (drive, one_shot):
        await answered(drive)
        drive.send("n")
        assert await ended(drive) == 0
        assert one_shot.parting == "dropped, nothing written"


async def test_it_stays_while_a_hunk_is_open_or_the_answer_runs() -> None:
    async with on(AT) as (drive, _):
        await drive.settled()
        await drive.first()
        await drive.press("n")
        await drive.settled()
        assert drive.app.return_code is None
        drive.fake.push(
            HunksSet(9, 1, (replace(first_hunk(1), id=first_hunk(1).id._replace(ordinal="2")),))
        )
        drive.fake.finish(FINISHED)
        await drive.settled()
        assert drive.app.return_code is None
        await drive.press("down")  # what the drop said goes with a key
        assert "y keep and close" in drive.screen
        drive.send("q")
        assert await ended(drive) == 0


async def test_without_an_instruction_the_box_hangs_on_the_lines() -> None:
    async with on(OneShot("net/retry.py", (41, 42))) as (drive, _):
        await drive.until(lambda: "╰ ›" in drive.screen)
        assert drive.row("say")
        assert "lines 41-42 ──" in drive.text[1]
        await drive.press(*"cap it", "enter")
        assert drive.fake.named("ask_span")[0][:2] == (LineRange("net/retry.py", 41, 42), "cap it")
        await answered(drive)
        drive.send("y")
        assert await ended(drive) == 0


async def test_without_lines_it_is_the_whole_file() -> None:
    async with on(OneShot("net/retry.py", None, "x")) as (drive, _):
        assert drive.fake.named("ask_span")[0][0] == LineRange("net/retry.py", 1, EVERYTHING)
    async with on(OneShot("net/retry.py")) as (drive, _):
        await drive.until(lambda: "╰ ›" in drive.screen)
        assert "lines 1-46 ──" in drive.text[1]


async def test_without_a_file_it_starts_with_the_finder() -> None:
    async with on(OneShot()) as (drive, _):
        assert drive.row("find a file")
        await drive.press(*"test_re", "enter")
        await drive.until(lambda: "tests/test_retry.py" in drive.text[0])
        assert drive.row("code")


async def test_tab_in_its_finder_chooses_too_as_there_is_no_prompt_to_name_a_file_in() -> None:
    async with on(OneShot()) as (drive, _):
        assert "Tab names" not in drive.screen
        assert "Enter or Tab opens it" in drive.row("find a file")
        await drive.press(*"test_re", "tab")
        await drive.until(lambda: "tests/test_retry.py" in drive.text[0])
        assert drive.row("code")
        assert drive.app.return_code is None


@pytest.mark.parametrize("keys", [("escape",), ("r", "enter", "q"), ("r", "enter", "escape")])
async def test_leaving_before_anything_was_asked_is_no_failure(keys: tuple[str, ...]) -> None:
    async with on(OneShot()) as (drive, one_shot):
        for key in keys[:-1]:
            await drive.press(key)
        if len(keys) > 1:
            await drive.until(lambda: drive.app.desk.code.shown)
        drive.send(keys[-1])
        assert await ended(drive) == 0
        assert one_shot.parting == ""


async def test_a_failed_answer_stays_says_why_and_ends_with_1() -> None:
    async with on(AT) as (drive, one_shot):
        await drive.settled()
        told = "cannot reach api.openai.com"
        drive.fake.push(TurnEnded(9, 1, Ending.FAILED, FINISHED, told, ("try again",)))
        await drive.settled()
        assert told in drive.screen
        await drive.press("left")  # an error stands there until a key
        assert "Ctrl+D closes   Enter sends what you type" in drive.screen
        await drive.press("tab")
        assert "Enter says it again   q closes" in drive.screen
        assert drive.app.return_code is None
        drive.send("q")
        assert await ended(drive) == 1
        assert one_shot.parting == told


async def test_i_refines_and_the_prompt_is_there_while_it_is_typed() -> None:
    async with on(AT) as (drive, _):
        await answered(drive)
        await drive.press("i", *"and log it")
        assert "› and log it" in drive.screen
        await drive.press("enter")
        assert drive.fake.named("ask")[0][0] == "and log it"


async def test_leaving_with_open_hunks_is_1_and_says_how_to_come_back() -> None:
    async with on(AT) as (drive, one_shot):
        await answered(drive)
        drive.send("ctrl+c", "ctrl+c")
        assert await ended(drive) == 1
        assert one_shot.parting == "1 hunk left open, not written · spark-tui resume"


def test_nothing_asked_is_no_outcome() -> None:
    assert outcome(Session()) == (0, "")
