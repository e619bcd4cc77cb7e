"""Whatever is done to hunks, and in whatever order: the current one stays the same hunk or what
docs/review.md says stands for it, and a key decides what was painted beside `▌`.

`SPARK_TUI_REVIEWS=2000` plays so many reviews instead of a few.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from spark_tui.core.edits.model import Hunk, HunkId, HunkState, RefusalCode
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.events import (
    Asked,
    Decided,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    TurnEnded,
    Undone,
)
from spark_tui.pair.conductor import Pair
from spark_tui.ui.app import SparkApp
from spark_tui.ui.bars.rule import counts
from spark_tui.ui.input.focus import Where
from tests.pair.conftest import MemoryWorktree, ScriptedEndpoint
from tests.ui.review_rig import Rig

PATHS = ("a.txt", "sub/b.txt")
PLACES = st.integers(1, 36)
KINDS = st.sampled_from(["one", "one", "builds", "builds", "two", "twin", "lost", "tall", "same"])
SIZES = st.sampled_from([(90, 30), (130, 40), (62, 11), (200, 16), (75, 20)])
MOVES = ("next-open", "previous-open", "next-any", "previous-any")


def text_of(path: str) -> str:
    """A file: every line is another one but for a few, in which a name stands, and two twins."""
    lines = [f"line {n} of {path}" for n in range(1, 41)]
    for n in (3, 11, 19, 27):
        lines[n] = f"call old_name for {n} in {path}"
    lines[15] = lines[31] = f"twin of {path}"
    return "".join(f"{line}\n" for line in lines)


class Reviews(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig({path: text_of(path) for path in PATHS})
        self.fresh = 0
        self.writing = ""
        self.last_new = ""
        self.left: HunkId | None = None
        self.seen: set[str] = set()
        self.fills = False
        self.rig.by_hand = self.written_by_hand

    @initialize(
        hunks=st.lists(st.tuples(KINDS, st.sampled_from(PATHS), PLACES), min_size=1, max_size=6),
        whole=st.booleans(),
    )
    def an_answer(self, hunks: Sequence[tuple[str, str, int]], whole: bool) -> None:
        self.ask(())
        for kind, path, at in hunks:
            self.a_hunk_comes(kind, path, at)
        if whole:
            self.the_answer_ends(Ending.COMPLETE)
        self.look()

    def teardown(self) -> None:
        self.rig.close()

    # ------------------------------------------------------------------ the model's side

    def new(self) -> str:
        self.fresh += 1
        return f"text {self.fresh} is new"

    def lines(self, path: str) -> list[str]:
        return self.rig.worktree.files[path].decode().splitlines()

    def ask(self, about: Sequence[str]) -> None:
        self.writing = ""
        self.rig.ask("do it in " + " ".join(f"@{path}" for path in about or PATHS))

    @rule(
        about=st.sampled_from([(), PATHS[:1]]),
        hunks=st.lists(st.tuples(KINDS, st.sampled_from(PATHS), PLACES), max_size=3),
    )
    def another_instruction(
        self, about: Sequence[str], hunks: Sequence[tuple[str, str, int]]
    ) -> None:
        self.ask(about)
        for kind, path, at in hunks:
            self.a_hunk_comes(kind, path, at)

    @precondition(lambda self: not self.rig.over)
    @rule(
        kind=st.sampled_from(
            ["one", "one", "two", "two", "twin", "lost", "builds", "tall", "same"]
        ),
        path=st.sampled_from(PATHS),
        at=PLACES,
    )
    def a_hunk_comes(self, kind: str, path: str, at: int) -> None:
        lines = self.lines(path)
        at = min(at, len(lines) - 6)
        if at < 1:
            return
        above, old, below = f" {lines[at - 1]}\n", f"-{lines[at]}\n", f" {lines[at + 1]}\n"
        new = self.new()
        match kind:
            case "one":
                said = f"@@\n{above}{old}+{new}\n{below}"
            case "two":
                between = "".join(f" {line}\n" for line in lines[at + 1 : at + 4])
                said = f"@@\n{above}{old}+{new}\n{between}-{lines[at + 4]}\n+{self.new()}\n"
            case "twin":
                said = f"@@\n-twin of {path}\n+{new}\n"
            case "builds" if self.last_new:
                said = f"@@\n-{self.last_new}\n+{new}\n"
            case "tall":
                more = "".join(f"+{self.new()}\n" for _ in range(30))
                said = f"@@\n{above}{old}+{new}\n{more}{below}"
            case "same":
                calls = [line for line in lines if "old_name" in line]
                name = f"name_{self.fresh}"
                said = "".join(f"@@\n-{c}\n+{c.replace('old_name', name)}\n" for c in calls)
            case _:
                said = f"@@\n-there is no line {self.fresh}\n+{new}\n"
        begin = "" if self.writing else "*** Begin Patch\n"
        if self.writing != path:
            begin, self.last_new = f"{begin}*** Update File: {path}\n", ""
        self.writing = path
        self.rig.answers(begin + said)
        self.last_new = new if kind in {"one", "builds"} else ""

    @precondition(lambda self: not self.rig.over)
    @rule(ending=st.sampled_from([Ending.COMPLETE, Ending.COMPLETE, Ending.COMPLETE, Ending.CUT]))
    def the_answer_ends(self, ending: Ending) -> None:
        if self.writing and ending is Ending.COMPLETE:
            self.rig.answers("*** End Patch\n")
        self.rig.ends(ending)

    @rule(path=st.sampled_from(PATHS), at=PLACES, insert=st.booleans())
    def somebody_saves(self, path: str, at: int, insert: bool) -> None:
        lines = self.lines(path)
        if at < len(lines):
            lines[at : at + (not insert)] = [self.new()]
            self.rig.saves(path, "".join(f"{line}\n" for line in lines).encode())

    # ------------------------------------------------------------------ the screen

    @rule()
    def a_frame(self) -> None:
        self.frame()

    @rule()
    def look(self) -> None:
        self.frame()
        self.paint()

    def paint(self) -> None:
        self.rig.body.paint()
        self.seen.update(self.rig.body.marked())
        block = self.rig.body.sideways_block()
        self.fills = block is not None and block.last_change >= self.rig.body.viewport.height

    @rule(size=SIZES)
    def resize(self, size: tuple[int, int]) -> None:
        before = self.whole()
        self.rig.body.resize(size)
        assert not before or self.whole() or self.height() > size[1]

    @rule(rows=st.integers(-12, 12))
    def scroll(self, rows: int) -> None:
        self.rig.body.scroll_by(rows)

    @rule()
    def other_scope(self) -> None:
        body, before = self.rig.body, self.rig.body.current
        body.newest_only = not body.newest_only
        if before is not None and self.asks(before):
            assert body.current == before

    def whole(self) -> bool:
        """Whether all of the current hunk, from its header on, is in the view."""
        body = self.rig.body
        block = body.held_block()
        if block is None:
            return False
        row = body.document.start(block) - body.viewport.top
        return row >= 0 and row + block.solid <= body.viewport.height

    def height(self) -> int:
        block = self.rig.body.held_block()
        return block.solid if block is not None else 0

    # ------------------------------------------------------------------ keys

    @precondition(lambda self: self.rig.asking)
    @rule(late=st.booleans())
    def keep(self, late: bool) -> None:
        self.decide("keep", HunkState.KEPT, late)

    @precondition(lambda self: self.rig.asking)
    @rule(late=st.booleans())
    def keep_again(self, late: bool) -> None:
        self.decide("keep", HunkState.KEPT, late)

    @precondition(lambda self: self.rig.asking)
    @rule(late=st.booleans())
    def drop(self, late: bool) -> None:
        self.decide("drop", HunkState.DROPPED, late)

    @rule(command=st.sampled_from(["keep-file", "drop-file", "keep-all"]))
    def decide_many(self, command: str) -> None:
        self.settle()
        self.rig.press(command)

    @rule(command=st.sampled_from(["split", "edit", "ask-again", "undo", "redo", "unfold", *MOVES]))
    def other_key(self, command: str) -> None:
        self.settle()
        asked = len(self.rig.endpoint.calls)
        self.rig.press(command)
        if len(self.rig.endpoint.calls) > asked:
            self.writing = ""

    @rule(digit=st.integers(1, 2))
    def place(self, digit: int) -> None:
        self.settle()
        self.rig.press("place", digit)

    def written_by_hand(self, text: str) -> str:
        return text + self.new() + "\n"

    def settle(self) -> None:
        """Keys wait until the screen shows what the one before them did."""
        for _ in range(5):
            if not self.rig.review.unsettled:
                return
            self.frame()
            self.paint()
        raise AssertionError("the screen never shows what was done")

    def decide(self, command: str, state: HunkState, late: bool) -> None:
        if not late:
            self.frame()
            self.paint()
        self.settle()
        rig = self.rig
        shown, before = rig.body.marked(), rig.conductor.session
        disk = Counter(self.all_lines())
        together = set(rig.body.together(rig.body.current)) if rig.body.current else set()
        event_count = len(rig.happened)
        found = [i for e in rig.press(command) for i in e.ids]
        hunks = [h for i in found if (h := before.find(i)) is not None]
        assert all(e.state is state for e in rig.happened[event_count:] if isinstance(e, Decided))
        if not hunks:
            return
        assert shown, "decided while nothing was painted beside the mark"
        own = [h for h in hunks if state is HunkState.KEPT or h.depends_on not in found]
        assert len(own) == 1 or together.issuperset(found)  # what can't be without it goes as well
        for hunk in own:
            self.was_shown(hunk)
        written = [e for e in rig.happened[event_count:] if isinstance(e, Flushed)]
        assert {i for e in written for i in e.ids} <= set(found)
        assert state is HunkState.KEPT or not written
        if written and not any(h.depends_on for h in hunks):
            after = Counter(self.all_lines())
            added = Counter(line for h in hunks for line in h.new)
            removed = Counter(line for h in hunks for line in h.old)
            assert after + removed == disk + added

    def was_shown(self, hunk: Hunk) -> None:
        """Each line that it changes was beside the mark; of new ones that fill it the first."""
        if self.fills:
            hunk = replace(hunk, old=hunk.old[:1], new=hunk.new[:1])
        for side, other in ((hunk.old, hunk.new), (hunk.new, hunk.old)):
            for line in side:
                words = line.strip()
                if line not in other and words.startswith("text "):
                    assert any(words in row for row in self.seen), (hunk.id, words)

    def all_lines(self) -> list[str]:
        files = self.rig.worktree.files
        return [line for path in PATHS for line in files[path].decode().splitlines(keepends=True)]

    # ------------------------------------------------------------------ which is current

    def asks(self, hunk_id: HunkId) -> bool:
        return any(h.id == hunk_id for h in self.rig.asking)

    def order(self) -> list[HunkId]:
        """All hunks, top to bottom."""
        document = self.rig.body.document
        blocks = document.hunks.values()
        return [b.id for b in sorted(blocks, key=lambda b: (document.shown(b).index, b.index))]

    def frame(self) -> None:
        """What happened is shown; event by event the current hunk is the one it should be."""
        rig = self.rig
        events, rig.waiting = rig.waiting, []
        for event in events:
            before, order = rig.body.current, self.order()
            rig.waiting = [event]
            rig.frame()
            self.is_right(before, order, event)

    def is_right(self, before: HunkId | None, order: list[HunkId], event: Event) -> None:
        now = self.rig.body.current
        match event:
            case Asked(again=again):
                if before is not None and again == before:
                    assert now == before
                else:
                    self.left = before or self.left
                    assert now is None
            case Decided(ids=ids, state=HunkState.OPEN) | Undone(ids=ids) | FlushRefused(ids=ids):
                broke_off = isinstance(event, Decided) and now == before
                first = next((i for i in ids if self.asks(i)), None)
                assert broke_off or first is None or now == first
            case HunksSet(successors=successors):
                stands = dict(successors)
                touched = (*(hunk.id for hunk in event.hunks), *stands.values())
                self.follows(stands.get(before, before) if before else None, touched, order, now)
            case Decided(ids=ids) | Flushed(ids=ids) | HunksGone(ids=ids):
                self.follows(before, ids, order, now)
            case TurnEnded():
                assert before is None or now == before
            case _:
                assert now == before

    def follows(
        self,
        before: HunkId | None,
        touched: Sequence[HunkId],
        order: list[HunkId],
        now: HunkId | None,
    ) -> None:
        """The same until it asks no more, then the next below, then the first."""
        if before is None or before not in touched or self.asks(before):
            assert before is None or now == before
            return
        asking = [i for i in self.order() if self.asks(i)]
        below = order[order.index(before) + 1 :] if before in order else []
        wanted = next((i for i in below if i in asking), next(iter(asking), None))
        group = self.rig.body.document.group_of(before)
        mates = [m.id for m in group.members if m.id in asking] if group is not None else []
        assert now == (mates[0] if mates else wanted)

    @invariant()
    def what_keys_act_on_asks_or_was_gone_to(self) -> None:
        current = self.rig.body.current
        assert current is None or current in self.rig.body.document.hunks


COUNT = int(os.environ.get("SPARK_TUI_REVIEWS", "0"))


def play(count: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Reviews,
        settings=settings(
            max_examples=count,
            stateful_step_count=30,
            deadline=None,
            database=None,
            derandomize=not COUNT,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        ),
    )


def test_a_few_reviews() -> None:
    play(COUNT or 6)


@pytest.mark.long
def test_many_reviews() -> None:
    play(2_000)


# ------------------------------------------------------------------- what it found, one by one


@pytest.fixture
def reviews() -> Iterator[Reviews]:
    made = Reviews()
    yield made
    made.teardown()


def test_y_on_a_hunk_that_builds_on_another_shows_that_one_first(reviews: Reviews) -> None:
    reviews.an_answer([("one", "a.txt", 5), ("builds", "a.txt", 5)], True)
    rig = reviews.rig
    first, second = (h.id for h in rig.asking)
    rig.press("next-open")
    reviews.look()
    assert rig.body.current == second
    assert rig.press("keep") == []
    assert rig.body.current == first
    for hunk_id in (first, second):
        reviews.settle()
        assert [e.ids for e in rig.press("keep")] == [(hunk_id,)]
        reviews.look()
    assert reviews.lines("a.txt")[5] == "text 2 is new"


def test_where_the_current_hunk_fits_it_is_all_in_the_view_after_a_resize(
    reviews: Reviews,
) -> None:
    reviews.an_answer([("one", "a.txt", 30), ("tall", "sub/b.txt", 5)], True)
    reviews.rig.press("drop")
    reviews.look()
    reviews.rig.body.resize((90, reviews.height()))
    assert reviews.whole()
    assert reviews.rig.body.viewport.top > 0


def test_an_edit_that_is_in_the_file_already_asks_for_nothing(reviews: Reviews) -> None:
    rig = reviews.rig
    reviews.ask(())
    above, there, below = reviews.lines("a.txt")[4:7]
    said = f"@@\n {above}\n-something else\n+{there}\n {below}\n"
    rig.answers(f"*** Begin Patch\n*** Update File: a.txt\n{said}")
    reviews.writing = "a.txt"
    reviews.a_hunk_comes("one", "a.txt", 20)
    reviews.the_answer_ends(Ending.COMPLETE)
    reviews.look()
    first, second = rig.session.turns[0].hunks
    assert first.refusal is not None
    assert first.refusal.code is RefusalCode.ALREADY_APPLIED
    assert (rig.body.current, counts(rig.session)) == (second.id, "1 open")
    rig.press("keep")
    reviews.look()
    assert counts(rig.session) == ""
    assert "2 decided" in "\n".join(rig.body.rows)


# ------------------------------------------------------------------- through the screen


ANSWER = """*** Begin Patch
*** Update File: a.txt
@@
-line 2 of a.txt
+text 1 is new
 line 3 of a.txt
 call old_name for 3 in a.txt
-line 5 of a.txt
+text 2 is new
@@
-text 2 is new
+text 3 is new
@@
-twin of a.txt
+text 4 is new
*** Update File: sub/b.txt
@@
-line 9 of sub/b.txt
+text 5 is new
*** End Patch
"""


async def test_keys_on_the_screen_decide_what_is_beside_the_mark() -> None:
    random = Random(1)
    endpoint = ScriptedEndpoint(EndpointProfile("spark", "http://127.0.0.1:9/v1", "gpt-5-test"))
    worktree = MemoryWorktree({path: text_of(path) for path in PATHS})
    pair = Pair(worktree, [endpoint.profile], lambda _: endpoint, time.monotonic_ns)
    app = SparkApp(lambda: pair)
    async with app.run_test(size=(100, 24)) as pilot:
        desk = app.desk

        async def until(seen: Callable[[], object]) -> None:
            async with asyncio.timeout(60):
                while not seen():
                    await pilot.pause()

        def marked() -> set[str]:
            rows = [strip.text for strip in desk.body._shown]
            return {row[7:].strip("+- ") for row in rows if row.startswith("▌")}

        await until(lambda: desk.attached and pair.paths())
        await pilot.press(*"reword @a.txt @sub/b.txt", "enter")
        await until(lambda: endpoint.calls)
        endpoint.calls[0].say(ANSWER)
        endpoint.calls[0].end()
        await until(lambda: desk.body.first_painted_hunk_of_turn)
        await pilot.press("tab")
        seen: set[str] = set()
        for _ in range(10):
            await until(lambda: not desk.keys.review.unsettled and not desk.keys.held)
            seen |= marked()
            if desk.keyboard.where is Where.PROMPT:
                await pilot.press("tab")
            await pilot.press(random.choice("yyynssjkuJx1"))
            await until(lambda: not desk.keys.review.unsettled)
            await until(
                lambda: not any(h.state is HunkState.KEPT for h in pair.session.turns[0].hunks)
            )
            lines = {line for data in worktree.files.values() for line in data.decode().split("\n")}
            assert {line for line in lines if line.startswith("text")} <= seen
        await pair.close()


# ------------------------------------------------------------------- hunks that fit nowhere


THERE = "total = price * amount"


def test_e_merges_a_hunk_that_fits_nowhere_with_the_nearest_lines(reviews: Reviews) -> None:
    rig = reviews.rig
    rig.worktree.files["a.txt"] = text_of("a.txt").replace("line 21 of a.txt", THERE).encode()
    rig.ask("do it in @a.txt")
    said = "@@\n-total = price * count\n+total = tax + price * count\n"
    rig.answers(f"*** Begin Patch\n*** Update File: a.txt\n{said}*** End Patch\n")
    rig.ends()
    reviews.look()
    rows = "\n".join(rig.body.rows)
    assert f"21 now   {THERE}" in rows
    assert "e merge by hand" in rows
    asked: list[str] = []
    rig.by_hand = lambda text: asked.append(text) or text  # type: ignore[func-returns-value]
    rig.press("edit")
    reviews.look()
    assert asked == ["total = tax + price * amount\n"]
    (hunk,) = rig.asking
    assert (hunk.state, hunk.line) == (HunkState.OPEN, 21)
    rig.press("keep")
    assert reviews.lines("a.txt")[20] == "total = tax + price * amount"


def test_a_digit_places_no_hunk_that_is_decided(reviews: Reviews) -> None:
    reviews.an_answer([("twin", "a.txt", 5)], True)
    rig = reviews.rig
    rig.press("drop")
    reviews.look()
    lines = reviews.lines("a.txt")
    rig.saves("a.txt", "".join(f"{line}\n" for line in ["first", *lines]).encode())
    reviews.look()
    rig.press("next-any")
    rig.press("place", 1)
    reviews.look()
    assert [h.state for h in rig.session.turns[0].hunks] == [HunkState.DROPPED]
