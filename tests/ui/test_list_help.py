"""The keys of a list: what its row promises is there, and leads back to the list as it was."""

from __future__ import annotations

import pytest

from spark_tui.core.journal import Entry, EntryNote
from tests.ui.scripted import Drive


def row_of_keys(drive: Drive) -> str:
    return drive.text[-2].rstrip()


def line(drive: Drive, words: str) -> str:
    return next((row for row in drive.text if words in row), "")


async def test_f1_in_a_filtered_list_shows_its_keys_and_comes_back(drive: Drive) -> None:
    await drive.press("ctrl+x", "f", *"re", "down")
    before = drive.screen
    assert row_of_keys(drive).endswith("F1 help")
    await drive.press("f1")
    assert drive.row("keys · find a file")
    assert "Enter" in line(drive, "opens it")
    assert "Tab" in line(drive, "names it in the prompt")
    assert "letters" in line(drive, "filter the list")
    assert row_of_keys(drive).endswith("Esc closes")
    await drive.press("escape")
    assert drive.screen == before
    await drive.press("f1", "f1")
    assert drive.screen == before


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_either_key_of_help_works_where_nothing_is_typed(drive: Drive, key: str) -> None:
    note = EntryNote("cap it", "spark", 1)
    drive.fake.journal = tuple(Entry(n, 0.0, note, ("a.py",)) for n in (14, 13))
    await drive.press("ctrl+x", "U", "down")
    before = drive.screen
    assert row_of_keys(drive).endswith("? more")
    await drive.press(key)
    assert "Enter" in line(drive, "opens it")
    await drive.press(key)
    assert drive.screen == before
    await drive.press("enter")
    assert drive.fake.named("show_entry") == [(13,)]


async def test_what_has_no_help_of_its_own_promises_none(drive: Drive) -> None:
    await drive.press("f1")
    assert "more" not in row_of_keys(drive)
    await drive.press("escape", "f3", "end", "enter")
    assert "more" not in row_of_keys(drive)
    assert "help" not in row_of_keys(drive)


async def test_help_over_a_theme_keeps_what_is_tried(drive: Drive) -> None:
    await drive.press("ctrl+x", "p", "down")
    tried = drive.app.palette.spec.name
    await drive.press("f1", "escape")
    assert drive.app.palette.spec.name == tried
    assert drive.row("theme ")
