"""`spark-tui log`, `undo`, `redo`, `recover`: the edit journal from any shell."""

from __future__ import annotations

import heapq
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import out, print_json, raw, told_anyway
from spark_tui.commands.worktree import told_late
from spark_tui.core.edits import writers
from spark_tui.core.errors import ConflictError, UsageError, WorktreeError

if TYPE_CHECKING:
    from argparse import Namespace

    from spark_tui.core.journal import Entry, EntryView, UndoResult
    from spark_tui.services.refusals import Refused
    from spark_tui.services.worktree.git_worktree import GitWorktree


_NOTHING = "nothing, it is as it was"


def log(args: Sequence[str]) -> int:
    """List entries, newest first; with -p as patches."""
    parser = Arguments(prog="spark-tui log", description="The edit journal, newest first.")
    parser.add_argument("-p", "--patch", action="store_true", help="with the changes as diffs")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("-n", type=int, default=50, metavar="N", help="at most N entries")
    given = parser.parse_args(list(args))
    most = max(given.n, 0)
    plain = not (given.patch or given.json)
    try:
        worktree = _worktree()
    except WorktreeError:
        if plain and _log_outside(most):
            return 0
        raise
    if given.patch:
        raw(worktree.log_patch())
        return 0
    entries = worktree.entries(most)
    if plain:
        _log_lines(entries, _refused(str(worktree.root), most), most)
        return 0
    for entry in entries:
        print_json(_described(entry))
    return 0


def _described(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "when": entry.when,
        "instruction": entry.note.instruction,
        "endpoint": entry.note.endpoint,
        "files": list(entry.files),
        "undoes": entry.undoes,
        "redoes": entry.redoes,
        "undone_by": entry.undone_by,
        "hunks": list(entry.hunks),
        "taken": list(entry.taken),
        "flag": entry.flag,
        "refused": list(entry.note.refused),
        "group": entry.group or None,
        "part": entry.note.part or None,
    }


def _log_lines(entries: Sequence[Entry], refused: Sequence[Refused], most: int) -> None:
    """One list, newest first: what was written, and what filters gave back and why."""
    said = heapq.merge(
        ((-entry.when, _entry_line(entry)) for entry in entries),
        ((-found.when, _refused_line(found)) for found in refused),
        key=lambda line: line[0],
    )
    lines = [line for _, line in said][:most]
    for line in lines or [_nothing_yet()]:
        out(line)


def _nothing_yet() -> str:
    from spark_tui.services import places
    from spark_tui.services.worktree.filing import left_behind

    if not left_behind(places.state_dir()):
        return "nothing is written yet"
    return "nothing is written yet · spark-tui where names journals of worktrees that are gone"


def _entry_line(entry: Entry) -> str:
    what = entry.deed or entry.note.instruction
    if entry.group:
        what += f" · green:{entry.group}, part {entry.note.part}"
    mark = f" ({entry.fate})" if entry.fate else ""
    if entry.undecided:
        mark = " (tried, nobody kept it)"
    if entry.taken and not mark:
        mark = f" (hunk {', '.join(map(str, entry.taken))} undone)"
    if entry.flag:
        mark += f" (git disagrees: {entry.flag}; the bytes are ours)"
    return f"#{entry.id}  {_when(entry.when)}  {', '.join(entry.files)}  {what}{mark}"


def _refused_line(found: Refused) -> str:
    return f"not edited  {_when(found.when)}  {found.reason}  ({found.instruction})"


def _when(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(when))


def _refused(root: str, most: int) -> Sequence[Refused]:
    """What filters gave back there, with the reason: they could not say it where they ran."""
    from spark_tui.services import places, refusals

    return refusals.newest(places.state_dir(), most, root)


def _log_outside(most: int) -> bool:
    """What filters gave back that ran outside any worktree; False where there is nothing."""
    refused = _refused("", most)
    if refused:
        out("outside any git worktree: nothing is journalled here, filters gave back")
        _log_lines((), refused, most)
    return bool(refused)


def undo(args: Sequence[str]) -> int:
    """Take back one entry, or some hunks of it, byte for byte; later edits of yours stay."""
    parser = Arguments(prog="spark-tui undo", description="Take back an entry of the journal.")
    parser.add_argument(
        "id",
        nargs="?",
        type=_number,
        help="default: the newest not yet undone; green:N: all of a green loop",
    )
    parser.add_argument(
        "--hunk",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="only this hunk of it, as --dry-run numbers them; may be given again",
    )
    parser.add_argument(
        "--to",
        type=int,
        metavar="ID",
        help="every entry later than ID at once, as one entry; 0: all",
    )
    parser.add_argument(
        "--through", action="store_true", help="with every later entry of the same files"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the hunks, write nothing")
    given = parser.parse_args(list(args))
    if isinstance(given.id, str) and (given.hunk or given.through or given.to is not None):
        raise UsageError("a green loop is taken back as a whole", f"spark-tui undo {given.id}")
    if given.to is not None or given.through or isinstance(given.id, str):
        return _several_back(given)
    if given.hunk and given.id is None:
        raise UsageError("--hunk needs the entry it is of", "spark-tui log lists them")
    worktree = _worktree()
    started = time.monotonic_ns()
    try:
        done = worktree.undo(given.id, given.hunk, dry_run=given.dry_run)
    except ConflictError as error:
        return _in_the_way(worktree, error, given.hunk, dry_run=given.dry_run)
    if given.dry_run:
        out(f"{done.what} would be {done.verb} in {', '.join(done.files) or _NOTHING}")
        _show_hunks(worktree.view(done.undoes), done.hunks)
        worktree.close(commit=False)
        return 0
    return _taken_back(worktree, done, started)


def _number(written: str) -> int | str:
    """An entry's number, or `green:N`."""
    kind, colon, number = written.rpartition(":")
    if (kind, colon) not in (("", ""), ("green", ":")) or not number.isdigit():
        raise ArgumentTypeError(f"{written!r} is no entry, nor green:N")
    return written if kind else int(number)


def _several_back(given: Namespace) -> int:
    """Take back every entry later than one, or one with those in its way, as one entry."""
    if given.hunk or (given.to is not None and (given.through or given.id is not None)):
        raise UsageError(
            "--to and --through go alone", "spark-tui undo --to ID · undo ID --through"
        )
    if given.through and given.id is None:
        raise UsageError("--through needs the entry", "spark-tui log lists them")
    worktree = _worktree()
    started = time.monotonic_ns()
    if isinstance(given.id, str):
        done = worktree.undo_group(int(given.id.partition(":")[2]), dry_run=given.dry_run)
    elif given.to is not None:
        done = worktree.undo_to(given.to, dry_run=given.dry_run)
    else:
        done = worktree.undo_through(given.id, dry_run=given.dry_run)
    if given.dry_run:
        out(f"{done.what} would be {done.verb} in {', '.join(done.files) or _NOTHING}")
        worktree.close(commit=False)
        return 0
    return _taken_back(worktree, done, started)


def _taken_back(worktree: GitWorktree, done: UndoResult, started: int) -> int:
    """Say what was undone or redone, by the time in ns it `started`, and end tidily."""
    took = (time.monotonic_ns() - started) / 1e6
    tail = f", {writers.stays(done.stays)}" if done.merged else f" in {took:.0f} ms"
    with told_anyway():
        out(f"{done.what} {done.verb}{tail} · {', '.join(done.files) or _NOTHING} · #{done.entry}")
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
        remedy = f"spark-tui undo {entry} --dry-run shows both"
        raise ConflictError(error.what, remedy, paths=error.paths, line=error.line) from error
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
        for number, text in obstacle.there if obstacle else ():
            out(f"{number:>6} {writers.whose(obstacle.by if obstacle else '')}  {text}")
        for row in hunk.rows:
            out(f"{row.old_no or row.new_no or '':>6} {row.tag} {row.text}")


def redo(args: Sequence[str]) -> int:
    """Have again what an undo took back."""
    parser = Arguments(prog="spark-tui redo", description="Redo what an undo took back.")
    parser.add_argument("id", nargs="?", type=int, help="an undo or what it undid; default: newest")
    given = parser.parse_args(list(args))
    worktree = _worktree()
    started = time.monotonic_ns()
    try:
        done = worktree.redo(given.id)
    except ConflictError as error:
        return _in_the_way(worktree, error, (), dry_run=False)
    return _taken_back(worktree, done, started)


def recover(args: Sequence[str]) -> int:
    """Finish or roll back what a crash interrupted; opening the worktree does the same."""
    parser = Arguments(prog="spark-tui recover", description="Mend what a crash interrupted.")
    parser.parse_args(list(args))
    from spark_tui.commands.worktree import open_here

    worktree = open_here(Path())
    with told_anyway():
        for line in worktree.recover().lines():
            out(line)
    worktree.close()
    return 0


def _worktree() -> GitWorktree:
    from spark_tui.commands.worktree import open_here

    worktree = open_here(Path())
    worktree.recover()
    return worktree
