"""Who has the keyboard: the focus table, row by row, through the real app."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.events import Paste

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import HunksSet, ModeSet, Notice, Severity, TreeChanged
from spark_tui.core.mode import Mode
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import FINISHED, TREE, Drive, FakeConductor, driven

ONE, TWO, THREE = (HunkId(1, n, "1") for n in (1, 2, 3))


def owner(drive: Drive) -> Where:
    """Who has the keyboard now."""
    return drive.where


async def reviewing(drive: Drive) -> None:
    """An answer with its first hunk painted; the person gave review the keyboard."""
    await drive.ask("cap it")
    await drive.first()
    await drive.review()


@pytest.mark.parametrize("mode", list(Mode))
async def test_hunks_that_arrive_leave_the_keyboard_in_the_prompt(drive: Drive, mode: Mode) -> None:
    drive.fake.push(ModeSet(0, mode))
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.complete()
    assert drive.where is Where.PROMPT
    assert drive.app.desk.body.first_painted_hunk_of_turn == ONE
    await drive.press(*"do it")
    assert drive.app.desk.prompt.draft.text == "do it"
    assert not drive.fake.named("decide")


async def test_typing_goes_on_as_hunks_arrive(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press("a", "n", "d")
    await drive.first()
    assert drive.where is Where.PROMPT
    assert drive.app.desk.prompt.draft.text == "and"
    assert "Ctrl+O reviews" in drive.row("type")


async def test_review_auto_keeps_the_old_move_for_an_idle_empty_prompt_only(
    fake: FakeConductor,
) -> None:
    async with driven(fake, options=ShellOptions(review="auto")) as drive:
        await drive.ask("cap it")
        await drive.press("a", "backspace")
        await drive.first()
        await drive.until(lambda: bool(fake.named("painted")))
        assert owner(drive) is Where.PROMPT
        await drive.ask("and again")
        await drive.first()
        await drive.until(lambda: drive.where is Where.REVIEW)


@pytest.mark.parametrize("key", ["tab", "down", "ctrl+o"])
async def test_review_can_be_given_the_keyboard_before_the_first_hunk_is_there(
    drive: Drive, key: str
) -> None:
    await drive.ask("cap it")
    await drive.press(key)
    assert drive.where is Where.REVIEW
    await drive.press(*"ynadAsecxur1jk")
    assert drive.shown(words.NOT_YET) in drive.screen
    assert [call[0] for call in drive.fake.calls] == ["ask"]
    await drive.first()
    await drive.until(lambda: bool(drive.fake.named("painted")))
    await drive.press("y")
    assert drive.fake.named("decide")[0][0] == (ONE,)


async def test_down_goes_to_review_only_from_an_empty_prompt(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.press("up", "down")
    assert (drive.where, drive.app.desk.prompt.draft.text) == (Where.PROMPT, "")
    await drive.press("a", "down")
    assert owner(drive) is Where.PROMPT
    await drive.press("backspace", "down")
    assert owner(drive) is Where.REVIEW


async def test_ctrl_o_goes_to_review_and_back_and_keeps_the_draft(drive: Drive) -> None:
    await reviewing(drive)
    seen = []
    for keys in (("i", "h", "i"), ("ctrl+o",), ("ctrl+o",)):
        await drive.press(*keys)
        seen.append(drive.where)
    assert seen == [Where.PROMPT, Where.REVIEW, Where.PROMPT]
    assert drive.app.desk.prompt.draft.text == "hi"


async def test_without_any_turn_there_is_nothing_to_review(drive: Drive) -> None:
    await drive.press("ctrl+o")
    assert owner(drive) is Where.PROMPT
    await drive.press("escape")
    assert owner(drive) is Where.PROMPT


async def test_escape_when_nothing_runs_goes_to_review(drive: Drive) -> None:
    await reviewing(drive)
    await drive.complete()
    await drive.press("i", "escape")
    assert owner(drive) is Where.REVIEW
    assert not drive.fake.named("stop")


async def test_escape_stops_in_the_same_key_and_is_deaf_afterwards(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("i", "escape")
    assert drive.fake.named("stop") == [()]
    await drive.press("escape")
    assert drive.fake.named("stop") == [()]
    assert owner(drive) is Where.PROMPT


async def test_escape_in_review_types_once_nothing_runs(drive: Drive) -> None:
    await reviewing(drive)
    await drive.complete()
    await drive.press("escape")
    assert owner(drive) is Where.PROMPT
    assert not drive.fake.named("stop")


async def test_tab_with_text_queues_while_hunks_are_open_and_sends_when_decided(
    drive: Drive,
) -> None:
    await reviewing(drive)
    await drive.complete()
    await drive.press("i", *"next", "tab")
    assert owner(drive) is Where.PROMPT
    assert drive.app.desk.queue == ["next"]
    assert "next  next" in drive.screen
    await drive.press("tab", "y", "n", "y")
    await drive.until(lambda: len(drive.fake.named("ask")) == 2)
    assert drive.fake.named("ask")[1][0] == "next"
    assert owner(drive) is Where.REVIEW


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_what_is_queued_stays_after_an_interrupt_until_the_person_sends_it(
    drive: Drive, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.ui.prompt.offer.READ_NS", 0)
    await drive.ask("cap it")
    await drive.press(*"next", "tab", *"more", "tab", key)
    await drive.settled()
    assert drive.app.desk.queue == ["next", "more"]
    assert len(drive.fake.named("ask")) == 1
    assert "Enter on an empty prompt sends it · Up takes it back" in drive.screen
    assert owner(drive) is Where.PROMPT
    await drive.press("enter")
    await drive.settled()
    assert [text for text, _ in drive.fake.named("ask")] == ["cap it", "next"]
    assert "goes when this edit is decided" in drive.screen
    drive.fake.finish(FINISHED)
    await drive.until(lambda: len(drive.fake.named("ask")) == 3)
    assert drive.app.desk.queue == []


@pytest.mark.parametrize("ending", [e for e in Ending if e is not Ending.COMPLETE])
async def test_what_is_queued_stays_after_an_answer_that_did_not_end_whole(
    drive: Drive, ending: Ending
) -> None:
    await drive.ask("cap it")
    await drive.press(*"next", "tab")
    drive.fake.finish(FINISHED, ending)
    await drive.settled()
    assert drive.app.desk.queue == ["next"]
    assert len(drive.fake.named("ask")) == 1


async def test_a_steer_leaves_the_queue_behind_the_answer_it_asks_for(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press(*"next", "tab", *"rather", "enter")
    await drive.settled()
    assert [text for text, _ in drive.fake.named("ask")] == ["cap it", "rather"]
    drive.fake.finish(FINISHED)
    await drive.until(lambda: len(drive.fake.named("ask")) == 3)


async def test_queueing_while_there_is_nothing_to_review_stays_in_the_prompt(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press(*"next", "tab")
    assert owner(drive) is Where.PROMPT
    await drive.press("ctrl+o")
    assert "y keep" not in drive.screen
    assert "Esc stops" in drive.screen


async def test_up_in_an_empty_prompt_takes_a_queued_instruction_back(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("i", *"next", "tab", "up")
    assert drive.app.desk.queue == []
    assert drive.app.desk.prompt.draft.text == "next"


async def test_tab_without_text_goes_to_review(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("i", "tab")
    assert owner(drive) is Where.REVIEW
    assert drive.app.desk.queue == []


async def test_tab_with_text_and_nothing_to_wait_for_shows_what_goes_along(drive: Drive) -> None:
    await drive.press(*"next", "tab")
    assert drive.row("along").startswith("── along")
    await drive.press("escape")
    assert owner(drive) is Where.PROMPT
    assert drive.app.desk.prompt.draft.text == "next"
    assert not drive.app.desk.queue
    await drive.press(*["backspace"] * 4, "!", "x", "tab")
    assert drive.shown(words.NOTHING_RUNS) in drive.screen


async def test_enter_with_text_steers_and_refines(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("enter", *"ab", "enter")
    assert drive.fake.named("ask")[1][0] == "ab"
    assert drive.app.desk.prompt.empty


async def test_enter_and_tab_and_i_in_review_only_ever_type(drive: Drive) -> None:
    await reviewing(drive)
    for key in ("enter", "tab", "i"):
        await drive.press(key)
        assert owner(drive) is Where.PROMPT
        await drive.press("ctrl+o")
    assert not drive.fake.named("decide")


async def test_at_sign_in_review_types_it(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("at")
    assert owner(drive) is Where.PROMPT
    assert drive.app.desk.prompt.draft.text == "@"


async def test_paste_in_review_is_text_and_never_keys(drive: Drive) -> None:
    await reviewing(drive)
    drive.app.post_message(Paste("yyy"))
    await drive.until(lambda: drive.app.desk.prompt.draft.text == "yyy")
    assert owner(drive) is Where.PROMPT
    assert not drive.fake.named("decide")


async def test_last_decision_gives_the_keyboard_back_in_the_same_key(drive: Drive) -> None:
    await reviewing(drive)
    await drive.complete()
    drive.send("y", "n", *"update it")
    await drive.until(lambda: len(drive.fake.named("decide")) == 2)
    await drive.settled()
    states = [h.state for h in drive.fake.live.turns[0].hunks]
    assert states == [HunkState.APPLIED, HunkState.DROPPED]
    assert owner(drive) is Where.PROMPT
    assert drive.app.desk.prompt.draft.text == "update it"
    assert not drive.fake.named("take_back")


async def test_one_letter_too_many_behind_the_last_decision_is_swallowed(drive: Drive) -> None:
    await reviewing(drive)
    await drive.complete()
    drive.send("y", "y", "y")
    await drive.until(lambda: len(drive.fake.named("decide")) == 2)
    await drive.press("enter")
    assert owner(drive) is Where.PROMPT
    assert drive.app.desk.prompt.empty
    assert len(drive.fake.named("ask")) == 1


async def test_the_end_of_an_answer_gives_the_keyboard_back_where_all_is_decided(
    drive: Drive,
) -> None:
    await reviewing(drive)
    await drive.press("y")
    await drive.settled()
    assert owner(drive) is Where.REVIEW
    drive.fake.finish(FINISHED)
    await drive.settled()
    assert owner(drive) is Where.PROMPT


async def test_decided_hunks_can_be_looked_through_for_as_long_as_one_likes(drive: Drive) -> None:
    await reviewing(drive)
    drive.fake.finish(FINISHED)
    await drive.settled()
    await drive.press("y", "tab")
    drive.fake.push(TreeChanged(0, TREE, ("net/retry.py",)))
    await drive.settled()
    assert owner(drive) is Where.REVIEW


async def test_the_last_decision_is_taken_back_from_the_prompt(drive: Drive) -> None:
    await reviewing(drive)
    drive.fake.finish(FINISHED)
    await drive.settled()
    await drive.press("y", "ctrl+x", "u")
    assert len(drive.fake.named("take_back")) == 1
    await drive.settled()
    assert owner(drive) is Where.PROMPT  # what is typed next is text, and decides nothing
    assert drive.app.desk.body.current == ONE
    await drive.press(*"any")
    assert drive.app.desk.prompt.draft.text == "any"
    assert len(drive.fake.named("decide")) == 1
    await drive.press("ctrl+u", "tab", "n", *"hm", "ctrl+x", "u")
    await drive.settled()
    assert owner(drive) is Where.PROMPT
    assert drive.app.desk.prompt.draft.text == "hm"
    assert drive.fake.live.turns[0].hunks[0].state is HunkState.OPEN


async def test_unbound_letter_in_review_says_how_to_type(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("z")
    assert drive.shown(words.TYPING) in drive.screen
    assert drive.app.desk.prompt.empty


async def test_popup_borrows_the_keyboard_and_gives_it_back(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("f3", "y")
    assert not drive.fake.named("decide")
    await drive.press("escape")
    assert owner(drive) is Where.REVIEW
    assert drive.app.desk.popup.model is None
    assert not drive.fake.named("stop")


async def test_key_on_a_hidden_hunk_shows_it_first(fake: FakeConductor) -> None:
    async with driven(fake, (80, 24)) as drive:
        await reviewing(drive)
        await drive.complete()
        await drive.press("pagedown", "y")
        assert drive.shown(words.NOT_SEEN) in drive.screen
        assert not fake.named("decide")
        await drive.press("y")
        assert fake.named("decide")[0][0] == (ONE,)


async def test_ctrl_c_puts_the_draft_into_the_history_then_quits(drive: Drive) -> None:
    await drive.press(*"draft", "ctrl+c")
    assert drive.app.desk.prompt.empty
    assert drive.shown(words.IDLE_INTERRUPT) in drive.screen
    await drive.press("up")
    assert drive.app.desk.prompt.draft.text == "draft"
    drive.send("ctrl+c", "ctrl+c")
    await drive.until(lambda: drive.app._exit)
    assert drive.app.return_code == 0


async def test_ctrl_c_stops_a_run_at_once(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press("ctrl+c")
    assert drive.fake.named("stop") == [()]
    assert not drive.app._exit


async def test_ctrl_d_quits_only_from_an_empty_prompt(drive: Drive) -> None:
    await drive.press("a", "left", "ctrl+d")
    assert drive.app.desk.prompt.empty
    assert not drive.app._exit
    drive.send("ctrl+d")
    await drive.until(lambda: drive.app._exit)


async def test_ctrl_c_closes_a_popup_and_nothing_else(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press("f3", "ctrl+c")
    assert drive.app.desk.popup.model is None
    assert not drive.fake.named("stop")


async def test_hunk_painted_under_a_popup_never_takes_the_keyboard_later(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press("f3")
    await drive.first()
    await drive.press("escape")
    await drive.later()
    assert owner(drive) is Where.PROMPT


async def test_waiting_is_said_and_taken_back(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.ui.session.waiting.WAITING_NS", 1)
    await drive.ask("cap it")
    await drive.until(lambda: "for the first token · Esc stops" in drive.screen)
    await drive.first()
    await drive.later()
    await drive.until(lambda: "for the first token" not in drive.screen)
    await drive.complete()
    assert drive.app.desk.silence._ticker is None


async def test_tab_with_text_queues_while_an_answer_runs(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press(*"next", "tab")
    assert drive.app.desk.queue == ["next"]
    assert "goes when this edit is decided · Up takes it back" in drive.screen
    assert len(drive.fake.named("ask")) == 1
    await drive.first()
    await drive.complete()
    assert len(drive.fake.named("ask")) == 1


async def test_a_draft_that_steers_says_what_it_would_send(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.press(*"use @net/retry.py ")
    assert drive.along == "@net/retry.py · 900 tokens"
    assert "waiting" in drive.row("type")


async def test_enter_and_tab_say_what_they_will_do_before_they_do_it(drive: Drive) -> None:
    said = []
    await drive.ask("cap it")
    await drive.press("a")
    said.append(drive.text[-2].strip())
    await drive.first()
    await drive.complete()
    said.append(drive.text[-2].strip())
    assert said == [
        "Enter steers   Tab queues it for after   Esc stops   Ctrl+O review",
        "Enter refines the open hunks   Tab queues it for after   Ctrl+O review",
    ]


async def test_slash_in_review_opens_the_commands(drive: Drive) -> None:
    await reviewing(drive)
    await drive.press("/")
    assert drive.app.desk.popup.model is not None
    await drive.press("escape")
    assert drive.app.desk.popup.model is None


async def test_nothing_that_happens_takes_the_keyboard_from_review(drive: Drive) -> None:
    await reviewing(drive)
    await drive.later()
    await drive.complete()
    drive.fake.push(Notice(0, "disk full", ("free space",), Severity.ERROR))
    drive.fake.push(TreeChanged(0, TREE, ("net/retry.py",)))
    await drive.press("i", *"next", "tab", "tab")
    drive.fake.push(
        HunksSet(
            0, 1, tuple(replace(h, state=HunkState.DROPPED) for h in drive.fake.live.turns[0].hunks)
        )
    )
    await drive.until(lambda: len(drive.fake.named("ask")) == 2)
    assert owner(drive) is Where.REVIEW
