"""The working tree's changes as one text, for a model to read."""

from __future__ import annotations

from spark_tui.core.edits.diff import unified
from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import absent
from spark_tui.core.errors import FileRefusedError
from spark_tui.services.worktree.files import read_image
from spark_tui.services.worktree.repo import Repository, read_tree

_NEW_FILES = 40
"""New files shown in full; the rest is only counted."""


def working_diff(repo: Repository) -> str:
    """Everything that differs from HEAD as a unified diff, new files included; "" for nothing.

    Raises WorktreeError.
    """
    tree = read_tree(repo)
    parts = []
    if not tree.unborn and tree.changed:
        output = repo.output(
            "diff",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--ignore-submodules=all",
            "HEAD",
            "--",
            may_stop=True,
            environment=repo.disarmed(),
        )
        parts.append(output.decode("utf-8", "replace"))
    new = [c.path for c in tree.changed if tree.unborn or c.status == "?"]
    for path in new[:_NEW_FILES]:
        try:
            image = read_image(repo.root, path, lambda _: True)
        except FileRefusedError:
            parts.append(f"new file {path}, not shown: no text\n")
            continue
        parts.append(unified([Change(absent(path), image)]))
    if len(new) > _NEW_FILES:
        parts.append(f"and {len(new) - _NEW_FILES} more new files\n")
    return "".join(parts)


def committed_text(repo: Repository, path: str) -> str:
    """The file's text in HEAD, "" where it is not there. Raises WorktreeError."""
    done = repo.git("cat-file", "blob", f"HEAD:{path}")
    return done.out.decode("utf-8", "replace") if done.status == 0 else ""
