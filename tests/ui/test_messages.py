"""Every message of the design, in one table: where it is made, and the test that sees it.

A message that is nowhere, in two places, or without a test fails here.
"""

from __future__ import annotations

import ast
import errno
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from spark_tui.core.checks import CheckResult
from spark_tui.core.comments import CommentRequest
from spark_tui.core.edits import writers
from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import FaultKind, Retrying
from spark_tui.core.events import (
    Checked,
    CommentsWaiting,
    Decided,
    Flushed,
    Notice,
    OnWire,
    Repairing,
    RepairStage,
    TreeChanged,
    Undone,
)
from spark_tui.core.mode import Mode
from spark_tui.core.remedy import Remedy, Way
from spark_tui.core.tree import Tree
from spark_tui.services.endpoint.faults import faults
from spark_tui.services.worktree.disk_faults import disk_fault
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message
from spark_tui.ui.messages.of_events import message_for
from spark_tui.ui.messages.remedies import on_screen
from tests.ui.scripted import Drive, FakeConductor, driven

ROOT = Path(__file__).resolve().parents[2]
MS = 1_000_000
ONE, TWO = HunkId(1, 1, "1"), HunkId(1, 2, "1")
WORDS = "spark_tui/ui/messages/words.py"


class Row(NamedTuple):
    """A message: its text, the file that makes it by this `mark`, a test that contains `seen`."""

    name: str
    text: str
    file: str
    mark: str
    test: str
    seen: str


HERE = "tests/ui/test_messages.py"
TURNS = "tests/pair/test_turns.py"
FLUSH = "tests/services/worktree/test_flush_undo.py"
DISK = "tests/services/worktree/test_faults.py"
WIRE = "tests/services/endpoint/test_faults.py"


def in_the_prompt(said: Message) -> str:
    """A message as the prompt shows it."""
    return said.text(Where.PROMPT, Keymap())


def in_review(what: str | Message, *remedies: Way) -> str:
    """A message as the review shows it."""
    said = what if isinstance(what, Message) else on_screen(what, remedies)
    return said.text(Where.REVIEW, Keymap())


def repair(step: RepairStage) -> Repairing:
    """The repair round of hunk 2, which could go in two places."""
    return Repairing(0, 1, (TWO,), (2,), step, 212, 2)


BY_HAND = (Remedy.ASK_AGAIN, Remedy.BY_HAND, Remedy.DROP)

disk = disk_fault(OSError(errno.ENOSPC, "no space"))

TABLE = (
    Row("waiting", in_review(words.waiting(0.8)), WORDS, "s for the first token",
        "tests/ui/test_focus.py::test_waiting_is_said_and_taken_back", "for the first token"),
    Row("stalled", in_review(words.stalled(2.0, 2)), WORDS, "f\"no token for {seconds",
        f"{HERE}::test_a_stalled_answer_says_what_esc_keeps", "words.stalled"),
    Row("applied", words.applied(9 * MS, 14), WORDS, "applied in {ms",
        f"{HERE}::test_headers_say_applied_kept_and_undone", "words.applied"),
    Row("all", in_the_prompt(words.applied_all(5, 3, 11 * MS, 15)), WORDS, "takes {'all'",
        f"{HERE}::test_what_events_leave_in_the_keys_row", "words.applied_all"),
    Row("kept", words.KEPT, WORDS, "kept, written at the end",
        f"{HERE}::test_headers_say_applied_kept_and_undone", "words.KEPT"),
    Row("dropped", in_review(words.DROPPED), WORDS, "DROPPED = _said(",
        f"{HERE}::test_what_events_leave_in_the_keys_row", "words.DROPPED"),
    Row("undone", words.undone(14, 6 * MS), WORDS, "#{entry} undone in",
        f"{HERE}::test_headers_say_applied_kept_and_undone", "words.undone"),
    Row("merged", words.merged(14, writers.YOU), WORDS, "#{entry} undone, {writers.stays",
        f"{HERE}::test_what_events_leave_in_the_keys_row", "words.merged"),
    Row("undo conflict",
        in_review("#14 not undone: you changed line 42 since", Remedy.OPEN_IT, Remedy.SHOW_BOTH),
        "spark_tui/services/worktree/undo.py", "Remedy.SHOW_BOTH,",
        f"{FLUSH}::test_undo_over_a_later_edit_of_the_same_line_names_it_and_changes_nothing",
        "not undone: you changed line 42"),
    Row("nothing", "nothing to take back", "spark_tui/pair/review.py", '"nothing to take back", "',
        f"{TURNS}::test_undo_takes_back_entry_by_entry_byte_for_byte", "nothing to take back"),
    Row("refused",
        in_review("line 57 is not what the edit expects", *BY_HAND),
        "spark_tui/core/edits/locate.py", "is not what the edit expects",
        "tests/core/edits/test_locate.py::*", "is not what the edit expects"),
    Row("several", "fits in 2 places, so it is not placed · 1 2 place it",
        "spark_tui/core/edits/locate.py", "} places, so it is not placed",
        "tests/core/edits/test_locate.py::*", "fits in 2 places, so it is not placed"),
    Row("repairing", in_review(words.repairing(repair(RepairStage.ASKING))), WORDS,
        "told = f\"asking again for",
        "tests/ui/test_repair_flow.py::*", "asking again for hunk 2, once"),
    Row("repair failed", in_review(words.repairing(repair(RepairStage.UNFIT))), WORDS,
        '"still does not fit"', "tests/ui/test_plain.py::*", "RepairStage.UNFIT"),
    Row("y on refused", in_review(words.keep_refused(2, 2)), WORDS, "has no place yet",
        "tests/ui/test_review_keys.py::test_keep_on_a_refused_hunk_explains_and_does_nothing",
        "hunk 2 has no place yet · 1 2 place it · r asks again"),
    Row("not seen", words.NOT_SEEN, WORDS, "shown now",
        "tests/ui/test_focus.py::test_key_on_a_hidden_hunk_shows_it_first", "words.NOT_SEEN"),
    Row("stale", in_review(words.stale(42)), WORDS, "on your text",
        f"{HERE}::test_y_on_a_stale_hunk_says_what_changed", "r asks on your text"),
    Row("raced", in_review(writers.saved(writers.YOU, "net/retry.py"), Remedy.ASK_ON_IT),
        "spark_tui/services/worktree/writer.py", "shown(path)), Remedy.ASK_ON_IT",
        f"{FLUSH}::*", "you saved a.py meanwhile, yours is kept"),
    Row("stopped", words.stopped(18 * MS, 2, 1), WORDS, "stopped in {ms",
        f"{HERE}::test_esc_says_what_is_left_of_the_answer", "stopped in"),
    Row("cut off", in_the_prompt(words.CUT_OFF), WORDS, "CUT_OFF = _said(",
        "tests/ui/test_review_keys.py::test_cut_answer_leaves_a_way_out", "the answer broke off"),
    Row("prose", "no edit in the answer · name the file: @net/retry.py", "spark_tui/pair/turn.py",
        '"no edit in the answer"', f"{TURNS}::*", "name the file: @calc.py"),
    Row("missing file", "net/retries.py is not here · nearest: net/retry.py",
        "spark_tui/pair/context_selection.py", '{path} is not here",\n', f"{TURNS}::*",
        "nearest: calc.py"),
    Row("outside", in_review("../x is outside this repository, never written", Remedy.DROP),
        "spark_tui/core/edits/guard.py", '_refuse(path, "is outside this repository")',
        "tests/core/edits/test_headless.py::*", "is outside this repository, never written"),
    Row("unreadable", "cannot read net/key.pem: permission denied · nothing sent",
        "spark_tui/services/worktree/files.py", "cannot read {shown(path)}: {reason}",
        "tests/services/worktree/test_repo.py::*", "permission denied · nothing sent"),
    Row("offline",
        in_the_prompt(on_screen("cannot reach api.openai.com", (Remedy.DRAFT_KEPT, *faults.AGAIN))),
        "spark_tui/services/endpoint/faults/faults.py", "cannot reach {host} ({why})",
        f"{WIRE}::*", "cannot reach 127.0.0.1"),
    Row("401", in_review("openai refused the key", Remedy.NEW_KEY),
        "spark_tui/services/endpoint/faults/statuses.py", "refused the key", WIRE,
        "refused the key"),
    Row("429", in_review(words.sends_in("limit reached", 8.2)), WORDS, "sends in {",
        f"{HERE}::test_a_limit_counts_down", "sends in"),
    Row("web page",
        in_review("gateway.example.com sent a web page, not a stream", Remedy.SHOW_ADDRESS),
        "spark_tui/services/endpoint/faults/faults.py", "sent a web page, not a stream", WIRE,
        "sent a web page"),
    Row("fell back", "WebSocket failed twice, using HTTPS until restart",
        "spark_tui/services/endpoint/endpoint.py", "WebSocket failed twice",
        f"{HERE}::test_what_events_leave_in_the_keys_row", "failed twice"),
    Row("disk", in_review(disk.what, *disk.remedies),
        "spark_tui/services/worktree/disk_faults.py", 'ENOSPC: ("disk full", "free space")',
        DISK, "nothing written"),
    Row("no repository", "/tmp is not in a git worktree · cd into one, or: spark-tui demo",
        "spark_tui/services/worktree/repo.py", "is not in a git worktree",
        "tests/services/worktree/test_repo.py::*", "cd into one, or: spark-tui demo"),
    Row("bare", "this repository has no files to edit", "spark_tui/services/worktree/repo.py",
        "has no files to edit", "tests/services/worktree/test_repo.py::*", "no files to edit"),
    Row("new", words.UNBORN, WORDS, "no commits yet: edits",
        f"{HERE}::test_a_repository_without_commits_says_so_once", "words.UNBORN"),
    Row("branch", words.branch("fix-2", 2, 1), WORDS, "placed again, {",
        f"{HERE}::test_what_events_leave_in_the_keys_row", "words.branch"),
    Row("AI!", in_the_prompt(words.comment_trigger("net/retry.py", 88, "use a set")), WORDS,
        '"on an empty prompt runs it"',
        "tests/ui/test_comments.py::test_enter_runs_it_only_after_it_was_seen", "SAID"),
    Row("copy", words.copied(12), WORDS, "did not confirm it",
        "tests/ui/test_review_keys.py::test_copy_takes_code_without_numbers_and_admits_doubt",
        "the terminal did not confirm it"),
    Row("check", in_review(words.check_failed("ruff", 2, "net/retry.py")), WORDS,
        '"sends it with your words"',
        "tests/ui/test_checks.py::test_a_failed_check_is_named_and_goes_to_the_prompt_by_one_key",
        "Ctrl+X k sends it with your words"),
    Row("read-only", in_review("read-only: nothing is written", Remedy.CHANGE_MODE),
        "spark_tui/pair/review.py", "read-only: nothing is written", f"{TURNS}::*",
        "read-only: nothing is written"),
    Row("Ctrl+C idle", in_the_prompt(words.IDLE_INTERRUPT), WORDS, "draft is in the history",
        "tests/ui/test_focus.py::test_ctrl_c_puts_the_draft_into_the_history_then_quits",
        "words.IDLE_INTERRUPT"),
    Row("quit mid-run", in_review(words.QUIT_MID_RUN), WORDS, "QUIT_MID_RUN =",
        f"{HERE}::test_ctrl_c_with_kept_hunks_says_that_they_are_not_on_disk",
        "words.QUIT_MID_RUN"),
    Row("too small", words.TOO_SMALL, WORDS, "is the smallest", "tests/ui/test_sizes.py::*",
        "words.TOO_SMALL"),
)  # fmt: skip


@cache
def sources() -> dict[str, str]:
    found = sorted((ROOT / "spark_tui").rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text() for path in found}


def source_of(test: str) -> str:
    """The text of a test, or of its whole file for `file::*` and `file`."""
    file, _, name = test.partition("::")
    text = (ROOT / file).read_text()
    if name in ("", "*"):
        return text
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return ast.get_source_segment(text, node) or ""
    raise AssertionError(f"there is no test {test}")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_message_is_made_in_one_place_and_seen_by_a_test(row: Row) -> None:
    assert row.mark in sources()[row.file]
    others = [name for name, text in sources().items() if row.mark in text and name != row.file]
    assert others == []
    assert row.seen in source_of(row.test)


def test_the_table_has_every_message_of_the_design_in_its_words() -> None:
    lines = (Path(__file__).parent / "design" / "messages.md").read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")][2:]
    assert {row.name: row.text for row in TABLE} == {n.strip(): t.strip() for n, t in rows}


# ------------------------------------------------------------------- the tests of the table


def test_what_events_leave_in_the_keys_row() -> None:
    tree = Tree("httpkit", "fix-2")
    said = [
        message_for(event)
        for event in (
            Flushed(0, 1, (ONE, TWO), 15, 3, 11 * MS),
            Undone(0, 15, 14, (ONE,), 6 * MS, merged=True, stays=writers.YOU),
            Undone(0, 15, 14, (ONE, TWO), 6 * MS),
            Decided(0, 1, (ONE,), HunkState.DROPPED),
            OnWire(0, 1, Retrying(0, 0.0, "WebSocket failed twice, using HTTPS", 1)),
            TreeChanged(0, tree, (), (2, 1)),
            Decided(0, 1, (ONE, TWO), HunkState.DROPPED),
            Flushed(0, 1, (ONE,), 14, 1, 9 * MS),
            OnWire(0, 1, Retrying(0, 2.0, "limit reached", 1, FaultKind.RATE_LIMIT)),
        )
    ]
    assert said == [
        words.applied_all(2, 3, 11 * MS, 15),
        Message(words.merged(14, writers.YOU)),
        Message(words.undone(14, 6 * MS)),
        words.DROPPED,
        Message("WebSocket failed twice, using HTTPS"),
        Message(words.branch("fix-2", 2, 1)),
        None,
        None,
        None,
    ]


async def test_headers_say_applied_kept_and_undone(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.review()
    await drive.press("y")
    await drive.settled()
    assert drive.shown(words.KEPT) in drive.screen
    await drive.complete()
    assert drive.shown(words.applied(9 * MS, 14)) in drive.screen
    await drive.press("u")
    await drive.settled()
    assert drive.shown(words.undone(14, 6 * MS)) in drive.screen


async def test_a_stalled_answer_says_what_esc_keeps(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.ui.session.waiting.STALLED_NS", 1)
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    said = drive.shown(words.stalled(0.0, 2)).partition(" s ")[2]
    await drive.until(lambda: said in drive.screen)


async def test_esc_says_what_is_left_of_the_answer(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.press("escape")
    await drive.until(lambda: "2 hunks finished, the third is gone" in drive.screen)
    assert "stopped in" in drive.screen


async def test_ctrl_c_with_kept_hunks_says_that_they_are_not_on_disk(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.review()
    await drive.press("y")
    await drive.settled()
    await drive.press("ctrl+c")
    await drive.settled()
    assert drive.shown(words.QUIT_MID_RUN) in drive.screen


async def test_a_limit_counts_down(drive: Drive) -> None:
    await drive.ask("cap it")
    turn = drive.fake.live.turn
    assert turn is not None
    drive.fake.push(
        OnWire(
            turn.asked_at,
            1,
            Retrying(turn.asked_at, 90.0, "limit reached", 1, FaultKind.RATE_LIMIT),
        )
    )
    await drive.until(lambda: "limit reached, sends in " in drive.screen)
    assert "s · Esc cancels · F3 another" in drive.screen
    await drive.first()
    await drive.complete()
    assert "sends in" not in drive.text[-2]


async def test_y_on_a_stale_hunk_says_what_changed(fake: FakeConductor) -> None:
    from dataclasses import replace

    from spark_tui.core.edits.model import Refusal, RefusalCode
    from spark_tui.core.events import HunksSet
    from tests.ui.scripted import first_hunk

    async with driven(fake) as drive:
        await drive.ask("cap it")
        await drive.first()
        await drive.review()
        why = Refusal(RefusalCode.STALE, "you changed line 42 since", 42, by=writers.YOU)
        stale = replace(first_hunk(1), state=HunkState.STALE, refusal=why)
        fake.push(HunksSet(0, 1, (stale,)))
        await drive.settled()
        await drive.press("y")
        assert "you changed line 42 since · r asks on your text · n drops" in drive.screen
        assert not fake.named("decide")


async def test_a_repository_without_commits_says_so_once(drive: Drive) -> None:
    from spark_tui.core.session import Session

    drive.app.desk._session = Session()
    drive.fake.push(TreeChanged(0, Tree("fresh", "main", unborn=True)))
    await drive.until(lambda: drive.shown(words.UNBORN) in drive.screen)
    await drive.press("left")
    drive.fake.push(TreeChanged(0, Tree("fresh", "main", unborn=True)))
    await drive.settled()
    assert drive.shown(words.UNBORN) not in drive.screen


async def test_messages_from_outside_are_painted_safely(drive: Drive) -> None:
    drive.fake.push(Notice(0, "a\x1b]0;x\x07b"))
    drive.fake.push(CommentsWaiting(0, (CommentRequest("a\x1b[2J.py", 1, "x", "x AI!"),)))
    drive.fake.push(Checked(0, (CheckResult("r\x1b[31m", False, 1, 1, "a.py"),)))
    await drive.settled()
    assert "\x1b" not in drive.screen
    assert drive.fake.live.mode is Mode.ASK


async def test_a_dropped_hunk_is_said_when_no_other_asks(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.complete()
    await drive.review()
    said = []
    for _ in range(2):
        await drive.press("n")
        await drive.settled()
        said.append("dropped · Ctrl+X u takes it back" in drive.text[-2])
    assert said == [False, True]
