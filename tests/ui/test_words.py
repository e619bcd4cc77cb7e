"""Messages: what, then the way out, on one line."""

from __future__ import annotations

from spark_tui.core.edits import writers
from spark_tui.core.edits.model import HunkId
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Flushed,
    FlushRefused,
    Notice,
    Severity,
    TurnEnded,
    Undone,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.remedy import Remedy
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message
from spark_tui.ui.messages.of_events import message_for
from tests.ui.scripted import Drive

MS = 1_000_000
ONE, TWO = HunkId(1, 1, "1"), HunkId(1, 2, "1")


def test_durations_keep_their_meaning() -> None:
    assert [words.ms(n) for n in (300_000, 9 * MS, 1_200 * MS)] == ["0.3 ms", "9 ms", "1.2 s"]


def test_a_reason_that_ends_like_a_sentence_goes_on_with_the_wait() -> None:
    said = words.sends_in("limit reached: Rate limit reached.", 8.0)
    assert said.what == "limit reached: Rate limit reached, sends in 8 s"


def test_one_decided_hunk_says_it_in_its_header_only() -> None:
    assert message_for(Flushed(0, 1, (ONE,), 14, 1, 9 * MS)) is None
    assert message_for(Undone(0, 15, 14, (ONE,), 6 * MS)) is None


def test_several_hunks_and_merges_are_said() -> None:
    flushed = message_for(Flushed(0, 1, (ONE, TWO), 14, 2, 9 * MS))
    assert flushed is not None
    assert flushed.what.startswith("applied 2 hunks in 2 files")
    merged = message_for(Undone(0, 15, 14, (ONE,), 6 * MS, merged=True, stays=writers.YOU))
    assert merged is not None
    assert merged.what == "#14 undone, your later edit stays"


def test_errors_stay_and_notices_go() -> None:
    error = message_for(Notice(0, "disk full", ("free space",), Severity.ERROR))
    notice = message_for(Notice(0, "warmed up"))
    refused = message_for(FlushRefused(0, 1, (ONE,), "disk full", ("free space",)))
    assert error == refused == Message("disk full", ("free space",), error=True)
    assert notice == Message("warmed up")


def test_ending_without_a_detail_is_explained() -> None:
    cut = message_for(TurnEnded(0, 1, Ending.CUT, Reading()))
    assert cut == words.CUT_OFF
    assert words.CUT_OFF.error
    assert message_for(TurnEnded(0, 1, Ending.COMPLETE, Reading())) is None


async def test_notices_go_to_the_keys_row_until_a_key_and_stay_in_the_transcript(
    drive: Drive,
) -> None:
    await drive.ask("cap it")
    drive.fake.push(Notice(0, "disk full", ("free space", Remedy.KEEP_AGAIN), Severity.ERROR))
    said = "disk full · free space, Ctrl+O y again"
    await drive.until(lambda: drive.text[-2].strip() == said)
    await drive.press("left")
    assert drive.text[-2].strip() != said
    assert said not in drive.screen
    assert "disk full" in drive.screen


def test_an_answer_that_broke_off_is_asked_for_again_by_a_key_that_does_it() -> None:
    for ending, way in ((Ending.CUT, "Enter asks again"), (Ending.FAILED, "Up Enter tries again")):
        said = message_for(TurnEnded(0, 1, ending, Reading(), "it broke off", (Remedy.RETRY,)))
        assert said is not None
        assert said.text(Where.PROMPT, Keymap()) == f"it broke off · {way}"
