"""Messages: what, then the way out, on one line."""

from __future__ import annotations

import pytest

from spark_tui.core.edits.model import HunkId
from spark_tui.core.events import (
    Flushed,
    FlushRefused,
    Notice,
    Severity,
    TurnEnded,
    Undone,
)
from spark_tui.core.meter import Reading
from spark_tui.core.session import Session
from spark_tui.core.wire import Ending
from spark_tui.ui import words
from spark_tui.ui.messages import message_for
from tests.ui.scripted import CONTEXT, Drive

MS = 1_000_000
ONE, TWO = HunkId(1, 1, "1"), HunkId(1, 2, "1")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.waiting(0.8), "waiting 0.8 s for the first token · Esc stops"),
        (words.stalled(2.0, 2), "no token for 2.0 s · Esc keeps the 2 finished hunks"),
        (words.stalled(2.0, 0), "no token for 2.0 s · Esc stops"),
        (words.applied(9 * MS, 14), "applied in 9 ms · #14"),
        (
            words.applied_all(5, 3, 11 * MS, 15),
            "applied 5 hunks in 3 files in 11 ms · #15 · u takes all back",
        ),
        (
            words.applied_all(2, 1, 11 * MS, 15),
            "applied 2 hunks in 1 file in 11 ms · #15 · u takes both back",
        ),
        (words.undone(14, 6 * MS), "#14 undone in 6 ms"),
        (words.merged(14), "#14 undone, your later edit stays"),
        (
            words.undo_conflict(14, 42),
            "#14 not undone: you changed line 42 since · o opens it · U shows both",
        ),
        (
            words.refused(57),
            "line 57 is not what the edit expects · r asks again · e by hand · n drops",
        ),
        (words.several(2), "fits in 2 places, so it is not placed · 1 2 place it"),
        (
            words.repairing(2, 212, 2),
            "asking again for hunk 2, once · +212 tokens · 1 2 or n cancels",
        ),
        (words.keep_refused(2, 2), "hunk 2 has no place yet · 1 2 place it · r asks again"),
        (words.keep_refused(2, 0), "hunk 2 has no place yet · r asks again"),
        (words.stale(42), "you changed line 42 since · r asks on your text · n drops"),
        (
            words.raced("net/retry.py"),
            "you saved net/retry.py meanwhile, yours is kept · r asks on it",
        ),
        (words.stopped(18 * MS, 2, 1), "stopped in 18 ms · 2 hunks finished, the third is gone"),
        (words.stopped(18 * MS, 0, 0), "stopped in 18 ms · no hunk was finished"),
        (words.prose("net/retry.py"), "no edit in the answer · name the file: @net/retry.py"),
        (
            words.missing_file("net/retries.py", "net/retry.py"),
            "net/retries.py is not here · nearest: net/retry.py",
        ),
        (words.outside("../x"), "../x is outside this repository, never written · n drops"),
        (
            words.unreadable("net/key.pem", "permission denied"),
            "cannot read net/key.pem: permission denied · nothing sent",
        ),
        (
            words.offline("api.openai.com"),
            "cannot reach api.openai.com, draft kept · Up Enter tries again · F3 another",
        ),
        (words.key_refused("openai"), "openai refused the key · F3 sets a new one"),
        (words.rate_limited(8.2), "limit reached, sends in 8 s · Esc cancels · F3 another"),
        (
            words.web_page("gateway.example.com"),
            "gateway.example.com sent a web page, not a stream · F3 shows the address",
        ),
        (
            words.no_repository("/tmp"),
            "/tmp is not in a git worktree · cd into one, or: spark-tui demo",
        ),
        (words.branch("fix-2", 2, 1), "branch is now fix-2 · 2 hunks placed again, 1 stale"),
        (words.branch("fix-2", 0, 0), "branch is now fix-2"),
        (
            words.comment_trigger("net/retry.py", 88, "use a set"),
            'AI! net/retry.py:88 "use a set" · Enter on an empty prompt runs it',
        ),
        (words.copied(12), "copied 12 lines, the terminal did not confirm it"),
        (
            words.check_failed("ruff", 2, "net/retry.py"),
            "ruff ✗ 2 in net/retry.py · Ctrl+X k says it",
        ),
        (
            words.context(CONTEXT[:1], 910, "spark"),
            "@net/retry.py · 910 tokens · to spark",
        ),
        (
            words.span_context(2, 61, (), 610, "spark"),
            "2 lines + 61 around · 610 tokens · to spark",
        ),
        (words.NOT_SEEN, "shown now · press again"),
        (words.TYPING, "typing? press i"),
        (words.TOO_SMALL, "60x16 is the smallest · work goes on"),
    ],
)
def test_messages_read_as_agreed(said: str, expected: str) -> None:
    assert said == expected


def test_durations_keep_their_meaning() -> None:
    assert [words.ms(n) for n in (300_000, 9 * MS, 1_200 * MS)] == ["0.3 ms", "9 ms", "1.2 s"]


def test_one_decided_hunk_says_it_in_its_header_only() -> None:
    assert message_for(Flushed(0, 1, (ONE,), 14, 1, 9 * MS), Session()) is None
    assert message_for(Undone(0, 15, 14, (ONE,), 6 * MS), Session()) is None


def test_several_hunks_and_merges_are_said() -> None:
    flushed = message_for(Flushed(0, 1, (ONE, TWO), 14, 2, 9 * MS), Session())
    assert flushed is not None
    assert flushed.text.startswith("applied 2 hunks in 2 files")
    merged = message_for(Undone(0, 15, 14, (ONE,), 6 * MS, merged=True), Session())
    assert merged is not None
    assert merged.text == "#14 undone, your later edit stays"


def test_errors_stay_and_notices_go() -> None:
    error = message_for(Notice(0, "disk full", "free space", Severity.ERROR), Session())
    notice = message_for(Notice(0, "warmed up"), Session())
    refused = message_for(FlushRefused(0, 1, (ONE,), "disk full", "free space"), Session())
    assert error == ("disk full · free space", True)
    assert notice == ("warmed up", False)
    assert refused == ("disk full · free space", True)


def test_ending_without_a_detail_is_explained() -> None:
    cut = message_for(TurnEnded(0, 1, Ending.CUT, Reading()), Session())
    assert cut == (words.CUT_OFF, True)
    assert message_for(TurnEnded(0, 1, Ending.COMPLETE, Reading()), Session()) is None


async def test_notices_go_to_the_keys_row_until_a_key_and_stay_in_the_transcript(
    drive: Drive,
) -> None:
    await drive.ask("cap it")
    drive.fake.push(Notice(0, "disk full", "free space, y again", Severity.ERROR))
    said = "disk full · free space, y again"
    await drive.until(lambda: drive.text[-2].strip() == said)
    await drive.press("left")
    assert drive.text[-2].strip() != said
    assert said in drive.screen
