"""Who wrote lines that are in the way of an undo: an entry of ours, the person, or git."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from spark_tui.core.edits import writers
from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.errors import JournalError
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record

LONGEST = 20_000
"""Lines of a file up to which its versions are compared."""

BlamedLines = tuple[int, int]
"""Lines of a file: 0-based, half open; empty is a place between two."""


class _Version(NamedTuple):
    """What a file held once, and who wrote it so: an entry's number, 0 for anybody else."""

    entry: int
    sha: str
    data: bytes


def writer_of(
    journal: Journal,
    record: Record,
    path: str,
    found: tuple[str, bytes],
    lines: BlamedLines | None,
    git_holds: Callable[[str], bool],
) -> str:
    """Who wrote `lines` of the file as it is `found` (blob id, bytes) after `record` wrote it.

    None is the whole file. `git_holds` says whether the user's repository has a blob: then git may
    have brought it, and nobody is named.
    """
    try:
        versions = _versions(journal, record, path, found)
    except JournalError:
        return ""  # damaged bytes are told where they are needed
    author = versions[-1]
    if lines is not None and all(v.data.count(b"\n") <= LONGEST for v in versions):
        author = _author(versions, lines)
    if author.entry:
        return writers.entry(author.entry)
    return "" if git_holds(author.sha) else writers.YOU


def _versions(
    journal: Journal, record: Record, path: str, found: tuple[str, bytes]
) -> list[_Version]:
    """The file's states since `record` wrote it, in order; the last one is what is there."""
    out: list[_Version] = []

    def add(entry: int, sha: str, carrier: Record) -> None:
        if not out or out[-1].sha != sha:
            data = journal.blob(sha, carrier) if sha else b""
            out.append(_Version(entry, sha, data))

    for later in journal.records():
        if later.id < record.id:
            continue
        for step in later.steps:
            if step.path == path:
                if later.id != record.id:
                    add(0, step.before.sha, later)
                add(later.id, step.after.sha, later)
    if not out or out[-1].sha != found[0]:
        out.append(_Version(0, *found))
    return out


def _author(versions: Sequence[_Version], lines: BlamedLines) -> _Version:
    """The newest version that changed something of these lines of the last one."""
    start, end = lines
    texts = [version.data.splitlines() for version in versions]
    for number in range(len(versions) - 1, 0, -1):
        ops = opcodes(texts[number - 1], texts[number])
        if any(not op.equal and _touches(op, start, end) for op in ops):
            return versions[number]
        start, end = _before(ops, start), _before(ops, end)
    return versions[-1]


def _touches(op: Op, start: int, end: int) -> bool:
    """Whether a change and lines of the newer side have one in common, or meet where one is empty.

    Nothing is between lines that were taken out: the place itself is what changed.
    """
    if op.b1 == op.b2 or start == end:
        return op.b1 <= end and start <= op.b2
    return op.b1 < end and start < op.b2


def _before(ops: Sequence[Op], line: int) -> int:
    """Where a line of the newer side that is in no change was on the older one."""
    for op in ops:
        if line <= op.b2:
            return op.a1 + line - op.b1 if op.equal else op.a2
    return ops[-1].a2 if ops else line
