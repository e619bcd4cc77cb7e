"""A patch in the place of a tree: it can be looked at, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from spark_tui.core.errors import SparkError, UsageError
from spark_tui.core.journal import Entry, UndoResult
from spark_tui.core.tree_review.foreign_patch import VIEW_ONLY
from spark_tui.core.tree_review.model import PathChange, Scope, ScopeKind
from spark_tui.core.tree_review.seen import SeenHunk, SeenHunks


class PatchedPath:
    """One path of a patch, by the name a listing asks for."""

    def __init__(self, change: PathChange) -> None:
        self.path = change.file.path
        self.change = change


class PatchSource:
    """The changes of a patch, under review. What is seen of it is not kept."""

    def __init__(self, changes: Sequence[PathChange]) -> None:
        self.scope = Scope(ScopeKind.PATCH)
        self._paths = [PatchedPath(change) for change in changes]

    def listed(self, only: Collection[str] | None = None) -> Sequence[PatchedPath]:
        """All of its paths, or these."""
        return [one for one in self._paths if only is None or one.path in only]

    def changes(self, listed: Sequence[PatchedPath]) -> Iterator[PathChange | None]:
        """Each of them."""
        return (one.change for one in listed)

    def stamp(self, path: str) -> object:
        """It stays as it is."""
        return path

    def seen(self) -> SeenHunks:
        """Nothing yet."""
        return SeenHunks()

    def remember(self, hunks: Sequence[SeenHunk]) -> bool:
        """Not beyond this review."""
        return bool(hunks)

    def forget(self, hunks: Sequence[SeenHunk]) -> bool:
        """Likewise."""
        return bool(hunks)

    def take_out(self, drops: Sequence[tuple[PathChange, Collection[str]]]) -> Entry:
        """Never. Raises UsageError."""
        raise UsageError(f"{VIEW_ONLY}: {len(drops)} stay")

    def take_back(self, entry: int | None = None) -> UndoResult:
        """Never. Raises UsageError."""
        raise UsageError(f"{VIEW_ONLY}: no entry {entry or ''}")

    def entries(self) -> Sequence[Entry]:
        """None."""
        return ()

    def leave(self) -> Sequence[SparkError]:
        """Nothing was written."""
        return ()
