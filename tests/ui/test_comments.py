"""An AI! comment on the screen: told, run by Enter after a second, or by Ctrl+X a."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spark_tui.core.comments import CommentRequest
from spark_tui.core.events import CommentsWaiting
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import Drive, FakeConductor, driven

SET = CommentRequest("net/retry.py", 88, "use a set", "use a set AI!")
SORT = CommentRequest("net/retry.py", 90, "sort it", "sort it AI!")
SAID = 'AI! net/retry.py:88 "use a set" · Enter on an empty prompt runs it'


def asked(drive: Drive) -> list[object]:
    return [call[0] for call in drive.fake.named("ask")]


async def offered(drive: Drive, *requests: CommentRequest) -> None:
    drive.fake.push(CommentsWaiting(0, requests or (SET,)))
    await drive.settled()


def seen_for_a_second(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spark_tui.ui.prompt.offer.READ_NS", 0)


async def test_enter_runs_it_only_after_it_was_seen(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.ui.prompt.offer.READ_NS", 10**15)
    await offered(drive)
    assert SAID in drive.text[-2]
    await drive.press("enter")
    assert not drive.fake.calls
    assert "Enter runs AI! net/retry.py:88" in drive.row("type")
    seen_for_a_second(drive, monkeypatch)
    await drive.press("enter")
    assert asked(drive) == ["@net/retry.py:88 do it"]


async def test_enter_with_text_sends_the_text(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_for_a_second(drive, monkeypatch)
    await offered(drive)
    await drive.press("h", "enter")
    assert asked(drive) == ["h"]
    assert not drive.fake.named("take_comment")


async def test_enter_in_review_only_types(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    seen_for_a_second(drive, monkeypatch)
    await drive.ask("cap it")
    await drive.first()
    await drive.review()
    await offered(drive)
    seen = [drive.where]
    await drive.press("enter")
    seen.append(drive.where)
    assert seen == [Where.REVIEW, Where.PROMPT]
    assert not drive.fake.named("take_comment")


async def test_while_an_edit_runs_it_is_queued_behind_it(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.review()
    await offered(drive)
    await drive.press("ctrl+x", "a")
    assert asked(drive) == ["cap it"]
    assert "next  @net/retry.py:88 do it" in drive.screen
    assert drive.shown(words.COMMENT_QUEUED) in drive.screen
    await drive.complete()
    await drive.press("y", "n", "y")
    await drive.until(lambda: asked(drive)[1:] == ["@net/retry.py:88 do it"])


async def test_the_next_one_is_offered_when_the_first_is_run(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await offered(drive, SET, SORT)
    await drive.press("ctrl+x", "a")
    await drive.settled()
    assert 'AI! net/retry.py:90 "sort it"' in drive.screen
    monkeypatch.setattr("spark_tui.ui.prompt.offer.READ_NS", 10**15)
    await drive.press("enter")
    assert len(asked(drive)) == 1


async def test_the_same_words_in_another_file_are_another_comment(drive: Drive) -> None:
    await offered(drive)
    await drive.press("left")
    await offered(drive, replace(SET, path="net/client.py"))
    assert 'AI! net/client.py:88 "use a set"' in drive.screen


async def test_without_a_comment_the_key_says_so(drive: Drive) -> None:
    await drive.press("ctrl+x", "a")
    assert drive.shown(words.NO_COMMENT) in drive.screen


async def test_it_runs_by_itself_only_where_that_is_set(fake: FakeConductor) -> None:
    async with driven(fake, options=ShellOptions(run_comments=True)) as drive:
        await offered(drive)
        await drive.until(lambda: asked(drive) == ["@net/retry.py:88 do it"])
