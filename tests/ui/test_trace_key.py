"""Ctrl+X t says where the latency trace of the newest turn is."""

from __future__ import annotations

from spark_tui.core.events import Displayed, Painted
from spark_tui.ui.messages import words
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import FINISHED, MS, Drive, FakeConductor, driven


async def test_the_key_names_the_file_or_says_why_there_is_none(drive: Drive) -> None:
    await drive.press("ctrl+x", "t")
    assert "no turn yet" in drive.screen
    await drive.ask("cap it")
    await drive.press("ctrl+x", "t")
    assert "no trace of this turn" in drive.screen
    drive.fake.trace_place = "/state/traces/20261124-221500-41-1.jsonl"
    await drive.press("ctrl+x", "t")
    assert "trace: /state/traces/20261124-221500-41-1.jsonl · spark-tui replay last" in drive.screen


async def test_a_long_place_is_whole_as_long_as_the_row_has_room_for_it(drive: Drive) -> None:
    await drive.ask("cap it")
    place = "~/.local/state/spark-tui/traces/20261124-221500-41-1.jsonl"
    drive.fake.trace_place = place
    await drive.press("ctrl+x", "t")
    assert f"trace: {place} · spark-tui replay last" in drive.screen
    await drive.pilot.resize_terminal(80, 24)
    await drive.press("ctrl+x", "t")
    assert f" trace: {place} " in drive.screen


async def test_a_replay_says_what_its_keys_do(fake: FakeConductor) -> None:
    said = words.replaying(text=False)
    async with driven(fake, (80, 24), ShellOptions(recorded=said)) as drive:
        await drive.painted()
        assert f" › {said}" in drive.screen
        await drive.ask("cap it")
        assert "Esc plays the rest at once" in drive.text[-2]
        assert "Ctrl+O review" in drive.text[-2]
        await drive.first()
        await drive.review()
        assert "Esc plays the rest at once" in drive.text[-2]
        assert "J next" in drive.text[-2]
        assert "y keep" not in drive.text[-2]
        drive.fake.finish(FINISHED)
        await drive.settled()
        await drive.painted()
        assert "F2 shows where the time went" in drive.text[-2]
        assert "Esc" not in drive.text[-2]


async def test_the_first_painted_hunk_is_told_with_the_time_it_was_painted(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.until(lambda: drive.app.desk.overlay.instrument.track.painted_at is not None)
    assert [call[0] for call in drive.fake.named("painted")] == [drive.turn]
    ((_, at),) = drive.fake.named("painted")
    assert drive.app.desk.overlay.instrument.track.painted_at == at
    assert Painted(int(str(at)), drive.turn).at > 0


async def test_the_end_on_the_screen_is_told_with_its_own_stamp(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    drive.fake.finish(FINISHED)
    await drive.until(lambda: bool(drive.fake.named("displayed")))
    ((turn, at),) = drive.fake.named("displayed")
    assert turn == drive.turn
    assert drive.app.desk.instrument.track.drawn_at == at


async def test_a_recorded_turn_has_the_paints_of_the_recording(drive: Drive) -> None:
    drive.app.desk.instrument.stamps = False
    await drive.ask("cap it")
    await drive.first()
    drive.fake.finish(FINISHED)
    await drive.settled()
    await drive.press("f2", "f2")
    assert drive.app.desk.instrument.track.ending is not None
    assert drive.app.desk.instrument.track.drawn_at is None
    drive.fake.push(Displayed(drive.at + 480 * MS, drive.turn))
    await drive.until(lambda: drive.app.desk.instrument.track.drawn_at == drive.at + 480 * MS)
