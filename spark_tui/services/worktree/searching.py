"""Which files hold a text, as git finds it: plain texts only, no pattern and no program is run."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.errors import SparkError, WorktreeError
from spark_tui.services.worktree.repo import Repository

SEARCH_S = 2.0
"""Seconds a search may take."""


def files_with(
    repo: Repository, texts: Sequence[str], *, fold: bool = False, timeout: float = SEARCH_S
) -> tuple[str, ...]:
    """Files (tracked, or untracked and not ignored) that hold any of these texts, unsorted.

    Binary files hold none. With `fold` case does not matter. A text is part of one line. Raises
    WorktreeError where git fails or takes longer than `timeout` seconds.
    """
    wanted = [text for text in texts if text and not {"\n", "\r", "\0"}.intersection(text)]
    if not wanted:
        return ()
    said = [part for text in wanted for part in ("-e", text)]
    try:
        done = repo.git(
            "grep",
            "-z",
            "-l",
            "-I",
            "--threads=2",
            "-F",
            *(("-i",) if fold else ()),
            "--untracked",
            "--exclude-standard",
            "--no-recurse-submodules",
            "--no-textconv",
            *said,
            timeout=timeout,
            environment=repo.disarmed(),
        )
    except SparkError as error:
        raise WorktreeError(f"the search took too long: {error.what}", "look for more") from error
    if done.status not in (0, 1):
        raise WorktreeError(f"git grep: {done.complaint}", "git fsck looks deeper")
    return tuple(_decoded(done.out))


def _decoded(output: bytes) -> list[str]:
    out = []
    for raw in output.split(b"\0"):
        try:
            path = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if path:
            out.append(path)
    return out
