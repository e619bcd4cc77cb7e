"""Who has the keyboard. Pure: the screen asks, widgets only show the answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

QUIET_NS = 500_000_000
"""A prompt without a key for this long counts as idle."""

DEAF_NS = 500_000_000
"""After an interrupt Esc does nothing for this long."""

TWICE_NS = 1_000_000_000
"""Two Ctrl+C within this time quit."""


class Where(StrEnum):
    """The places letters go to. Popups borrow the keyboard and give it back."""

    PROMPT = "prompt"
    REVIEW = "review"
    CODE = "code"
    SAY = "say"


@dataclass(slots=True)
class Keyboard:
    """The state behind the focus table. All times are ns of the monotonic clock.

    `waiting` is True from Enter until the first hunk since then was painted.
    """

    where: Where = Where.PROMPT
    waiting: bool = False
    enter_at: int = 0
    last_key_at: int = 0
    deaf_until: int = 0
    quit_armed_at: int | None = None

    def key(self, at: int) -> None:
        """A key of the person reached the prompt."""
        self.last_key_at = at

    def entered(self, at: int) -> None:
        """Enter sent something: the next first hunk may take the keyboard."""
        self.waiting = True
        self.enter_at = at
        self.last_key_at = at

    def hunk_painted(self, now: int, *, prompt_empty: bool) -> bool:
        """The first decidable hunk is on the screen; True when review takes the keyboard."""
        first, self.waiting = self.waiting, False
        if not first or self.where is not Where.PROMPT or not prompt_empty:
            return False
        idle = self.last_key_at <= self.enter_at or now - self.last_key_at >= QUIET_NS
        if idle:
            self.where = Where.REVIEW
        return idle

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
