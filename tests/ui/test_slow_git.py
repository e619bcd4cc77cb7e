"""An instruction that waits for git is not gone: a row says so, and Esc stops the wait."""

from __future__ import annotations

import time

import pytest

from tests.ui.scripted import Drive


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
