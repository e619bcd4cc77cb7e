"""Who has the keyboard. Pure: the screen asks, widgets only show the answer.

In the prompt letters are text, in review letters are keys, and only the person goes from the first
to the second. What a key does is decided by its own time, never by when it was looked at.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from spark_tui.core.dataclass import dataclass

QUIET_NS = 500_000_000
"""A prompt without a key for this long counts as idle (only where review may take the keyboard)."""

DEAF_NS = 500_000_000
"""After an interrupt Esc does nothing for this long."""

TWICE_NS = 1_000_000_000
"""Two Ctrl+C within this time quit."""

BACK_NS = 600_000_000
"""A letter this soon after the keyboard came back by itself may be the last of a quick `y y y`."""

ALONE_NS = 1_200_000_000
"""Such a letter is text after all if another one follows within this time: three keys of a slow
typist.
"""


class Where(StrEnum):
    """The places letters go to. Popups borrow the keyboard and give it back."""

    PROMPT = "prompt"
    REVIEW = "review"
    CODE = "code"
    SAY = "say"
    TREE = "tree"


class Letter(NamedTuple):
    """A letter that is held: the next key tells whether it is text. `at` is its time, ns."""

    character: str
    at: int


@dataclass(slots=True)
class Keyboard:
    """The state behind the focus table. All times are ns of the monotonic clock.

    `auto` gives review the keyboard when the first hunk is painted. `busy` is True while something
    is open, comes, or will come by itself; `sent` from asking until the turn has begun, `waiting`
    from Enter until the first hunk since then was painted. `back_at` is when the keyboard came
    back by itself and nothing was typed since.
    """

    where: Where = Where.PROMPT
    auto: bool = False
    busy: bool = False
    sent: bool = False
    waiting: bool = False
    enter_at: int = 0
    last_key_at: int = 0
    back_at: int | None = None
    letter: Letter | None = None
    deaf_until: int = 0
    quit_armed_at: int | None = None

    # ---------------------------------------------------------------- who has it

    def give(self, where: Where) -> None:
        """The person's key moves it."""
        self.where = where
        self.back_at = self.letter = None

    def follow(self, at: int, *, busy: bool) -> bool:
        """Something happened at `at`; True when there is nothing left to review by it.

        Then review gives the keyboard back to the prompt. Where the person looks at decided hunks
        nothing ends, so nothing moves.
        """
        ended, self.busy = self.busy and not busy, busy
        if not ended or self.where is not Where.REVIEW:
            return False
        self.where, self.back_at, self.letter = Where.PROMPT, at, None
        return True

    def asked(self) -> None:
        """Something was asked for: the turn is about to begin."""
        self.busy = self.sent = True

    def entered(self, at: int) -> None:
        """Enter sent something."""
        self.asked()
        self.waiting = True
        self.enter_at = self.last_key_at = at

    def hunk_painted(self, now: int, *, prompt_empty: bool) -> bool:
        """The first decidable hunk is on the screen; True when `auto` gives review the keyboard."""
        first, self.waiting = self.waiting, False
        if not (first and self.auto and prompt_empty and self.where is Where.PROMPT):
            return False
        idle = self.last_key_at <= self.enter_at or now - self.last_key_at >= QUIET_NS
        if idle:
            self.give(Where.REVIEW)
        return idle

    # ---------------------------------------------------------------- what letters are

    def typed(self, character: str, at: int, *, review_key: bool) -> str:
        """What a character that reached the prompt at `at` types.

        "" for a review key that may be one too many: it is text as soon as another one follows.
        """
        self.last_key_at = at
        before = self._held(at)
        back_at, self.back_at = self.back_at, None
        if not before and review_key and back_at is not None and at - back_at <= BACK_NS:
            self.letter = Letter(character, at)
            return ""
        return before + character

    def pasted(self, at: int) -> str:
        """A paste reached the prompt at `at`: what stands before it."""
        self.last_key_at, self.back_at = at, None
        return self._held(at)

    def pressed(self, at: int) -> None:
        """A key that is no text reached the prompt: a letter held before it was pressed alone."""
        self.last_key_at = at
        self.back_at = self.letter = None

    def _held(self, at: int) -> str:
        letter, self.letter = self.letter, None
        return letter.character if letter is not None and at - letter.at <= ALONE_NS else ""

    # ---------------------------------------------------------------- Esc and Ctrl+C

    def interrupted(self, at: int) -> None:
        """Esc stopped the run; Esc is deaf for a moment."""
        self.deaf_until = at + DEAF_NS

    def deaf(self, at: int) -> bool:
        """True while Esc must do nothing."""
        return at < self.deaf_until

    def quit_pressed(self, at: int) -> bool:
        """True for the second Ctrl+C in time; otherwise arms it."""
        armed, self.quit_armed_at = self.quit_armed_at, at
        return armed is not None and at - armed <= TWICE_NS
