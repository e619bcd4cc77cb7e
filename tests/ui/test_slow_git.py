"""An instruction that waits for git is not gone: a row says so, and Esc stops the wait."""

from __future__ import annotations

import time

import pytest

from spark_tui.core.events import ContextRead
from tests.ui.scripted import FINISHED, Drive


async def test_a_slow_git_is_said_and_esc_stops_it(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = drive.fake
    monkeypatch.setattr(fake, "ask", lambda text, *_: fake.calls.append(("ask", text)))
    fake.waits_for_git = time.monotonic_ns()
    await drive.press(*"add", "enter")
    await drive.until(lambda: bool(fake.named("ask")))
    assert "git is slow" not in drive.screen
    fake.waits_for_git -= 3_000_000_000
    await drive.until(lambda: "git is slow, 3 s · Esc stops" in drive.screen)
    await drive.press("escape")
    assert fake.named("stop")
    fake.waits_for_git = 0
    drive.app.desk.keyboard.sent = False
    await drive.until(lambda: "git is slow" not in drive.screen)


async def test_what_waits_for_its_files_is_said_and_esc_takes_it_back(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a session with answers an instruction waits for its size, also while git is slow."""
    fake = drive.fake
    await drive.ask("first")
    fake.finish(FINISHED)
    await drive.settled()
    fake.reading = True
    await drive.press(*"add", "enter")
    assert drive.app.desk.prompt.empty
    assert "not sent yet" not in drive.screen
    monkeypatch.setattr("spark_tui.ui.session.waiting.SLOW_READING_NS", 0)
    await drive.until(lambda: "not sent yet" in drive.screen)
    assert "Esc takes it back" in drive.screen
    await drive.press("escape")
    await drive.until(lambda: "not sent yet" not in drive.screen)
    assert " › add" in drive.screen
    fake.reading = False
    fake.push(ContextRead(0))
    await drive.settled()
    assert len(fake.named("ask")) == 1
    await drive.press("enter")
    assert len(fake.named("ask")) == 2
    await drive.settled()
    await drive.first()
    fake.reading = True
    drive.app.desk.keyboard.deaf_until = 0  # of the Esc before
    await drive.press(*"more", "enter", "escape")
    assert fake.named("stop")
    fake.reading = False
    fake.push(ContextRead(0))
    await drive.settled()
    assert len(fake.named("ask")) == 2
