"""The same people in front of the real screen, and reviews at speed. Keys carry their own times."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
from textual.events import Key
from textual.keys import _character_to_key

from spark_tui.core.edits.model import FileOp, HunkId, HunkState
from spark_tui.core.events import Event, FileRead, FileTouched, HunksSet
from spark_tui.ui.input.focus import Where
from tests.ui.scripted import FINISHED, MS, RETRY, Drive, FakeConductor, driven, first_hunk, image
from tests.ui.typist import SENTENCES, begins, typing, wpm

AHEAD_NS = 60_000_000_000
"""Keys come by times that are later than all that was painted, however slow the machine."""


def hunk_events(turn: int, number: int, at: int) -> list[Event]:
    """One more hunk, in a file of its own."""
    path = f"net/part{number}.py"
    hunk = replace(first_hunk(turn), id=HunkId(turn, number, "1"), path=path)
    return [
        FileTouched(at, turn, number, FileOp.UPDATE, path),
        FileRead(at, turn, number, image(path, RETRY)),
        HunksSet(at, turn, (hunk,)),
    ]


class Person:
    """Presses keys at times of their own."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self.now = time.monotonic_ns() + AHEAD_NS

    def press(self, key: str, at: int) -> None:
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        event = Key(name, key if len(key) == 1 else None)
        event.time = at / 1e9
        self.now = max(self.now, at)
        self.drive.app.post_message(event)

    def at(self, *keys: str, every: int = 80 * MS) -> None:
        """Keys one after the other, at this pace."""
        for key in keys:
            self.press(key, self.now + every)


async def answer(drive: Drive, hunks: int) -> None:
    """An answer of so many hunks, all painted."""
    for number in range(1, hunks + 1):
        drive.fake.push(*hunk_events(drive.turn, number, drive.at))
    drive.fake.finish(FINISHED)
    await drive.settled()


def done(drive: Drive) -> list[tuple[object, ...]]:
    """Everything the screen asked for but looks."""
    looks = {"painted", "displayed", "preview"}
    return [call[:1] + call[1:3] for call in drive.fake.calls if call[0] not in looks]


async def session(drive: Drive, seed: int) -> None:
    """One instruction, its hunks, and a sentence at any time; fails where a key was not text."""
    rng = random.Random(seed)
    person, fake, desk = Person(drive), drive.fake, drive.app.desk
    hunks, sentence, speed = rng.randint(1, 9), rng.choice(SENTENCES), wpm(rng)
    fake.calls.clear()
    desk.prompt.type("cap it")
    person.press("enter", person.now)
    enter = person.now
    await drive.until(lambda: bool(fake.named("ask")))
    await drive.settled()
    expected = ""
    if rng.random() < 0.5:
        presses = list(typing(rng, sentence, enter + begins(rng), speed))
        at = enter + int(rng.uniform(60, 900)) * MS
        happens = []
        for number in range(1, hunks + 1):
            happens.append((at, hunk_events(drive.turn, number, drive.at)))
            at += int(rng.uniform(5, 150)) * MS
        while presses or happens:
            if not presses or (happens and happens[0][0] < presses[0].at):
                fake.push(*happens.pop(0)[1])
                if not happens:
                    fake.finish(FINISHED)
                if rng.random() < 0.5:
                    await drive.settled()
            else:
                person.press(*presses.pop(0))
                if rng.random() < 0.2:
                    await drive.painted()
    else:
        await answer(drive, hunks)
        person.at("tab")
        for _ in range(hunks):
            expected += rng.choice("yyn")
            person.at(expected[-1], every=int(rng.uniform(60, 400)) * MS)
            if rng.random() < 0.5:
                await drive.painted()
        for press in typing(rng, sentence, person.now + begins(rng), speed):
            person.press(*press)
    await drive.settled()
    await drive.until(lambda: len(fake.named("decide")) == len(expected))
    await drive.until(lambda: desk.prompt.draft.text == sentence)
    states = {"y": HunkState.KEPT, "n": HunkState.DROPPED}
    decided = [((HunkId(drive.turn, n, "1"),), states[k]) for n, k in enumerate(expected, 1)]
    asked, *rest = done(drive)
    assert asked[:2] == ("ask", "cap it")
    assert rest == [("decide", *one) for one in decided]
    assert drive.where is Where.PROMPT
    desk.prompt.draft.clear()
    desk.prompt.changed()
    gone = tuple(replace(h, state=HunkState.DROPPED) for h in fake.live.turns[-1].hunks)
    fake.push(HunksSet(0, drive.turn, gone))
    await drive.settled()


@pytest.mark.parametrize("seed", [3, 4, 7, 10])
async def test_a_sentence_lands_in_the_prompt(drive: Drive, seed: int) -> None:
    await session(drive, seed)


@pytest.mark.long
@pytest.mark.parametrize("block", range(20))
async def test_two_hundred_sentences_land_in_the_prompt(block: int) -> None:
    async with driven(FakeConductor()) as drive:
        for seed in range(1_000 + 10 * block, 1_010 + 10 * block):
            await session(drive, seed)


async def test_a_review_at_speed_loses_no_key(drive: Drive) -> None:
    await drive.ask("cap it")
    await answer(drive, 3)
    person = Person(drive)
    person.at("tab", "y", "y", "y")
    await drive.until(lambda: len(drive.fake.named("decide")) == 3)
    await drive.settled()
    kept = [(("decide", (HunkId(1, n, "1"),), HunkState.KEPT)) for n in (1, 2, 3)]
    assert done(drive)[1:] == kept
    assert [h.state for h in drive.fake.live.turns[0].hunks] == [HunkState.APPLIED] * 3


async def test_moves_and_splits_at_speed_act_on_the_hunk_that_each_key_meant(drive: Drive) -> None:
    await drive.ask("cap it")
    await answer(drive, 4)
    person = Person(drive)
    person.at("tab", "n", "y", "j", "y", "s", "y")
    await drive.until(lambda: len(drive.fake.named("decide")) == 4)
    await drive.settled()

    def hunk(number: int, part: str = "1") -> HunkId:
        return HunkId(1, number, part)

    assert done(drive)[1:] == [
        ("decide", (hunk(1),), HunkState.DROPPED),
        ("decide", (hunk(2),), HunkState.KEPT),
        ("decide", (hunk(4),), HunkState.KEPT),
        ("split", hunk(3), pytest.approx(person.now - 80 * MS, abs=1_000)),
        ("decide", (hunk(3, "1.1"),), HunkState.KEPT),
    ]


@pytest.mark.parametrize("pace", [0, 30 * MS, 80 * MS])
async def test_one_key_too_many_is_no_text(drive: Drive, pace: int) -> None:
    await drive.ask("cap it")
    await answer(drive, 2)
    person = Person(drive)
    person.at("tab", "y", "y", "y", every=pace)
    await drive.until(lambda: len(drive.fake.named("decide")) == 2)
    person.at(*"next", every=2_000 * MS)
    await drive.until(lambda: drive.app.desk.prompt.draft.text == "next")
