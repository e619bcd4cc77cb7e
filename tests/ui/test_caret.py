"""The terminal's own cursor stands where what is typed goes: input methods compose there."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.events import Key, Paste

from spark_tui.ui.options import ShellOptions
from tests.ui.scripted import Drive, FakeConductor, driven

FIELDS: dict[str, tuple[str, ...]] = {
    "prompt": (),
    "finder": ("ctrl+x", "f"),
    "palette": ("ctrl+p",),
    "history": ("ctrl+r",),
    "form": ("f3", "end", "enter"),
    "second field of a form": ("f3", "end", "enter", "down"),
    "box": ("enter",),
    "find in file": ("/",),
}


async def open_field(drive: Drive, field: str) -> None:
    if field in {"box", "find in file"}:
        drive.app.desk.code.open("net/retry.py")
        await drive.settled()
        await drive.until(lambda: drive.app.desk.code.shown)
    await drive.press(*FIELDS[field])


async def type_in(drive: Drive, text: str) -> None:
    for character in text:
        drive.app.post_message(Key(character, character))
    await drive.painted()


def behind(drive: Drive, text: str) -> tuple[int, int]:
    """The cell behind `text` where it is first on the screen."""
    row, line = next((n, line) for n, line in enumerate(drive.text) if text in line)
    return cell_len(line[: line.index(text) + len(text)]), row


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
@pytest.mark.parametrize("field", FIELDS)
async def test_it_stands_behind_what_was_typed(field: str, size: tuple[int, int]) -> None:
    async with driven(FakeConductor(), size=size) as drive:
        await open_field(drive, field)
        empty = drive.app.cursor_position
        await type_in(drive, "日本")
        assert tuple(drive.app.cursor_position) == behind(drive, "日本")
        assert empty.x == drive.app.cursor_position.x - 4


@pytest.mark.parametrize("vim", [False, True])
async def test_it_follows_moves_rows_blocks_and_growth(*, vim: bool) -> None:
    async with driven(FakeConductor(), options=ShellOptions(vim=vim)) as drive:
        await type_in(drive, "ab日本")
        await drive.press("ctrl+j")
        drive.app.post_message(Paste("x\n" * 20))
        await type_in(drive, "end")
        assert tuple(drive.app.cursor_position) == behind(drive, "[pasted 20 lines]end")
        await drive.press("up", "ctrl+a", "right", "right", "right")
        assert tuple(drive.app.cursor_position) == behind(drive, "ab日")


async def test_a_held_place_of_a_long_draft_is_in_sight() -> None:
    async with driven(FakeConductor(), size=(60, 16)) as drive:
        drive.app.desk.prompt.paste("word " * 150)
        await type_in(drive, "last")
        assert tuple(drive.app.cursor_position) == behind(drive, "last")
        top = drive.text.index(drive.row("type")) + 1
        await drive.press("home")
        assert tuple(drive.app.cursor_position) == (3, top)
