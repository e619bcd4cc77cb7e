r"""Instructions sent before, as they were typed. Pure.

A line that begins with `!` ran in the shell; words that do begin with `\!`.
"""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.pasted_blocks import Folded, spliced


def runs(typed: str) -> bool:
    """True for a line that the shell ran."""
    return typed.lstrip().startswith("!")


def said(typed: str) -> Folded:
    r"""The words to send for what was typed: `\!` at the start is `!`."""
    start = len(typed) - len(typed.lstrip())
    return spliced(typed, start, start + typed.startswith("\\!", start), "")


def written(words: str) -> Folded:
    r"""How words are typed: `\!` at the start for `!`."""
    start = len(words) - len(words.lstrip())
    return spliced(words, start, start, "\\" if runs(words) else "")


@dataclass(slots=True)
class InstructionHistory:
    r"""Instructions sent before, oldest first, and the draft put aside while looking at them."""

    entries: list[str] = field(default_factory=list)
    place: int | None = None
    aside: str = ""
    limit: int = 500

    def add(self, text: str) -> None:
        """Remember `text`; the same text twice in a row is kept once."""
        self.place = None
        if text.strip() and (not self.entries or self.entries[-1] != text):
            self.entries.append(text)
            del self.entries[: -self.limit]

    def step(self, step: int, current: str) -> str | None:
        """The text one back (-1) or forward (1) from here; None at the edge."""
        if self.place is None:
            if step > 0 or not self.entries:
                return None
            self.aside = current
            self.place = len(self.entries) - 1
            return self.entries[self.place]
        place = self.place + step
        if place < 0:
            return None
        if place >= len(self.entries):
            self.place = None
            return self.aside
        self.place = place
        return self.entries[place]
