"""What Enter lets out: the size that is shown, against the window and against the usual."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.events import Paste

from spark_tui.core.context import ContextItem
from spark_tui.core.cost.spending import Over
from spark_tui.core.events import ContextRead, EndpointSet
from spark_tui.core.sizing import unusual
from spark_tui.ui.input.focus import Where
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.session.screen import SessionScreen
from tests.ui.scripted import (
    CONTEXT,
    FINISHED,
    SPARK,
    Drive,
    FakeConductor,
    driven,
    first_events,
    prints,
)

BIG = ContextItem("net/big.py", None, 93_800)


async def decided(drive: Drive, text: str = "fix @net/retry.py") -> None:
    """A turn is over and left nothing to decide."""
    await drive.ask(text)
    drive.fake.finish(FINISHED)
    await drive.settled()


async def test_a_folded_paste_counts_and_names_its_files_before_it_is_sent(drive: Drive) -> None:
    await drive.press(*"why? ")
    drive.app.post_message(Paste("E   assert 1 == 2\n" * 20 + "in @tests/test_retry.py"))
    await drive.painted()
    assert "[pasted 21 lines]" in drive.screen
    assert drive.along == "@tests/test_retry.py · 440 tokens"


async def test_attached_output_counts_before_it_is_sent() -> None:
    printed = "".join(f"{n} in @tests/test_retry.py\n" for n in range(20))
    options = ShellOptions(run_line=prints(printed, 1))
    async with driven(FakeConductor(), options=options) as drive:
        await drive.press(*"!test", "enter")
        await drive.until(lambda: "exit 1, 20 lines" in drive.screen)
        await drive.press("ctrl+x", "!")
        assert drive.along == "@tests/test_retry.py · 440 tokens"


async def test_the_window_is_named_where_it_is_known(drive: Drive) -> None:
    drive.fake.push(EndpointSet(0, replace(SPARK, window=128_000)))
    await drive.settled()
    await drive.press(*"fix @net/retry.py ")
    assert drive.along == "@net/retry.py · 900 of 128k"


async def test_beyond_the_window_nothing_is_sent_and_the_draft_stays(drive: Drive) -> None:
    drive.fake.push(EndpointSet(0, replace(SPARK, window=800)))
    await drive.settled()
    await drive.press(*"fix @net/retry.py ", "enter")
    assert not drive.fake.named("ask")
    assert "900 of 800, not sent" in drive.text[-2]
    assert " › fix @net/retry.py" in drive.screen
    await drive.press("enter")
    assert not drive.fake.named("ask")
    await drive.press(*["backspace"] * 16, *"@tests/test_retry.py ", "enter")
    assert len(drive.fake.named("ask")) == 1


async def test_ten_times_the_usual_is_asked_about_once(drive: Drive) -> None:
    drive.fake.push(EndpointSet(0, replace(SPARK, window=128_000)))
    await decided(drive)
    drive.fake.sticks = (BIG,)
    await drive.press(*"say it shorter", "enter")
    assert "94k of 128k · Enter again sends it" in drive.text[-2]
    assert len(drive.fake.named("ask")) == 1
    assert " › say it shorter" in drive.screen
    await drive.press("enter")
    assert [call[0] for call in drive.fake.named("ask")][1:] == ["say it shorter"]
    await drive.settled()


async def test_what_costs_more_than_was_set_is_asked_about_once(drive: Drive) -> None:
    drive.fake.over = Over("turn", 0.62, 0.5)
    await drive.press(*"fix it", "enter")
    said = "this turn comes to about $0.62, more than $0.50 a turn · Enter again sends it"
    assert said in drive.text[-2]
    assert not drive.fake.named("ask")
    await drive.press("enter")
    assert [call[0] for call in drive.fake.named("ask")] == ["fix it"]
    await drive.settled()
    drive.fake.over = Over("day", 5.02, 5.0)
    await drive.press(*"again", "enter")
    assert "today comes to about $5.02 with this turn" in drive.text[-2]


async def test_who_changes_what_was_asked_about_is_asked_again(drive: Drive) -> None:
    await decided(drive)
    drive.fake.sticks = (BIG,)
    await drive.press(*"shorter", "enter")
    assert "93,800 tokens · Enter again sends it" in drive.text[-2]
    await drive.press("!", "enter")
    assert "93,800 tokens · Enter again sends it" in drive.text[-2]
    assert len(drive.fake.named("ask")) == 1


async def test_the_first_instruction_is_never_asked_about(drive: Drive) -> None:
    drive.fake.sticks = (BIG,)
    await drive.press(*"shorter", "enter")
    assert len(drive.fake.named("ask")) == 1


async def test_what_is_still_read_waits_for_its_size_and_goes_by_itself(drive: Drive) -> None:
    await decided(drive)
    drive.fake.reading = True
    await drive.press(*"fix @net/client.py ", "enter", *"and then")
    assert len(drive.fake.named("ask")) == 1
    drive.fake.reading = False
    drive.fake.push(ContextRead(0))
    await drive.until(lambda: len(drive.fake.named("ask")) == 2)
    assert " › and then" in drive.screen


async def test_what_turns_out_too_large_comes_back(drive: Drive) -> None:
    await decided(drive)
    drive.fake.reading, drive.fake.sticks = True, (BIG,)
    await drive.press(*"shorter", "enter")
    drive.fake.reading = False
    drive.fake.push(ContextRead(0))
    await drive.until(lambda: "93,800 tokens · Enter again sends it" in drive.text[-2])
    assert " › shorter" in drive.screen
    await drive.press("enter")
    assert len(drive.fake.named("ask")) == 2


async def test_a_second_instruction_lets_the_one_that_waits_go_first(drive: Drive) -> None:
    await decided(drive)
    drive.fake.reading = True
    await drive.press(*"one", "enter", *"two", "enter")
    assert [call[0] for call in drive.fake.named("ask")][1:] == ["one"]
    drive.fake.reading = False
    drive.fake.push(ContextRead(0))
    await drive.until(lambda: len(drive.fake.named("ask")) == 3)


async def test_what_sticks_is_marked_and_ctrl_u_on_an_empty_prompt_lets_it_go(
    drive: Drive,
) -> None:
    await decided(drive)
    drive.fake.sticks = CONTEXT[:1]
    await drive.press("x", "backspace")
    assert "again: @net/retry.py · 900 tokens · to spark" in drive.row("type")
    assert "Ctrl+U forgets what was before" in drive.text[-2]
    await drive.press(*"words", "ctrl+u")
    assert not drive.fake.named("let_go")
    await drive.press("ctrl+u")
    assert len(drive.fake.named("let_go")) == 1
    assert "let go of @net/retry.py · @ names a file" in drive.text[-2]
    assert "no context yet" in drive.row("type")
    await drive.press("ctrl+x", "n")
    assert len(drive.fake.named("let_go")) == 2
    assert "nothing goes along from before" in drive.text[-2]


async def test_lines_of_the_code_view_are_held_against_the_window_too(drive: Drive) -> None:
    drive.fake.push(EndpointSet(0, replace(SPARK, window=500)))
    await drive.settled()
    await drive.press("ctrl+x", "f", *"net/retry.py", "enter")
    await drive.until(lambda: drive.where is Where.CODE)
    await drive.press("enter", *"cap it", "enter")
    assert not drive.fake.named("ask_span")
    assert "cap it" in drive.screen
    drive.fake.push(EndpointSet(0, SPARK))
    await drive.settled()
    await drive.press("enter")
    assert len(drive.fake.named("ask_span")) == 1


def test_a_turn_that_sent_nothing_is_no_measure() -> None:
    assert not unusual(94_000, [])
    assert not unusual(94_000, [0, 0])
    assert unusual(94_000, [0, 2_000, 3_000, 9_000])
    assert not unusual(29_000, [2_000, 3_000, 9_000])
    assert not unusual(6_000, [300])  # ten times very little is little


async def test_what_enter_changes_is_painted_once_its_request_is_out(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.ui.session.screen.PAINT_AFTER_S", 3600)
    painted: list[int] = []
    paint = SessionScreen._compositor_refresh

    def counted(self: SessionScreen) -> None:
        painted.append(1)
        paint(self)

    drive.app.desk.prompt.type("cap it")
    await drive.painted()
    monkeypatch.setattr(SessionScreen, "_compositor_refresh", counted)
    drive.send("enter")
    await drive.until(lambda: drive.app.desk.session.turn is not None)
    assert not painted
    assert drive.app._batch_count
    drive.fake.push(*first_events(drive.turn, drive.at))
    await drive.until(lambda: "backoff" in drive.screen)
    await drive.until(lambda: bool(painted))
    assert not drive.app._batch_count
