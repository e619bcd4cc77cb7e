"""Hunks that the person cuts in parts or rewrites before deciding on them."""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.edits.by_hand import by_hand
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.events import HunksGone, HunksSet, Notice, Severity
from spark_tui.core.session import Session
from spark_tui.pair.book import Book


class Reshape:
    """`reshaped(id)` is called for a hunk that is not what it was: it can't be written again."""

    def __init__(
        self,
        book: Book,
        emit: Callable[..., None],
        session: Callable[[], Session],
        reshaped: Callable[[HunkId], None],
    ) -> None:
        self._book = book
        self._emit = emit
        self._session = session
        self._reshaped = reshaped

    def split(self, hunk_id: HunkId, key_at: int) -> None:
        """Its separate runs of changes as hunks of their own, at its place in the answer."""
        edit = self._open(hunk_id, key_at)
        if edit is None:
            return
        parts = edit.split(hunk_id)
        if len(parts) < 2:
            self._say(key_at, "this hunk is one change", "e edits it")
            return
        self._reshaped(hunk_id)
        # The parts come first, so that whoever stands on the hunk goes on to the first of them.
        self._emit(
            HunksSet(key_at, hunk_id.turn, parts, after=hunk_id),
            HunksGone(key_at, hunk_id.turn, (hunk_id,)),
        )

    def edited(self, hunk_id: HunkId, text: str, key_at: int) -> None:
        """The person's text becomes the new side of the hunk; it stays open."""
        edit = self._open(hunk_id, key_at)
        if edit is None:
            return
        hunk = by_hand(edit, hunk_id, text)
        if not isinstance(hunk, Hunk):
            self._say(key_at, hunk.message, "the hunk is as it was", Severity.ERROR)
            return
        self._reshaped(hunk_id)
        self._emit(HunksSet(key_at, hunk_id.turn, (hunk,)))

    def _open(self, hunk_id: HunkId, key_at: int) -> FileEdit | None:
        """The edit of an undecided, placed hunk."""
        hunk = self._session().find(hunk_id)
        edit = self._book.edit_of(hunk_id)
        if hunk is None or edit is None:
            return None
        if hunk.state is not HunkState.OPEN:
            self._say(key_at, "only an open hunk can be changed", "u takes a decision back")
            return None
        return edit

    def _say(self, at: int, what: str, way_out: str, severity: Severity = Severity.INFO) -> None:
        self._emit(Notice(at, what, way_out, severity))
