"""Reduced motion: whole hunks only, prose and digits at the end."""

from __future__ import annotations

from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import FakeConductor, driven


async def shown(*, reduced: bool) -> tuple[str, str, str]:
    """The screen while hunk 3 is written, its status, and the screen at the end."""
    async with driven(FakeConductor(), (120, 60), ShellOptions(reduced_motion=reduced)) as drive:
        await drive.ask("cap it")
        await drive.first()
        await drive.later()
        running, status = drive.screen, drive.text[-1]
        await drive.complete()
        return running, status, drive.screen


async def test_what_grows_is_shown_when_it_is_whole() -> None:
    running, status, end = await shown(reduced=True)
    assert "net/retry.py:41" in running
    assert "assert backoff(10) == 8." not in running
    assert "ttft – ms" in status
    assert "assert backoff(10) == 8.0" in end
    assert "Retry-After wins" in end
    assert "ttft 87 ms" in end


async def test_otherwise_it_grows() -> None:
    running, status, _ = await shown(reduced=False)
    assert "assert backoff(10) == 8." in running
    assert "ttft 87 ms" in status
