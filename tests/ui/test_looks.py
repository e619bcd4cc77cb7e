"""What the model looks at: a row each, and the question where it may not yet."""

from __future__ import annotations

import time

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import LookDone, LookResult, LooksAllowed, LooksWanted
from spark_tui.core.session import Session, step
from spark_tui.ui.bars.rule import counts
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look, paint_row
from spark_tui.ui.transcript.current_hunk import Mark, follow
from spark_tui.ui.transcript.document import Document
from tests.ui.scripted import Drive, FakeConductor, driven
from tests.ui.test_current import ARRIVED, ONE, TWO, asked, decided, ended
from tests.ui.test_plain import Spoken

POOL = LookResult(1, "looked", "net/pool.py:20-66", "512 tokens", 512, 9, 3_000_000)
FOUND = LookResult(2, "searched", '"acquire("', "4 places in 3 files", 90, 9, 6_000_000)
SECRET = LookResult(2, "looked", ".env", "not shown", 9, 9, 400_000, (".env (secret)",))
NO = LookResult(2, "looked", "../x", "not in this repository", 0, 9, 0)
WANTED = LooksWanted(0, 2, ("net/pool.py:20-66", "a.py", "b.py"))


def painted(look: Look, *looks: LookResult, wants: tuple[str, ...] = ()) -> list[str]:
    document = Document(look)
    document.apply(asked(1))
    for one in looks:
        document.apply(LookDone(0, 1, one))
    if wants:
        document.apply(LooksWanted(0, 1, wants))
    rows = [
        paint_row(block.view(row, look), look).text.rstrip()
        for block in document.blocks
        for row in range(block.height)
    ]
    return [row for row in rows if row]


def test_each_look_is_a_row_and_the_header_counts_rounds() -> None:
    assert painted(Look(72, Palette()), POOL, FOUND, SECRET, NO) == [
        " › do it" + "looks 2 of 3".rjust(62),
        "   looked  net/pool.py:20-66 · 512 tokens · 3 ms",
        '   searched  "acquire(" · 4 places in 3 files · 6 ms',
        "   looked  .env · not shown · 0.4 ms",
        "   not shown to the model: .env (secret)",
        "   looked  ../x · not in this repository",
    ]


def test_on_a_small_screen_only_the_newest_stays() -> None:
    rows = painted(Look(60, Palette(), compact=True), POOL, FOUND)
    assert rows[1:] == ['   searched  "acquire(" · 4 places in 3 files · 6 ms']


def test_a_long_name_is_cut_and_what_came_of_it_is_not() -> None:
    long = LookResult(1, "looked", "deep/" * 30 + "x.py", "512 tokens", 512, 9, 3_000_000)
    (row,) = painted(Look(60, Palette()), long)[1:]
    assert row.endswith("… · 512 tokens · 3 ms")
    assert len(row) <= 60


@pytest.mark.parametrize(
    ("review", "row"),
    [
        (True, "  ○ wants to read net/pool.py and 2 more   y show it   n no"),
        (False, "  ○ wants to read net/pool.py and 2 more   Ctrl+O answers"),
    ],
)
def test_the_question_names_keys_as_who_has_the_keyboard_has_them(review: bool, row: str) -> None:
    look = Look(72, Palette(), review=review)
    assert painted(look, wants=("net/pool.py", "a", "b"))[-1] == row


def marks(*events: object) -> Mark:
    document, mark = Document(Look(80, Palette())), Mark()
    for event in (*ARRIVED, *events):
        document.apply(event)  # type: ignore[arg-type]
        mark = follow(mark, event, document)  # type: ignore[arg-type]
    return mark


def test_a_question_takes_the_mark_and_gives_it_back() -> None:
    assert marks().at == ONE
    wants = (asked(2), WANTED)
    assert (marks(*wants).at, marks(*wants).question) == (None, 2)
    answered = marks(*wants, LooksAllowed(0, 2, True), ended(2))
    assert (answered.at, answered.question) == (ONE, 0)
    gone = decided(ONE, state=HunkState.KEPT)
    assert marks(*wants, gone).at is None
    assert marks(*wants, gone, LooksAllowed(0, 2, False)).at == TWO


def test_the_rule_says_what_is_waited_for() -> None:
    session = Session()
    for event in (*ARRIVED, asked(2), WANTED):
        session = step(session, event)
    assert counts(session) == "wants to look · 3 open"
    session = step(session, LooksAllowed(0, 2, True))
    assert counts(session) == "3 open · waiting"
    assert [turn.wants for turn in session.turns] == [(), ()]


async def wanting(drive: Drive) -> None:
    """A turn with an open hunk, then one whose model wants to look."""
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.complete()
    drive.fake.push(asked(2), LooksWanted(time.monotonic_ns(), 2, ("net/pool.py", "a.py")))
    await drive.settled()


def answers(fake: FakeConductor) -> list[tuple[object, ...]]:
    return [call for call in fake.calls if call[0] in ("allow_looks", "decide")]


@pytest.mark.parametrize(("key", "yes"), [("y", True), ("n", False)])
async def test_a_key_in_review_answers_the_question_and_no_hunk(key: str, yes: bool) -> None:
    fake = FakeConductor()
    async with driven(fake, (100, 30)) as drive:
        await wanting(drive)
        assert drive.app.desk.body.current is None
        await drive.press("y")  # in the prompt it is a letter
        assert answers(fake) == []
        await drive.press("backspace")
        drive.app.desk.give_keyboard(Where.REVIEW)
        await drive.settled()
        assert "▌ ○ wants to read net/pool.py and 1 more   y show it   n no" in drive.screen
        assert drive.screen.count("▌") == 1
        await drive.press(key)
        assert answers(fake) == [("allow_looks", 2, yes)]
        await drive.settled()
        assert "wants to read" not in drive.screen


async def test_a_question_that_is_out_of_sight_is_shown_first() -> None:
    fake = FakeConductor()
    async with driven(fake, (80, 16)) as drive:
        await wanting(drive)
        drive.app.desk.give_keyboard(Where.REVIEW)
        await drive.press("pageup", "pageup")
        assert "wants to read" not in drive.screen
        await drive.press("y")
        assert answers(fake) == []
        assert drive.shown(words.NOT_SEEN) in drive.screen
        assert "wants to read net/pool.py" in drive.screen
        await drive.press("y")
        assert answers(fake) == [("allow_looks", 2, True)]


def test_the_lines_of_the_plain_session_tell_and_ask() -> None:
    spoken = Spoken()
    spoken.fake.push(asked(2), LookDone(0, 2, FOUND), LookDone(0, 2, SECRET), WANTED)
    spoken.handle()
    assert spoken.lines[-4:] == [
        'model searched  "acquire(" · 4 places in 3 files · 6 ms',
        "model looked  .env · not shown · 0.4 ms",
        "not shown to the model: .env (secret)",
        "model wants to read net/pool.py:20-66 and 2 more · y shows it, n does not",
    ]
    spoken.do("n")
    assert spoken.fake.calls[-1] == ("allow_looks", 2, False)
