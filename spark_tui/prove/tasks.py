"""The tasks of `tasks.toml`: what is said, what may change, and the judge that is never sent."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import UsageError
from spark_tui.core.nearest import nearest

FILE = Path(__file__).with_name("tasks.toml")


@dataclass(frozen=True, slots=True)
class Task:
    """One edit with one right outcome.

    `say` is the instruction, `files` the project by relative path; `may` are the files an edit may
    change or create. `judge` is a Python script that ends with status 0 in a tree that is right.
    """

    id: str
    kind: str
    language: str
    say: str
    may: tuple[str, ...]
    files: Mapping[str, str]
    judge: str


def load() -> tuple[Task, ...]:
    """Every task, in the order of the file."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))["task"]
    return tuple(
        Task(
            one["id"],
            one["kind"],
            one["language"],
            one["say"].strip(),
            tuple(one["may"]),
            dict(one["files"]),
            one["judge"],
        )
        for one in tables
    )


def chosen(tasks: Sequence[Task], wanted: Sequence[str]) -> tuple[Task, ...]:
    """The tasks of these ids, kinds or languages; all where none are wanted. Raises UsageError."""
    if not wanted:
        return tuple(tasks)
    known = {name for one in tasks for name in (one.id, one.kind, one.language)}
    for name in wanted:
        if name not in known:
            close = nearest(name, tuple(sorted(known)))
            raise UsageError(f"no task is called {name!r}", f"nearest: {close}" if close else "")
    asked = set(wanted)
    return tuple(one for one in tasks if asked & {one.id, one.kind, one.language})
