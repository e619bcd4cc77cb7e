"""Who takes back whom: what counts as undone follows from the list of records alone.

An entry is undone while an entry that takes it back is not itself undone. A hunk of it likewise.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.errors import JournalError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree.records import Record


class Chain:
    """The records of a journal (oldest first), seen by what undoes what."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._by_id = {record.id: record for record in records}
        self._undoers: dict[int, list[int]] = {}
        for record in records:
            for number in record.takes:
                self._undoers.setdefault(number, []).append(record.id)
        self._kinds: dict[int, str] = {}
        for record in records:  # what a record takes back is older than it
            self._kinds[record.id] = self._kind(record)
        self._undone: dict[int, int | None] = {}
        for record in reversed(records):  # what takes a record back is newer than it
            self._undone[record.id] = self._undoer(record.id)

    def _kind(self, record: Record) -> str:
        if record.undoes is None:
            return "edit"
        if record.back:
            return "undo"
        return "redo" if self._kinds.get(record.undoes) == "undo" else "undo"

    def _undoer(self, number: int) -> int | None:
        standing = (
            undoer
            for undoer in reversed(self._undoers.get(number, ()))
            if not self._by_id[undoer].hunks and self._undone[undoer] is None
        )
        return next(standing, None)

    def undone_by(self, number: int) -> int | None:
        """The newest effective entry that undoes all of this one, None where it stands."""
        return self._undone.get(number)

    def taken(self, number: int) -> frozenset[int]:
        """The hunks of this entry that effective entries took back one by one."""
        return frozenset(
            hunk
            for undoer in self._undoers.get(number, ())
            if self.undone_by(undoer) is None
            for hunk in self._by_id[undoer].hunks
        )

    def kind(self, number: int) -> str:
        """`edit`, `undo` or `redo`; what undoes a pruned entry is an undo."""
        return self._kinds[number]

    def redone(self, number: int) -> tuple[int | None, tuple[int, ...]]:
        """What undoing this undo has again: an entry and hunks of it (none: all); None: no undo."""
        record = self._by_id.get(number)
        if record is None or self.kind(number) != "undo":
            return None, ()
        return record.undoes, record.hunks

    def to_redo(self, number: int) -> Record:
        """The standing undo with this id, or the one that undoes the entry with it.

        Raises JournalError.
        """
        if number in self._by_id and self.kind(number) != "undo":
            undoer = self.undone_by(number)
            if undoer is None:
                raise JournalError(f"#{number} is not undone", "spark-tui redo: the newest undo")
            return self._by_id[undoer]
        return self.standing(number)

    def newest(self, kind: str) -> Record:
        """The newest standing record of a kind. Raises JournalError."""
        for number in sorted(self._by_id, reverse=True):
            if self.kind(number) == kind and self.undone_by(number) is None:
                return self._by_id[number]
        raise JournalError("nothing to take back" if kind == "edit" else "nothing to redo")

    def standing(self, number: int) -> Record:
        """The record with this id if it is not undone. Raises JournalError."""
        if number not in self._by_id:
            raise JournalError(f"there is no entry #{number}", "spark-tui log lists them")
        undoer = self.undone_by(number)
        if undoer is not None:
            undo = self.kind(number) == "undo"
            said = f"#{number} is already {'redone' if undo else 'undone'} by #{undoer}"
            raise JournalError(said, f"spark-tui {f'undo {undoer}' if undo else f'redo {number}'}")
        return self._by_id[number]

    # ------------------------------------------------------------------ several at once

    def later(self, number: int) -> list[Record]:
        """The records after this one, oldest first; with 0 all. Raises JournalError."""
        if number and number not in self._by_id:
            raise JournalError(f"there is no entry #{number}", "spark-tui log lists them")
        return [record for known, record in self._by_id.items() if known > number]

    def through(self, number: int) -> list[Record]:
        """A record that stands, and every later one of the same files, oldest first.

        What a later one wrote beside those counts as well, so that taking all of them back is
        exact. Raises JournalError.
        """
        first = self.standing(number)
        paths, out = {step.path for step in first.steps}, [first]
        for record in self.later(number):
            mine = {step.path for step in record.steps}
            if mine & paths:
                paths |= mine
                out.append(record)
        return out

    def group(self, number: int) -> list[Record]:
        """The records of a group, oldest first, with those that took some of them back.

        All of them at once are exact, whatever was taken back already. Raises JournalError: there
        is no such group, or nothing of it stands.
        """
        members = {r.id for r in self._by_id.values() if self._group_of(r) == number}
        if not members:
            raise JournalError(f"there is no group green:{number}", "spark-tui log lists them")
        if all(self.undone_by(one) is not None for one in members):
            raise JournalError(f"green:{number} is already undone")
        out = []
        for record in self._by_id.values():
            if record.id in members or (record.takes and members.issuperset(record.takes)):
                members.add(record.id)
                out.append(record)
        return out

    def _group_of(self, record: Record) -> int:
        if not record.note.part or record.undoes is not None:
            return 0
        return record.note.group or record.id

    def named(self, records: Sequence[Record]) -> tuple[int, ...]:
        """Those of these records that a person would name: edits and redos that stand."""
        return tuple(
            r.id for r in records if self.kind(r.id) != "undo" and self.undone_by(r.id) is None
        )

    def first_of_turn(self, number: int) -> int:
        """The oldest entry of the same turn as this one."""
        note = self._by_id[number].note
        same = (known for known, record in self._by_id.items() if _same_turn(record, note))
        if note.session:
            return min(number, *same)
        first = number
        for known in sorted(self._by_id, reverse=True):  # without a session only neighbours are
            if known < number:
                if not _same_turn(self._by_id[known], note):
                    break
                first = known
        return first


def _same_turn(record: Record, note: EntryNote) -> bool:
    mine = record.note
    return (mine.session, mine.turn, mine.instruction) == (
        note.session,
        note.turn,
        note.instruction,
    )
