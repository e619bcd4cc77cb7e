"""Hunks that the person cuts in parts or rewrites before deciding on them."""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.edits.by_hand import by_hand, merged, to_merge
from spark_tui.core.edits.merge import Merge
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.events import HunksSet, Notice, Severity
from spark_tui.core.remedy import Remedy, Way
from spark_tui.core.session import Act, Session
from spark_tui.pair.emit import Emit
from spark_tui.pair.open_files import OpenFiles

_AS_IT_WAS = "the hunk is as it was"


class Reshape:
    """`reshaped(id)` is called for a hunk that is not what it was: it can't be written again."""

    def __init__(
        self,
        open_files: OpenFiles,
        emit: Emit,
        session: Callable[[], Session],
        reshaped: Callable[[HunkId], None],
    ) -> None:
        self._open_files = open_files
        self._emit = emit
        self._session = session
        self._reshaped = reshaped
        self._merging: tuple[HunkId, Merge] | None = None

    def split(self, hunk_id: HunkId, key_at: int) -> bool:
        """Its separate runs of changes as hunks of their own, at its place in the answer.

        False where it stays as it is, which is said.
        """
        edit = self._open(hunk_id, key_at)
        if edit is None:
            return False
        parts = edit.split(hunk_id)
        if len(parts) < 2:
            self._say(key_at, "this hunk is one change", Remedy.EDIT_IT)
            return False
        self._reshaped(hunk_id)
        stands = ((hunk_id, parts[0].id),)
        self._emit(HunksSet(key_at, hunk_id.turn, parts, after=hunk_id, successors=stands))
        return True

    def join(self, act: Act, key_at: int) -> bool:
        """Take a split back; False where its parts can't be one hunk again.

        They can while all of them are open: where one was decided elsewhere, replaced by a newer
        answer, or lost its place, the hunk stays split.
        """
        whole, parts = act.whole, [self._session().find(i) for i in act.ids]
        if whole is None or any(h is None or h.state is not HunkState.OPEN for h in parts):
            return False
        edit = self._open_files.edit_of(whole)
        hunk = edit.join(whole, act.ids) if edit is not None else None
        if hunk is None:
            return False
        for part in act.ids:
            self._reshaped(part)
        stands = tuple((part, whole) for part in act.ids)
        last = act.ids[-1]
        self._emit(HunksSet(key_at, whole.turn, (hunk,), after=last, successors=stands))
        return True

    def edited(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """The person's text becomes the new side of the hunk; it stays open. False if it can't."""
        edit = self._open(hunk_id, key_at)
        if edit is None:
            return False
        hunk = by_hand(edit, hunk_id, text)
        if not isinstance(hunk, Hunk):
            self._say(key_at, hunk.message, _AS_IT_WAS, error=True)
            return False
        self._reshaped(hunk_id)
        self._emit(HunksSet(key_at, hunk_id.turn, (hunk,)))
        return True

    def to_merge(self, hunk_id: HunkId) -> str | None:
        """A hunk without a place, and the file's lines it was most likely meant for, as one text.

        None where nothing is near.
        """
        edit = self._open_files.edit_of(hunk_id)
        merge = to_merge(edit, hunk_id) if edit is not None else None
        self._merging = None if merge is None else (hunk_id, merge)
        return None if merge is None else merge.text

    def merged(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """The person's text takes the place of the lines that `to_merge` showed. False if not."""
        edit = self._open_files.edit_of(hunk_id)
        known, self._merging = self._merging, None
        if edit is None or known is None or known[0] != hunk_id:
            return False
        hunk = merged(edit, hunk_id, known[1], text)
        if not isinstance(hunk, Hunk):
            self._say(key_at, hunk.message, Remedy.EDIT_AGAIN, _AS_IT_WAS, error=True)
            return False
        self._reshaped(hunk_id)
        self._emit(HunksSet(key_at, hunk_id.turn, (hunk,)))
        return True

    def _open(self, hunk_id: HunkId, key_at: int) -> FileEdit | None:
        """The edit of an undecided, placed hunk."""
        hunk = self._session().find(hunk_id)
        edit = self._open_files.edit_of(hunk_id)
        if hunk is None or edit is None:
            return None
        if hunk.state is not HunkState.OPEN:
            self._say(key_at, "only an open hunk can be changed", Remedy.TAKE_DECISION_BACK)
            return None
        return edit

    def _say(self, at: int, what: str, *remedies: Way, error: bool = False) -> None:
        severity = Severity.ERROR if error else Severity.INFO
        self._emit(Notice(at, what, remedies, severity))
