"""When cells may be written straight to the terminal, and how few bytes that takes."""

from __future__ import annotations

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Static

from spark_tui.core.events import EndpointLabel
from spark_tui.core.latency.meter import Reading
from spark_tui.core.session import Turn
from spark_tui.ui.bars.status import Status
from spark_tui.ui.style.direct_write import ChangedCells, DirectPainter, _change
from spark_tui.ui.style.painted import PaintedWidget
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.transcript.widget import Transcript


class Stage(App[None]):
    CSS = """
    Screen { layers: base above; }
    .side { width: 10; height: 1fr; }
    #over { layer: above; dock: bottom; height: 3; display: none; }
    """

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Transcript()
            yield Static("side", classes="side", markup=False)
        yield Static("over", id="over", markup=False)


async def test_nothing_is_written_where_something_covers_the_body() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        direct = app.query_one(Transcript)._direct
        await pilot.pause()
        assert (direct._clear, direct.scrolls) == (True, True)
        app.query_one("#over").display = True
        await pilot.pause()
        assert (direct._clear, direct.scrolls) == (False, False)
        app.query_one("#over").display = False
        await pilot.pause()
        assert (direct._clear, direct.scrolls) == (True, True)


async def test_rows_are_not_moved_beside_a_neighbour_in_several_pieces() -> None:
    class Nested(Stage):
        def compose(self) -> ComposeResult:
            with Horizontal():
                yield Transcript()
                with Horizontal(classes="side"):
                    yield Static("a", markup=False)
                    yield Static("b", markup=False)

    app = Nested()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        direct = app.query_one(Transcript)._direct
        assert direct._clear
        assert not direct.scrolls


class Side(PaintedWidget):
    """A neighbour with one row of words above rows that are all alike."""

    def rows(self, width: int, height: int) -> list[Strip]:
        return [self.line(("text", "words")), *[self.line(("rule", "│"))] * (height - 1)]


async def test_a_painted_neighbour_is_only_written_where_moving_rows_changed_it() -> None:
    class Painting(Stage):
        palette = Palette()

        def compose(self) -> ComposeResult:
            with Horizontal():
                yield Transcript()
                side = Side(classes="side")
                side.styles.width = 10
                yield side

    app = Painting()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        side, direct = app.query_one(Side), app.query_one(Transcript)._direct
        assert direct.scrolls
        assert [cells.y for cells in direct._moved(side, side.region, 1)] == [0, 23]
        side.refresh()
        assert len(direct._moved(side, side.region, 1)) == 24


async def test_without_a_terminal_painting_is_left_to_textual() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not app.query_one(Transcript)._direct.can_paint()


async def test_the_body_knows_when_it_wrote_past_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        body = app.query_one(Transcript)
        body.show_welcome(["by Textual"])
        assert body.take_written() is None
        monkeypatch.setattr(body._direct, "can_paint", lambda: True)
        monkeypatch.setattr(body._direct, "paint", lambda cells, scroll: None)
        body.show_welcome(["directly"])
        assert body.take_written() is not None
        body.present()
        assert body.take_written() is None, "nothing changed, so nothing was written"


def test_a_style_change_says_only_what_changes() -> None:
    true = ColorSystem.TRUECOLOR
    red = Style(color="#ff0000", bgcolor="#000001")
    blue = Style(color="#0000ff", bgcolor="#000001")
    assert _change(None, red, true) == "\x1b[0;38;2;255;0;0;48;2;0;0;1m"
    assert _change(red, blue, true) == "\x1b[38;2;0;0;255m"
    assert _change(red, red + Style(bold=True), true) == "\x1b[1m"
    assert _change(red + Style(bold=True), blue, true) == "\x1b[0;38;2;0;0;255;48;2;0;0;1m"
    assert _change(red, Style(bold=True), true) == "\x1b[0;1m"
    assert _change(red, red, true) == ""


def written(direct: DirectPainter, *rows: Strip) -> str:
    cells = [ChangedCells(y, row, 0, row.cell_length) for y, row in enumerate(rows)]
    return "".join(direct._write([(Region(0, 0, 80, 24), cells)]))


@pytest.mark.parametrize(
    ("term", "blanks"), [("xterm-256color", "\x1b[30X"), ("screen-256color", " " * 30)]
)
async def test_blanks_are_counted_where_the_terminal_fills_what_it_erases(
    term: str, blanks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    ground, other = (Style(color=c, bgcolor="#000001") for c in ("#ffffff", "#ff0000"))
    marked = Style(bgcolor="#000001", underline=True)
    row = Strip([Segment("word", ground), Segment(" " * 30, other)])
    app = Stage()
    async with app.run_test(size=(80, 24)):
        direct = DirectPainter(app.query_one(Transcript))
        text = written(direct, row, Strip([*row, Segment("end", ground)]), Strip([*row][1:]))
        under = written(direct, Strip([Segment(" " * 30, marked)]))
    moved = "\x1b[30C" if term.startswith("xterm") else ""
    assert text.count("\x1b[0;") == 1, "one style for all three rows"
    assert text.endswith(f"word{blanks}\r\nword{blanks}{moved}end\r\n{blanks}\x1b[0m")
    assert under.endswith(f"m{' ' * 30}\x1b[0m"), "an underline shows on blanks"


async def test_the_status_is_written_past_textual_cell_by_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[ChangedCells] = []
    asked: list[Status] = []

    class Bars(Stage):
        palette = Palette()

        def compose(self) -> ComposeResult:
            yield Status(clock=lambda: 0)

    app = Bars()
    async with app.run_test(size=(100, 1)) as pilot:
        await pilot.pause()
        status = app.query_one(Status)
        monkeypatch.setattr(status._direct, "can_paint", lambda: True)
        monkeypatch.setattr(status._direct, "paint", written.extend)
        monkeypatch.setattr(status, "refresh", lambda *_: asked.append(status))
        for ttft in (101, 102):
            turn = Turn(1, "", (), 0, EndpointLabel("", "", ""), 0, reading=Reading(ttft * 10**6))
            status.show(EndpointLabel("spark", "m", "openai"), turn)
        assert not asked
        row = written[-1].strip.text
        assert [row[cells.start : cells.end] for cells in written[-1:]] == ["2"]
        assert "ttft 102 ms" in row
