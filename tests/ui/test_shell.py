"""`!command`: runs in the person's shell, is shown here, and goes nowhere until it is attached."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from textual.events import Paste

from spark_tui.core.errors import WorktreeError
from spark_tui.ui.actions.shell_output import KEPT, ShellOutput
from spark_tui.ui.messages import words
from spark_tui.ui.options import RunLine, ShellOptions
from tests.ui.scripted import Drive, FakeConductor, driven, prints


def options(status: int = 0, printed: str = "one\ntwo\n") -> tuple[ShellOptions, list[str]]:
    ran: list[str] = []
    return ShellOptions(run_line=prints(printed, status, ran)), ran


async def shown(drive: Drive, text: str) -> None:
    await drive.until(lambda: text in drive.screen)


async def test_the_output_is_shown_and_sent_nowhere() -> None:
    given, ran = options()
    fake = FakeConductor()
    async with driven(fake, options=given) as drive:
        await drive.press(*"!ls -l")
        assert "runs in your shell · its output stays here" in drive.row("type")
        assert "Enter runs it in your shell" in drive.text[-2]
        await drive.press("enter")
        await shown(drive, "ended, 2 lines, sent nowhere · Ctrl+X ! attaches it")
        assert ran == ["ls -l"]
        assert "! ls -l" in drive.screen
        assert not fake.named("ask")


async def test_attached_output_goes_along_in_full() -> None:
    given, _ = options(1, "\n".join(f"line {n}" for n in range(300)))
    fake = FakeConductor()
    async with driven(fake, options=given) as drive:
        await drive.press(*"!test", "enter")
        await shown(drive, "exit 1, 300 lines")
        assert "line 99" not in drive.screen
        assert "line 299" in drive.screen
        await drive.press(*"fix it ", "ctrl+x", "!", *"or rename it", "enter")
        asked = fake.named("ask")[0][0]
        assert isinstance(asked, str)
        assert asked.startswith("fix it $ test\nline 0\n")
        assert asked.endswith("line 299\nor rename it")


async def test_output_never_reaches_the_terminal_raw() -> None:
    given, _ = options(0, "\x1b[31mred\x1b]52;c;eA==\x07 \u202ex")
    async with driven(FakeConductor(), options=given) as drive:
        await drive.press(*"!x", "enter")
        await shown(drive, "ended, 1 line")
        assert "\x1b" not in drive.screen
        assert "  red <U+202E>x" in drive.screen


async def test_a_command_that_can_not_run_says_why() -> None:
    def run(_line: str, _told: Callable[[str], None], _stop: threading.Event) -> int:
        raise WorktreeError("cannot start fish: no such file", "try again")

    async with driven(FakeConductor(), options=ShellOptions(run_line=run)) as drive:
        await drive.press(*"!ls", "enter")
        await shown(drive, "cannot start fish")
        assert not drive.app.desk.keys.shell.running


async def test_tab_does_not_queue_it_and_again_does_not_ask_it() -> None:
    given, ran = options()
    fake = FakeConductor()
    async with driven(fake, options=given) as drive:
        await drive.ask("cap it")
        await drive.press(*"!ls", "tab")
        assert "is not queued" in drive.screen
        assert not drive.app.desk.queue
        await drive.press("enter")
        await drive.until(lambda: ran == ["ls"])
        await drive.first()
        await drive.review()
        await drive.press(".")
        assert [call[0] for call in fake.named("ask")] == ["cap it", "cap it"]


async def test_nothing_to_attach_says_so() -> None:
    async with driven(FakeConductor()) as drive:
        await drive.press("ctrl+x", "!")
        assert "no command was run yet" in drive.screen


async def test_a_pasted_or_recalled_line_is_text_until_its_mark_is_typed() -> None:
    given, ran = options()
    fake = FakeConductor()
    async with driven(fake, options=replace(given, history=("!rm x",))) as drive:
        drive.app.post_message(Paste("!touch y"))
        await drive.until(lambda: not drive.app.desk.prompt.empty)
        await drive.painted()
        assert "! at its start runs it" in drive.text[-2]
        await drive.press("enter")
        await drive.settled()
        await drive.press("up", "up", "enter")
        await drive.settled()
        assert [call[0] for call in fake.named("ask")] == ["!touch y", "!rm x"]
        assert not ran
        await drive.press("up", "up", "up", "ctrl+a", "!")
        assert "runs in your shell" in drive.row("type")
        await drive.press("enter")
        await drive.until(lambda: ran == ["rm x"])


async def test_a_backslash_begins_a_sentence_with_the_mark() -> None:
    given, ran = options()
    kept: list[str] = []
    fake = FakeConductor()
    async with driven(fake, options=replace(given, remember=kept.append)) as drive:
        await drive.press(*"\\!important first", "enter")
        await drive.settled()
        await drive.press("up")
        assert drive.app.desk.prompt.draft.text == "\\!important first"
        await drive.press("enter")
        await drive.settled()
        assert [call[0] for call in fake.named("ask")] == ["!important first"] * 2
        assert kept == ["\\!important first"] * 2
        assert not ran


async def test_the_mark_goes_where_its_line_goes() -> None:
    given, ran = options()
    async with driven(FakeConductor(), options=given) as drive:
        await drive.press(*"ls", "ctrl+a", "!", "ctrl+e", "ctrl+u", "ctrl+y")
        assert "! ls" not in drive.screen
        assert "!ls" in drive.screen
        await drive.press("enter")
        await drive.until(lambda: ran == ["ls"])


def waits(begun: str, ran: list[str]) -> RunLine:
    """A shell whose command prints, then runs until it is stopped."""

    def run(line: str, told: Callable[[str], None], stop: threading.Event) -> int:
        ran.append(line)
        told(begun)
        stop.wait()
        told("\rinterrupted\n")
        return -2

    return run


async def test_it_is_shown_while_it_runs_and_esc_stops_it() -> None:
    printed = "".join(f"test {n:02}\n" for n in range(20)) + "now 1 %\rnow 50 %"
    ran: list[str] = []
    async with driven(FakeConductor(), options=ShellOptions(run_line=waits(printed, ran))) as drive:
        await drive.press(*"!pytest", "enter")
        await shown(drive, "now 50 %")
        assert "! pytest   " in drive.screen
        assert "s · Esc stops it" in drive.screen
        assert "test 19" in drive.screen
        assert "test 12" not in drive.screen
        await drive.press(*"!ls", "enter")
        assert drive.shown(words.SHELL_BUSY) in drive.screen
        assert ran == ["pytest"]
        await drive.press("escape")
        await shown(drive, "stopped, 21 lines")
        assert "! pytest   stopped after " in drive.screen
        assert "interrupted" in drive.screen
        assert not drive.app.desk.keys.shell.running


async def test_leaving_ends_what_runs() -> None:
    ended = threading.Event()

    def run(_line: str, told: Callable[[str], None], stop: threading.Event) -> int:
        told("begun\n")
        stop.wait()
        ended.set()
        return 0

    async with driven(FakeConductor(), options=ShellOptions(run_line=run)) as drive:
        await drive.press(*"!serve", "enter")
        await shown(drive, "begun")
    assert ended.wait(10)


async def test_two_marks_run_the_last_one_again() -> None:
    given, ran = options()
    before = ("!make", "fix it", "!!")
    async with driven(FakeConductor(), options=replace(given, history=before)) as drive:
        await drive.press(*"!!", "enter")
        await drive.until(lambda: ran == ["make"])
        await shown(drive, "ended, 2 lines")
        await drive.press(*"!ls", "enter")
        await drive.until(lambda: ran == ["make", "ls"])
        await drive.painted()
        await drive.until(lambda: not drive.app.desk.keys.shell.running)
        await drive.press(*"!!", "enter")
        await drive.until(lambda: ran == ["make", "ls", "ls"])


async def test_what_failed_is_offered_to_be_fixed_and_its_text_ends_its_line() -> None:
    given, _ = options(1, "boom")
    fake = FakeConductor()
    async with driven(fake, options=given) as drive:
        await drive.press(*"!test", "enter")
        await shown(drive, "exit 1, 1 line, sent nowhere · Ctrl+X ! puts it into the prompt")
        await drive.press("ctrl+x", "!", *"fix it", "enter")
        await drive.settled()
        assert fake.named("ask")[0][0] == "$ test\nboom\nfix it"


def test_output_is_bounded_and_says_what_is_gone() -> None:
    output = ShellOutput()
    for n in range(50):
        output.add(f"{n:02}" + "x" * 99_997 + "\n")
    lines = output.lines()
    assert lines[0] == "… what came before is not kept"
    assert sum(map(len, lines)) <= KEPT
    assert lines[-1].startswith("49")
    assert output.tail(1)[0].endswith("x")
