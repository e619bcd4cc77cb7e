"""Copying: what goes to the terminal, and what is said of it."""

from __future__ import annotations

import base64
import re

import pytest

from spark_tui.ui.options import ShellOptions
from spark_tui.ui.terminal import clipboard
from spark_tui.ui.terminal.clipboard import osc52
from tests.ui.scripted import Drive, FakeConductor, driven

TEXT = "def f():\n    return 'naïve'\n"


def taken(sequence: str) -> str:
    """What a terminal that understands OSC 52 would put on the clipboard."""
    found = re.search("\x1b\\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    assert found is not None
    return base64.b64decode(found.group(1)).decode()


def test_the_terminal_gets_exactly_the_text() -> None:
    assert taken(osc52(TEXT, {})) == TEXT


def test_tmux_is_asked_itself_and_passes_it_through() -> None:
    sequence = osc52(TEXT, {"TMUX": "/tmp/tmux-0/default,1,0"})
    assert taken(sequence) == TEXT
    passed = re.search("\x1bPtmux;(.*)\x1b\\\\", sequence, re.DOTALL)
    assert passed is not None
    assert taken(passed.group(1).replace("\x1b\x1b", "\x1b")) == TEXT


def test_screen_gets_pieces_it_can_pass_on() -> None:
    sequence = osc52("x" * 3_000, {"TERM": "screen-256color"})
    pieces = re.findall("\x1bP(.*?)\x1b\\\\", sequence, re.DOTALL)
    assert max(map(len, pieces)) <= 250
    assert taken("".join(pieces)) == "x" * 3_000


async def copied(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(drive.app, "write_terminal", written.append)
    await drive.ask("cap it")
    await drive.first()
    await drive.press("tab", "Y")
    return written


async def test_without_a_desktop_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    async with driven(FakeConductor()) as drive:
        written = await copied(drive, monkeypatch)
        assert "the terminal did not confirm it" in drive.screen
        assert "def backoff(attempt, reply=None):\n" in taken(written[0])


@pytest.mark.parametrize("there", [True, False])
async def test_what_is_said_is_what_reading_it_back_says(
    *, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def native(text: str) -> bool:
        given.append(text)
        return there

    async with driven(FakeConductor(), options=ShellOptions(copy_native=native)) as drive:
        await copied(drive, monkeypatch)
        await drive.until(lambda: "copied" in drive.text[-2])
        assert ("did not confirm" in drive.text[-2]) is not there
        assert "def backoff(attempt, reply=None):" in given[0]


async def test_too_much_for_a_terminal_is_not_called_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clipboard, "LARGEST", 40)
    async with driven(FakeConductor()) as drive:
        written = await copied(drive, monkeypatch)
        assert written == []
        assert "are too many for the terminal's clipboard · o opens the file" in drive.screen


async def test_what_goes_to_the_clipboard_holds_no_controls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[str] = []
    fake = FakeConductor()
    fake.files["net/retry.py"] = "a = '\x1b[201~\x03!rm x'\tb\x9b\n"

    def native(text: str) -> bool:
        given.append(text)
        return True

    async with driven(fake, options=ShellOptions(copy_native=native)) as drive:
        written: list[str] = []
        monkeypatch.setattr(drive.app, "write_terminal", written.append)
        drive.app.desk.code.open("net/retry.py")
        await drive.until(lambda: drive.app.desk.code.shown)
        await drive.press("Y")
        await drive.until(lambda: bool(given))
        assert given == ["a = '!rm x'\tb"]
        assert taken(written[0]) == given[0]
