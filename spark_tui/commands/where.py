"""`spark-tui where`: where everything lives on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from spark_tui.commands.output import out
from spark_tui.core.errors import UsageError, WorktreeError
from spark_tui.services import places

MOST_LEFT = 5
"""So many journals whose worktree is gone are named."""


def where(args: Sequence[str]) -> int:
    """Print the places, one a line."""
    if args:
        raise UsageError(f"where takes no arguments, not {args[0]!r}")
    for name, path in (
        ("config", places.config_file()),
        ("keys", places.keys_file()),
        ("trusted", places.trust_file()),
        ("themes", places.shipped_themes()),
        ("your themes", places.config_dir() / "themes"),
        ("traces", places.state_dir() / "traces"),
        ("indexes", places.state_dir() / "index"),
        ("sessions", places.state_dir() / "sessions"),
        ("journals", places.state_dir() / "journals"),
    ):
        out(f"{name:<12} {path}")
    for line in _journals():
        out(line)
    return 0


def _journals() -> Iterator[str]:
    """Which journal is this worktree's, and which are of worktrees that are no longer there."""
    from spark_tui.services.worktree.filing import filed_under, left_behind, state_name
    from spark_tui.services.worktree.repo import find_repository

    state = places.state_dir()
    try:
        repo = find_repository(Path())
    except (WorktreeError, OSError):
        pass
    else:
        under = filed_under(repo, state)
        was = "" if under == repo.root else f"  (this worktree was {under})"
        yield f"{'this journal':<12} {state / 'journals' / state_name(under)}{was}"
    left = left_behind(state)
    for root, folder in left[:MOST_LEFT]:
        yield f"{'left behind':<12} {folder}  ({root} is not there)"
    if len(left) > MOST_LEFT:
        yield f"{'':<12} and {len(left) - MOST_LEFT} more"
