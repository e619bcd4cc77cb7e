"""What the screen says of checks, and the key that hands a failed one on."""

from __future__ import annotations

from spark_tui.core.checks import CheckResult, CheckRule
from spark_tui.core.events import Checked
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from tests.ui.scripted import Drive

MS = 1_000_000
OUTPUT = "net/retry.py:3: F401 unused\nnet/retry.py:9: E501 long"
BAD = CheckResult("ruff", False, 200 * MS, 2, "net/retry.py", "ruff check net/retry.py", OUTPUT)
GOOD = CheckResult("ruff", True, 200 * MS)


async def decided(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    await drive.review()
    await drive.press("y", "n")
    await drive.settled()


async def test_a_failed_check_is_named_and_goes_to_the_prompt_by_one_key(drive: Drive) -> None:
    await decided(drive)
    drive.fake.push(Checked(0, (BAD,)))
    await drive.settled()
    assert (
        "ruff ✗ 2 in net/retry.py · Ctrl+X g fixes it · Ctrl+X k sends it with your words"
        in drive.text[-2]
    )
    assert drive.text[-1].rstrip().endswith("ruff ✗ 2")
    assert any("✗ ruff net/retry.py" in line and line.rstrip().endswith("2") for line in drive.text)
    await drive.press("ctrl+x", "k")
    assert drive.where is Where.PROMPT
    draft = drive.app.desk.prompt.draft.expanded()
    assert draft.startswith("ruff check net/retry.py says:\nnet/retry.py:3: F401 unused\n")
    assert draft.endswith("fix this in @net/retry.py ")
    assert not drive.fake.named("ask")[1:]


async def test_esc_stops_the_checks_before_it_moves_the_keyboard(drive: Drive) -> None:
    await decided(drive)
    drive.fake.push(Checked(0, (), ("pytest",)))
    await drive.settled()
    await drive.press("escape")
    assert drive.fake.named("stop_checks") == [()]
    assert drive.shown(words.CHECKS_STOPPED) in drive.screen
    await drive.settled()
    await drive.press("escape")
    assert drive.where is Where.PROMPT
    drive.app.desk.keyboard.deaf_until = 0
    await drive.press("escape")
    assert drive.app.desk.rule.state.where is Where.REVIEW


async def test_a_check_that_passes_is_said_where_the_answer_ends(drive: Drive) -> None:
    await decided(drive)
    drive.fake.push(Checked(0, (), ("ruff",)))
    await drive.settled()
    assert "2 decided · ruff …" in drive.screen
    drive.fake.push(Checked(0, (GOOD,)))
    await drive.settled()
    assert "2 decided · ruff ✓ 0.2 s" in drive.screen
    assert drive.text[-1].rstrip().endswith("ruff ✓ 0.2 s")
    drive.fake.rules = (CheckRule("ruff check"),)
    await drive.press("ctrl+x", "k")
    assert drive.shown(words.NO_CHECK) in drive.screen


async def test_an_undo_takes_the_words_of_a_check_away(drive: Drive) -> None:
    await decided(drive)
    drive.fake.push(Checked(0, (BAD,)))
    await drive.settled()
    drive.fake.push(Checked(0, ()))
    await drive.settled()
    assert "ruff" not in drive.text[-1]
