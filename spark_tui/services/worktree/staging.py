"""The user's index as a place for edits: read its blobs, stage a diff, touch nothing else.

`git apply --cached` takes the index's own lock and writes all of a diff or none of it; no file of
the worktree is read or written, so no filter has anything to do.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.diff import unified
from spark_tui.core.edits.guard import check_known, shown
from spark_tui.core.edits.model import Change, FileImage
from spark_tui.core.edits.text import BinaryFileError, absent, image_of
from spark_tui.core.errors import ConflictError, FileRefusedError, WorktreeError
from spark_tui.services.processes import run_git
from spark_tui.services.worktree.repo import Repository

_WHOLE_FILE = 1 << 30
_KINDS = {"120000": "a link", "160000": "another repository"}


def staged_paths(repo: Repository) -> tuple[str, ...]:
    """Paths of the regular files in the index, in sorted order; names that are no UTF-8 left out.

    Raises WorktreeError where git can't read the index.
    """
    found = set()
    for item in repo.output("ls-files", "-z", "--stage").split(b"\0"):
        head, _, raw = item.partition(b"\t")
        if head.startswith(b"100"):
            try:
                found.add(raw.decode("utf-8"))
            except UnicodeDecodeError:
                continue
    return tuple(sorted(found))


def read_staged(repo: Repository, path: str) -> FileImage:
    """The file as it is staged, `exists=False` where the index has none. Raises FileRefusedError.

    In a SHA-256 repository the image's `sha` is still the SHA-1 of its bytes.
    """
    refusal = check_known(path)
    if refusal is not None:
        raise FileRefusedError(path, refusal.message, "nothing staged")
    try:
        entries = _entries(repo, path)
        if not entries:
            return absent(path)
        mode, oid, stage = entries[0]
        if len(entries) > 1 or stage != "0":
            raise FileRefusedError(path, f"{shown(path)} has a merge conflict", "resolve it first")
        if not mode.startswith("100"):
            kind = _KINDS.get(mode, "no regular file")
            raise FileRefusedError(path, f"{shown(path)} is {kind}, never written")
        data = repo.output("cat-file", "blob", oid)
    except FileRefusedError:
        raise
    except WorktreeError as error:
        raise FileRefusedError(path, f"cannot read {shown(path)}: {error.what}") from error
    try:
        return image_of(path, data, int(mode, 8))
    except BinaryFileError as error:
        raise FileRefusedError(path, f"{shown(path)} is no text file") from error


def stage(repo: Repository, changes: Sequence[Change]) -> None:
    """Put all changes into the index, or none; `before` is what `read_staged` gave.

    Raises WorktreeError with git's words and an unchanged index where a diff no longer fits or
    the index is locked; ConflictError where somebody staged something else at the same moment.
    """
    # With all of a file as context a diff fits no other state of it, wherever lines repeat.
    diff = unified(changes, context=_WHOLE_FILE)
    if not diff:
        return
    done = run_git(
        ["apply", "--cached", "--whitespace=nowarn", "-"],
        git_dir=repo.git_dir,
        work_tree=repo.root,
        feed=diff.encode("utf-8", "surrogateescape"),
        config=("apply.ignoreWhitespace=no",),
        extra_environment=repo.disarmed(),
    )
    if done.status != 0:
        raise WorktreeError(f"nothing staged: {done.complaint}", "git status says more")
    for change in changes:
        found = read_staged(repo, change.path)
        if (found.exists, found.data) != (change.after.exists, change.after.data):
            raise ConflictError(
                f"{shown(change.path)} was staged by somebody else meanwhile",
                "git diff --cached shows what is there",
                paths=(change.path,),
            )


def _entries(repo: Repository, path: str) -> list[tuple[str, str, str]]:
    """(mode, object, stage) of each index entry of exactly this path."""
    found = []
    for item in repo.output("ls-files", "-z", "--stage", "--", path).split(b"\0"):
        head, _, raw = item.partition(b"\t")
        if raw == path.encode():
            mode, oid, number = head.decode("ascii").split(" ")
            found.append((mode, oid, number))
    return found
