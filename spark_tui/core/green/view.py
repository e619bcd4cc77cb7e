"""A green loop as screens and shells see it: its state, with the words and entries around it."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.green.compare import CheckRun
from spark_tui.core.green.loop import GreenLoop


@dataclass(frozen=True, slots=True)
class GreenView:
    """One loop. `check` is its name, `command` what it runs, `words` what the person said.

    `group` is the journal's group of its entries, 0 before the first; `entries` are (turn, entry)
    in the order they were written, those taken back among them. `last` is the newest run, `place`
    where all of its output is. `cut` are tokens of an output and those the model was sent of it.
    `ours_ns` is what neither the model nor the check nor the person took. `written` are tracked
    files that the check itself changed, in entries of turn 0 or of the attempt it was run for;
    `beyond` are files that it wrote and nobody takes back: untracked ones, mostly.
    """

    check: str
    command: str
    words: str = ""
    loop: GreenLoop = field(default_factory=GreenLoop)
    group: int = 0
    entries: tuple[tuple[int, int], ...] = ()
    last: CheckRun | None = None
    place: str = ""
    cut: tuple[int, int] = (0, 0)
    ours_ns: int = 0
    written: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return not self.loop.over

    def entry_of(self, turn: int) -> int:
        """The newest entry of a turn, 0 for none."""
        return next((entry for known, entry in reversed(self.entries) if known == turn), 0)
