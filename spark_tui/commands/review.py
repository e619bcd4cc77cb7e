"""`spark-tui review`: anyone's changes as hunks, listed, marked and taken out by scripts."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import out, print_json, told_anyway
from spark_tui.core.errors import UsageError, WorktreeError

if TYPE_CHECKING:
    from argparse import Namespace

    from spark_tui.core.tree_review.model import PathChange, Scope
    from spark_tui.core.tree_review.seen import SeenHunks
    from spark_tui.pair.tree_review import ReviewSource
    from spark_tui.services.worktree.reviewed_tree import ReviewedTree

MOST_PATCH = 64_000_000
"""Bytes of a patch that are read."""


def review(args: Sequence[str]) -> int:
    """Look at changes, or list, mark and take out hunks; returns the exit status."""
    given = _parser().parse_args(list(args))
    if given.paths == ["-"]:
        return _patch(given)
    tree = _tree(given)
    if given.drop:
        return _drop(tree, _wanted(given.drop), as_json=given.json)
    if given.seen:
        return _mark(tree, _wanted(given.seen))
    if not given.json and _has_screen():
        return _screen(given, lambda: tree)
    _list(_changes(tree), tree.seen(), as_json=given.json)
    return 0


def _parser() -> Arguments:
    parser = Arguments(
        prog="spark-tui review",
        description="Anyone's changes as hunks: mark what you have seen, take out what must go.",
    )
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="only these; - reads a patch from stdin")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--staged", action="store_true", help="the index against HEAD, view only")
    place.add_argument("--since", metavar="REF", help="the worktree against REF")
    place.add_argument("--between", nargs=2, metavar=("A", "B"), help="B against A, view only")
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--json", action="store_true", help="the hunks as one JSON object")
    deed.add_argument("--seen", nargs="+", metavar="ID", help="mark hunks as seen")
    add("--watch", action="store_true", help="show what others write as they write it")
    add("--remarks", metavar="FILE", help="keep your remarks there, as a numbered prompt")
    add("--theme", default="", help=argparse.SUPPRESS)
    add("--endpoint", default="", help="whom remarks are sent to")
    parser.add_argument("--drop", nargs="+", metavar="ID", help="take hunks out, as one entry")
    return parser


def _has_screen() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _screen(given: Namespace, source: Callable[[], ReviewSource]) -> int:
    from spark_tui.commands.session import review_screen
    from spark_tui.ui.options import TreeReviewSetup

    options = {f"--{name}": getattr(given, name) for name in ("theme", "endpoint")}
    keep = None
    if given.remarks:
        file = Path(given.remarks).absolute()
        keep = partial(_keep_remarks, file)
    setup = TreeReviewSetup(source, follows=given.watch, keep_remarks=keep)
    return review_screen({name: value for name, value in options.items() if value}, setup)


def _keep_remarks(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorktreeError(f"cannot write {file}: {error.strerror}", "name another") from None


def _tree(given: Namespace) -> ReviewedTree:
    from spark_tui.commands.worktree import open_here
    from spark_tui.services.worktree.reviewed_tree import ReviewedTree

    here = Path.cwd()
    worktree = open_here(here)
    paths = [_from_root(worktree.root, here, path) for path in given.paths]
    return ReviewedTree(worktree, _scope(given), paths)


def _scope(given: Namespace) -> Scope:
    from spark_tui.core.tree_review.model import Scope, ScopeKind

    if given.between:
        return Scope(ScopeKind.BETWEEN, *given.between)
    if given.staged:
        return Scope(ScopeKind.STAGED)
    return Scope(base=given.since or "HEAD")


def _from_root(root: Path, here: Path, path: str) -> str:
    """A path as it was given, from the worktree's root."""
    place = os.path.normpath(here.resolve() / path)
    inside = os.path.relpath(place, root)
    if inside.startswith(".."):
        raise UsageError(f"{path} is outside this repository", "name a file or a folder in it")
    return inside


def _changes(tree: ReviewedTree) -> Iterator[PathChange]:
    return (change for change in tree.changes(tree.listed()) if change is not None)


def _wanted(ids: Sequence[str]) -> frozenset[str]:
    return frozenset(one for text in ids for one in text.replace(",", " ").split())


def _found(tree: ReviewedTree, ids: Collection[str]) -> list[tuple[PathChange, frozenset[str]]]:
    """The changes that have these hunks. Raises UsageError where one is not there."""
    left = set(ids)
    found = []
    for change in _changes(tree):
        mine = frozenset(hunk.id for hunk in change.file.hunks) & frozenset(ids)
        if mine:
            found.append((change, mine))
            left -= mine
        if not left:
            break
    if left:
        raise UsageError(
            f"no hunk {min(left)} here, nothing done: what it was changed since, or is gone",
            "spark-tui review --json lists them",
        )
    return found


def _drop(tree: ReviewedTree, ids: frozenset[str], *, as_json: bool) -> int:
    from spark_tui.commands.worktree import told_late

    drops = _found(tree, ids)
    tree.worktree.recover()
    entry = tree.take_out(drops)
    tree.close()
    told_late(tree.worktree)
    with told_anyway():
        if as_json:
            print_json({"dropped": sorted(ids), "entry": entry.id, "files": list(entry.files)})
        else:
            count = f"{len(ids)} hunk{'s' * (len(ids) != 1)}"
            out(f"discarded {count} · #{entry.id} · take back: spark-tui undo {entry.id}")
    return 0


def _mark(tree: ReviewedTree, ids: frozenset[str]) -> int:
    from spark_tui.core.tree_review.seen import as_seen

    hunks = [
        as_seen(change.file, hunk)
        for change, mine in _found(tree, ids)
        for hunk in change.file.hunks
        if hunk.id in mine
    ]
    if not tree.remember(hunks):
        raise WorktreeError("cannot keep what was seen", "check the folder that `where` names")
    with told_anyway():
        out(f"{len(hunks)} seen")
    return 0


def _patch(given: Namespace) -> int:
    from spark_tui.core.tree_review.foreign_patch import changes_of_patch
    from spark_tui.core.tree_review.seen import SeenHunks

    if given.staged or given.since or given.between or given.drop or given.seen:
        raise UsageError("a patch can only be looked at", "git diff | spark-tui review -")
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("no patch", "git diff | spark-tui review -")
    data = sys.stdin.buffer.read(MOST_PATCH + 1)
    if len(data) > MOST_PATCH:
        raise UsageError(f"the patch is longer than {MOST_PATCH // 1_000_000} MB")
    changes = changes_of_patch(data.decode("utf-8", "surrogateescape"))
    if not given.json and changes and sys.stdout.isatty() and _in_a_worktree():
        from spark_tui.core.tree_review.patch_source import PatchSource

        # The keyboard is the terminal's again, now that the patch is read.
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
        os.dup2(terminal, sys.stdin.fileno())
        os.close(terminal)
        return _screen(given, lambda: PatchSource(changes))
    _list(iter(changes), SeenHunks(), as_json=given.json)
    return 0


def _in_a_worktree() -> bool:
    """Whether a session can take remarks here; a patch is only listed elsewhere."""
    from spark_tui.services.worktree.repo import find_repository

    try:
        find_repository(Path.cwd())
    except WorktreeError:
        return False
    return os.access("/dev/tty", os.R_OK | os.W_OK)


def _list(changes: Iterator[PathChange], seen: SeenHunks, *, as_json: bool) -> None:
    from spark_tui.core.tree_review.report import records

    if as_json:
        hunks = [record for change in changes for record in records(change.file, seen)]
        print_json({"hunks": hunks})
        return
    for change in changes:
        for hunk in change.file.hunks:
            mark = "✓" if hunk.content in seen else "○"
            where = f"{hunk.path}:{hunk.new_start}" if hunk.ops or not hunk.what else hunk.path
            counts = f"+{hunk.added} -{hunk.removed}" if hunk.added or hunk.removed else ""
            told = "  ".join(part for part in (where, hunk.what, counts) if part)
            out(f"{mark} {hunk.id}  {told}")
