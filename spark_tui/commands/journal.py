"""`spark-tui log`, `undo`, `redo`, `recover`: the edit journal from any shell."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.opening import told_late
from spark_tui.commands.output import out, raw
from spark_tui.core.errors import ConflictError, UsageError

if TYPE_CHECKING:
    from spark_tui.core.journal import Entry, EntryView
    from spark_tui.services.worktree.git_worktree import GitWorktree


REFUSED = 3
"""Filters that gave their input back, listed at most."""


def log(args: Sequence[str]) -> int:
    """List entries, newest first; with -p as patches."""
    parser = Arguments(prog="spark-tui log", description="The edit journal, newest first.")
    parser.add_argument("-p", "--patch", action="store_true", help="with the changes as diffs")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("-n", type=int, default=50, metavar="N", help="at most N entries")
    given = parser.parse_args(list(args))
    if not (given.patch or given.json):
        _tell_refused()
    worktree = _worktree()
    if given.patch:
        raw(worktree.log_patch())
        return 0
    entries = worktree.entries(given.n)
    if not entries and not given.json:
        out("nothing is written yet")
    for entry in entries:
        if given.json:
            line = {
                "id": entry.id,
                "when": entry.when,
                "instruction": entry.note.instruction,
                "endpoint": entry.note.endpoint,
                "files": list(entry.files),
                "undoes": entry.undoes,
                "undone_by": entry.undone_by,
                "hunks": list(entry.hunks),
                "taken": list(entry.taken),
                "flag": entry.flag,
                "refused": list(entry.note.refused),
            }
            print(json.dumps(line))
            continue
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.when))
        what = f"undoes {_named(entry)}" if entry.undoes else entry.note.instruction
        mark = f" (undone by #{entry.undone_by})" if entry.undone_by else ""
        if entry.taken and not mark:
            mark = f" (hunk {', '.join(map(str, entry.taken))} undone)"
        if entry.flag:
            mark += f" (git disagrees: {entry.flag}; the bytes are ours)"
        out(f"#{entry.id}  {when}  {', '.join(entry.files)}  {what}{mark}")
    return 0


def _tell_refused() -> None:
    """What filters gave back lately, with the reason: they could not say it where they ran."""
    from spark_tui.services import places, refusals

    for found in refusals.newest(places.state_dir(), REFUSED):
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.when))
        out(f"not edited  {when}  {found.reason}  ({found.instruction})")


def _named(entry: Entry) -> str:
    which = f"hunk {', '.join(map(str, entry.hunks))} of " if entry.hunks else ""
    return f"{which}#{entry.undoes}"


def undo(args: Sequence[str]) -> int:
    """Take back one entry, or some hunks of it, byte for byte; later edits of yours stay."""
    parser = Arguments(prog="spark-tui undo", description="Take back an entry of the journal.")
    parser.add_argument("id", nargs="?", type=int, help="default: the newest not yet undone")
    parser.add_argument(
        "--hunk",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="only this hunk of it, as --dry-run numbers them; may be given again",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the hunks, write nothing")
    given = parser.parse_args(list(args))
    if given.hunk and given.id is None:
        raise UsageError("--hunk needs the entry it is of", "spark-tui log lists them")
    worktree = _worktree()
    started = time.monotonic_ns()
    try:
        done = worktree.undo(given.id, given.hunk, dry_run=given.dry_run)
    except ConflictError as error:
        return _in_the_way(worktree, error, given.hunk, dry_run=given.dry_run)
    took = (time.monotonic_ns() - started) / 1e6
    files = ", ".join(done.files) or "nothing, it is as it was"
    number = f"#{done.undoes}"
    if done.hunks:
        plural = "s" * (len(done.hunks) != 1)
        number = f"hunk{plural} {', '.join(map(str, done.hunks))} of {number}"
    if given.dry_run:
        out(f"{number} would be undone in {files}")
        _show_hunks(worktree.view(done.undoes), done.hunks)
        worktree.close(commit=False)
        return 0
    tail = ", your later edit stays" if done.merged else f" in {took:.0f} ms"
    out(f"{number} undone{tail} · {files} · #{done.entry}")
    worktree.close()
    told_late(worktree)
    return 0


def _in_the_way(
    worktree: GitWorktree, error: ConflictError, hunks: Sequence[int], *, dry_run: bool
) -> int:
    """Tell a shell what is in the way: the keys the error names are the screen's."""
    entry = getattr(error, "entry", 0)
    if not entry:
        raise error
    if not dry_run:
        way_out = f"spark-tui undo {entry} --dry-run shows both"
        raise ConflictError(error.what, way_out, paths=error.paths, line=error.line) from error
    out(error.what)
    _show_hunks(worktree.view(entry), hunks)
    return 1


def _show_hunks(view: EntryView, wanted: Sequence[int]) -> None:
    for hunk in view.hunks:
        if wanted and hunk.number not in wanted:
            continue
        out("")
        state = "   already undone" if hunk.number in view.entry.taken else ""
        out(f"hunk {hunk.number}   {hunk.title}{state}")
        obstacle = view.obstacle(hunk.number)
        for number, text in obstacle.yours if obstacle else ():
            out(f"{number:>6} yours  {text}")
        for row in hunk.rows:
            out(f"{row.old_no or row.new_no or '':>6} {row.tag} {row.text}")


def redo(args: Sequence[str]) -> int:
    """Take back an undo."""
    parser = Arguments(prog="spark-tui redo", description="Take back an undo.")
    parser.add_argument("id", nargs="?", type=int, help="default: the newest undo")
    given = parser.parse_args(list(args))
    worktree = _worktree()
    try:
        done = worktree.redo(given.id)
    except ConflictError as error:
        return _in_the_way(worktree, error, (), dry_run=False)
    out(f"#{done.undoes} taken back · {', '.join(done.files)} · #{done.entry}")
    worktree.close()
    told_late(worktree)
    return 0


def recover(args: Sequence[str]) -> int:
    """Finish or roll back what a crash interrupted; opening the worktree does the same."""
    parser = Arguments(prog="spark-tui recover", description="Mend what a crash interrupted.")
    parser.parse_args(list(args))
    from spark_tui.commands.opening import open_here

    worktree = open_here(Path())
    for line in worktree.recover().lines():
        out(line)
    worktree.close()
    return 0


def _worktree() -> GitWorktree:
    from spark_tui.commands.opening import open_here

    worktree = open_here(Path())
    worktree.recover()
    return worktree
