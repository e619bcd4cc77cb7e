"""F4: two columns, which of them keys act on, and one transcript afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from spark_tui.core.config.instrument import InstrumentSettings
from spark_tui.core.context import NOTHING_OMITTED, Omitted
from spark_tui.core.cost.pricing import Price
from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import Asked, Decided, EndpointLabel, Event, HunksSet, RaceSet
from spark_tui.core.events import TurnEnded as Ended
from spark_tui.core.race import Race
from spark_tui.ui.messages import words
from spark_tui.ui.options import ShellOptions
from spark_tui.ui.transcript.blocks import TurnBlock
from tests.ui.scripted import (
    CONTEXT,
    FINISHED,
    MS,
    SPARK,
    Drive,
    FakeConductor,
    driven,
    first_events,
    first_hunk,
    third_hunk,
)

SLOW = EndpointLabel("cerebras", "zai-glm", "cerebras", "sse")
ARMED = Race(("spark", "cerebras"), ("gpt-5.3-codex-spark", "zai-glm"))
ON = replace(ARMED, turns=(1, 2))
AT = 1_000 * MS


def begun(at: int) -> list[Event]:
    """A race that was sent, with a first hunk on either side."""
    return [
        RaceSet(at, ON),
        Asked(at, 2, "cap it", CONTEXT, 2140, SLOW),
        Asked(at, 1, "cap it", CONTEXT, 2140, SPARK),
        *first_events(1, at),
        *first_events(2, at),
    ]


class Racer(FakeConductor):
    """Sends the first instruction to two endpoints."""

    def ask(self, text: str, key_at: int, omitted: Omitted = NOTHING_OMITTED) -> None:
        self.push(*begun(key_at))


@contextlib.asynccontextmanager
async def racing(size: tuple[int, int] = (120, 36)) -> AsyncIterator[Drive]:
    async with driven(Racer(), size) as drive:
        drive.app.desk.prompt.type("cap it")
        await drive.press("enter")
        await drive.settled_race()
        yield drive


@pytest.fixture
async def race() -> AsyncIterator[Drive]:
    async with racing() as drive:
        yield drive


def columns(drive: Drive) -> tuple[str, str]:
    """What stands left and right of the line between the columns, head rows too."""
    rows = [row for row in drive.text if row[59:60] == "│"]
    return "\n".join(row[:59] for row in rows), "\n".join(row[60:] for row in rows)


async def test_each_answer_has_its_column_and_its_figures(race: Drive) -> None:
    race.fake.push(Ended(AT + 470 * MS, 1, Ending.COMPLETE, FINISHED))
    await race.settled_race()
    left, right = columns(race)
    assert left.startswith("▸ spark · ttft 87 ms · 1,043 t/s · 0.47 s · 1 open")
    assert right.startswith("  cerebras · ttft – ms · – t/s · waiting · 1 open")
    assert "net/retry.py:41" in left
    assert "net/retry.py:41" in right
    assert "worktree" not in race.screen


async def test_h_and_l_choose_the_column_that_keys_act_on(race: Drive) -> None:
    await race.review()
    await race.press("l")
    assert columns(race)[1].startswith("▸ cerebras")
    assert race.text[-1].startswith("  cerebras ")
    assert race.fake.named("select_side") == [(2,)]
    race.send("y")
    await race.until(lambda: bool(race.fake.named("decide")))
    assert race.fake.named("decide")[0][0] == (HunkId(2, 1, "1"),)
    await race.press("h")
    assert columns(race)[0].startswith("▸ spark")


async def test_keys_typed_fast_act_on_the_column_just_chosen(race: Drive) -> None:
    await race.review()
    race.send("l", "y", "h", "n")
    await race.until(lambda: len(race.fake.named("decide")) == 2)
    decided = [(ids, state) for ids, state, _ in race.fake.named("decide")]
    assert decided == [
        ((HunkId(2, 1, "1"),), HunkState.KEPT),
        ((HunkId(1, 1, "1"),), HunkState.DROPPED),
    ]


async def test_a_dropped_twin_is_said(race: Drive) -> None:
    await race.review()
    kept, lost = HunkId(1, 1, "1"), HunkId(2, 1, "1")
    race.fake.push(
        Decided(AT, 1, (kept,), HunkState.KEPT),
        RaceSet(AT, replace(ON, winner=1, twins=((kept, lost),))),
        Decided(AT, 2, (lost,), HunkState.DROPPED),
    )
    await race.settled_race()
    assert race.shown(words.TWIN_DROPPED) in race.screen
    assert "1 twin dropped" in columns(race)[1]
    assert "dropped" in columns(race)[1].split("net/retry.py:41")[1].splitlines()[0]


async def test_keep_all_is_about_one_column_and_q_about_both(race: Drive) -> None:
    race.fake.push(HunksSet(AT, 2, (third_hunk(2),)))
    await race.review()
    await race.press("l")
    race.send("A")
    await race.until(lambda: bool(race.fake.named("decide")))
    assert {i.turn for i in race.fake.named("decide")[0][0]} == {2}  # type: ignore[attr-defined]
    race.send("q")
    await race.until(lambda: len(race.fake.named("decide")) == 2)
    assert race.fake.named("decide")[1][0] == (HunkId(1, 1, "1"),)
    assert race.fake.named("stop") == [()]


async def test_esc_stops_while_either_answer_comes(race: Drive) -> None:
    race.fake.push(Ended(AT + 470 * MS, 1, Ending.COMPLETE, FINISHED))
    await race.settled_race()
    await race.press("escape")
    assert race.fake.named("stop") == [()]


async def test_under_100_columns_the_sides_take_turns() -> None:
    async with racing((80, 24)) as drive:
        await drive.review()
        bodies = drive.app.desk.race.bodies
        assert [body.display for body in bodies] == [True, False]
        await drive.press("l")
        assert [body.display for body in bodies] == [False, True]
        assert "net/retry.py:41" in drive.screen
        drive.send("y")
        await drive.until(lambda: bool(drive.fake.named("decide")))
        assert drive.fake.named("decide")[0][0] == (HunkId(2, 1, "1"),)


async def test_afterwards_there_is_one_transcript_with_both(race: Drive) -> None:
    race.fake.push(
        Ended(race.at + 470 * MS, 1, Ending.COMPLETE, FINISHED),
        Ended(race.at + 470 * MS, 2, Ending.STOPPED, FINISHED),
        RaceSet(race.at, None),
        Asked(race.at + 900 * MS, 3, "and a test", CONTEXT, 2140, SPARK),
    )
    await race.settled_race()
    body = race.app.desk.body
    assert race.app.desk.race.bodies == (body,)
    assert [block.id.turn for block in body.document.undecided()] == [1, 2]
    assert "worktree" in race.screen
    headers = [b for b in body.document.blocks if isinstance(b, TurnBlock)]
    assert [(b.text, b.steers) for b in headers] == [
        ("cap it", None),
        ("cap it", None),
        ("and a test", None),
    ]
    assert "▸ spark" not in race.screen
    assert first_hunk(2).id in body.document.hunks


async def test_what_it_sends_is_said_before_it_is_sent() -> None:
    prices = (("spark", Price(1.75, 14.0)), ("cerebras", Price(0.25, 2.0)))
    options = ShellOptions(instrument=InstrumentSettings(prices=prices))
    async with driven(FakeConductor(), options=options) as drive:
        await drive.press("f4")
        assert drive.fake.named("toggle_race") == [()]
        drive.fake.push(RaceSet(AT, ARMED))
        await drive.settled()
        assert drive.shown(words.RACE_ARMED) in drive.screen
        drive.app.desk.prompt.type("cap it in @net/retry.py ")
        await drive.press("space")
        told = "race: spark against cerebras · 2 requests, ~2 × 900 in, ~$0.0018 and the answers"
        assert told in drive.row("type")
        drive.fake.push(RaceSet(AT, None))
        await drive.settled()
        assert drive.shown(words.RACE_TAKEN_BACK) in drive.screen
        assert "race" not in drive.row("type")


async def test_without_a_race_h_and_l_say_how_to_get_one(drive: Drive) -> None:
    await drive.ask("cap it")
    await drive.first()
    await drive.review()
    await drive.press("l")
    assert drive.shown(words.NO_RACE) in drive.screen


async def test_a_smaller_window_shows_the_chosen_side_and_a_larger_one_both(race: Drive) -> None:
    await race.review()
    await race.press("l")
    bodies = race.app.desk.race.bodies
    await race.pilot.resize_terminal(80, 24)
    await race.until(lambda: [body.display for body in bodies] == [False, True])
    await race.painted()
    assert "net/retry.py:41" in race.screen
    await race.pilot.resize_terminal(120, 36)
    await race.until(lambda: [body.display for body in bodies] == [True, True])
    await race.painted()
    assert all("net/retry.py:41" in side for side in columns(race))
