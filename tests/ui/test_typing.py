"""Words are never keys: people type when they like, and nothing is decided or written by it."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field

import pytest

from spark_tui.ui.input.commands import Column, Keymap
from spark_tui.ui.input.focus import Keyboard, Where
from tests.ui.typist import BACKSPACE, MS, SENTENCES, Press, begins, typing, wpm

KEYMAP = Keymap()
HARMLESS = frozenset({"tab", "escape", BACKSPACE})


@dataclass
class Desk:
    """What a person sees and does, without a screen: the arbiter, a prompt, hunks, a journal."""

    keyboard: Keyboard
    hunks: int
    shown: int = 0
    running: bool = False
    text: str = ""
    decided: list[str] = field(default_factory=list)
    harm: list[str] = field(default_factory=list)

    def happens(self, what: str, at: int) -> None:
        """A hunk is on the screen, or the answer is over."""
        if what == "hunk":
            self.shown += 1
            if self.keyboard.hunk_painted(at, prompt_empty=not self.text):
                self.keyboard.give(Where.REVIEW)
        else:
            self.running = False
        self.follow(at)

    def follow(self, at: int) -> None:
        self.keyboard.follow(at, busy=self.running or len(self.decided) < self.shown)

    def press(self, key: str, at: int) -> None:
        if self.keyboard.where is Where.REVIEW:
            self.review(key, at)
        elif key == "tab" and not self.text:
            self.keyboard.give(Where.REVIEW)
        elif len(key) > 1:
            self.keyboard.pressed(at)
            self.text = self.text[:-1] if key == BACKSPACE else self.text
        else:
            acts = key.isalnum() or key == "."
            review_key = acts and KEYMAP.find(Column.REVIEW, key) is not None
            self.text += self.keyboard.typed(key, at, review_key=review_key)

    def review(self, key: str, at: int) -> None:
        if key in "yn" and len(self.decided) < self.shown:
            self.decided.append(key)
            self.follow(at)
        elif KEYMAP.find(Column.REVIEW, key) is not None:
            self.harm.append(key)


@dataclass
class Outcome:
    """One session: what the person typed and decided, and what came of it."""

    sentence: str
    keys: str
    desk: Desk

    @property
    def good(self) -> bool:
        desk = self.desk
        return (desk.text, "".join(desk.decided), desk.harm) == (self.sentence, self.keys, [])


def session(seed: int, *, auto: bool = False) -> Outcome:
    """An answer of 1 to 9 hunks; a person types from Enter on, or reviews first."""
    rng = random.Random(seed)
    desk = Desk(Keyboard(auto=auto), rng.randint(1, 9))
    enter = 1_000_000 * MS
    desk.keyboard.entered(enter)
    desk.running = True
    at = enter + int(rng.uniform(60, 900)) * MS
    happens = []
    for _ in range(desk.hunks):
        happens.append((at, "hunk"))
        at += int(rng.uniform(5, 150)) * MS
    happens.append((at, "end"))
    sentence, speed = rng.choice(SENTENCES), wpm(rng)
    presses: list[Press] = []
    decisions = ""
    if rng.random() < 0.5:
        presses += typing(rng, sentence, enter + begins(rng), speed)
    else:
        at += int(rng.uniform(150, 900)) * MS
        presses.append(Press("tab", at))
        for _ in range(desk.hunks):
            at += int(rng.uniform(60, 400)) * MS
            decisions += rng.choice("yyn")
            presses.append(Press(decisions[-1], at))
        if rng.random() < 0.15:  # one too many, seen a moment later
            at += int(rng.uniform(60, 250)) * MS
            presses.append(Press(decisions[-1], at))
            at += 1_600 * MS
        presses += typing(rng, sentence, at + begins(rng), speed)
    play(rng, desk, happens, presses)
    return Outcome(sentence, decisions, desk)


def play(
    rng: random.Random, desk: Desk, happens: list[tuple[int, str]], presses: list[Press]
) -> None:
    """Keys are handled a moment after they were pressed; now and then the program is busy."""
    due: list[tuple[int, int, str, Press | None]] = []
    for number, (at, what) in enumerate(happens):
        heapq.heappush(due, (at, number, what, None))
    free = 0
    for number, press in enumerate(presses, len(happens)):
        late = rng.uniform(0.2, 8) if rng.random() < 0.97 else rng.uniform(50, 400)
        free = max(free, press.at + int(late * MS))
        heapq.heappush(due, (free, number, "key", press))
    while due:
        at, _, what, key = heapq.heappop(due)
        if key is None:
            desk.happens(what, at)
        else:
            desk.press(key.key, key.at)


def bad(seeds: range, *, auto: bool = False) -> list[tuple[int, str, str, list[str]]]:
    found = []
    for seed in seeds:
        outcome = session(seed, auto=auto)
        if not outcome.good:
            found.append((seed, outcome.sentence, outcome.desk.text, outcome.desk.harm))
    return found


def test_the_sentences_are_those_that_could_be_keys() -> None:
    assert len(set(SENTENCES)) == 50
    assert {s[0] for s in SENTENCES} >= set("yndaAqu.oesc")
    assert sum(any(mark in s for mark in "/?!'`(") for s in SENTENCES) >= 20


def test_a_sentence_is_text_whenever_it_is_typed() -> None:
    assert bad(range(2_000)) == []


def test_where_hunks_take_the_keyboard_words_are_lost() -> None:
    assert len(bad(range(300), auto=True)) > 3


@pytest.mark.long
def test_a_sentence_is_text_in_fifty_thousand_sessions() -> None:
    assert bad(range(10_000, 60_000)) == []
