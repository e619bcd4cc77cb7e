"""`spark-tui apply`: any model's edit text into the worktree, the index or a patch file."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, out, print_json, raw, told_anyway
from spark_tui.commands.worktree import told_late
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.diff import unified
from spark_tui.core.edits.entry import hunks_of_changes
from spark_tui.core.edits.guard import protected, shown
from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import Change, EditFormat, FileImage, FileOp, Hunk, RefusalCode
from spark_tui.core.edits.refused import places, reason
from spark_tui.core.errors import SparkError, UsageError
from spark_tui.core.journal import EntryNote

if TYPE_CHECKING:
    from spark_tui.services.worktree.git_worktree import GitWorktree

MAX_BYTES = 16 * 1024 * 1024
"""Longer edit texts are refused: no answer is this long, and reading it would only cost memory."""

_FORMATS = ("auto", "v4a", "search-replace", "unified", "whole")


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the edit goes: what it is placed on, and which paths there are."""

    name: str
    read: Callable[[str], FileImage]
    paths: Callable[[], Sequence[str]]
    root: Path


def apply(args: Sequence[str]) -> int:
    """Exit status 0 done (or could be, with --check), 1 refused and nothing written, 2 usage."""
    parser = Arguments(
        prog="spark-tui apply",
        description="Apply a model's edit text to the worktree: all of it or nothing.",
    )
    parser.add_argument("--format", choices=_FORMATS, default="auto", help="default: auto")
    parser.add_argument("--from", dest="source", metavar="FILE", help="default: stdin")
    parser.add_argument("--check", action="store_true", help="say what would happen, write nothing")
    parser.add_argument(
        "--allow-protected",
        action="store_true",
        help="also write CI, hooks, .env and other files that arm something",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="what is written out whole replaces the file, whatever that has more",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--index", action="store_true", help="stage it, leave the files alone")
    place.add_argument("--patch", metavar="FILE", help="write a unified diff there, - is stdout")
    parser.add_argument("path", nargs="?", default=".", help="in the worktree that holds it")
    given = parser.parse_args(list(args))
    if given.json and given.patch == "-":
        raise UsageError("--json and --patch - both want stdout", "spark-tui apply --patch FILE")
    text = _read(given.source)

    from spark_tui.commands.worktree import open_here

    worktree = open_here(Path(given.path))
    target = _target(worktree, index=given.index, patch=given.patch is not None)
    result = _proposed(text, target, EditFormat(given.format), overwrite=given.overwrite)
    problem = _refusal(result) or (None if given.allow_protected else _protected(result))
    entry = 0
    if problem is None and not given.check:
        try:
            entry = _write(worktree, target, result, given.patch)
        except SparkError as error:
            from spark_tui.ui.messages.remedies import shell_line

            problem = shell_line(error)
    written = problem is None and not given.check
    with told_anyway() if written else contextlib.nullcontext():
        if given.json:
            _print_json(result, target, problem, entry, written=written)
        elif problem is not None:
            _print_refused(result, problem)
        elif given.check:
            raw(unified(result.changes))
            verb = {"index": "stage", "patch": "write"}.get(target.name, "apply")
            err(f"would {verb} {_counted(result)}")
        elif given.patch != "-":
            _print_applied(result, target, entry, given.patch)
    return 0 if problem is None else 1


def _target(worktree: GitWorktree, *, index: bool, patch: bool) -> _Target:
    if not index:
        name = "patch" if patch else "worktree"
        return _Target(name, worktree.read, worktree.paths, worktree.root)
    from spark_tui.services.worktree.staging import read_staged, staged_paths

    repo = worktree.repo
    return _Target(
        "index", lambda path: read_staged(repo, path), lambda: staged_paths(repo), repo.root
    )


def _proposed(
    text: str, target: _Target, edit_format: EditFormat, *, overwrite: bool
) -> ProposalResult:
    """The edit placed. The listing of all paths is made only where a name alone is not enough."""
    root = str(target.root)
    result = propose(text, target.read, edit_format, overwrite=overwrite, root=root)
    missing = any(
        hunk.refusal is not None and hunk.refusal.code is RefusalCode.MISSING_FILE
        for hunk in result.refused
    )
    if missing or result.problems:
        paths = target.paths()
        return propose(
            text, target.read, edit_format, known_paths=paths, overwrite=overwrite, root=root
        )
    return result


def _write(
    worktree: GitWorktree, target: _Target, result: ProposalResult, patch: str | None
) -> int:
    """Put the changes where they belong; the journal's entry, 0 where there is none."""
    if target.name == "patch":
        _write_patch(unified(result.changes), patch or "-")
        return 0
    if target.name == "index":
        from spark_tui.services.worktree.staging import stage

        stage(worktree.repo, result.changes)
        return 0
    hunks = tuple(f"{h.id} {h.path}" for h in result.hunks)
    worktree.recover()
    entry = worktree.flush(result.changes, EntryNote("spark-tui apply", "", 0, hunks))
    worktree.close()
    told_late(worktree)
    return entry.id


def _write_patch(diff: str, file: str) -> None:
    if file == "-":
        raw(diff)
        return
    try:
        Path(file).write_bytes(diff.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise SparkError(f"cannot write {file}: {error.strerror}", "name another file") from None


def _read(source: str | None) -> str:
    try:
        if source is not None and source != "-":
            data = Path(source).read_bytes()
        elif sys.stdin is None or sys.stdin.isatty():
            raise UsageError("no edit text", "spark-tui apply < answer.txt")
        else:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"the edit text is longer than {MAX_BYTES // 2**20} MB")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"the edit text is not UTF-8 on line {line}", "convert it first") from None


def _refusal(result: ProposalResult) -> str | None:
    """Why nothing may be written, or None."""
    if result.problems:
        first = result.problems[0]
        return f"line {first.line} of the edit: {first.message}"
    if result.refused:
        return f"{len(result.refused)} of {len(result.hunks)} hunks refused, nothing written"
    if not result.changes:
        return "no edit in the text · nothing written"
    return None


def _protected(result: ProposalResult) -> str | None:
    """The file that is only written when asked for by a flag, or None."""
    paths = sorted({h.move_to or h.path for h in result.hunks if protected(h)})
    if not paths:
        return None
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{shown(paths[0])}{more} is protected, nothing written · --allow-protected"


def _reason(hunk: Hunk) -> str:
    return hunk.refusal.message if hunk.refusal else hunk.state.value


def _print_refused(result: ProposalResult, problem: str) -> None:
    err(f"spark-tui: {problem}")
    for hunk in result.refused:
        err(f"  ! {hunk.path}  {reason(hunk, 'edit')}{_remedy(hunk)}")
        for line in places(hunk):
            err(f"      {line}")


def _remedy(hunk: Hunk) -> str:
    """The option that takes what a person could take at a glance."""
    code = hunk.refusal.code if hunk.refusal else None
    written_out = code in (RefusalCode.EXCERPT, RefusalCode.FILE_EXISTS)
    return " · --overwrite takes it" if written_out and hunk.op is not FileOp.RENAME else ""


def _print_applied(result: ProposalResult, target: _Target, entry: int, patch: str | None) -> None:
    for change in result.changes:
        deed = _deed(change, result.changes)
        if deed:
            out(f"✓ {deed}")
    what = _counted(result)
    if target.name == "index":
        out(f"staged {what} · git diff --cached shows it")
    elif target.name == "patch":
        out(f"wrote {what} to {patch} · git apply takes it")
    else:
        out(f"applied {what} · #{entry} · take back: spark-tui undo {entry}")


def _deed(change: Change, changes: Sequence[Change]) -> str:
    """What happens to a file; "" for the half of a move that the other one tells."""
    if change.source:
        return f"moved {change.source} to {change.path}"
    if not change.after.exists:
        return "" if any(c.source == change.path for c in changes) else f"deleted {change.path}"
    return change.path if change.before.exists else f"new {change.path}"


def _counted(result: ProposalResult) -> str:
    """How much it changes, in the hunks that `undo --hunk` numbers."""
    count, files = len(hunks_of_changes(result.changes)), len(result.changes)
    return f"{count} hunk{'s' * (count != 1)} in {files} file{'s' * (files != 1)}"


def _print_json(
    result: ProposalResult, target: _Target, problem: str | None, entry: int, *, written: bool
) -> None:
    report = {
        "applied": written,
        "target": target.name,
        "entry": entry or None,
        "reason": problem,
        "files": sorted({c.path for c in result.changes}),
        "hunks": [
            {
                "path": h.path,
                "line": h.line,
                "state": h.state.value,
                "added": h.added,
                "removed": h.removed,
                "reason": _reason(h) if h.refusal else None,
                "code": h.refusal.code.value if h.refusal else None,
                "candidates": [c.line for c in h.refusal.candidates] if h.refusal else [],
            }
            for h in result.hunks
        ],
        "problems": [{"line": p.line, "message": p.message} for p in result.problems],
    }
    print_json(report)
