"""An entry of the journal, opened: what it did, hunk by hunk, and what can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from spark_tui.core.edits import writers
from spark_tui.core.edits.entry import EntryHunk
from spark_tui.core.edits.lookalike import told
from spark_tui.core.edits.model import Row
from spark_tui.core.journal import Entry, EntryView, Obstacle, several
from spark_tui.ui.lists.popup import CLOSES, Item, ListKey, PopupModel

ALL = "all"
"""The id of the row that takes back the whole entry; the others are hunk numbers."""

THROUGH, HERE, BEFORE = "through", "here", "before"
"""The ids of the rows that take back several entries: those in the way, all later ones, and all
from this turn on.
"""

_ROWS = 200
_ROOM = 40
"""Characters of a row that are in sight on any screen."""

_BEFORE = 12
_ROLES = {"+": "add", "-": "remove", " ": "muted"}


def entry_list(view: EntryView, take_back: Callable[[str], None]) -> PopupModel:
    """The hunks of an entry with their lines; choosing a row takes that much back."""
    entry = view.entry
    gone = entry.undone_by is not None
    said = " ".join(entry.note.instruction.split())
    left = len(view.hunks) - len(entry.taken)
    many = f"all {left} hunks" if left > 1 else "its one hunk"
    items = [
        _gone(entry, said)
        if gone
        else Item(ALL, many, said, _blocked(view.obstacle(0)), role="text")
    ]
    items += _together(view)
    for hunk in view.hunks:
        items += _hunk(hunk, view, gone=gone)
    return PopupModel(
        "undo",
        f"#{entry.id}",
        tuple(items),
        take_back,
        (CLOSES,) if gone else (ListKey("Enter", "takes it back, later edits stay"), CLOSES),
        column=14,
    )


def _together(view: EntryView) -> Iterator[Item]:
    """What can be taken back with the entry: what is in its way, and all that came later."""
    entry, obstacle = view.entry, view.obstacle(0)
    if obstacle is not None and obstacle.entries:
        said = f"{several(obstacle.entries)} together, they are in the way"
        yield Item(THROUGH, "with later", said, role="text")
    if view.newest > entry.id:
        later = range(entry.id + 1, view.newest + 1)
        yield Item(HERE, "to here", f"back to here: undoes {several(later)}", role="text")
    if view.first and view.newest > view.first:
        since = range(view.first, view.newest + 1)
        said = f"back to before this turn: undoes {several(since)}"
        yield Item(BEFORE, "to before", said, role="text")


def _gone(entry: Entry, said: str) -> Item:
    verb, _, by = entry.fate.partition(" ")
    again = "undoes" if verb == "redone" else "redoes"
    return Item("", verb, f"{by} · undoing #{entry.undone_by} {again} this", said)


def _hunk(hunk: EntryHunk, view: EntryView, *, gone: bool) -> Iterator[Item]:
    taken = hunk.number in view.entry.taken
    obstacle = view.obstacle(hunk.number)
    yield Item(
        "" if gone or taken else str(hunk.number),
        f"hunk {hunk.number}",
        hunk.title,
        "undone already" if taken else _blocked(obstacle),
        role="muted" if gone or taken else "text",
    )
    if obstacle is not None:
        for number, text in obstacle.there:
            yield Item("", f"{number:>6} {writers.whose(obstacle.by)}", text, role="stale")
    for row in hunk.rows[:_ROWS]:
        line = row.new_no if row.tag == "+" else row.old_no
        yield Item("", f"{line or '':>6} {row.tag}", _text(row), role=_ROLES[row.tag])
    if len(hunk.rows) > _ROWS:
        more = len(hunk.rows) - _ROWS
        yield Item("", f"{'…':>6}", f"{more} more lines: spark-tui log -p", role="muted")


def _text(row: Row) -> str:
    """The row's text; a changed one that is long begins shortly before what differs in it."""
    text = told(row)
    first = min((start for start, _ in row.emphasis), default=0)
    if row.tag == " " or len(text) <= _ROOM or first < _ROOM // 2:
        return text
    return f"…{text[first - _BEFORE :]}"


def _blocked(obstacle: Obstacle | None) -> str:
    if obstacle is None:
        return ""
    where = f"line {obstacle.line}" if obstacle.line else obstacle.path
    return f"! {writers.changed(obstacle.by, where)}"
