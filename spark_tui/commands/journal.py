"""`spark-tui log`, `undo`, `redo`, `recover`: the edit journal from any shell."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import out, raw

if TYPE_CHECKING:
    from spark_tui.services.worktree.git_worktree import GitWorktree


def log(args: Sequence[str]) -> int:
    """List entries, newest first; with -p as patches."""
    parser = Arguments(prog="spark-tui log", description="The edit journal, newest first.")
    parser.add_argument("-p", "--patch", action="store_true", help="with the changes as diffs")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("-n", type=int, default=50, metavar="N", help="at most N entries")
    given = parser.parse_args(list(args))
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
                "refused": list(entry.note.refused),
            }
            print(json.dumps(line))
            continue
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.when))
        what = f"undoes #{entry.undoes}" if entry.undoes else entry.note.instruction
        mark = f" (undone by #{entry.undone_by})" if entry.undone_by else ""
        out(f"#{entry.id}  {when}  {', '.join(entry.files)}  {what}{mark}")
    return 0


def undo(args: Sequence[str]) -> int:
    """Take back one entry, byte for byte; later edits of yours stay."""
    parser = Arguments(prog="spark-tui undo", description="Take back an entry of the journal.")
    parser.add_argument("id", nargs="?", type=int, help="default: the newest not yet undone")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen")
    given = parser.parse_args(list(args))
    worktree = _worktree()
    started = time.monotonic_ns()
    done = worktree.undo(given.id, dry_run=given.dry_run)
    took = (time.monotonic_ns() - started) / 1e6
    files = ", ".join(done.files)
    if given.dry_run:
        out(f"#{done.undoes} would be undone in {files}")
        return 0
    tail = ", your later edit stays" if done.merged else f" in {took:.0f} ms"
    out(f"#{done.undoes} undone{tail} · {files} · #{done.entry}")
    worktree.close()
    return 0


def redo(args: Sequence[str]) -> int:
    """Take back an undo."""
    parser = Arguments(prog="spark-tui redo", description="Take back an undo.")
    parser.add_argument("id", nargs="?", type=int, help="default: the newest undo")
    given = parser.parse_args(list(args))
    worktree = _worktree()
    done = worktree.redo(given.id)
    out(f"#{done.undoes} taken back · {', '.join(done.files)} · #{done.entry}")
    worktree.close()
    return 0


def recover(args: Sequence[str]) -> int:
    """Finish or roll back what a crash interrupted; opening the worktree does the same."""
    parser = Arguments(prog="spark-tui recover", description="Mend what a crash interrupted.")
    parser.parse_args(list(args))
    from spark_tui.services import places
    from spark_tui.services.worktree.git_worktree import open_worktree

    worktree = open_worktree(Path(), places.state_dir())
    for line in worktree.recover().lines():
        out(line)
    worktree.close()
    return 0


def _worktree() -> GitWorktree:
    from spark_tui.services import places
    from spark_tui.services.worktree.git_worktree import open_worktree

    worktree = open_worktree(Path(), places.state_dir())
    worktree.recover()
    return worktree
