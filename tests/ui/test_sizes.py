"""The screen at the agreed sizes, in every theme, without colour, and below the smallest."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual._compositor import Compositor, LayoutUpdate

from spark_tui.core.config.theme import parse_theme
from spark_tui.core.edits.model import HunkId, TaggedLine
from spark_tui.core.events import HunkGrew, HunksSet, Metered
from spark_tui.core.session import Session
from spark_tui.core.tree import ChangedFile
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import (
    RUNNING,
    SPARK,
    TREE,
    Drive,
    FakeConductor,
    driven,
    first_hunk,
    third_hunk,
)

SIZES = [(160, 48), (120, 36), (80, 24), (60, 16)]
THEMES = sorted((Path(__file__).parents[2] / "themes").glob("*.toml"))


async def answered(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.review()
    await drive.painted()


@pytest.mark.parametrize("size", SIZES)
async def test_rows_stand_where_they_belong(fake: FakeConductor, size: tuple[int, int]) -> None:
    async with driven(fake, size) as drive:
        await answered(drive)
        lines = drive.text
        assert len(lines) == size[1]
        assert {cell_len(line) for line in lines} == {size[0]}
        assert lines[0].startswith(" httpkit ⎇ main")
        assert lines[-4].startswith("── review")
        assert lines[-3].startswith(" y keep")
        assert lines[-3].rstrip().endswith("? more")
        assert lines[-2].startswith(" Esc stops")
        assert "ttft 87 ms" in lines[-1]
        assert ("this turn" in drive.screen) == (size[0] >= 100)


async def test_resize_keeps_the_keyboard_and_moves_the_panel(drive: Drive) -> None:
    await answered(drive)
    for size in ((80, 24), (60, 16), (120, 36)):
        await drive.pilot.resize_terminal(*size)
        await drive.painted()
        assert drive.where is Where.REVIEW
        assert drive.app.desk.changes.display == (size[0] >= 100)
        assert drive.text[-4].startswith("── review")


@pytest.mark.parametrize(("changed", "stays"), [((), False), (TREE.changed, True)])
async def test_panel_of_few_files_makes_room_for_a_changed_line(
    fake: FakeConductor, changed: tuple[ChangedFile, ...], stays: bool
) -> None:
    fake.session = fake.live = Session(tree=replace(TREE, changed=changed), endpoint=SPARK)
    async with driven(fake) as drive:
        panel = drive.app.desk.changes
        await drive.ask("cap it")
        await drive.first()
        assert panel.display
        long = f"    return min(0.5 * 2 ** attempt, {', '.join(map(str, range(20)))})\n"
        turn = drive.turn
        hunk = replace(first_hunk(turn), id=HunkId(turn, 1, "2"), new=(long,))
        drive.fake.push(HunksSet(drive.at, turn, (hunk,)))
        await drive.settled()
        assert panel.display == stays
        await drive.review()
        await drive.complete()
        await drive.press("n", "n", "n")
        assert panel.display == stays  # it does not come and go
        await drive.ask("and again")
        await drive.settled()
        await drive.until(lambda: panel.display)


async def test_panel_that_was_hidden_shows_the_newest_state(drive: Drive) -> None:
    await answered(drive)
    await drive.pilot.resize_terminal(80, 36)
    await drive.painted()
    await drive.press("n")
    await drive.settled()
    await drive.pilot.resize_terminal(120, 36)
    await drive.painted()
    assert "│ ✗ net/retry.py" in drive.screen


async def test_a_stream_never_lays_out_or_repaints_the_whole_screen(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answered(drive)
    await drive.press("f2", "f2")
    full: list[int] = []
    real = Compositor.render_full_update

    def counted(self: Compositor, simplify: bool = False) -> LayoutUpdate:
        full.append(1)
        return real(self, simplify=simplify)

    monkeypatch.setattr(Compositor, "render_full_update", counted)
    three = third_hunk(1)
    for n in range(60):
        line = TaggedLine("+", f"    assert backoff({n}) == 8.0")
        figures = replace(RUNNING, output=228 + n, live_tps=900.0 + n)
        drive.fake.push(
            HunkGrew(drive.at + n, 1, three.id, (line,), "", "+"),
            Metered(drive.at + n, 1, figures),
        )
        await drive.settled()
    await drive.until(lambda: "~959 t/s" in drive.text[-1])
    assert not full


async def test_too_small_says_so_and_work_goes_on(drive: Drive) -> None:
    await answered(drive)
    await drive.pilot.resize_terminal(50, 12)
    await drive.painted()
    assert drive.shown(words.TOO_SMALL) in drive.screen
    await drive.press("y")  # its last lines come into view
    assert drive.shown(words.NOT_SEEN) in drive.screen
    await drive.press("y")
    assert drive.fake.named("decide")


async def test_too_small_is_said_no_longer_than_it_is_true(drive: Drive) -> None:
    await answered(drive)
    await drive.pilot.resize_terminal(50, 12)
    await drive.painted()
    assert drive.shown(words.TOO_SMALL) in drive.screen
    await drive.pilot.resize_terminal(200, 50)
    await drive.painted()
    assert drive.shown(words.TOO_SMALL) not in drive.screen
    drive.app.desk.say("another message")
    await drive.pilot.resize_terminal(120, 36)
    await drive.painted()
    assert "another message" in drive.screen


async def test_no_color_leaves_bold_and_reverse_only(
    fake: FakeConductor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driven(fake) as drive:
        await answered(drive)
        desk = drive.app.desk
        for widget in (desk.header, desk.rule, desk.prompt, desk.keys_row, desk.status):
            for strip in widget.rows(120, 1):
                for segment in strip:
                    assert segment.style is None or (
                        segment.style.color is None and segment.style.bgcolor is None
                    )


async def test_terminal_that_is_not_utf8_gets_ascii_everywhere(
    fake: FakeConductor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.ui.app._speaks_utf8", lambda: False)
    async with driven(fake) as drive:
        await drive.press(*"漢字 ï", "ctrl+u")
        assert drive.screen.isascii()
        await answered(drive)
        assert drive.screen.isascii()
        assert "-- review - i types" in drive.screen
        for keys in (("f2", "f2"), ("f3",), ("escape", "?"), ("escape", "ctrl+p")):
            await drive.press(*keys)
            assert drive.screen.isascii()


async def test_theme_switch_repaints_everything_at_once(fake: FakeConductor) -> None:
    specs = [parse_theme(tomllib.loads(f.read_text()), f.name) for f in THEMES]
    themes = {spec.name: spec for spec in specs}
    async with driven(fake, options=ShellOptions(themes=themes, theme="spark-dark")) as drive:
        for name, spec in themes.items():
            drive.app.theming.use(name)
            await drive.painted()
            grounds = {
                segment.style.bgcolor.name
                for strip in drive.app.screen._compositor.render_strips(drive.app.size)
                for segment in strip
                if segment.style is not None and segment.style.bgcolor is not None
            }
            assert spec.ground in grounds
            others = {other.ground for other in specs} - {spec.ground}
            assert not grounds & others


async def test_help_lists_the_keys_of_the_column(drive: Drive) -> None:
    await answered(drive)
    await drive.press("?")
    assert "keep this hunk" in drive.screen
    await drive.press("escape")
    assert drive.app.desk.popup.model is None
    await drive.press("ctrl+p")
    assert "keep this hunk" in drive.screen
    assert drive.row("everything")


async def test_what_a_list_says_fits_the_smallest_screen() -> None:
    async with driven(FakeConductor(), size=(60, 16)) as drive:
        for keys in (("?",), ("ctrl+p",), ("ctrl+x", "p"), ("ctrl+r",), ("ctrl+x", "f")):
            await drive.press(*keys)
            title = next(line for line in drive.text[1:] if line.startswith("── "))
            assert title.rstrip().endswith(" ──")
            assert "Esc" in title
            await drive.press("escape")
