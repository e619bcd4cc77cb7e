"""One commit per entry in the private repository, so that `git log -p` there is the journal.

git applies the entry's own diff to a private index; the blobs that come out must be the bytes we
wrote. A commit by AUTHOR_OUTSIDE in front of an entry holds what others changed before it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from spark_tui.core.edits.diff import unified
from spark_tui.core.edits.model import Change, FileImage
from spark_tui.core.edits.text import BinaryFileError, image_of
from spark_tui.core.errors import WorktreeError
from spark_tui.services.worktree.commands import GitCommands
from spark_tui.services.worktree.files import git_mode
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Step, StoredSide

AUTHOR = "spark-tui"
AUTHOR_OUTSIDE = "outside"
NOT_TEXT = "not text"
"""The flag of an entry whose diff git can't be asked about."""

BRANCH = "refs/heads/journal"
_LOCKS = ("index.lock", "HEAD.lock", "refs/heads/journal.lock", "packed-refs.lock", "shallow.lock")
_STALE_SECONDS = 60.0
_ABSENT = "0 " + "0" * 40


def commit_record(journal: Journal, record: Record, blobs: Mapping[str, bytes]) -> tuple[str, str]:
    """Commit a record whose blobs are stored; (commit id, disagreement of git or "").

    Raises WorktreeError where git fails, OSError.
    """
    git = journal.git
    parent = _head(git)
    _set_index(git, [(step.path, step.before) for step in record.steps])
    parent = _commit(git, parent, f"outside, before #{record.id}", AUTHOR_OUTSIDE, record.when)
    flag = _apply(git, record, blobs)
    wanted = {step.path: _entry_of(step.after) for step in record.steps if step.after.exists}
    if not flag and _index_of(git, [step.path for step in record.steps]) != wanted:
        flag = "git applied the diff to other bytes"
    if flag:
        _set_index(git, [(step.path, step.after) for step in record.steps])
    return _commit(git, parent, message_of(record), AUTHOR, record.when, always=True), flag


def clear_stale_locks(git_dir: Path) -> None:
    """Remove locks that a git which was killed left behind. The settle lock must be held.

    Only this process runs git here now, but a git that outlived the process before may still be
    at work: it is given longer than any of our calls may take. Raises OSError.
    """
    for name in _LOCKS:
        lock = git_dir / name
        with contextlib.suppress(FileNotFoundError):
            if time.time() - lock.stat().st_mtime > _STALE_SECONDS:
                lock.unlink()


def forget_paths(git: GitCommands, paths: Sequence[str]) -> None:
    """Take these paths out of what the next entries build on: their bytes go with old entries."""
    if not paths:
        return
    parent = _head(git)
    _set_index(git, [(path, StoredSide()) for path in paths])
    _commit(git, parent, "forgotten", AUTHOR_OUTSIDE, time.time())


def journal_log(journal: Journal) -> str:
    """`git log -p` of the private repository, newest entry first; "" where there is none."""
    git = journal.git
    if not journal.store.git_dir.is_dir() or not _head(git):
        return ""
    shallow = journal.store.git_dir / "shallow"
    pruned = shallow.read_text().split() if shallow.exists() else []
    text = git(
        "log",
        "-p",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-decorate",
        f"--author=^{AUTHOR} ",
        "--date=iso-local",
        BRANCH,
        *(f"^{commit}" for commit in pruned),
    )
    return f"{text}\n" if text else ""


def message_of(record: Record) -> str:
    """The commit message: the entry's number and instruction, then what it was made of."""
    subject = record.note.instruction.strip().split("\n", 1)[0][:100]
    if record.back or record.undoes is not None:
        deed = f"back to before #{min(record.back)}" if record.back else f"undo of #{record.undoes}"
        subject = f"{deed}: {subject}" if subject else deed
    lines = [f"#{record.id} {subject}".rstrip(), ""]
    if record.back:
        lines.append(f"Undoes: {', '.join(f'#{number}' for number in record.back)}")
    elif record.undoes is not None:
        which = f" hunk {', '.join(map(str, record.hunks))}" if record.hunks else ""
        lines.append(f"Undoes: #{record.undoes}{which}")
    if record.note.endpoint:
        lines.append(f"Endpoint: {record.note.endpoint}")
    lines.append(f"Turn: {record.note.turn}")
    lines += [f"Refused: {hunk}" for hunk in record.note.refused]
    return "\n".join(lines) + "\n"


def _head(git: GitCommands) -> str:
    return git.find("rev-parse", "--verify", "--quiet", BRANCH)


def _commit(
    git: GitCommands, parent: str, message: str, author: str, when: float, *, always: bool = False
) -> str:
    """Commit the index on top of `parent`; `parent` itself where nothing changed."""
    tree = git("write-tree")
    if not always and parent and git("rev-parse", f"{parent}^{{tree}}") == tree:
        return parent
    headers = [f"tree {tree}"]
    if parent:
        headers.append(f"parent {parent}")
    who = f"{author} <{author}@localhost> {int(when)} +0000"
    headers += [f"author {who}", f"committer {who}"]
    body = ("\n".join(headers) + "\n\n" + message).encode("utf-8", "replace")
    commit = git("hash-object", "-t", "commit", "-w", "--stdin", feed=body)
    git("update-ref", BRANCH, commit, *([parent] if parent else []))
    return commit


def _entry_of(side: StoredSide) -> tuple[str, str]:
    return f"{git_mode(side.permissions):o}", side.sha


def _set_index(git: GitCommands, sides: list[tuple[str, StoredSide]]) -> None:
    lines = []
    for path, side in sides:
        mode, sha = _entry_of(side)
        lines.append(f"{mode} {sha} 0\t{path}" if side.exists else f"{_ABSENT}\t{path}")
    feed = "\0".join(lines) + "\0"
    # A path that was a folder's name before (or the reverse) replaces it.
    git("update-index", "-z", "--replace", "--index-info", feed=feed.encode())


def _index_of(git: GitCommands, paths: list[str]) -> dict[str, tuple[str, str]]:
    found = {}
    for item in git("ls-files", "-s", "-z", "--", *paths).split("\0"):
        if item:
            meta, _, path = item.partition("\t")
            mode, sha, _ = meta.split(" ")
            found[path] = (mode, sha)
    return found


def entry_patch(record: Record, blobs: Mapping[str, bytes]) -> str:
    """What a record changed, as a unified diff. Raises BinaryFileError."""
    return unified([_change(step, blobs) for step in record.steps])


def _apply(git: GitCommands, record: Record, blobs: Mapping[str, bytes]) -> str:
    try:
        patch = entry_patch(record, blobs)
    except BinaryFileError:
        return NOT_TEXT
    if not patch:
        return ""
    try:
        feed = patch.encode("utf-8", "surrogateescape")
        git("apply", "--cached", "--whitespace=nowarn", "-", feed=feed)
    except WorktreeError as error:
        return error.what
    return ""


def _change(step: Step, blobs: Mapping[str, bytes]) -> Change:
    return Change(_image(step.path, step.before, blobs), _image(step.path, step.after, blobs))


def _image(path: str, side: StoredSide, blobs: Mapping[str, bytes]) -> FileImage:
    data = blobs[side.sha] if side.exists else None
    return image_of(path, data, git_mode(side.permissions))
