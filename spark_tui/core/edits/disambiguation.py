"""What the other hunks of a file say about one that fits in several places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spark_tui.core.edits.compose import IndentError, replacement
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.line_claims import Occupied
from spark_tui.core.edits.locate import Match, changed_line
from spark_tui.core.edits.model import Hunk, HunkId


class Settling:
    """One look at the placed hunks of a file, in answer order, with their matches."""

    def __init__(
        self,
        index: LineIndex,
        order: Sequence[HunkId],
        placed: Sequence[Hunk],
        matches: Mapping[HunkId, Match],
        occupied: Occupied,
    ) -> None:
        self._index = index
        self._order = {hunk_id: n for n, hunk_id in enumerate(order)}
        self._placed = [h for h in placed if h.id in matches and h.id in self._order]
        self._occupied = occupied
        spans = [h.base_span or (0, 0) for h in self._placed]
        self._in_order = spans == sorted(spans)
        offsets = {
            matches[h.id].start + 1 - hint
            for h in self._placed
            if (hint := matches[h.id].raw.line_hint) is not None
        }
        self._offset = offsets.pop() if len(offsets) == 1 else None

    def narrow(self, hunk_id: HunkId, choices: Sequence[Match]) -> list[Match]:
        """Choices that are free, at the common offset, and between their neighbours.

        Order counts only for formats that write hunks down in file order.
        """
        left = [match for match in choices if self._is_free(match)]
        if len(left) < 2:
            return left
        hint = left[0].raw.line_hint
        if self._offset is not None and hint is not None:
            exact = [match for match in left if match.start == hint - 1 + self._offset]
            if exact:
                return exact
        if left[0].raw.prefixed:
            low, high = self._bounds(hunk_id)
            left = [match for match in left if low <= changed_line(match) < high]
        return left

    def _is_free(self, match: Match) -> bool:
        try:
            change = replacement(match, self._index)
        except IndentError:
            return False
        taken = self._occupied.clash(change.start, change.end)
        return taken is None and not self._occupied.holds(change.start, change.end)

    def _bounds(self, hunk_id: HunkId) -> tuple[int, int]:
        """Base lines between the placed hunks before and after this one, if all are in order."""
        low, high = 0, len(self._index.texts) + 1
        if not self._in_order:
            return low, high
        number = self._order[hunk_id]
        for hunk in self._placed:
            start, end = hunk.base_span or (0, 0)
            if self._order[hunk.id] < number:
                low = max(low, end)
            else:
                high = min(high, start)
        return low, high
