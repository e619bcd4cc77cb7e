"""Ctrl+X t says where the latency trace of the newest turn is."""

from __future__ import annotations

from spark_tui.core.events import Painted
from tests.ui.scripted import Drive


async def test_the_key_names_the_file_or_says_why_there_is_none(drive: Drive) -> None:
    await drive.press("ctrl+x", "t")
    assert "no turn yet" in drive.screen
    await drive.ask("cap it")
    await drive.press("ctrl+x", "t")
    assert "no trace of this turn" in drive.screen
    drive.fake.trace_place = "/state/traces/20261124-221500-41-1.jsonl"
    await drive.press("ctrl+x", "t")
    assert "trace: /state/traces/20261124-221500-41-1.jsonl · spark-tui replay last" in drive.screen


async def test_the_first_painted_hunk_is_told_with_the_time_it_was_painted(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.until(lambda: drive.app.desk.overlay.instrument.track.painted_at is not None)
    assert [call[0] for call in drive.fake.named("painted")] == [drive.turn]
    ((_, at),) = drive.fake.named("painted")
    assert drive.app.desk.overlay.instrument.track.painted_at == at
    assert Painted(int(str(at)), drive.turn).at > 0
