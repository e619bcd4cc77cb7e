"""The panel at the right: files of this turn with their marks, and what changed outside."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from spark_tui.core.edits.model import Hunk, HunkState
from spark_tui.core.session import Session
from spark_tui.ui.messages import green as green_words
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.painted import PaintedWidget, RoleText
from spark_tui.ui.style.row_paint import STATE_MARKS

WIDTH = 29
FEW = 2
"""Files up to which the panel makes room for changed lines it would cut."""

_ORDER = (
    HunkState.REFUSED,
    HunkState.STALE,
    HunkState.WRITING,
    HunkState.OPEN,
    HunkState.KEPT,
    HunkState.APPLIED,
    HunkState.DROPPED,
    HunkState.REPLACED,
)

_GONE = frozenset({HunkState.DROPPED, HunkState.REPLACED})


def file_state(hunks: Sequence[Hunk]) -> HunkState:
    """The state of a file's hunks that matters most to the person."""
    states = {hunk.state for hunk in hunks}
    return next(state for state in _ORDER if state in states)


def turn_files(session: Session) -> list[tuple[str, HunkState, int, int]]:
    """(path, state, added, removed) per file of the newest turn, in answer order.

    What was dropped or replaced is not counted: it never reaches the file.
    """
    turn = session.turn
    if turn is None:
        return []
    files: dict[str, list[Hunk]] = {}
    for hunk in turn.hunks:
        files.setdefault(hunk.path, []).append(hunk)
    out = []
    for path, hunks in files.items():
        counted = [h for h in hunks if h.state not in _GONE]
        added, removed = sum(h.added for h in counted), sum(h.removed for h in counted)
        out.append((path, file_state(hunks), added, removed))
    return out


def listed(session: Session) -> int:
    """How many files the panel names."""
    return len({path for path, *_ in turn_files(session)} | {c.path for c in session.tree.changed})


def our_paths(session: Session) -> set[str]:
    """Files of the worktree that hunks of this session changed."""
    return {h.path for t in session.turns for h in t.hunks if h.state is HunkState.APPLIED}


def panel_rows(session: Session, width: int) -> list[list[RoleText]]:
    """All rows of the panel as parts, without the line at its left."""
    return [parts for parts, _ in _panel(session, width)]


def _panel(session: Session, width: int) -> list[tuple[list[RoleText], str]]:
    """The same, and which file each row names, "" for none."""
    files = turn_files(session)
    out: list[tuple[list[RoleText], str]] = []
    if files:
        out.append(([("muted", "this turn")], ""))
        for path, state, added, removed in files:
            mark, _, role = STATE_MARKS[state]
            said = f"+{added} -{removed}" if removed else f"+{added}" if added else ""
            out.append((_file_row(role, mark, path, said, width), path))
        out += [(row, "") for row in _check_rows(session, width)]
        out.append(([], ""))
    out += [(row, "") for row in _green_rows(session, width)]
    shown = {path for path, *_ in files}
    rest = [c for c in session.tree.changed if c.path not in shown]
    ours = our_paths(session)
    earlier = [c for c in rest if c.path in ours and c.path not in session.outside]
    outside = [c for c in rest if c not in earlier]
    if earlier:
        out.append(([("muted", "earlier turns")], ""))
        for c in earlier:
            out.append((_file_row("ok", "✓", c.path, f"+{c.added} -{c.removed}", width), c.path))
        out.append(([], ""))
    if outside:
        out.append(([("muted", "outside" if files or earlier else "worktree")], ""))
        for c in outside:
            said = "you" if files or c.path in session.outside else f"+{c.added} -{c.removed}"
            out.append((_file_row("outside", "✎", c.path, said, width), c.path))
    if not out:
        out += [([("muted", "worktree")], ""), ([("muted", "no changes")], "")]
    return out


def _file_row(role: str, mark: str, path: str, said: str, width: int) -> list[RoleText]:
    room = width - 3 - cells(said)
    name = cut_middle(safe(path), room)
    gap = " " * max(room - cells(name) + 1, 1)
    return [(role, f"{mark} "), ("text", name), ("muted", gap + said)]


def _check_rows(session: Session, width: int) -> list[list[RoleText]]:
    """The person's checks: what they found in what was applied last."""
    rows = [
        _file_row("ok", "✓", result.name, f"{result.took_ns / 1e9:.1f} s", width)
        if result.ok
        else _file_row("refuse", "✗", f"{result.name} {result.path}", str(result.count), width)
        for result in session.checks
    ]
    return [*rows, *(_file_row("writing", "…", name, "runs", width) for name in session.checking)]


def _green_rows(session: Session, width: int) -> list[list[RoleText]]:
    """The attempts of the newest green loop, the one that runs last."""
    view = session.green
    if view is None or not (view.running or view.loop.attempts):
        return []
    rows: list[list[RoleText]] = [[("muted", cut_end(safe(f"green · {view.check}"), width))]]
    for row in view.loop.attempts:
        if view.running and row.number == view.loop.attempt:
            break  # it still goes on
        said, took = green_words.panel(row)
        role = "ok" if row.stands else "muted"
        rows.append(_file_row(role, str(row.number), said, took, width))
    if view.running:
        number = str(view.loop.attempt or "…")
        rows.append(_file_row("writing", number, green_words.doing(view), "", width))
    return [*rows, []]


def _shown(session: Session) -> tuple[object, ...]:
    """What the panel depends on, by identity: values are frozen, a change makes a new one."""
    turn = session.turn
    hunks = id(turn.hunks) if turn is not None else 0
    checks = (session.checks, session.checking)
    return (
        len(session.turns),
        hunks,
        id(session.tree),
        id(session.outside),
        checks,
        id(session.green),
    )


class Changes(PaintedWidget):
    """Paints `panel_rows` beside a thin line; there from 100 columns on."""

    def __init__(self) -> None:
        super().__init__(id="changes")
        self._session = Session()

    def show(self, session: Session) -> None:
        """Take the newest session; nothing is built again while hunks and files stay the same."""
        before, self._session = self._session, session
        if self.display and _shown(before) != _shown(session):
            self.repaint()

    def path_at(self, y: int) -> str:
        """The file that row `y` names, "" for none."""
        width, height = self.size
        content = _panel(self._session, width - 3)
        shown = content if len(content) <= height else content[: height - 1]
        return shown[y][1] if 0 <= y < len(shown) else ""

    def rows(self, width: int, height: int) -> Sequence[Strip]:
        """The panel, the line drawn to the bottom."""
        content = panel_rows(self._session, width - 3)
        if len(content) > height:
            hidden = len(content) - height + 1
            content = [*content[: height - 1], [("muted", f"… {hidden} more")]]
        empty = self.line(("rule", "│ "))
        rows = [self.line(("rule", "│ "), *parts) for parts in content]
        return [*rows, *[empty] * (height - len(rows))]
