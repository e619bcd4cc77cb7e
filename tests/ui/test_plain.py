"""The append-only session: what it says of each event, and what its lines do."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from spark_tui.core.checks import CheckResult
from spark_tui.core.comments import CommentRequest
from spark_tui.core.context import ContextItem
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import (
    Checked,
    CommentsWaiting,
    FlushRefused,
    HunksSet,
    Notice,
    Repairing,
    RepairStage,
    Undone,
)
from spark_tui.core.mode import Mode
from spark_tui.core.remedy import Remedy
from spark_tui.services.endpoint.faults.faults import AGAIN, from_exception
from spark_tui.ui.messages import words
from spark_tui.ui.messages.remedies import TABLE
from spark_tui.ui.plain.session import PlainSession, _sent_with
from tests.ui.scripted import (
    FINISHED,
    FakeConductor,
    first_events,
    first_hunk,
    last_events,
    later_events,
)
from tests.ui.test_groups import alike

PIPED = ("/stop", "y 1", "n 3", "y", "A", "y 9", "cap it again", "/quit")


class Spoken:
    """A plain session over a scripted conductor, with all it said."""

    def __init__(self) -> None:
        self.fake = FakeConductor()
        self.lines: list[str] = []
        self.plain = PlainSession(self.fake, self.lines.append)
        self.handle()

    def handle(self) -> None:
        while not self.fake._queue.empty():
            batch = self.fake._queue.get_nowait()
            assert batch is not None
            self.fake.session = self.fake.live
            self.plain.handle(batch)

    def do(self, line: str) -> str:
        """What is said after this line."""
        before = len(self.lines)
        assert self.plain.do(line)
        self.handle()
        return "\n".join(self.lines[before:])


@pytest.fixture
def spoken() -> Spoken:
    made = Spoken()
    made.do("cap it")
    at = made.fake.live.turns[0].asked_at
    made.fake.push(*first_events(1, at), *later_events(1, at), *last_events(1, at))
    made.fake.finish(FINISHED)
    made.handle()
    return made


def test_an_answer_is_told_in_order_and_whole(spoken: Spoken) -> None:
    said = "\n".join(spoken.lines)
    assert "sent with net/retry.py, net/client.py, tests/test_retry.py, ~2,140 tokens" in said
    order = (
        "Retry-After wins",
        "hunk 1: update net/retry.py line 41, 5 added, 2 removed, open",
        "  remove: def backoff(attempt):",
        "  add: def backoff(attempt, reply=None):",
        "hunk 2: update net/client.py, 1 added, 1 removed, refused: fits in 2 places",
        "  place 1: line 57 send()",
        "hunk 3: update tests/test_retry.py line 20",
        "answer complete, 3 to decide, first token after 87 ms, 1,043 tokens a second",
    )
    assert [said.index(text) for text in order] == sorted(said.index(text) for text in order)
    assert "backoff(10) == 8." in said
    assert said.count("hunk 3") == 1


def test_what_a_hunk_changes_unseen_is_told_in_words(spoken: Spoken) -> None:
    hunk = first_hunk(1)
    odd = replace(hunk, id=hunk.id._replace(ordinal="9"), old=("\tx\n",), new=("    x",))
    spoken.fake.push(HunksSet(0, 1, (odd,)))
    spoken.handle()
    assert spoken.lines[-3:] == [
        "  remove: →x",
        "  add: ␣␣␣␣x ← no newline at the end",
        "  differs only in tabs against spaces and the final newline",
    ]


def test_nothing_is_ever_redrawn(spoken: Spoken) -> None:
    spoken.fake.push(Notice(0, "\x1b[2Jgone\r\x07", ("\u202eback",)))
    spoken.handle()
    assert not re.search("[\x00-\x1f\u202e]", "".join(spoken.lines))


SCREEN = re.compile(r"\b(?:F\d|Ctrl\+|Esc|Enter|Tab|Up|draft|by hand|Shift)|(?:^|· )[oex] \w")
"""What plain mode has not: keys of the screen, a draft, an editor."""


def test_what_helps_is_told_in_lines_that_can_be_typed(spoken: Spoken) -> None:
    fault = from_exception(ConnectionRefusedError("no"), "api.example.com")
    wanted = {h.id for h in spoken.fake.live.turns[0].hunks[1:]}
    ids = tuple(h.id for h in spoken.fake.live.turns[0].hunks if h.id in wanted)
    before = len(spoken.lines)
    spoken.fake.push(
        Notice(0, fault.message, (Remedy.DRAFT_KEPT, *AGAIN)),
        Notice(0, "read-only: nothing is written", (Remedy.CHANGE_MODE,)),
        FlushRefused(0, 1, ids, "disk full, nothing written", (Remedy.HUNKS_STAY, "free space")),
        Repairing(0, 1, ids, (4, 5), RepairStage.ASKING, 212, 2),
        Repairing(0, 1, ids, (4, 5), RepairStage.UNFIT),
    )
    spoken.handle()
    told = spoken.lines[before:]
    assert told == [
        f"{fault.message} · send it again · /endpoint names others",
        "read-only: nothing is written · /mode ask changes that",
        "hunks 2, 3 not written: disk full, nothing written",
        "asking again for hunks 2, 3, once, 212 more tokens",
        "hunks 2, 3: still without a place · r 2 asks again, n 2 drops",
    ]
    told += [spoken.do("y 2"), *(row.plain for row in TABLE.values())]
    assert [line for line in told if SCREEN.search(line)] == []


def test_decisions_by_number_and_without(spoken: Spoken) -> None:
    assert spoken.do("y") == "hunk 1 kept\nhunk 1 applied, entry 14"
    assert "hunk 2 has no place yet" in spoken.do("y 2")
    assert spoken.do("n 2") == "hunk 2 dropped"
    assert spoken.do("A") == "hunk 3 kept\nhunk 3 applied, entry 15"
    assert "nothing waits for a decision" in spoken.do("A")
    spoken.fake.push(Undone(0, 16, 15, (spoken.fake.live.turns[0].hunks[2].id,), 6))
    spoken.handle()
    assert spoken.lines[-1] == "entry 15 undone, hunk 3 open again"


async def test_lines_of_a_pipe_wait_for_what_they_speak_of() -> None:
    made = Spoken()
    await made.plain.turn_of("cap it")
    made.do("cap it")
    waiting = {line: asyncio.create_task(made.plain.turn_of(line)) for line in PIPED}
    at = made.fake.live.turns[0].asked_at
    done: list[set[str]] = []
    for step in ((), first_events(1, at), later_events(1, at), last_events(1, at), None):
        if step is None:
            made.fake.finish(FINISHED)
        else:
            made.fake.push(*step)
        made.handle()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        done.append({line for line, task in waiting.items() if task.done()})
    assert done[0] == {"/stop"}
    assert done[1] == {"/stop", "y 1"}
    assert done[-2] == {"/stop", "y 1", "n 3"}
    assert done[-1] == set(PIPED)


def test_an_ambiguous_hunk_is_placed(spoken: Spoken) -> None:
    said = spoken.do("p 2 2")
    assert said.startswith("hunk 2: update net/client.py line 112, 1 added, 1 removed, open")


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("u", "take_back"),
        ("r 2", "ask_again"),
        ("/stop", "stop"),
        ("/mode read-only", "set_mode"),
        ("/endpoint simulated", "use_endpoint"),
        ("yes please", "ask"),
        ("n 3 4 5", "ask"),
    ],
)
def test_lines_and_what_they_call(spoken: Spoken, line: str, call: str) -> None:
    before = len(spoken.fake.named(call))
    spoken.do(line)
    assert len(spoken.fake.named(call)) == before + 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/list", "hunk 2: update net/client.py"),
        ("/show 1", "  remove: def backoff(attempt):"),
        ("/show 9", "there is no hunk 9 · /list names the open ones"),
        ("/endpoint", "cerebras zai-glm"),
        ("/what", "y 3  keep hunk 3"),
        ("/mode wrong", "y 3  keep hunk 3"),
        ("", ""),
    ],
)
def test_lines_and_what_they_say(spoken: Spoken, line: str, said: str) -> None:
    assert said in spoken.do(line)


def test_quitting_is_said_by_the_line() -> None:
    plain = PlainSession(FakeConductor(), print)
    assert not plain.do("/quit")


async def test_the_mode_is_told(spoken: Spoken) -> None:
    assert spoken.do("/mode auto-apply") == f"mode {Mode.AUTO}"
    assert HunkState.OPEN in {h.state for h in spoken.fake.live.turns[0].hunks}


def test_a_comment_and_a_failed_check_are_told_and_sent_by_a_line(spoken: Spoken) -> None:
    assert spoken.do("/comment") == words.NO_COMMENT
    assert spoken.do("/check") == words.NO_CHECK
    asks = CommentRequest("net/retry.py", 88, "use a set", "use a set AI!")
    bad = CheckResult("ruff", False, 1, 2, "net/retry.py", "ruff check net/retry.py", "F401")
    spoken.fake.push(CommentsWaiting(0, (asks,)), Checked(0, (bad, CheckResult("mypy", True, 1))))
    spoken.handle()
    assert spoken.lines[-3:] == [
        "net/retry.py line 88 asks: use a set · /comment runs it",
        "check ruff failed, 2 in net/retry.py · /check sends what it says",
        "check mypy passed",
    ]
    spoken.do("/check")
    spoken.do("/comment")
    assert [call[0] for call in spoken.fake.named("ask")][1:] == [
        "ruff check net/retry.py says:\nF401\nfix this",
        "@net/retry.py:88 do it",
    ]


def test_hunks_that_are_alike_are_decided_as_one(spoken: Spoken) -> None:
    spoken.do("rename add to plus")
    fake = spoken.fake
    fake.push(HunksSet(0, 2, tuple(alike(n, turn=2) for n in range(1, 5))))
    fake.finish(FINISHED)
    spoken.handle()
    told = "\n".join(spoken.lines)
    assert "group 1: add → plus, 4 places in 4 files: hunks 4, 5, 6, 7" in told
    assert "  y g1 keeps them, n g1 drops them" in told
    assert "there is no group 2" in spoken.do("y g2")
    spoken.do("n 5")
    assert "hunks 4, 6, 7 kept" in spoken.do("y g1")
    assert "hunks 4, 6, 7 open again" in spoken.do("u")
    assert "hunks 4, 6, 7 dropped" in spoken.do("n g1")
    assert words.NOTHING_OPEN in spoken.do("y g1")


def test_each_file_is_told_once_with_its_lines_and_guesses_apart() -> None:
    context = (
        ContextItem("a.py", (1, 9), 9),
        ContextItem("b.py", (4, 8), 9, guess=True),
        ContextItem("a.py", (20, 30), 9),
        ContextItem("b.py", (40, 48), 9, guess=True),
        ContextItem("c.py", None, 9, guess=True),
    )
    assert _sent_with(context) == "a.py 1-9 20-30, ? b.py 4-8 40-48, c.py"
    assert _sent_with(()) == "no file"
