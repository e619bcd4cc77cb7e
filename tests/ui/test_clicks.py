"""Clicks go where they point, or press the key they stand on."""

from __future__ import annotations

import pytest
from textual.widget import Widget

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.ui.input.focus import Where
from spark_tui.ui.style.cells import cells
from tests.ui.scripted import Drive

ONE, THREE = HunkId(1, 1, "1"), HunkId(1, 3, "1")


@pytest.fixture
async def review(drive: Drive) -> Drive:
    """Three hunks, the second refused; the answer is complete, the prompt has the keyboard."""
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.complete()
    return drive


async def click(drive: Drive, widget: Widget, text: str, into: int = 1) -> None:
    """A click on the cell `into` the first place where the widget says `text`."""
    region = widget.region
    lines = [line[region.x :] for line in drive.text[region.y : region.bottom]]
    assert any(text in line for line in lines), lines
    y = next(n for n, line in enumerate(lines) if text in line)
    x = cells(lines[y][: lines[y].index(text)]) + into
    await drive.pilot.click(widget, offset=(x, y))
    await drive.painted()


def where(drive: Drive) -> str:
    return drive.where.value


async def test_a_click_on_a_hunk_makes_it_current_and_gives_review_the_keyboard(
    review: Drive,
) -> None:
    desk = review.app.desk
    await click(review, desk.body, "hunk 3/3")
    assert (desk.body.current, review.where) == (THREE, Where.REVIEW)
    assert review.fake.named("decide") == []


async def test_a_click_on_a_key_presses_it(review: Drive) -> None:
    desk = review.app.desk
    await click(review, desk.rule, "Tab reviews")
    assert where(review) == "review"
    await click(review, desk.prompt, "y keep")
    assert review.fake.named("decide")[0][:2] == ((ONE,), HunkState.KEPT)
    await review.settled()
    await click(review, desk.keys_row, "Enter types")
    assert where(review) == "prompt"
    await click(review, desk.keys_row, "Tab review")
    assert where(review) == "review"


async def test_a_click_on_a_file_of_the_panel_goes_to_its_hunk_or_opens_it(review: Drive) -> None:
    desk = review.app.desk
    await click(review, desk.changes, "tests/test_retry.py")
    assert (desk.body.current, review.where) == (THREE, Where.REVIEW)
    await click(review, desk.changes, "README.md")
    assert review.fake.named("show_file") == [("README.md",)]


async def test_a_click_in_the_draft_puts_the_cursor_there(review: Drive) -> None:
    desk = review.app.desk
    desk.prompt.type("cap 日本 now")
    desk.keys.typed()
    await review.painted()
    await click(review, desk.rule, "Ctrl+O reviews")
    assert where(review) == "review"
    await click(review, desk.rule, "review")
    await click(review, desk.prompt, "now", into=0)
    assert where(review) == "prompt"
    assert desk.prompt.draft.text[desk.prompt.draft.cursor :] == "now"
    await click(review, desk.prompt, "日", into=1)
    assert desk.prompt.draft.cursor == 4


async def test_the_end_of_a_selection_is_no_click(review: Drive) -> None:
    desk = review.app.desk
    await review.pilot.mouse_down(desk.body, offset=(12, 4))
    await review.pilot.hover(desk.body, offset=(30, 6))
    await review.pilot.mouse_up(desk.body, offset=(30, 6))
    await review.painted()
    assert desk.selected_text()
    assert where(review) == "prompt"
