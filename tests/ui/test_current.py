"""The current hunk is the one that is decided: kept by identity, decided as it was painted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from spark_tui.core.edits.model import Hunk, HunkId, HunkState, Refusal, RefusalCode
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    Said,
    TurnEnded,
    Undone,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import message
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look
from spark_tui.ui.transcript.current_hunk import Mark, follow
from spark_tui.ui.transcript.document import Document
from tests.ui.scripted import Drive, FakeConductor, driven, first_hunk, third_hunk

LABEL = EndpointLabel("sim", "", "built in")
ONE, TWO, THREE = (HunkId(1, n, "1") for n in (1, 2, 3))
PARTS = tuple(THREE._replace(ordinal=f"1.{n}") for n in (1, 2))
NEW = HunkId(2, 1, "1")


def hunk(hunk_id: HunkId, state: HunkState = HunkState.OPEN) -> Hunk:
    return replace(first_hunk(1), id=hunk_id, state=state)


def asked(turn: int, again: HunkId | None = None) -> Asked:
    return Asked(0, turn, "do it", (), 9, LABEL, again=again)


def sets(*hunks: Hunk, **more: object) -> HunksSet:
    return HunksSet(0, hunks[0].id.turn, hunks, **more)  # type: ignore[arg-type]


def ended(turn: int, ending: Ending = Ending.COMPLETE) -> TurnEnded:
    return TurnEnded(0, turn, ending, Reading())


def decided(*ids: HunkId, state: HunkState) -> Decided:
    return Decided(0, ids[0].turn, ids, state)


SPLIT = sets(*(hunk(p) for p in PARTS), after=THREE, successors=((THREE, PARTS[0]),))
JOINED = sets(hunk(THREE), after=PARTS[1], successors=tuple((p, THREE) for p in PARTS))
NEWER = (
    sets(hunk(NEW)),
    sets(hunk(THREE, HunkState.REPLACED), successors=((THREE, NEW),)),
)
STALE = Refusal(RefusalCode.STALE, "line 42 is another")
ARRIVED = (asked(1), sets(hunk(ONE), hunk(TWO), hunk(THREE)), ended(1))


def after(*events: Event, at: HunkId | None = THREE) -> HunkId | None:
    """The current hunk after `events`; it was put on `at` when three hunks had arrived."""
    document, mark = Document(Look(80, Palette())), Mark()
    for event in (*ARRIVED, None, *events):
        if event is None:
            mark = replace(mark, at=at)
            continue
        document.apply(event)
        mark = follow(mark, event, document)
    return mark.at


@pytest.mark.parametrize(
    ("events", "current"),
    [
        pytest.param([], THREE, id="the same, nothing happens"),
        pytest.param([sets(replace(hunk(THREE), new=("x\n",)))], THREE, id="edited"),
        pytest.param([sets(hunk(HunkId(1, 9, "1")))], THREE, id="another arrives"),
        pytest.param([sets(hunk(HunkId(1, 1, "2")), after=ONE)], THREE, id="one arrives above"),
        pytest.param([HunksGone(0, 1, (ONE,))], THREE, id="one leaves above"),
        pytest.param([SPLIT], PARTS[0], id="split"),
        pytest.param([SPLIT, JOINED], THREE, id="split and taken back"),
        pytest.param(
            [SPLIT, decided(PARTS[0], state=HunkState.DROPPED)], PARTS[1], id="a part decided"
        ),
        pytest.param([decided(THREE, state=HunkState.KEPT)], ONE, id="the last decided"),
        pytest.param([HunksGone(0, 1, (THREE,))], ONE, id="the last goes"),
        pytest.param([HunksGone(0, 1, (TWO, THREE))], ONE, id="the last goes, with another"),
        pytest.param([asked(2), *NEWER, ended(2)], NEW, id="refined"),
        pytest.param([asked(2), ended(2)], THREE, id="a follow-up without an edit"),
        pytest.param([asked(2), sets(hunk(NEW))], NEW, id="a follow-up with its own hunk"),
        pytest.param([asked(2, THREE)], THREE, id="asked again, nothing came yet"),
        pytest.param([asked(2, THREE), sets(hunk(NEW))], THREE, id="asked again, elsewhere first"),
        pytest.param([asked(2, THREE), *NEWER], NEW, id="asked again, it came"),
        pytest.param([asked(2, THREE), ended(2)], THREE, id="asked again, in vain"),
        pytest.param(
            [
                decided(THREE, state=HunkState.KEPT),
                Flushed(0, 1, (THREE,), 5, 1, 9),
                Undone(0, 6, 5, (THREE,), 9),
            ],
            THREE,
            id="taken back",
        ),
        pytest.param(
            [decided(THREE, state=HunkState.KEPT), FlushRefused(0, 1, (THREE,), "disk full")],
            THREE,
            id="not written",
        ),
        pytest.param(
            [decided(ONE, state=HunkState.KEPT), Flushed(0, 1, (ONE,), 5, 1, 9)],
            THREE,
            id="redone above",
        ),
        pytest.param(
            [sets(replace(hunk(THREE), state=HunkState.STALE, refusal=STALE))], THREE, id="stale"
        ),
    ],
)
def test_the_current_hunk_is_kept_or_what_stands_for_it_is_taken(
    events: Sequence[Event], current: HunkId
) -> None:
    assert after(*events) == current


@pytest.mark.parametrize(
    "event",
    [sets(hunk(HunkId(1, 9, "1"))), HunksGone(0, 1, (ONE,)), decided(ONE, state=HunkState.KEPT)],
)
def test_a_decided_one_that_the_person_went_to_stays_current(event: Event) -> None:
    document, mark = Document(Look(80, Palette())), Mark()
    for one in (*ARRIVED, decided(THREE, state=HunkState.KEPT)):
        document.apply(one)
        mark = follow(mark, one, document)
    mark = replace(mark, at=THREE)
    document.apply(event)
    assert follow(mark, event, document).at == THREE


def test_one_that_goes_in_the_middle_is_followed_by_the_one_below() -> None:
    assert after(HunksGone(0, 1, (TWO,)), at=TWO) == THREE
    assert after(HunksGone(0, 1, (ONE, TWO)), at=ONE) == THREE


# ------------------------------------------------------------------- on the screen


@pytest.fixture
async def review(drive: Drive) -> Drive:
    """Three hunks, the second refused; the answer is complete and review has the keyboard."""
    await drive.ask("cap it")
    await drive.first()
    await drive.later()
    await drive.complete()
    drive.app.desk.give_keyboard(Where.REVIEW)
    await drive.painted()
    return drive


async def asks(drive: Drive, text: str) -> None:
    """Another instruction, typed in the prompt."""
    drive.app.desk.give_keyboard(Where.PROMPT)
    await drive.ask(text)


def kept(drive: Drive) -> list[object]:
    return [call[0] for call in drive.fake.named("decide")]


async def test_a_split_hunk_stays_current_and_y_keeps_its_first_part(review: Drive) -> None:
    await review.press("j", "j")
    await review.press("s", "y")
    await review.settled()
    assert kept(review) == [((PARTS[0]),)]
    assert review.app.desk.body.current == PARTS[1]


async def test_a_hunk_that_changed_since_it_was_painted_is_shown_first(review: Drive) -> None:
    other = replace(first_hunk(1), new=("def backoff(attempt):\n", "    return 1\n"))
    # The event is on its way when the key comes.
    review.fake.live = replace(review.fake.live)
    review.fake.push(HunksSet(review.at, 1, (other,)))
    review.app.desk.keys.review.commands["keep"](time.monotonic_ns())
    assert kept(review) == []
    assert review.app.desk.keys_row.message == message(words.NOT_SEEN)
    await review.settled()
    await review.press("y")
    assert kept(review) == [(ONE,)]
    assert review.fake.live.find(ONE) is not None


async def test_a_hunk_that_is_shown_but_not_painted_yet_is_not_decided(review: Drive) -> None:
    other = replace(first_hunk(1), new=("def backoff(attempt):\n", "    return 1\n"))
    desk = review.app.desk
    desk.body.handle((HunksSet(review.at, 1, (other,)),), desk.session)
    review.fake.push(HunksSet(review.at, 1, (other,)))
    desk._session = review.fake.live
    desk.keys.review.commands["keep"](time.monotonic_ns())
    assert kept(review) == []
    assert desk.keys_row.message == message(words.NOT_SEEN)


async def test_without_a_current_hunk_the_first_key_shows_the_one_it_would_be(
    review: Drive,
) -> None:
    review.app.desk.body.set_current(None)
    await review.painted()
    await review.press("y")
    assert kept(review) == []
    assert review.shown(words.NOT_SEEN) in review.screen
    await review.press("y")
    assert kept(review) == [(ONE,)]


async def test_a_folded_hunk_is_unfolded_before_it_is_decided(review: Drive) -> None:
    fake, third = review.fake, third_hunk(2)
    await asks(review, "more")
    fake.push(HunksSet(review.at, 2, (replace(third, id=NEW),)))
    fake.finish(Reading())
    await review.settled()
    await review.press("ctrl+x", "d")
    review.app.desk.give_keyboard(Where.REVIEW)
    await review.press("K", "K", "K")
    assert review.app.desk.body.current == ONE
    await review.press("y")
    assert review.shown(words.NOT_SEEN) in review.screen
    assert kept(review) == []
    assert "return min(wait, 8.0)" in review.screen
    await review.press("y")
    assert kept(review) == [(ONE,)]


async def test_keys_pressed_at_once_each_do_their_work(review: Drive) -> None:
    await review.press("n", "k", "s", "y", "n")
    await review.until(lambda: len(review.fake.named("decide")) == 3)
    states = [call[:2] for call in review.fake.named("decide")]
    assert states == [
        ((ONE,), HunkState.DROPPED),
        ((PARTS[0],), HunkState.KEPT),
        ((PARTS[1],), HunkState.DROPPED),
    ]


async def test_an_answer_without_an_edit_stays_in_sight(fake: FakeConductor) -> None:
    async with driven(fake, (100, 16)) as drive:
        await drive.ask("cap it")
        await drive.first()
        await drive.later()
        await drive.complete()
        await asks(drive, "why?")
        fake.push(Said(0, 2, "\n".join(f"reason {n}\n" for n in range(12))))
        fake.finish(Reading(output=40, elapsed_ns=10**8))
        await drive.settled()
        assert drive.app.desk.body.current == ONE
        assert "reason 11" in drive.screen
        drive.app.desk.give_keyboard(Where.REVIEW)
        await drive.press("y")
        assert drive.shown(words.NOT_SEEN) in drive.screen
        await drive.press("y")
        assert kept(drive) == [(ONE,)]
