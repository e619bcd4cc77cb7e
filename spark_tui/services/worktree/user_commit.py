"""A commit in the user's own repository, made only when they ask for it by key.

git runs as they would run it, on their terminal: their editor with our message in it, their hooks
and signing, their identity. Only the named files are committed, as they are on disk; whatever
else is staged stays staged (git-commit(1), `--only`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from spark_tui.core.commit import CommitPlan, message_of
from spark_tui.core.errors import WorktreeError
from spark_tui.services.processes import attach_user, git_program, run_user
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.chain import Chain
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.repo import Repository, read_tree


def plan_commit(repo: Repository, journal: Journal, session: Collection[int]) -> CommitPlan:
    """The files that our standing edits changed and HEAD does not have yet, and a message.

    Edits count that are newer than HEAD, or whose entry is of this `session`. Raises
    WorktreeError where there is nothing to commit.
    """
    status = {file.path: file.status for file in read_tree(repo).changed}
    shown = repo.git("log", "-1", "--format=%ct")
    since = int(shown.out.strip() or 0) if shown.status == 0 else 0
    records = journal.records()
    chain = Chain(records)
    chosen = [
        record
        for record in records
        if chain.kind(record.id) == "edit"
        and chain.undone_by(record.id) is None
        and (record.when > since or record.id in session)
        and any(step.path in status for step in record.steps)
    ]
    paths = dict.fromkeys(s.path for r in chosen for s in r.steps if s.path in status)
    if not paths:
        raise WorktreeError("no edit of ours is left to commit", "git commit takes the rest")
    return CommitPlan(
        tuple(paths),
        tuple(path for path in paths if status[path] == "?"),
        message_of([record.note.instruction for record in chosen], tuple(paths)),
    )


def commit(
    repo: Repository, journal: Journal, plan: CommitPlan, secret_names: Collection[str] = ()
) -> str:
    """Run `git commit` on the terminal; the new commit's short id, "" where none was made.

    The index is as it was when none was made. Raises WorktreeError where git can't be started.
    """
    before = _head(repo)
    git = [git_program(), "--literal-pathspecs"]
    journal.create()
    with tempfile.TemporaryDirectory(prefix="merge-", dir=journal.folder) as made:
        message, paths = Path(made) / "message", Path(made) / "paths"
        disk.write_private(message, plan.message.encode("utf-8", "replace"))
        disk.write_private(paths, "\0".join(plan.paths).encode())
        if plan.unknown:
            # `--only` takes files git knows; what is added here is an empty promise of content.
            run_user(
                [*git, "add", "--intent-to-add", "--", *plan.unknown],
                cwd=repo.root,
                secret_names=secret_names,
            )
        attach_user(
            [
                *git,
                "commit",
                "--edit",
                f"--file={message}",
                "--only",
                f"--pathspec-from-file={paths}",
                "--pathspec-file-nul",
            ],
            cwd=repo.root,
            secret_names=secret_names,
            as_git=True,
        )
    after = _head(repo)
    if after and after != before:
        return after[:9]
    if plan.unknown:
        run_user(
            [*git, "update-index", "--force-remove", "--", *plan.unknown],
            cwd=repo.root,
            secret_names=secret_names,
        )
    return ""


def _head(repo: Repository) -> str:
    done = repo.git("rev-parse", "--verify", "--quiet", "HEAD")
    return done.out.decode("ascii", "replace").strip() if done.status == 0 else ""
