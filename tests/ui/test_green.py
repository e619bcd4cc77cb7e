"""The green loop on the screen: the key that begins it, what it says while it runs, its end."""

from __future__ import annotations

import pytest

from spark_tui.core.checks import CheckRule, DeclaredCheck
from spark_tui.core.dataclass import replace
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import Flushed, GreenSet, HunksGuarded, TrySet
from spark_tui.core.green.compare import CheckRun, judge
from spark_tui.core.green.loop import GreenAttempt, GreenEnding, GreenLoop, GreenPhase, Trial
from spark_tui.core.green.trying import Try, TryPhase
from spark_tui.core.green.view import GreenView
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.transcript.blocks import WordsBlock
from tests.core.green.reports import run
from tests.ui.scripted import Drive

PYTEST = CheckRule("python -m pytest -q", ("*.py",))
RED = run("a_test.py::one", "a_test.py::two")
BETTER = run("a_test.py::two")
WORSE = run("a_test.py::two", "a_test.py::three")
SECOND = 1_000_000_000


def attempt(number: int, found: CheckRun, stands: bool, baseline: CheckRun = RED) -> GreenAttempt:
    trial = Trial(
        number,
        f"image {number}",
        1,
        3,
        2,
        run=found,
        judgement=judge(baseline.report, found.report),
    )
    turn = number if stands else 0
    return GreenAttempt(number, (trial,), turn, model_ns=SECOND // 2, check_ns=2 * SECOND)


RUNNING = GreenView(
    "pytest",
    "python -m pytest -q",
    loop=GreenLoop(
        phase=GreenPhase.CHECKING,
        attempt=2,
        baseline=RED,
        best=BETTER,
        attempts=(attempt(1, BETTER, True),),
        tokens=5_200,
    ),
    group=14,
    entries=((1, 14),),
)
OVER = replace(
    RUNNING,
    loop=replace(
        RUNNING.loop,
        phase=GreenPhase.OVER,
        ending=GreenEnding.STUCK,
        reason="the same failure twice",
        attempts=(attempt(1, BETTER, True), attempt(2, WORSE, False, BETTER)),
    ),
)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("ruff check {file}", "ruff"),
        ("/usr/bin/python3.12 -m pytest -q", "pytest"),
        ("python tests/check.py", "check.py"),
        ("npm test", "npm test"),
        ("uv run pytest -q", "pytest"),
        ("go test ./...", "go test"),
        ("python {file}", "python"),
        ("", ""),
    ],
)
def test_a_check_is_called_by_what_it_runs(command: str, name: str) -> None:
    assert CheckRule(command).name == name


async def test_a_key_begins_the_loop_with_the_words_that_are_typed(drive: Drive) -> None:
    await drive.press("ctrl+x", "g")
    await drive.settled()
    assert drive.shown(words.NO_CHECK_HERE) in drive.screen
    assert not drive.fake.named("fix")
    drive.fake.rules = (CheckRule("ruff check"), PYTEST)
    await drive.press("ctrl+x", "g")
    drive.fake.push(GreenSet(0, replace(OVER, check="pytest")))
    await drive.settled()
    await drive.press(*"cap")
    await drive.press("ctrl+x", "g")
    assert drive.fake.named("fix") == [("ruff", "", False), ("pytest", "cap", False)]
    assert drive.app.desk.prompt.empty


async def test_without_a_check_one_key_offers_what_the_project_declares(drive: Drive) -> None:
    pytest_check = DeclaredCheck(("uv", "run", "pytest", "-q"), "pytest, pyproject.toml")
    drive.fake.declared = (pytest_check, DeclaredCheck(("mypy", "."), "mypy, mypy.ini"))
    await drive.press("ctrl+x", "k")
    await drive.settled()
    assert "checks this project declares" in drive.screen
    assert "uv run pytest -q" in drive.screen
    assert "pytest, pyproject.toml" in drive.screen
    assert "code that the model wrote" in drive.screen
    assert not drive.fake.named("choose_check"), "nothing runs before a yes"
    await drive.press("enter")
    assert drive.fake.named("choose_check") == [(pytest_check.argv,)]


async def test_a_loop_says_where_it_is_and_esc_stops_it(drive: Drive) -> None:
    drive.fake.push(GreenSet(0, RUNNING))
    await drive.settled()
    assert "green 2/3 · pytest 2→1 failing" in drive.text[-1]
    assert "5.2k tok" in drive.text[-1]
    assert any("green · pytest" in line for line in drive.text)
    assert any("1 ✗ 1  +3 -2" in line and "2.5 s" in line for line in drive.text)
    assert any("2 pytest runs" in line for line in drive.text)
    await drive.press("escape")
    assert drive.fake.named("stop_fix") == [()]


async def test_a_loop_that_ended_stays_to_be_read_with_what_takes_it_back(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    drive.fake.push(GreenSet(0, RUNNING), GreenSet(0, OVER))
    await drive.settled()
    said = "stopped: the same failure twice · attempt 1 kept, it fixed 1"
    assert said in drive.screen
    *_, block = drive.app.desk.body.document.blocks
    assert isinstance(block, WordsBlock)
    one, two, end = block.lines
    assert "✗ 1   1 hunk  +3 -2   0.5 s model · 2.0 s check   fixed one" in one
    assert "taken back: three failed by it" in two
    assert said in end
    assert "Ctrl+X u takes it back" in drive.text[-2]
    assert "green 2/3" not in drive.text[-1]


async def test_a_tried_answer_shows_its_verdict_and_one_key_decides_about_all_of_it(
    drive: Drive,
) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    ids = tuple(hunk.id for hunk in drive.app.desk.session.turns[-1].hunks)
    turn = ids[0].turn
    found = Try(turn, "pytest", ids, TryPhase.CHECKING, before=RED, entry=14)
    drive.fake.push(Flushed(0, turn, ids, 14, 2, 9_000_000), TrySet(0, turn, found))
    await drive.settled()
    assert "pytest runs with this" in drive.screen
    assert "on disk to try · Tab reviews" in drive.screen
    green = run()
    verdict = judge(RED.report, green.report)
    found = replace(found, phase=TryPhase.OFFERED, run=green, judgement=verdict)
    drive.fake.push(TrySet(0, turn, found))
    await drive.settled()
    assert "✓ pytest with this (0.5 s)" in drive.screen
    assert any("+" in line and "retry_after" in line for line in drive.text), "still to be read"
    await drive.press("tab")
    assert drive.where is Where.REVIEW
    assert "y keeps it   n takes it back" in drive.screen
    await drive.press("n")
    assert drive.fake.named("decide_try") == [(turn, False)]
    await drive.press("y")
    assert drive.fake.named("decide_try")[1:] == [(turn, True)]
    drive.fake.push(TrySet(0, turn, replace(found, phase=TryPhase.KEPT)))
    await drive.settled()
    assert "proven by pytest · kept · #14" in drive.screen
    assert "── type" in drive.screen


async def test_a_hunk_that_changes_what_judges_it_says_so(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    hunk = next(h for h in drive.app.desk.session.turns[-1].hunks if h.state is HunkState.OPEN)
    drive.fake.push(HunksGuarded(0, hunk.id.turn, ((hunk.id, "changes a test"),)))
    await drive.settled()
    assert "! changes a test: only your key keeps it" in drive.screen
