"""Keys on their way: the strip after the leader, and the echo of what a terminal sends."""

from __future__ import annotations

import pytest
from textual._xterm_parser import XTermParser

from spark_tui.ui.actions import router
from spark_tui.ui.input.commands import TABLE, Column, Keymap
from spark_tui.ui.input.key_echo import _names, describe, meaning
from spark_tui.ui.input.key_reference import lines
from tests.ui.scripted import FakeConductor, driven


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_who_hesitates_after_the_leader_sees_every_key(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "STRIP_SECONDS", 0.01)
    async with driven(FakeConductor(), (width, 24)) as drive:
        await drive.press("ctrl+x")
        await drive.until(lambda: drive.app.desk.popup.model is not None)
        await drive.painted()
        for command in TABLE:
            for key in command.keys_in(Column.STRIP)[:1]:
                assert f" {key}  {command.hint or command.title}"[:20] in drive.screen
        await drive.press("escape")
        assert "Ctrl+X" not in drive.row("type")
        await drive.press("ctrl+x")
        await drive.until(lambda: drive.app.desk.popup.model is not None)
        await drive.press("f")
        model = drive.app.desk.popup.model
        assert model is not None
        assert model.word == "files"


async def test_who_knows_the_key_sees_no_strip() -> None:
    async with driven(FakeConductor()) as drive:
        await drive.press("ctrl+x", "p")
        model = drive.app.desk.popup.model
        assert model is not None
        assert model.word == "theme"
        await drive.press("escape", "ctrl+x", "escape")
        assert drive.app.desk.popup.model is None


@pytest.mark.parametrize(
    ("sent", "name", "does"),
    [
        ("\x0e", "ctrl+n", "–"),
        ("\x10", "ctrl+p", "anywhere: palette"),
        ("\x1b[1;5D", "ctrl+left", "prompt: word-left"),
        ("\x1bOQ", "f2", "anywhere: latency"),
        ("y", "y", "review: keep · review of changes: seen · Ctrl+X then: copy"),
        ("é", "é", "types itself in the prompt"),
        ("\r", "enter", "prompt: send · review: type"),
    ],
)
def test_a_key_is_told_by_bytes_name_and_meaning(sent: str, name: str, does: str) -> None:
    names = _names(XTermParser().feed(sent))
    assert names == [name]
    assert does in meaning(Keymap(), name)
    (line,) = describe(Keymap(), sent.encode(), names)
    assert line.startswith(f"  {sent.encode().hex(' ')} ")
    assert "\x1b" not in line


def test_the_meaning_follows_remaps() -> None:
    assert "review: keep" in meaning(Keymap({"keep": "f9"}), "f9")
    assert any("F9" in line and "keep" in line for line in lines(Keymap({"keep": "f9"})))


def test_bytes_that_are_no_key_are_shown_harmless() -> None:
    (line,) = describe(Keymap(), b"\x1b]52;c;eA==\x07", [])
    assert "no key" in line
    assert "\x1b" not in line
