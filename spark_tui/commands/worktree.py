"""The worktree a command works in, with the journal's bounds as they are set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.output import err
from spark_tui.core.errors import SettingsError

if TYPE_CHECKING:
    from spark_tui.services.worktree.git_worktree import GitWorktree


def open_here(path: Path) -> GitWorktree:
    """The worktree that holds `path`. A wrong config.toml is no reason not to undo: then nothing
    old is dropped. Raises WorktreeError.
    """
    from spark_tui.services import places
    from spark_tui.services.worktree.git_worktree import open_worktree

    try:
        bounds = places.load_settings(None).journal
    except SettingsError:
        bounds = None
    return open_worktree(path, places.state_dir(), bounds)


def told_late(worktree: GitWorktree) -> None:
    """After closing: raise ConflictError where a save came into a file we had just replaced.

    What a write could not keep of a file is only said.
    """
    for note in worktree.notes:
        from spark_tui.ui.messages.remedies import shell_line

        err(shell_line(note))
    for late in worktree.late_saves():
        raise late
