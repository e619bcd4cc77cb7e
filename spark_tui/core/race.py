"""A race: one instruction to two endpoints at once. Its values, and what makes hunks twins."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import Hunk, HunkId, HunkState


@dataclass(frozen=True, slots=True)
class Race:
    """Two endpoints, by name and model; the left one is the one in use.

    Without `turns` it is armed: the next instruction goes to both. `winner` is the turn whose hunk
    was kept first, 0 for none yet. `twins` are (kept, dropped with it).
    """

    names: tuple[str, str]
    models: tuple[str, str] = ("", "")
    turns: tuple[int, ...] = ()
    winner: int = 0
    twins: tuple[tuple[HunkId, HunkId], ...] = ()

    @property
    def armed(self) -> bool:
        """True until the instruction is sent."""
        return not self.turns

    @property
    def lost(self) -> frozenset[HunkId]:
        """Hunks that were dropped because their twin was kept."""
        return frozenset(dropped for _, dropped in self.twins)

    def other(self, turn: int) -> int:
        """The turn beside this one."""
        return self.turns[1] if turn == self.turns[0] else self.turns[0]


def are_twins(one: Hunk, two: Hunk) -> bool:
    """Whether two hunks change the same place of the same file, so that only one can be kept.

    Spans overlap; two insertions, or an insertion and a change, also where they touch. What has no
    span (a rename, a mode) is about the whole file.
    """
    if one.path != two.path:
        return False
    if one.base_span is None or two.base_span is None:
        return True
    (a, b), (c, d) = one.base_span, two.base_span
    if a == b or c == d:
        return a <= d and c <= b
    return a < d and c < b


def twins_of(kept: Iterable[Hunk], others: Collection[Hunk]) -> tuple[tuple[HunkId, HunkId], ...]:
    """(kept, twin) for every open hunk of `others` that goes when `kept` stay.

    What builds on a twin goes with it.
    """
    found: dict[HunkId, HunkId] = {}
    for mine in kept:
        for hunk in others:
            if hunk.state is HunkState.OPEN and hunk.id not in found and are_twins(mine, hunk):
                found[hunk.id] = mine.id
    size = -1
    while size != len(found):
        size = len(found)
        for hunk in others:
            if hunk.depends_on in found and hunk.state is HunkState.OPEN:
                found.setdefault(hunk.id, found[hunk.depends_on])
    return tuple((mine, twin) for twin, mine in found.items())
