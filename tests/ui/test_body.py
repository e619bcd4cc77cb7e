"""The body: what it shows, what holds still, and what it tells the shell."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import ModuleType

from rich.color import Color
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.pilot import Pilot

from spark_tui.core.config.theme import default_theme
from spark_tui.core.edits.model import HunkId, HunkState, TaggedLine
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    Event,
    Flushed,
    HunkGrew,
    HunksGone,
    ModeSet,
    Said,
    Thought,
    TurnEnded,
    Undone,
    Unsaid,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.mode import Mode
from spark_tui.core.remedy import Remedy
from spark_tui.core.session import Session, step
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look
from spark_tui.ui.transcript.document import Document
from spark_tui.ui.transcript.viewport import Viewport
from spark_tui.ui.transcript.widget import Transcript

LABEL = EndpointLabel("sim", "", "built in")
ONE, TWO, THREE = HunkId(7, 1, "1"), HunkId(7, 2, "1"), HunkId(7, 3, "1")


class Stage(App[None]):
    """The body alone, with the messages it posts."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Transcript()
        self.session = Session()
        self.painted: list[HunkId] = []
        self.currents: list[HunkId | None] = []

    def compose(self) -> ComposeResult:
        yield self.body

    def play(self, batch: Sequence[Event]) -> None:
        for event in batch:
            self.session = step(self.session, event)
        self.body.handle(batch, self.session)

    def on_transcript_hunk_painted(self, message: Transcript.HunkPainted) -> None:
        self.painted.append(message.id)

    def on_transcript_current_changed(self, message: Transcript.CurrentChanged) -> None:
        self.currents.append(message.id)


def screen(body: Transcript) -> list[str]:
    return [strip.text.rstrip() for strip in body.render_lines(body.size.region)]


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Wait for a repaint, which comes with the next tick of the screen."""
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        await pilot.pause()


def header_row(body: Transcript, hunk: HunkId) -> int:
    return body.document.start(body.document.hunks[hunk]) - body.viewport.top


async def test_a_streaming_answer_looks_as_designed(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)) as pilot:
        app.body.review_focus = True
        app.play(demo.story("stream"))
        await until(pilot, lambda: len(app.painted) == 2)
        rows = screen(app.body)
        assert rows[0] == " › make backoff() honour Retry-After, at most 8 s, and test it"
        assert "@net/retry.py @net/client.py" in rows[1]
        assert rows[1].endswith("2,140 tokens · 71% cached")
        head = header_row(app.body, ONE)
        assert rows[head].startswith("▌○ net/retry.py:41")
        assert "hunk 1/3…" in rows[head]
        assert rows[head].endswith("+5 -2")
        assert "▌   42 -     return 0.5 * 2 ** attempt" in rows
        assert "▌   41 + def backoff(attempt, reply=None):" in rows
        assert "     1 line 57 in send()   2 line 112 in stream()   r ask again   n drop" in rows
        assert rows[-2:] == [
            "    21 + def test_backoff_is_capped():",
            "    22 +     assert backoff(10) == 8.",
        ]
        assert app.currents == [ONE]
        assert app.painted == [ONE, TWO]
        assert app.body.first_painted_hunk_of_turn == ONE


async def test_the_bar_is_thin_while_letters_go_elsewhere(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("done"))
        assert screen(app.body)[header_row(app.body, ONE)].startswith("│○ net/retry.py:41")
        app.body.review_focus = True
        assert screen(app.body)[header_row(app.body, ONE)].startswith("▌○ net/retry.py:41")


async def test_the_next_hunk_takes_the_screen_row_of_the_decided_one(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("done"))
        row = header_row(app.body, ONE)
        app.play([Decided(0, 7, (ONE,), HunkState.KEPT)])
        app.play([Flushed(0, 7, (ONE,), 14, 1, 9_000_000)])
        assert app.body.current == TWO
        assert header_row(app.body, TWO) == row
        above = screen(app.body)[row - 1]
        assert above.startswith(" ✓ net/retry.py:41")
        assert "applied in 9 ms · #14" in above
        app.play([Undone(0, 15, 14, (ONE,), 6_000_000)])
        assert app.body.current == ONE
        assert header_row(app.body, ONE) == row
        assert "#14 undone in 6 ms" in screen(app.body)[row]


async def test_after_the_last_decision_nothing_is_current(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("done"))
        for hunk in (ONE, TWO, THREE):
            app.play([Decided(0, 7, (hunk,), HunkState.DROPPED)])
        assert app.body.current is None
        assert "   3 decided" in screen(app.body)


async def test_a_stale_hunk_shows_both_lines(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("stale"))
        rows = screen(app.body)
        head = header_row(app.body, ONE)
        assert rows[head].startswith("│≠ net/retry.py:42")
        assert "you changed line 42 since" in rows[head]
        assert rows[head + 1 : head + 5] == [
            "│   42 yours     return 1.0 * 2 ** attempt",
            "│   42 -         return 0.5 * 2 ** attempt",
            "│   42 +         return min(0.5 * 2 ** attempt, 8.0)",
            "│    Ctrl+O:   r ask again on your text   o open   e merge by hand   n drop",
        ]


async def test_moving_shows_the_hunk_it_moves_to(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 22)):
        app.play(demo.story("done"))
        assert not app.body.is_visible(THREE)
        assert app.body.hidden_below() == 1
        app.body.move(1, only_open=True)
        app.body.move(1, only_open=True)
        assert app.body.current == THREE
        assert app.body.is_visible(THREE)
        assert app.body.hidden_below() == 0
        app.body.move(1, only_open=True)
        assert app.body.current == ONE
        assert app.body.is_visible(ONE)


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> str | None:
    await pilot.mouse_down(Transcript, offset=start)
    await pilot.hover(Transcript, offset=end)
    await pilot.mouse_up(Transcript, offset=end)
    return pilot.app.screen.get_selected_text()


async def test_the_mouse_copies_exact_code_without_gutters(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)) as pilot:
        app.play(demo.story("done"))
        await until(pilot, lambda: bool(app.painted))
        rows = screen(app.body)
        first = next(y for y, row in enumerate(rows) if "def backoff(attempt, reply" in row)
        assert await drag(pilot, (2, first), (60, first + 1)) == (
            "def backoff(attempt, reply=None):\n    wait = retry_after(reply)"
        )
        assert await drag(pilot, (13, first), (19, first)) == "backoff"


async def test_what_is_selected_is_marked_and_stays_while_rows_arrive(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)) as pilot:
        app.play(demo.story("done"))
        await until(pilot, lambda: bool(app.painted))
        row = next(y for y, r in enumerate(screen(app.body)) if "def backoff(attempt, reply" in r)
        await drag(pilot, (13, row), (19, row))
        ground = app.body.palette.style("select").bgcolor
        strip = app.body.render_lines(app.body.size.region)[row]
        assert "".join(s.text for s in strip if s.style and s.style.bgcolor == ground) == "backoff"
        app.body.note(0, "something was written")
        assert app.screen.get_selected_text() == "backoff"


async def test_the_wheel_scrolls_and_a_new_answer_is_followed_again(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 16)) as pilot:
        app.play([Asked(0, 1, "go", (), 1, LABEL), Said(0, 1, "line\nmore\n" * 40)])
        bottom = app.body.viewport.top
        assert bottom > 60
        await pilot._post_mouse_events([MouseScrollUp], Transcript)
        await until(pilot, lambda: app.body.viewport.top == bottom - 3)
        app.play([Said(0, 1, "text\n" * 10)])
        assert app.body.viewport.top == bottom - 3
        app.body.page(1)
        app.body.page(1)
        app.play([Said(0, 1, "text\n" * 10)])
        assert app.body.viewport.top == bottom + 20
        app.body.scroll_by(-1000)
        app.play([Asked(0, 2, "again", (), 1, LABEL), Said(0, 2, "x\n" * 30)])
        assert "x" in screen(app.body)[-2]


async def test_on_a_small_terminal_only_the_current_hunk_is_unfolded(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(60, 16)):
        app.play(demo.story("done"))
        app.body.reveal(ONE)
        rows = screen(app.body)
        head = header_row(app.body, ONE)
        assert rows[head] == "│○ net/retry.py:41   1/3                             +5 -2"
        assert rows[head + 1] == "│41 - def backoff(attempt):"
        app.body.move(1, only_open=False)
        rows = screen(app.body)
        head = header_row(app.body, ONE)
        assert rows[head].startswith(" ○ net/retry.py:41")
        assert rows[head + 1].startswith("│! net/client.py")
        assert rows[head + 4] == "│ Ctrl+O:  1 line 57  2 line 112  r again  n drop"


async def test_resizing_keeps_the_current_hunk_on_its_row(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(120, 31)) as pilot:
        app.play(demo.story("kept"))
        row = header_row(app.body, TWO)
        await pilot.resize_terminal(74, 26)
        await until(pilot, lambda: app.body.size.width == 74)
        assert header_row(app.body, TWO) == row
        assert all(len(r) <= 74 for r in screen(app.body))


async def test_folding_and_unfolding_keep_the_header_in_place(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("kept"))
        row = header_row(app.body, ONE)
        app.body.toggle_fold(ONE)
        assert header_row(app.body, ONE) == row
        assert screen(app.body)[row + 1].endswith("RETRYABLE = {429, 502, 503}")
        app.body.more_context(ONE)
        assert screen(app.body)[row + 1].strip() == "31"
        app.body.toggle_fold(ONE)
        assert header_row(app.body, TWO) == row + 1


async def test_the_welcome_goes_with_the_first_instruction(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.body.show_welcome(["Point at code.", "", "try     this"])
        assert screen(app.body)[:3] == ["   Point at code.", "", "   try     this"]
        app.play(demo.story("stream"))
        assert not any("Point at code" in row for row in screen(app.body))


async def test_a_saved_session_looks_as_it_did(demo: ModuleType) -> None:
    app, again = Stage(), Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("decided"))
        session = app.session
    async with again.run_test(size=(90, 31)):
        again.body.restore(session)
        rows = screen(again.body)
        assert any(row.startswith(" ✓ net/retry.py:41") and "applied · #14" in row for row in rows)
        assert any(row.startswith(" ✗ net/client.py") for row in rows)


async def test_in_auto_apply_only_a_hunk_that_needs_help_is_current(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play([ModeSet(0, Mode.AUTO)])
        app.play(demo.story("stream"))
        assert app.body.current == TWO


async def test_hunks_cut_off_and_reopened_do_not_move_the_eye(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("stream"))
        app.play([Decided(0, 7, (ONE,), HunkState.KEPT)])
        assert app.body.current == TWO
        app.play([HunksGone(0, 7, (THREE,)), TurnEnded(0, 7, Ending.CUT, Reading())])
        app.play([Decided(0, 7, (ONE,), HunkState.OPEN)])
        assert app.body.current == TWO
        app.body.reveal(ONE)
        assert "incomplete answer" in screen(app.body)[header_row(app.body, ONE)]
        app.body.scroll_by(100)
        assert "   the answer broke off" in screen(app.body)


async def test_another_theme_repaints_every_row(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("done"))
        before = app.body.render_lines(app.body.size.region)
        app.body.palette = Palette(default_theme(dark=False))
        after = app.body.render_lines(app.body.size.region)
        assert [s.text for s in before] == [s.text for s in after]
        ground = Color.parse(default_theme(dark=False).ground)
        assert {s.style.bgcolor for s in after[0] if s.style} == {ground}


async def test_a_session_restored_before_the_first_layout_shows_its_open_hunk(
    demo: ModuleType,
) -> None:
    before = Stage()
    async with before.run_test(size=(90, 31)):
        before.play(demo.story("kept"))

    class Resumed(Stage):
        def on_mount(self) -> None:
            self.body.restore(before.session)

    app = Resumed()
    async with app.run_test(size=(90, 31)) as pilot:
        await until(pilot, lambda: TWO in app.painted)
        assert app.body.current == TWO
        assert screen(app.body)[0].startswith(" › make backoff")


async def test_old_turns_let_their_files_go_but_keep_their_rows(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("done"))
        document = app.body.document
        block = document.hunks[ONE]
        rows = list(block.lines)
        for turn in range(8, 13):
            app.play([Asked(0, turn, "more", (), 1, LABEL)])
        assert block.image is None
        assert list(block.lines) == rows


async def test_turns_stand_apart_and_notes_stay_with_their_turn(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play([Asked(0, 1, "one", (), 1, LABEL), Said(0, 1, "words")])
        app.play([TurnEnded(0, 1, Ending.FAILED, Reading(), "refused the key", (Remedy.NEW_KEY,))])
        app.body.note(1, "draft kept")
        app.play([Asked(0, 2, "two", (), 1, LABEL)])
        app.body.note(1, "late \x1b[31m word")
        rows = screen(app.body)
        assert rows[:9] == [
            " › one",
            "",
            "   words",
            "",
            "   refused the key · F3 sets a new one",
            "   draft kept",
            "   late ␛[31m word",
            "",
            " › two",
        ]
        strip = app.body.render_lines(app.body.size.region)[4]
        red = app.body.palette.style("refuse").color
        assert any(s.style and s.style.color == red for s in strip if "refused" in s.text)


async def test_who_scrolled_away_to_read_is_left_there_when_hunks_come(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 16)):
        events = demo.story("done")
        app.play([*events[:2], Said(0, 7, "text\n" * 40)])
        app.body.scroll_by(-10)
        top = app.body.viewport.top
        app.play(events[2:])
        assert app.body.current == ONE
        assert app.body.viewport.top == top
        assert not app.body.is_visible(ONE)
        app.body.reveal(ONE)
        assert app.body.is_visible(ONE)


async def test_the_tail_is_followed_again_when_all_that_came_is_decided(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 24)):
        app.play(demo.story("stream"))
        app.play([Decided(0, 7, (ONE,), HunkState.KEPT)])
        app.play([Decided(0, 7, (TWO,), HunkState.DROPPED)])
        assert app.body.current is None
        lines = tuple(TaggedLine("+", f"    assert {n}") for n in range(40))
        app.play([HunkGrew(0, 7, THREE, lines, "", "+")])
        assert screen(app.body)[-2].endswith("+     assert 39")


def test_a_view_that_has_no_height_yet_stays_at_the_start() -> None:
    document = Document(Look(80, Palette()))
    document.apply(Asked(0, 1, "go", (), 1, LABEL))
    document.apply(Said(0, 1, "text\n" * 50))
    view = Viewport(document)
    view.settle(view.anchor(None))
    assert view.top == 0
    view.height = 10
    view.settle(view.anchor(None))
    assert view.top == document.height - 10


async def test_a_hunk_that_fits_is_judged_with_all_it_changes_in_view(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 12)):
        app.play(demo.story("done"))
        body, block = app.body, app.body.document.hunks[ONE]
        start = body.document.start(block)
        assert block.last_change < 12
        seen = {}
        for top in (
            start - 12 + block.last_change,
            start - 11 + block.last_change,
            start,
            start + 1,
        ):
            body.viewport.top = top
            seen[top - start] = body.is_visible(ONE)
        assert list(seen.values()) == [False, True, True, False]


async def test_an_instruction_that_steers_is_marked_and_says_what_stays(demo: ModuleType) -> None:
    app = Stage()
    async with app.run_test(size=(90, 31)):
        app.play(demo.story("stream"))
        app.play([TurnEnded(50, 7, Ending.STOPPED, Reading())])
        app.play([Asked(49, 8, "leave the tests alone", (), 5, LABEL)])
        app.play([TurnEnded(60, 8, Ending.COMPLETE, Reading())])
        app.play([Asked(61, 9, "and now this", (), 5, LABEL)])
        rows = [app.body.document.view(row) for row in range(app.body.document.height)]
        leads = {view.text: view for view in rows if view is not None}
        steering, plain = leads["leave the tests alone"], leads["and now this"]
        assert steering.gutter[0][0] == " ↪ "
        assert steering.right == (("2 finished hunks stay", "muted"),)
        assert (plain.gutter[0][0], plain.right) == (" › ", ())


async def test_a_thought_is_one_dim_row_of_its_newest_words_then_of_its_first() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        app.play([Asked(0, 1, "go", (), 1, LABEL), Thought(0, 1, "\nFirst \x1b[31mwords ")])
        app.play([Thought(0, 1, "and more of them " * 9)])
        await until(pilot, lambda: any("thinking" in row for row in screen(app.body)))
        row = next(row for row in screen(app.body) if "thinking" in row)
        assert row.startswith("   thinking  …")
        assert row.endswith("and more of them")
        app.play([Said(0, 1, "Done.\n")])
        await until(pilot, lambda: any("Done." in row for row in screen(app.body)))
        assert any(row.startswith("   thought   First ") for row in screen(app.body))
        app.play([Thought(0, 1, "and more"), TurnEnded(0, 1, Ending.COMPLETE, Reading())])
        assert sum("thought" in row for row in screen(app.body)) == 1


async def test_what_turns_out_to_be_thought_is_shown_as_that() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        app.play([Asked(0, 1, "go", (), 1, LABEL), Said(0, 1, "Maybe this.\nOr that.\n")])
        await until(pilot, lambda: any("Or that." in row for row in screen(app.body)))
        app.play([Unsaid(0, 1), Said(0, 1, "So it is.\n")])
        await until(pilot, lambda: any("So it is." in row for row in screen(app.body)))
        rows = [row.strip() for row in screen(app.body) if row.strip()]
        assert rows == ["› go", "thought   Maybe this. Or that.", "So it is."]
